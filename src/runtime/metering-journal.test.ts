import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Market, UsageSubject } from '../service/market.ts'
import { openSqliteStore } from '../store/sqlite.ts'
import { openMeteringJournal } from './metering-journal.ts'

const subject = (name: string): UsageSubject => ({
  account: '111122223333',
  region: 'us-east-1',
  productArn: 'arn:aws:sagemaker:us-east-1:865070037744:model-package/sold',
  resourceArn: `arn:aws:sagemaker:us-east-1:111122223333:endpoint/${name}`,
})

/** The market's port, with facts in memory: a source counts once. */
function ledger() {
  const facts = new Map<string, { subject: UsageSubject; dimension: string; units: number }>()
  const state = { broken: false }
  const market: Pick<Market, 'inferencesCounted'> = {
    async inferencesCounted(_, subject, dimension, units, source) {
      if (state.broken) throw new Error('the store is away')
      facts.set(source, { subject, dimension, units })
    },
  }
  const units = (name: string) =>
    [...facts.values()]
      .filter(fact => fact.subject.resourceArn === subject(name).resourceArn)
      .reduce((sum, fact) => sum + fact.units, 0)
  return { market: market as Market, state, units }
}

async function place() {
  const directory = await mkdtemp(join(tmpdir(), 'modelmart-journal-'))
  const store = await openSqliteStore(':memory:')
  after(async () => {
    await store.close()
    await rm(directory, { recursive: true })
  })
  return { directory, store }
}

test('what is recorded is summed by resource and dimension, carried over once, and its file removed', async () => {
  const { directory, store } = await place()
  const book = ledger()
  const journal = await openMeteringJournal(directory, store, book.market)
  for (const units of [1, 2, 3]) journal.record(subject('a'), 'inference.count.m.i.c', units)
  journal.record(subject('a'), 'tokens.m.i.c', 10)
  journal.record(subject('b'), 'inference.count.m.i.c', 5)
  assert.equal((await readdir(directory)).length, 1)
  await journal.fold()
  await journal.fold()
  assert.deepEqual([book.units('a'), book.units('b')], [16, 5])
  assert.deepEqual(await readdir(directory), [])
  await journal.close()
})

test('a killed process leaves its file to the next, which leaves out the line that was not whole', async () => {
  const { directory, store } = await place()
  const killed = await openMeteringJournal(directory, store, ledger().market)
  for (const units of [4, 5]) killed.record(subject('a'), 'inference.count.m.i.c', units)
  await writeFile(join(directory, (await readdir(directory))[0] as string), '{"account":"1111', { flag: 'a' })
  const book = ledger()
  const next = await openMeteringJournal(directory, store, book.market)
  assert.equal(book.units('a'), 9)
  assert.deepEqual(await readdir(directory), [])
  await Promise.all([next.close(), killed.close()])
  assert.equal(book.units('a'), 9)
})

test('what could not be carried over is kept, and a second try counts it once with what came since', async () => {
  const { directory, store } = await place()
  const book = ledger()
  const journal = await openMeteringJournal(directory, store, book.market)
  journal.record(subject('a'), 'inference.count.m.i.c', 7)
  book.state.broken = true
  await assert.rejects(journal.fold(), /the store is away/)
  journal.record(subject('a'), 'inference.count.m.i.c', 8)
  book.state.broken = false
  await journal.close()
  assert.equal(book.units('a'), 15)
  assert.deepEqual(await readdir(directory), [])
})
