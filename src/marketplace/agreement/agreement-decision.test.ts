import assert from 'node:assert/strict'
import { test } from 'node:test'
import { never } from '../../store/schema/market-columns.ts'
import type { Agreement } from './agreement.ts'
import { type AgreementObserved, decideAgreement, endBehavior, nextLook } from './agreement-decision.ts'

const now = Date.UTC(2026, 10, 28)
const hour = 3_600_000
const twice = [{ Type: 'RenewalTerm', MaxRenewals: 2 }]
const paid = [{ Type: 'FixedUpfrontPricingTerm' }]
const raised = (Value: string) => [
  { Type: 'FixedUpfrontPricingTerm', Price: '900000000' },
  { Type: 'RenewalTerm', PriceIncrease: { Type: 'FixedPercentage', Value } },
]
const agreement = (change: object = {}, document: object = {}): Agreement =>
  ({ status: 'ACTIVE', ends: now, document: { autoRenew: false, terms: [], ...document }, ...change }) as never

const ends = [
  ['one that goes on', agreement({ ends: now + 1 }), 'keep'],
  ['one without an end', agreement({ ends: never }), 'keep'],
  ['one that was cancelled', agreement({ status: 'CANCELLED' }), 'keep'],
  ['one by usage whose time is over', agreement(), 'convert'],
  ['a contract whose time is over', agreement({}, { terms: paid }), 'convert'],
  ['one that renews itself', agreement({}, { autoRenew: true }), 'renew'],
  ['one with a renewal left', agreement({}, { autoRenew: true, renewals: 1, terms: twice }), 'renew'],
  [
    'a contract without a renewal left',
    agreement({}, { autoRenew: true, renewals: 2, terms: [...twice, ...paid] }),
    'convert',
  ],
] as const

for (const [what, given, step] of ends) test(`${what}: ${step}`, () => assert.equal(decideAgreement(given, now), step))

const settled: AgreementObserved = { isSettled: true, answered: undefined }
const owing: AgreementObserved = { isSettled: false, answered: undefined }
const month = 3 * 24 * hour
const looks = [
  ['an ended one that owes nothing: never', agreement({ status: 'EXPIRED' }), settled, undefined],
  ['an ended one under which something runs: when the month ends', agreement({ status: 'EXPIRED' }), owing, month],
  ['one in force: when the month ends', agreement({ ends: never }), settled, month],
  ['one that ends before: then', agreement({ ends: now + hour }), settled, hour],
  ['one that a seller wants to end: when the buyer’s time is over', agreement({ ends: never }), { ...settled, answered: now + 2 * hour }, 2 * hour],
  ['one whose time is over: at once', agreement({ ends: now - hour }), settled, 1],
] as const // biome-ignore format: a table

for (const [what, given, observed, after] of looks)
  test(`looked at again, ${what}`, () => assert.equal(nextLook(given, observed, now), after))

const behaviors = [
  ['one without an end: nothing', agreement({ ends: never }), undefined],
  ['one that renews', agreement({}, { autoRenew: true, terms: twice }), { type: 'RENEW' }],
  ['a contract without renewal', agreement({}, { terms: paid }), { type: 'REPLACE', reason: 'NO_RENEWAL_TERM' }],
  ['a contract that its buyer does not renew', agreement({}, { terms: [...paid, ...twice] }), { type: 'REPLACE', reason: 'ACCEPTOR_RENEW_OPTED_OUT' }],
  ['a contract that was renewed as often as it may', agreement({}, { autoRenew: true, renewals: 2, terms: [...paid, ...twice] }), { type: 'REPLACE', reason: 'RENEWAL_LIMIT_EXHAUSTED' }],
  ['a contract that comes to 999 million USD', agreement({}, { autoRenew: true, terms: raised('11') }), { type: 'RENEW' }],
  ['a contract that would come to 1,008 million USD', agreement({}, { autoRenew: true, terms: raised('12') }), { type: 'REPLACE', reason: 'RENEWAL_LIMIT_EXHAUSTED' }],
  ['one by usage', agreement(), { type: 'REPLACE', reason: 'NO_RENEWAL_TERM' }],
] as const // biome-ignore format: a table

for (const [what, given, behavior] of behaviors)
  test(`told of its end, ${what}`, () => assert.deepEqual(endBehavior(given), behavior))
