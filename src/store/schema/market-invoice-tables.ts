import { sql } from 'kysely'
import type { Migration } from '../migration.ts'
import { bigint, index, table, text } from './market-columns.ts'

export interface MarketInvoiceTables {
  market_purchase_order: PurchaseOrderTable
  market_invoice: InvoiceTable
  market_invoice_line: InvoiceLineTable
  market_adjustment: AdjustmentTable
  market_adjustment_request: AdjustmentRequestTable
}

export interface PurchaseOrderTable {
  charge: string
  agreement: string
  reference: string
}

export interface InvoiceTable {
  id: string
  agreement: string
  year: number
  month: number
  type: string
  amount: string
  currency: string
  issued: number
}

/** What an invoice adds to what was invoiced before, exact: a dimension at a price in a month of usage. */
export interface InvoiceLineTable {
  invoice: string
  agreement: string
  /** Of the usage, which a late fact may have moved to a later invoice. */
  year: number
  month: number
  dimension: string
  price: string
  /** Whole numbers of any size. */
  units: string
  free_units: string
  amount: string
}

/** A refund of an invoice. */
export interface AdjustmentTable {
  id: string
  agreement: string
  invoice: string
  amount: string
  currency: string
  reason: string
  /** Empty for none. */
  description: string
  created: number
}

/** A seller's wish to give money back: it becomes an adjustment of the same id, or fails. */
export interface AdjustmentRequestTable extends AdjustmentTable {
  /** PENDING, COMPLETED, VALIDATION_FAILED. */
  status: string
  /** Why it failed; empty otherwise. */
  message: string
  updated: number
}

export const adjustmentRequest: Migration = {
  name: '2026-11-30-market-adjustment-request',
  async up(db) {
    await table(db, 'market_adjustment_request', 'id', [
      ...text('id', 'agreement', 'invoice', 'amount', 'currency', 'reason', 'description'),
      ...bigint('created'),
      ...text('status', 'message'),
      ...bigint('updated'),
    ])
    await index(db, 'market_adjustment_request', 'agreement', ['agreement', 'created', 'id'])
    // What was asked for until now was done at once.
    const columns = 'id, agreement, invoice, amount, currency, reason, description, created'
    await sql`insert into market_adjustment_request (${sql.raw(columns)}, status, message, updated)
      select ${sql.raw(columns)}, 'COMPLETED', '', created from market_adjustment`.execute(db)
  },
}
