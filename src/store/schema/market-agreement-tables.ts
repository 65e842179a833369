import type { Migration } from '../migration.ts'
import { bigint, table, text } from './market-columns.ts'

export interface MarketAgreementTables {
  market_agreement_request: AgreementRequestTable
  market_agreement: AgreementTable
  market_cancellation: CancellationTable
  market_notice: NoticeTable
}

export interface AgreementRequestTable {
  id: string
  account: string
  intent: string
  product: string
  expires: number
  /** The agreement that came of it; empty before. */
  agreement: string
  document: string
}

export interface AgreementTable {
  id: string
  acceptor: string
  proposer: string
  product: string
  offer: string
  proposal: string
  status: string
  accepted: number
  starts: number
  /** `never` when it has no end. */
  ends: number
  /** When usage begins to belong to it: 0 for a buyer's first agreement on a product. */
  covers_from: number
  /** 1 when a free trial was part of it. */
  trial: number
  document: string
}

/** A seller's wish to end an agreement. */
export interface CancellationTable {
  id: string
  agreement: string
  reason: string
  /** Empty for none. */
  description: string
  status: string
  message: string
  created: number
  updated: number
}

/** What is being written to the subscribers of a product, and how far. */
export interface NoticeTable {
  id: string
  product: string
  /** Those of this offer alone; empty for all. */
  offer: string
  /** Those who had subscribed by then. */
  at: number
  letter: string
  /** JSON. */
  facts: string
  /** The last agreement that was looked at; 0 and empty before. */
  after_accepted: number
  after_id: string
}

export const notice: Migration = {
  name: '2026-11-29-market-notice',
  up: db =>
    table(db, 'market_notice', 'id', [
      ...text('id', 'product', 'offer'),
      ...bigint('at'),
      ...text('letter', 'facts'),
      ...bigint('after_accepted'),
      ...text('after_id'),
    ]),
}
