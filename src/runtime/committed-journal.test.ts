import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { OutcomeUnknown } from '../ground/errors.ts'
import type { CountBatch, InferenceCount, UsageSubject } from '../service/market.ts'
import { createCommittedJournal } from './committed-journal.ts'

const subject = (name: string): UsageSubject => ({
  account: '111122223333',
  region: 'us-east-1',
  productArn: 'arn:aws:sagemaker:us-east-1:865070037744:model-package/sold',
  resourceArn: `arn:aws:sagemaker:us-east-1:111122223333:endpoint/${name}`,
})

interface Asked {
  readonly batch: CountBatch
  readonly counts: readonly InferenceCount[]
  readonly answer: PromiseWithResolvers<readonly string[]>
}

/** A database that answers when the test wants it to. */
function opened() {
  const asked: Asked[] = []
  const told: { reasons: string[] }[] = []
  const journal = createCommittedJournal({
    log: pino({ base: null }, { write: line => void told.push(JSON.parse(line)) }),
    count(batch, counts) {
      const answer = Promise.withResolvers<readonly string[]>()
      asked.push({ batch, counts, answer })
      return answer.promise
    },
  })
  return { asked, told, journal, at: (index: number) => asked[index] as Asked }
}

async function until<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const found = look()
    if (found !== undefined) return found
    await turn()
  }
}

const turn = () => new Promise<void>(resolve => setImmediate(resolve))

test('an answer may go out when the database has counted it, and not before', async () => {
  const { journal, at } = opened()
  let isOut = false
  const recorded = journal.record(subject('a'), 7).then(() => {
    isOut = true
  })
  await turn()
  assert.equal(isOut, false)
  assert.deepEqual(
    at(0).counts.map(({ units }) => units),
    [7n],
  )
  at(0).answer.resolve([])
  await recorded
})

test('those that come meanwhile are counted together, under the next number of the same journal', async () => {
  const { journal, asked, at } = opened()
  const first = journal.record(subject('a'), 1)
  const others = [journal.record(subject('a'), 2), journal.record(subject('b'), 3), journal.record(subject('a'), 4)]
  at(0).answer.resolve([])
  await first
  await turn()
  const sums = at(1).counts.map(({ resourceArn, units }) => `${resourceArn.split('/').at(-1)} ${units}`)
  assert.deepEqual(sums, ['a 6', 'b 3'])
  assert.deepEqual([at(0).batch.number, at(1).batch.number, asked.length], [1, 2, 2])
  assert.equal(at(0).batch.journal, at(1).batch.journal)
  const closed = journal.close()
  at(1).answer.resolve([])
  await Promise.all([...others, closed])
})

test('what the database does not take is not answered, and holds up nothing after it', async () => {
  const { journal, at } = opened()
  const [lost, kept] = [journal.record(subject('a'), 1), journal.record(subject('a'), 2)]
  at(0).answer.reject(new Error('the server’s row is gone'))
  await assert.rejects(lost, /row is gone/)
  await turn()
  at(1).answer.resolve([])
  await kept
})

test('what may have been counted is asked for by the same number before anything else is counted', async () => {
  const { journal, asked, at } = opened()
  const [first, second] = [journal.record(subject('a'), 1), journal.record(subject('a'), 2)]
  at(0).answer.reject(new OutcomeUnknown('the connection is gone'))
  const again = await until(() => asked[1])
  assert.deepEqual([again.batch, again.counts], [at(0).batch, at(0).counts])
  again.answer.reject(new Error('the database is starting'))
  const third = await until(() => asked[2])
  assert.deepEqual(third.batch, at(0).batch)
  third.answer.resolve([])
  await first
  const next = await until(() => asked[3])
  assert.equal(next.batch.number, 2)
  next.answer.resolve([])
  await second
})

test('what counts for nobody is told', async () => {
  const { journal, at, told } = opened()
  const recorded = journal.record(subject('a'), 1)
  at(0).answer.resolve(['1 inferences of a: no agreement'])
  await recorded
  assert.equal(journal.setAside(), 1)
  assert.deepEqual(told[0]?.reasons, ['1 inferences of a: no agreement'])
})
