import assert from 'node:assert/strict'
import { test } from 'node:test'
import { never } from '../../store/schema/market-columns.ts'
import { openTestStore } from '../../store/store.fixture.ts'
import { subscriberNoticeReconciler } from './subscriber-notice.reconcile.ts'
import { writeToSubscribers } from './subscriber-notice.ts'

const signal = new AbortController().signal
const numbered = (index: number) => String(index).padStart(12, '0')

test('however many have subscribed, each is written to once; who came later, left or has another offer is not', async () => {
  const store = await openTestStore()
  const subscribe = (index: number, change: object = {}) =>
    store.transaction(async ({ db }) => {
      const account = numbered(index)
      const address = { id: account, name: `a${index}`, created: 0, email: `a${index}@mart.example` }
      await db.insertInto('iam_account').values(address).execute()
      const times = { accepted: 1000 + (index % 7), starts: 0, ends: never, covers_from: 0, trial: 0 }
      const named = { id: `agmt-${account}`, acceptor: account, proposer: 'x', product: 'prod-1', offer: 'offer-1' }
      const row = { ...named, proposal: '', status: 'ACTIVE', ...times, document: '{}', ...change }
      await db.insertInto('market_agreement').values(row).execute()
    })
  for (let index = 0; index < 305; index++) await subscribe(index)
  await subscribe(901, { accepted: 5000 })
  await subscribe(902, { status: 'CANCELLED' })
  await subscribe(903, { offer: 'offer-2' })
  await subscribe(904, { product: 'prod-2' })
  const facts = { product: { id: 'prod-1', title: 'Trees' }, version: { title: '2.0' } }
  await store.transaction(tx =>
    writeToSubscribers(tx, { product: 'prod-1', offer: 'offer-1', at: 4000, letter: 'Version Added', facts }),
  )
  const { key } = await store.db.selectFrom('work').select('key').executeTakeFirstOrThrow()
  const reconcile = subscriberNoticeReconciler({ store })
  let looks = 1
  while (await reconcile(key, signal)) looks++
  assert.equal(looks, 4)
  const letters = await store.db.selectFrom('event_delivery').select(['rule_arn', 'body']).execute()
  const expected = Array.from({ length: 305 }, (_, index) => numbered(index))
  assert.deepEqual(letters.map(({ rule_arn }) => rule_arn.split(':')[4]).sort(), expected)
  assert.equal(JSON.parse(letters[0]?.body ?? '').facts.version.title, '2.0')
  assert.deepEqual(await store.db.selectFrom('market_notice').select('id').execute(), [])
  assert.equal(await reconcile(key, signal), undefined)
})
