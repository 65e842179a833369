import type { Migration } from '../migration.ts'
import { bigint, index, table, text } from './market-columns.ts'

export interface MarketCatalogTables {
  market_entity: EntityTable
  market_entity_account: EntityAccountTable
  market_change_set: ChangeSetTable
  market_change_set_entity: ChangeSetEntityTable
  market_escrow: EscrowTable
  market_asset: AssetTable
  market_proposal: ProposalTable
  market_rate: RateTable
  market_assessment: AssessmentTable
  market_account_country: AccountCountryTable
}

/** A product or an offer as the Catalog API knows it; what differs is in `document`. */
export interface EntityTable {
  id: string
  /** `MachineLearningProduct` or `Offer`. */
  kind: string
  /** The seller. */
  account: string
  revision: number
  /** Product title or offer name. */
  name: string
  /** Visibility of a product (Draft, Limited, Public, Restricted), state of an offer (Draft, Released). */
  state: string
  /** The product that an offer sells; empty for products. */
  product: string
  /** `BuyerAccounts` when only the accounts in market_entity_account may have it, else `None`. */
  targeting: string
  created: number
  modified: number
  /** When it was released; 0 before. */
  released: number
  /** Last millisecond in which an offer can be accepted; `never` when there is none. */
  ends: number
  /** The change set that works on it; empty for none. */
  locked_by: string
  /** Resource policy, JSON text; empty for none. */
  policy: string
  document: string
}

/** Accounts that a Limited product or a private offer is shown to. */
export interface EntityAccountTable {
  entity: string
  account: string
}

export interface ChangeSetTable {
  id: string
  account: string
  name: string
  intent: string
  status: string
  /** What the reconciler has decided and is carrying out: empty, SUCCEEDED or FAILED. */
  outcome: string
  /** A reviewer's word on a change of visibility: empty, APPROVED or REJECTED with the reason after a colon. */
  review: string
  failure_code: string
  failure_description: string
  /** How often it could not be carried out, by no fault of its seller. */
  tries: number
  started: number
  /** 0 while it runs. */
  ended: number
  /** The changes with what became of each, JSON. */
  document: string
}

export interface ChangeSetEntityTable {
  change_set: string
  entity: string
}

/** A copy that a change set has made, or begun to make, and that is not published. */
export interface EscrowTable {
  change_set: string
  change_index: number
  arn: string
  /** JSON of the copy; empty until it is made. */
  document: string
}

/** A published copy: what a subscriber names in SageMaker. */
export interface AssetTable {
  arn: string
  product: string
  delivery_option: string
  kind: string
  published: number
  /** When its version was restricted: those who subscribed before may go on; `never` when it is not. */
  restricted: number
}

/** The terms of an offer as they stood; what a buyer accepts. */
export interface ProposalTable {
  id: string
  offer: string
  pricing_model: string
  terms: string
  created: number
}

/** A price of an offer, from when it was announced and from when it holds for those who had already accepted. */
export interface RateTable {
  offer: string
  dimension: string
  price: string
  announced: number
  effective: number
}

/** The certificate of a version, as the Catalog API tells assessments. */
export interface AssessmentTable {
  id: string
  /** The seller. */
  account: string
  product: string
  /** The change set that added the version. */
  change_set: string
  delivery_option: string
  /** When the version was certified. */
  created: number
  /** JSON of the certificate. */
  document: string
}

/** Where an account is, as the operator says. */
export interface AccountCountryTable {
  account: string
  /** ISO 3166-1 alpha-2. */
  country: string
}

export const openSets: Migration = {
  name: '2026-11-29-market-open-sets',
  async up(db) {
    await index(db, 'market_change_set', 'end', ['account', 'ended'])
  },
}

export const assessment: Migration = {
  name: '2026-11-29-market-assessment',
  async up(db) {
    await table(db, 'market_assessment', 'id', [
      ...text('id', 'account', 'product', 'change_set', 'delivery_option', 'document'),
      ...bigint('created'),
    ])
    for (const column of ['account', 'product', 'change_set'])
      await index(db, 'market_assessment', column, [column, 'created', 'id'])
  },
}

export const accountCountry: Migration = {
  name: '2026-11-29-market-account-country',
  async up(db) {
    await table(db, 'market_account_country', 'account', text('account', 'country'))
  },
}

export const entityOrders: Migration = {
  name: '2026-11-30-market-entity-orders',
  async up(db) {
    for (const column of ['product', 'targeting', 'released', 'ends'])
      await index(db, 'market_entity', `account_${column}`, ['kind', 'account', column, 'id'])
    await index(db, 'market_entity', 'account_id', ['kind', 'account', 'id'])
  },
}

export const changeSetTries: Migration = {
  name: '2026-12-01-market-change-set-tries',
  async up(db) {
    await db.schema
      .alterTable('market_change_set')
      .addColumn('tries', 'integer', column => column.notNull().defaultTo(0))
      .execute()
    await index(db, 'market_escrow', 'arn', ['arn'])
  },
}
