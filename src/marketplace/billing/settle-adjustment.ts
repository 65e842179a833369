import Big from 'big.js'
import type { AdjustmentRequestTable, AdjustmentTable } from '../../store/schema/market-invoice-tables.ts'
import type { Transaction } from '../../store/store.ts'
import type { Agreement } from '../agreement/agreement.ts'
import { tellAdjustment, tellAdjustmentFailed } from '../agreement/agreement-event.ts'
import { excessOf } from './billing-adjustment.ts'

/** Makes refunds of what waits, in the order in which it was asked for; what is more than is left by then fails. */
export async function settleAdjustments(tx: Transaction, agreement: Agreement, now: number): Promise<void> {
  const waiting = await tx.db
    .selectFrom('market_adjustment_request')
    .selectAll()
    .where('agreement', '=', agreement.id)
    .where('status', '=', 'PENDING')
    .orderBy('created')
    .orderBy('id')
    .execute()
  for (const { status: _, message: __, updated: ___, ...row } of waiting) await settle(tx, agreement, row, now)
}

async function settle(tx: Transaction, agreement: Agreement, row: AdjustmentTable, now: number): Promise<void> {
  const query = tx.db.selectFrom('market_invoice').selectAll().where('id', '=', row.invoice)
  const excess = await excessOf(tx.db, await query.executeTakeFirstOrThrow(), Big(row.amount))
  if (excess) {
    await end(tx, row.id, { status: 'VALIDATION_FAILED', message: excess, updated: now })
    return tellAdjustmentFailed(tx, agreement, row)
  }
  await end(tx, row.id, { status: 'COMPLETED', message: '', updated: now })
  // Of the moment in which it is made: what a report has told of the time before stays true.
  await tx.db
    .insertInto('market_adjustment')
    .values({ ...row, created: now })
    .execute()
  return tellAdjustment(tx, agreement, row)
}

type Ending = Pick<AdjustmentRequestTable, 'status' | 'message' | 'updated'>

const end = ({ db }: Transaction, id: string, ending: Ending) =>
  db.updateTable('market_adjustment_request').set(ending).where('id', '=', id).execute()
