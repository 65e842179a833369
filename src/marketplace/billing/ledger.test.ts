import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Kysely } from 'kysely'
import type { Database } from '../../store/database.ts'
import { openTestStore } from '../../store/store.fixture.ts'
import { bookedLines, bookLines, lineKey } from './ledger.ts'

const month = { year: 2026, month: 11 }
const line = (dimension: string, units: bigint, freeUnits: bigint, amount: string, price = '0.5') => ({
  ...{ month, dimension, price, units, freeUnits, amount },
})
type Line = ReturnType<typeof line>

async function openLedger() {
  const { db } = await openTestStore()
  let invoices = 0
  return {
    db,
    /** Books lines under another invoice, and returns what that holds. */
    async book(lines: readonly Line[], agreement = 'agmt-1') {
      const invoice = `inv-${++invoices}`
      await bookLines(db, invoice, agreement, lines)
      return rowsOf(db, invoice)
    },
  }
}

async function rowsOf(db: Kysely<Database>, invoice: string) {
  const rows = await db.selectFrom('market_invoice_line').selectAll().where('invoice', '=', invoice).execute()
  return rows
    .map(({ dimension, units, free_units, amount }) => [dimension, units, free_units, amount])
    .sort((one, other) => (String(one) < String(other) ? -1 : 1))
}

describe('an invoice', () => {
  it('holds what was used, and no line of nothing', async () => {
    const { book } = await openLedger()
    const lines = [line('a', 60n, 10n, '0.5'), line('none', 0n, 0n, '0'), line('free', 5n, 5n, '0')]
    assert.deepEqual(await book(lines), [
      ['a', '60', '10', '0.5'],
      ['free', '5', '5', '0'],
    ])
    assert.deepEqual(await book(lines), [])
  })

  it('holds of each line what has changed since those before, whichever part of it did', async () => {
    const { book, db } = await openLedger()
    await book([line('a', 60n, 10n, '0.5'), line('b', 60n, 10n, '0.5'), line('c', 60n, 10n, '0.5')])
    const later = [line('a', 61n, 10n, '0.5'), line('b', 60n, 12n, '0.5'), line('c', 60n, 10n, '0.25')]
    assert.deepEqual(await book(later), [
      ['a', '1', '0', '0'],
      ['b', '0', '2', '0'],
      ['c', '0', '0', '-0.25'],
    ])
    assert.deepEqual(await book(later), [])
    const booked = await bookedLines(db, 'agmt-1')
    const sums = later
      .map(each => booked.get(lineKey(each)))
      .map(each => [each?.units, each?.freeUnits, each?.amount.toFixed()])
    assert.deepEqual(sums, [
      [61n, 10n, '0.5'],
      [60n, 12n, '0.5'],
      [60n, 10n, '0.25'],
    ])
  })

  it('takes back whole what is a line no more', async () => {
    const { book } = await openLedger()
    await book([line('a', 60n, 10n, '0.5'), line('b', 1n, 0n, '3')])
    assert.deepEqual(await book([line('b', 1n, 0n, '3')]), [['a', '-60', '-10', '-0.5']])
    assert.deepEqual(await book([line('b', 1n, 0n, '3')]), [])
    assert.deepEqual(await book([line('a', 60n, 10n, '0.5'), line('b', 1n, 0n, '3')]), [['a', '60', '10', '0.5']])
  })

  it('tells lines apart by month, dimension and price, however the price is written, and agreements from each other', async () => {
    const { book } = await openLedger()
    await book([line('a', 1n, 0n, '0.5')])
    assert.deepEqual(await book([line('a', 1n, 0n, '0.5', '0.50')]), [])
    assert.deepEqual(await book([line('a', 1n, 0n, '0.5')], 'agmt-2'), [['a', '1', '0', '0.5']])
    const other = { ...line('a', 2n, 0n, '1'), month: { year: 2026, month: 12 } }
    assert.deepEqual(await book([line('a', 1n, 0n, '0.5'), line('a', 7n, 0n, '7', '1'), other]), [
      ['a', '2', '0', '1'],
      ['a', '7', '0', '7'],
    ])
  })

  it('may have any number of lines', async () => {
    for (const count of [1, 100, 200, 250]) {
      const { book } = await openLedger()
      const lines = Array.from({ length: count }, (_, n) => line(`d${n}`, 1n, 0n, '1'))
      assert.equal((await book(lines)).length, count)
      assert.deepEqual(await book(lines), [])
    }
  })
})
