import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openTestStore } from '../store/store.fixture.ts'
import type { Store } from '../store/store.ts'
import { sha256 } from './manifest.ts'
import { type Fixture, openFixture, seller } from './registry.fixture.ts'

let directory: string
let store: Store
let fixture: Fixture
const uploads = `/v2/${seller}/a/b/blobs/uploads/`

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ecr-uploads-'))
  store = await openTestStore(join(directory, 'metadata.sqlite'))
  fixture = await openFixture({ directory, store })
  await fixture.call('CreateRepository', { repositoryName: 'a/b' })
})
after(async () => {
  await fixture.close()
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

/** A new process on the same directory. */
async function restart(): Promise<void> {
  await fixture.close()
  await store.close()
  store = await openTestStore(join(directory, 'metadata.sqlite'))
  fixture = await openFixture({ directory, store })
}

const begin = async () => (await fixture.send('POST', uploads)).headers.get('location') ?? ''

/** First byte and size of each part of any upload. */
const parts = async () =>
  (await store.db.selectFrom('ecr_upload_part').select(['start', 'size']).orderBy('start').execute()).map(
    ({ start, size }) => [start, size],
  )

test('an upload goes on after a restart, with the token from before it', async () => {
  const authorization = fixture.basic()
  const [chunked, streamed] = [await begin(), await begin()]
  const bytes = Buffer.from('the first part, the second part')
  const headers = { authorization, 'content-range': '0-15' }
  await fixture.send('PATCH', chunked, { headers, body: bytes.subarray(0, 16) })
  await fixture.send('PATCH', streamed, { headers: { authorization }, body: bytes })
  await restart()
  const status = await fixture.send('GET', chunked, { headers: { authorization } })
  assert.equal(status.headers.get('range'), '0-15')
  const rest = { headers: { authorization, 'content-range': `16-${bytes.length - 1}` }, body: bytes.subarray(16) }
  assert.equal((await fixture.send('PUT', `${chunked}?digest=${sha256(bytes)}`, rest)).status, 201)
  assert.equal((await fixture.send('PUT', `${streamed}?digest=${sha256(bytes)}`)).status, 201)
  assert.deepEqual(await parts(), [])
})

test('an upload goes on at another server of the database, and two of them add no part twice', async () => {
  const other = await openFixture({ directory, store })
  after(() => other.close())
  const location = await begin()
  const bytes = Buffer.from('the first part, the second part, the end')
  const send = (at: Fixture, start: number, end: number) =>
    at.send('PATCH', location, {
      headers: { 'content-range': `${start}-${end - 1}` },
      body: bytes.subarray(start, end),
    })
  assert.equal((await send(fixture, 0, 16)).status, 202)
  const both = await Promise.all([fixture, other].map(at => send(at, 16, 33)))
  const statuses = both.map(({ status }) => status).sort()
  assert.equal(statuses[0], 202)
  assert.ok([202, 416, 429].includes(statuses[1] ?? 0), `${statuses}`)
  assert.deepEqual(await parts(), [
    [0, 16],
    [16, 17],
  ])
  const headers = { 'content-range': `33-${bytes.length - 1}` }
  const end = { headers, body: bytes.subarray(33) }
  assert.equal((await other.send('PUT', `${location}?digest=${sha256(bytes)}`, end)).status, 201)
  const layer = await fixture.send('GET', `${uploads.replace('uploads/', sha256(bytes))}`)
  assert.equal(await layer.text(), bytes.toString())
  assert.deepEqual(await parts(), [])
})

test('a layer that comes as one stream is written once: as a blob, which the collector leaves alone', async () => {
  const location = await begin()
  const bytes = Buffer.from('streamed at once')
  await fixture.send('PATCH', location, { body: bytes })
  assert.deepEqual(await parts(), [[0, bytes.length]])
  await fixture.collect(60_000)
  assert.equal(await fixture.blobs.has(sha256(bytes)), true)
  assert.equal((await fixture.send('DELETE', location)).status, 204)
  await fixture.collect(60_000)
  assert.equal(await fixture.blobs.has(sha256(bytes)), false)
})

test('abandoned uploads are swept with what arrived of them', async () => {
  const location = await begin()
  await fixture.send('PATCH', location, { headers: { 'content-range': '0-2' }, body: 'abc' })
  assert.equal((await parts()).length, 1)
  await fixture.uploads.sweep(new Date(Date.now() - 60_000))
  assert.equal((await parts()).length, 1)
  await fixture.uploads.sweep(new Date(Date.now() + 60_000))
  assert.deepEqual(await parts(), [])
  assert.equal((await fixture.send('GET', location)).status, 404)
})

test('two requests cannot send to one upload at once', async () => {
  const location = await begin()
  let release = () => {}
  const held = new Promise<void>(resolve => {
    release = resolve
  })
  async function* slowly(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('slow')
    await held
  }
  const id = location.split('/').at(-1) ?? ''
  const repository = await store.db.selectFrom('ecr_repository').selectAll().executeTakeFirstOrThrow()
  const first = fixture.uploads.append(repository, id, { body: slowly() })
  assert.equal((await fixture.send('PATCH', location, { body: 'fast' })).status, 429)
  release()
  assert.equal((await first).received, 4)
})

test('a repository that is deleted while a layer arrives leaves nothing behind', async () => {
  await fixture.call('CreateRepository', { repositoryName: 'c/d' })
  const location = (await fixture.send('POST', uploads.replace('a/b', 'c/d'))).headers.get('location') ?? ''
  await fixture.send('PATCH', location, { body: 'orphaned' })
  await fixture.call('DeleteRepository', { repositoryName: 'c/d' })
  assert.equal((await fixture.send('PUT', `${location}?digest=${sha256(Buffer.from('orphaned'))}`)).status, 404)
  await fixture.collect()
  assert.equal(await fixture.blobs.has(sha256(Buffer.from('orphaned'))), false)
})
