import assert from 'node:assert/strict'
import { it } from 'node:test'
import { openLosingStore, writeOverLosses } from '../../store/lost-commit.fixture.ts'
import { testServer } from '../../store/own-database.fixture.ts'
import { openTestStore } from '../../store/store.fixture.ts'
import { createInterest, interestIn } from './interest.ts'

const november = Date.UTC(2026, 10, 1)
const product = { id: 'prod-one', account: 'seller' }
const now = () => new Date(november + 1)
const nobody = { times: 0, accounts: 0 }

it('reads cost no write: sums are written when they are asked to be, each once', async () => {
  const store = await openTestStore(':memory:')
  const interest = createInterest(store, now)
  for (const account of ['a', 'b', 'a', 'seller']) interest.note('VISIT', account, ['prod-one', 'prod-two'])
  assert.deepEqual(await store.db.selectFrom('market_interest').selectAll().execute(), [])
  await Promise.all([interest.write(), interest.write()])
  interest.note('VISIT', 'b', ['prod-one'])
  await interest.write()
  await interest.write()
  const told = await interestIn(store.db, product, november)
  assert.deepEqual(told, { IMPRESSION: nobody, VISIT: { times: 4, accounts: 2 }, CONFIGURATION: nobody })
  assert.deepEqual((await interestIn(store.db, product, Date.UTC(2026, 11, 1))).VISIT, nobody)
  await store.close()
})

it('what cannot be written is kept for the next time, with what came meanwhile', async () => {
  const store = await openTestStore(':memory:')
  let isFull = true
  const filling = {
    ...store,
    transaction: (async work => {
      if (isFull) throw new Error('the disk is full')
      return store.transaction(work)
    }) as typeof store.transaction,
  }
  const interest = createInterest(filling, now)
  interest.note('IMPRESSION', 'a', ['prod-one'])
  await assert.rejects(interest.write(), /the disk is full/)
  interest.note('IMPRESSION', 'a', ['prod-one'])
  isFull = false
  await interest.write()
  assert.deepEqual((await interestIn(store.db, product, november)).IMPRESSION, { times: 2, accounts: 1 })
  await store.close()
})

it('what may have been written is not counted again until the database has told that it was not', async t => {
  if (!testServer) return t.skip('there is no PostgreSQL: npm test -- --store postgres')
  await using open = await openLosingStore(testServer)
  const interest = createInterest(open.store, now)
  await writeOverLosses(open.way, () => interest.note('VISIT', 'a', ['prod-one']), interest.write)
  assert.deepEqual((await interestIn(open.store.db, product, november)).VISIT, { times: 6, accounts: 1 })
})

it('however many look, memory is bounded, and what is above it is not counted', async () => {
  const store = await openTestStore(':memory:')
  const interest = createInterest(store, now)
  for (let number = 0; number < 20_001; number++) interest.note('VISIT', `account-${number}`, ['prod-one'])
  interest.note('VISIT', 'account-0', ['prod-one'])
  await interest.write()
  assert.deepEqual((await interestIn(store.db, product, november)).VISIT, { times: 20_001, accounts: 20_000 })
  await store.close()
})
