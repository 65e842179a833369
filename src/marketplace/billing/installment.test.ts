import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AgreementStatus } from '../agreement/agreement-status.ts'
import type { Term } from '../term.ts'
import { installmentsOf, isOwed } from './installment.ts'

const accepted = Date.parse('2026-11-20T12:00:00Z')
const terms = [
  {
    Type: 'PaymentScheduleTerm',
    CurrencyCode: 'USD',
    Schedule: [
      { ChargeDate: '2027-01-05', ChargeAmount: '30.50' },
      { ChargeDate: '2026-11-20', ChargeAmount: '5.00' },
      { ChargeDate: '2026-12-01', ChargeAmount: '20.00' },
    ],
  },
] as unknown as Term[]

describe('payments by dates', () => {
  it('fall due as their days begin, in the order of time; what is due on the day of acceptance, with it', () => {
    assert.deepEqual(
      installmentsOf(terms, 'request', accepted).map(({ time, amount }) => [new Date(time).toISOString(), amount]),
      [
        ['2026-11-20T12:00:00.000Z', '5.00'],
        ['2026-12-01T00:00:00.000Z', '20.00'],
        ['2027-01-05T00:00:00.000Z', '30.50'],
      ],
    )
    assert.deepEqual(installmentsOf([], 'request', accepted), [])
  })

  it('have charges that are called the same whenever one looks, and differ by request and date', () => {
    const idsOf = (request: string) => installmentsOf(terms, request, accepted).map(({ charge }) => charge)
    assert.deepEqual(idsOf('one'), idsOf('one'))
    assert.equal(new Set([...idsOf('one'), ...idsOf('other')]).size, 6)
    for (const id of idsOf('one')) assert.match(id, /^ch-[a-z0-9]{25}$/)
  })

  const ends = accepted + 1000
  const owed = (time: number, status: AgreementStatus = 'CANCELLED') =>
    isOwed({ charge: 'ch-1', time, amount: '1' }, { accepted, ends, status })
  it('are all owed by an agreement that lasts', () => {
    assert.deepEqual(
      [accepted, ends, ends + 1].map(time => owed(time, 'ACTIVE')),
      [true, true, true],
    )
  })
  it('are owed by one that has ended as far as they fell due before its end', () => {
    assert.deepEqual(
      [ends - 1, ends, ends + 1].map(time => owed(time)),
      [true, false, false],
    )
  })
  it('are owed when they came with the acceptance, even where the end came with it', () => {
    assert.ok(
      isOwed({ charge: 'ch-1', time: accepted, amount: '1' }, { accepted, ends: accepted, status: 'CANCELLED' }),
    )
  })
})
