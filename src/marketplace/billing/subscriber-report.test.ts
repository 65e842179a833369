import assert from 'node:assert/strict'
import { test } from 'node:test'
import { never } from '../../store/schema/market-columns.ts'
import type { Agreement } from '../agreement/agreement.ts'
import { subscriberRows, trialOf } from './subscriber-report.ts'

const start = Date.UTC(2027, 2, 1)
const end = Date.UTC(2027, 3, 1)
const day = 86_400_000
const month = { start, end, now: end + day }
const trial = { Type: 'FreeTrialPricingTerm', Duration: 'P10D', Grants: [] }
const agreement = (change: object = {}, document: object = {}): Agreement => {
  const accepted = start + 5 * day
  const own = { id: 'a', status: 'ACTIVE', accepted, starts: accepted, ends: never }
  return { ...own, document: { terms: [], ...document }, ...change } as never
}
const changes = (given: Agreement, span = month) => subscriberRows(given, span).map(({ change }) => change)

const subscribers = [
  ['came with the month', agreement({ accepted: start }), ['NEW']],
  ['came a second before it', agreement({ accepted: start - 1000 }), []],
  ['came with the next', agreement({ accepted: end }), []],
  ['came by renewal', agreement({}, { initial: 'before' }), []],
  ['came and left', agreement({ status: 'CANCELLED', ends: end - 1000 }), ['NEW', 'CANCELLED']],
  ['left with the next', agreement({ accepted: 0, status: 'CANCELLED', ends: end }), []],
  ['renewed', agreement({ accepted: 0, status: 'RENEWED', ends: start + day }), []],
  ['went over to another offer', agreement({ accepted: 0, status: 'REPLACED', ends: start + day }), []],
  ['came to its end', agreement({ accepted: 0, status: 'EXPIRED', ends: start }), ['CANCELLED']],
] as const

for (const [what, given, expected] of subscribers)
  test(`of subscribers, one that ${what}: ${expected.join() || 'nothing'}`, () =>
    assert.deepEqual(changes(given), expected))

test('what is to come in a month that goes on is not told', () => {
  assert.deepEqual(changes(agreement(), { ...month, now: start + 4 * day }), [])
})

const trials = [
  ['begins', agreement(), { new: 1, current: 0, converted: 1, non_converted: 0 }],
  ['goes on as the month ends', agreement({ starts: end - 3 * day }), { new: 1, current: 1, converted: 0, non_converted: 0 }],
  ['ends a second before the month', agreement({ starts: start - 10 * day - 1000 }), { new: 0, current: 0, converted: 0, non_converted: 0 }],
  ['becomes paid as the month begins', agreement({ starts: start - 10 * day }), { new: 0, current: 0, converted: 1, non_converted: 0 }],
  ['is left as it ends', agreement({ status: 'CANCELLED', ends: start + 15 * day }), { new: 1, current: 0, converted: 0, non_converted: 1 }],
  ['is left a second after', agreement({ status: 'CANCELLED', ends: start + 15 * day + 1000 }), { new: 1, current: 0, converted: 1, non_converted: 0 }],
] as const // biome-ignore format: a table

for (const [what, given, expected] of trials)
  test(`of trials, one that ${what}`, () =>
    assert.deepEqual(trialOf({ ...given, document: { ...given.document, terms: [trial] } } as never, month), expected))

test('an agreement without a trial counts for none', () => assert.equal(trialOf(agreement(), month), undefined))
