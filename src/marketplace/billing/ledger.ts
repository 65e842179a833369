import Big from 'big.js'
import type { Kysely } from 'kysely'
import type { Database } from '../../store/database.ts'
import type { InvoiceLineTable } from '../../store/schema/market-invoice-tables.ts'
import type { CostLine } from './cost.ts'

/** What lines are told apart by, within an agreement. */
export const lineKey = ({
  month: { year, month },
  dimension,
  price,
}: Pick<CostLine, 'month' | 'dimension' | 'price'>) => JSON.stringify([year, month, dimension, Big(price).toFixed()])

export interface Booked {
  readonly units: bigint
  readonly freeUnits: bigint
  readonly amount: Big
}

/** What the agreement's invoices hold, by line. */
export async function bookedLines(db: Kysely<Database>, agreement: string): Promise<Map<string, Booked>> {
  const rows = await db.selectFrom('market_invoice_line').selectAll().where('agreement', '=', agreement).execute()
  const booked = new Map<string, Booked>()
  for (const { year, month, dimension, price, ...row } of rows) {
    const key = lineKey({ month: { year, month }, dimension, price })
    const before = booked.get(key) ?? nothing
    booked.set(key, {
      units: before.units + BigInt(row.units),
      freeUnits: before.freeUnits + BigInt(row.free_units),
      amount: before.amount.plus(row.amount),
    })
  }
  return booked
}

function emptyLine(key: string) {
  const [year, month, dimension, price] = JSON.parse(key) as [number, number, string, string]
  return { month: { year, month }, dimension, price, units: 0n, freeUnits: 0n, amount: '0' }
}

const nothing: Booked = { units: 0n, freeUnits: 0n, amount: Big(0) }

/** Writes under an invoice what all of an agreement's lines have more, or less, than is booked of them. */
export async function bookLines(
  db: Kysely<Database>,
  invoice: string,
  agreement: string,
  lines: readonly Omit<CostLine, 'unit'>[],
): Promise<void> {
  const booked = await bookedLines(db, agreement)
  const known = new Set(lines.map(lineKey))
  const vanished = [...booked.keys()].filter(key => !known.has(key)).map(emptyLine)
  const rows = [...lines, ...vanished].flatMap((line): InvoiceLineTable[] => {
    const before = booked.get(lineKey(line)) ?? nothing
    const units = line.units - before.units
    const freeUnits = line.freeUnits - before.freeUnits
    const amount = Big(line.amount).minus(before.amount)
    if (units === 0n && freeUnits === 0n && amount.eq(0)) return []
    const { month, dimension, price } = line
    const sums = { units: String(units), free_units: String(freeUnits), amount: amount.toFixed() }
    return [{ invoice, agreement, ...month, dimension, price, ...sums }]
  })
  for (let at = 0; at < rows.length; at += 100)
    await db
      .insertInto('market_invoice_line')
      .values(rows.slice(at, at + 100))
      .execute()
}
