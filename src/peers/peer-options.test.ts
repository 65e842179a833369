import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { dataDirectory } from '../store/data-directory.ts'
import { lockExclusively } from '../store/exclusive-lock.ts'
import { testServer } from '../store/own-database.fixture.ts'
import { openTestStore } from '../store/store.fixture.ts'
import { factsOf, lockInTurn, requirePeersCan, unlikePlaces } from './peer-options.ts'

const data = await mkdtemp(join(tmpdir(), 'modelmart-peers-'))
const secret = Buffer.alloc(32, 7)
const store = await openTestStore()
after(async () => {
  await store.close()
  await rm(data, { recursive: true })
})
const peer = { peerUrl: 'http://10.0.0.1:8600', publicUrl: 'https://market.example', objects: { url: 's3://content' } }
const refused = (changes: object, words: RegExp) =>
  assert.rejects(requirePeersCan(store, { ...peer, ...changes }), words)

it('refuses, in words, what several servers cannot have', async () => {
  await refused({ publicUrl: undefined }, /needs --public-url/)
  await refused({ cluster: {}, awsNames: true }, /do without --aws-names beside Kubernetes/)
  await refused({ cluster: {}, meteringSync: 'after' }, /do without --metering-sync after beside Kubernetes/)
  await refused({ tls: {} }, /begin with https:/)
  if (testServer) {
    await refused({ objects: {} }, /needs the content in a bucket/)
    await requirePeersCan(store, peer)
    await requirePeersCan(store, { ...peer, cluster: {} })
  } else await refused({}, /needs a database of several servers: PostgreSQL/)
})

it('knows a data directory again', () => {
  const facts = factsOf(peer, dataDirectory(data), secret)
  assert.deepEqual(factsOf(peer, dataDirectory(data), secret), facts)
  assert.match(facts.place, /^[\da-f-]{36}$/)
})

it('knows servers of one cluster by their root secret and their namespace, whatever their directories are', () => {
  const placeIn = (place: string, of: Buffer, cluster: { namespace?: string } = { namespace: 'jobs' }) =>
    factsOf({ ...peer, cluster }, dataDirectory(join(data, place)), of).place
  const mine = placeIn('one', secret)
  assert.equal(placeIn('two', Buffer.from(secret)), mine)
  assert.equal(unlikePlaces(mine, mine), undefined)
  assert.match(unlikePlaces(placeIn('one', Buffer.alloc(32, 1)), mine) ?? '', /MODELMART_ROOT_SECRET/)
  assert.match(unlikePlaces(placeIn('one', secret, {}), mine) ?? '', /--kubernetes-namespace/)
  assert.match(unlikePlaces(factsOf(peer, dataDirectory(data), secret).place, mine) ?? '', /the same --engine/)
  assert.ok(!mine.includes(secret.toString('hex')))
})

it('takes the directory when who had it has ended, and not after it is to end itself', async () => {
  const path = join(data, 'lock')
  const before = lockExclusively(path)
  const patience = { late: assert.fail, until: () => false }
  const taken = lockInTurn(path, patience)
  before()
  const unlock = await taken
  let asked = 0
  assert.equal(await lockInTurn(path, { ...patience, until: () => ++asked > 2 }), undefined)
  unlock?.()
})
