import type { Migration } from '../migration.ts'
import { bigint, index, table, text } from './market-columns.ts'

export interface MarketProcurementTables {
  market_product_request: ProductRequestTable
}

/** A wish for a product that a private marketplace does not allow. */
export interface ProductRequestTable {
  id: string
  /** Of whose user asks. */
  account: string
  administrator: string
  experience: string
  product: string
  requester: string
  comment: string
  status: string
  /** What the administrator says. */
  note: string
  created: number
  updated: number
}

export const productRequest: Migration = {
  name: '2026-11-30-market-product-request',
  async up(db) {
    await table(db, 'market_product_request', 'id', [
      ...text('id', 'account', 'administrator', 'experience', 'product', 'requester', 'comment', 'status', 'note'),
      ...bigint('created', 'updated'),
    ])
    for (const party of ['account', 'administrator'])
      await index(db, 'market_product_request', party, [party, 'created', 'id'])
    await index(db, 'market_product_request', 'product', ['account', 'product', 'status'])
  },
}
