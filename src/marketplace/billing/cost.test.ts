import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Agreement } from '../agreement/agreement.ts'
import { contractLines } from './cost.ts'

const accepted = Date.parse('2026-11-20T12:00:00Z')
const payment = (date: string, amount: string) => ({ charge: `ch-${date}`, time: Date.parse(date), amount })

const agreementOf = (installments: readonly object[], terms: readonly object[] = []) =>
  ({
    accepted,
    ends: Date.parse('2027-11-20'),
    status: 'ACTIVE',
    document: { terms, installments },
  }) as unknown as Agreement

const linesAt = (agreement: Agreement, until: number) =>
  contractLines(agreement, until).map(({ month, dimension, unit, units, price, amount }) => [
    `${month.year}-${month.month}`,
    dimension,
    unit,
    units,
    price,
    amount,
  ])

describe('what was agreed to be paid', () => {
  it('by dates is a line for each amount of a month, with its payments as units', () => {
    const agreement = agreementOf([
      payment('2026-12-01', '20.00'),
      payment('2026-12-10', '20.0'),
      payment('2026-12-20', '20'),
      payment('2026-12-24', '7.50'),
      payment('2027-01-01', '20.00'),
    ])
    assert.deepEqual(linesAt(agreement, Date.parse('2027-02-01')), [
      ['2026-12', 'installment', 'payments', 3n, '20', '60'],
      ['2026-12', 'installment', 'payments', 1n, '7.5', '7.5'],
      ['2027-1', 'installment', 'payments', 1n, '20', '20'],
    ])
  })

  it('by dates counts from the moment on at which it falls due', () => {
    const due = payment('2026-12-01', '20.00')
    const counted = [due.time - 1, due.time, due.time + 1].map(until => linesAt(agreementOf([due]), until).length)
    assert.deepEqual(counted, [0, 1, 1])
  })

  it('on acceptance counts from the moment of acceptance on', () => {
    const upfront = { Type: 'FixedUpfrontPricingTerm', CurrencyCode: 'USD', Price: '99.5', Duration: 'P1M', Grants: [] }
    const agreement = agreementOf([], [upfront])
    assert.deepEqual(linesAt(agreement, accepted - 1), [])
    assert.deepEqual(linesAt(agreement, accepted), [['2026-11', 'upfront', 'contracts', 1n, '99.5', '99.5']])
  })
})
