import type { Kysely } from 'kysely'
import type { Migration } from '../migration.ts'

export interface MarketTables {
  market_entity: EntityTable
  market_entity_account: EntityAccountTable
  market_change_set: ChangeSetTable
  market_change_set_entity: ChangeSetEntityTable
  market_escrow: EscrowTable
  market_asset: AssetTable
  market_proposal: ProposalTable
  market_rate: RateTable
  market_listing: ListingTable
  market_listing_term: ListingTermTable
  market_listing_facet: ListingFacetTable
  market_agreement_request: AgreementRequestTable
  market_agreement: AgreementTable
  market_running: RunningTable
  market_inference: InferenceTable
  market_purchase_order: PurchaseOrderTable
  market_invoice: InvoiceTable
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

/** A copy that a change set had made and that is not published yet. */
export interface EscrowTable {
  change_set: string
  change_index: number
  arn: string
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

export interface ListingTable {
  product: string
  seller: string
  state: string
  published: number
  document: string
}

/** Inverted index: how much a word says about a listing. */
export interface ListingTermTable {
  term: string
  product: string
  weight: number
}

export interface ListingFacetTable {
  product: string
  type: string
  value: string
  display: string
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

/** Running time of instances. `stopped` is `never` while they run. */
export interface RunningTable {
  resource_arn: string
  product_arn: string
  dimension: string
  started: number
  stopped: number
  instances: number
  account: string
  product: string
  region: string
}

/** Inferences answered with 2xx, by batch. */
export interface InferenceTable {
  resource_arn: string
  source: string
  dimension: string
  units: number
  at: number
  account: string
  product: string
  product_arn: string
  region: string
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

/** The largest time JavaScript can tell, for "has no end". */
export const never = 8_640_000_000_000_000

type Column = readonly [name: string, type: 'text' | 'bigint' | 'integer']

export const marketMigrations: readonly Migration[] = [
  {
    name: '2026-11-20-market',
    async up(db) {
      await table(db, 'market_entity', 'id', [
        ...text('id', 'kind', 'account'),
        ['revision', 'integer'],
        ...text('name', 'state', 'product', 'targeting'),
        ...bigint('created', 'modified', 'released', 'ends'),
        ...text('locked_by', 'policy', 'document'),
      ])
      await index(db, 'market_entity', 'account', ['kind', 'account', 'modified', 'id'])
      await index(db, 'market_entity', 'product', ['product', 'state'])
      await table(db, 'market_entity_account', 'entity,account', text('entity', 'account'))
      await table(db, 'market_change_set', 'id', [
        ...text('id', 'account', 'name', 'intent', 'status', 'outcome', 'review', 'failure_code'),
        ...text('failure_description'),
        ...bigint('started', 'ended'),
        ...text('document'),
      ])
      await index(db, 'market_change_set', 'account', ['account', 'started', 'id'])
      await table(db, 'market_change_set_entity', 'change_set,entity', text('change_set', 'entity'))
      await index(db, 'market_change_set_entity', 'entity', ['entity'])
      await table(db, 'market_escrow', 'change_set,change_index', [
        ...text('change_set'),
        ['change_index', 'integer'],
        ...text('arn', 'document'),
      ])
      await table(db, 'market_asset', 'arn', [
        ...text('arn', 'product', 'delivery_option', 'kind'),
        ...bigint('published', 'restricted'),
      ])
      await index(db, 'market_asset', 'product', ['product'])
      await table(db, 'market_proposal', 'id', [...text('id', 'offer', 'pricing_model', 'terms'), ...bigint('created')])
      await table(db, 'market_rate', 'offer,dimension,announced', [
        ...text('offer', 'dimension', 'price'),
        ...bigint('announced', 'effective'),
      ])
      await table(db, 'market_listing', 'product', [
        ...text('product', 'seller', 'state'),
        ...bigint('published'),
        ...text('document'),
      ])
      await table(db, 'market_listing_term', 'term,product', [...text('term', 'product'), ['weight', 'integer']])
      await index(db, 'market_listing_term', 'product', ['product'])
      // These hold all that a search reads, so that it needs no row of the tables.
      await index(db, 'market_listing_term', 'weight', ['term', 'product', 'weight'])
      await index(db, 'market_listing', 'state', ['product', 'state', 'seller'])
      await table(db, 'market_listing_facet', 'product,type,value', text('product', 'type', 'value', 'display'))
      await index(db, 'market_listing_facet', 'value', ['type', 'value', 'product'])
      await index(db, 'market_listing_facet', 'display', ['product', 'type', 'value', 'display'])
      await table(db, 'market_agreement_request', 'id', [
        ...text('id', 'account', 'intent', 'product'),
        ...bigint('expires'),
        ...text('agreement', 'document'),
      ])
      await table(db, 'market_agreement', 'id', [
        ...text('id', 'acceptor', 'proposer', 'product', 'offer', 'proposal', 'status'),
        ...bigint('accepted', 'starts', 'ends', 'covers_from'),
        ['trial', 'integer'],
        ...text('document'),
      ])
      await index(db, 'market_agreement', 'acceptor', ['acceptor', 'product', 'accepted'])
      await index(db, 'market_agreement', 'proposer', ['proposer', 'accepted'])
      await table(db, 'market_running', 'resource_arn,product_arn,dimension,started', [
        ...text('resource_arn', 'product_arn', 'dimension'),
        ...bigint('started', 'stopped'),
        ['instances', 'integer'],
        ...text('account', 'product', 'region'),
      ])
      await index(db, 'market_running', 'account', ['account', 'product', 'stopped'])
      await table(db, 'market_inference', 'resource_arn,source', [
        ...text('resource_arn', 'source', 'dimension'),
        ...bigint('units', 'at'),
        ...text('account', 'product', 'product_arn', 'region'),
      ])
      await index(db, 'market_inference', 'account', ['account', 'product', 'dimension', 'at', 'units'])
      await table(db, 'market_purchase_order', 'charge', text('charge', 'agreement', 'reference'))
      await table(db, 'market_invoice', 'agreement,year,month', [
        ...text('id', 'agreement'),
        ['year', 'integer'],
        ['month', 'integer'],
        ...text('type', 'amount', 'currency'),
        ...bigint('issued'),
      ])
    },
  },
]

const text = (...names: string[]): Column[] => names.map(name => [name, 'text'])
const bigint = (...names: string[]): Column[] => names.map(name => [name, 'bigint'])

// biome-ignore lint/suspicious/noExplicitAny: a migration sees the schema as it was, which no type describes
type Schema = Kysely<any>

async function table(db: Schema, name: string, key: string, columns: readonly Column[]): Promise<void> {
  let made = db.schema.createTable(name)
  for (const [column, type] of columns) made = made.addColumn(column, type, definition => definition.notNull())
  await made.addPrimaryKeyConstraint(`${name}_key`, key.split(',') as never[]).execute()
}

const index = (db: Schema, on: string, by: string, columns: string[]): Promise<void> =>
  db.schema.createIndex(`${on}_by_${by}`).on(on).columns(columns).execute()
