import { type Kysely, sql } from 'kysely'
import type { Migration } from '../migration.ts'
import { isPostgres } from '../postgres-dialect.ts'

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
  market_listing_change: ListingChangeTable
  market_agreement_request: AgreementRequestTable
  market_agreement: AgreementTable
  market_running: RunningTable
  market_running_month: RunningMonthTable
  market_inference_fact: InferenceFactTable
  market_inference_month: InferenceMonthTable
  market_journal: JournalTable
  market_purchase_order: PurchaseOrderTable
  market_invoice: InvoiceTable
  market_invoice_line: InvoiceLineTable
  market_adjustment: AdjustmentTable
  market_cancellation: CancellationTable
  market_review: ReviewTable
  market_rating: RatingTable
  market_artifact: ArtifactTable
  market_notice: NoticeTable
  market_assessment: AssessmentTable
  market_account_country: AccountCountryTable
  market_evaluation_terms: EvaluationTermsTable
  market_evaluation: EvaluationTable
  market_evaluation_run: EvaluationRunTable
  market_evaluation_use: EvaluationUseTable
  market_interest: InterestTable
  market_product_request: ProductRequestTable
  market_adjustment_request: AdjustmentRequestTable
  market_input_watch: InputWatchTable
  market_input_window: InputWindowTable
  market_input_drift: InputDriftTable
}

/** A variant of an endpoint whose inputs its owner has compared with those of certification. */
export interface InputWatchTable {
  /** The endpoint's ARN. */
  endpoint: string
  variant: string
  account: string
  /** When the endpoint was made. */
  made: number
  /** Where the window begins that is compared next. */
  next: number
}

/** What was compared of a window: levels, and no count of anything. */
export interface InputWindowTable {
  endpoint: string
  variant: string
  start: number
  account: string
  /** The product's copy that was asked; '' of none. */
  asset: string
  status: string
  /** JSON, by column: as its owner is told them. */
  levels: string
  /** JSON, by column: as they go into what the seller is told, with noise. */
  votes: string
}

/** What a seller is told of a window, once and for all. */
export interface InputDriftTable {
  asset: string
  start: number
  /** In fives; 0 of too few, of which nothing is told. */
  accounts: number
  /** JSON, by column. */
  levels: string
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

/** How often an account did something with a product before it bought it, in a month. */
export interface InterestTable {
  product: string
  /** Where it begins. */
  month: number
  step: string
  account: string
  times: number
}

/** What a seller allows of a product without a subscription. */
export interface EvaluationTermsTable {
  product: string
  /** Of one data set. */
  max_rows: number
  /** Of containers, from the first that runs. */
  max_minutes: number
  /** Of one account. */
  max_evaluations: number
}

/** What a buyer wants to know of one data set and several products. */
export interface EvaluationTable {
  id: string
  account: string
  created: number
  /** JSON of the request. */
  document: string
}

/** One product of an evaluation. */
export interface EvaluationRunTable {
  /** Of the transform job, which is made by this name or not at all. */
  arn: string
  evaluation: string
  /** From 1, as the buyer named them. */
  place: number
  account: string
  product: string
  status: string
  /** 1 when it is one of those that the seller allows; one that never ran gives its place back. */
  counts: number
  /** 1 once it is to end. */
  stopping: number
  /** JSON of what was settled when it was asked for. */
  document: string
  /** JSON of how it ended; empty until then. */
  result: string
}

/** Containers of a product that ran for an evaluation: kept apart from what is charged. */
export interface EvaluationUseTable {
  arn: string
  dimension: string
  started: number
  /** `never` while they run. */
  stopped: number
  instances: number
}

/** Where an account is, as the operator says. */
export interface AccountCountryTable {
  account: string
  /** ISO 3166-1 alpha-2. */
  country: string
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

/** An archive that a training job of a product has made for an account: what that product's serving image may be given. */
export interface ArtifactTable {
  account: string
  /** ARN of the algorithm. */
  product: string
  /** SHA-256 of the archive, hexadecimal. */
  digest: string
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
  /** Average of the reviews in hundredths; 0 for none. */
  rating: number
  document: string
}

/** When a listing last changed, was put in or taken out: what a copy of the index in memory follows. */
export interface ListingChangeTable {
  product: string
  version: number
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

/** Minutes of instances that have stopped, by the month in which they began, in which a bill reads them. */
export interface RunningMonthTable {
  account: string
  product: string
  dimension: string
  /** When it begins. */
  month: number
  /** A whole number of any size. */
  units: string
}

/** Inferences of a resource answered with 2xx in an hour, or in the part of one that is priced alike. */
export interface InferenceFactTable {
  account: string
  product: string
  /** When the hour, or the part, begins. */
  at: number
  resource_arn: string
  product_arn: string
  region: string
  /** A whole number of any size. */
  units: string
}

/** The same by the month in which they were answered, in which a bill reads them. */
export interface InferenceMonthTable {
  account: string
  product: string
  /** When it begins. */
  month: number
  units: string
}

/** How far a metering journal has been counted. */
export interface JournalTable {
  journal: string
  /** The last batch of it. */
  counted: number
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

/** What a buyer says of a product, once each. */
export interface ReviewTable {
  id: string
  product: string
  account: string
  /** 1 to 5. */
  rating: number
  /** Title, body and the name that the author goes by; empty for none. */
  title: string
  body: string
  author: string
  created: number
  updated: number
  /** The seller's answer; empty for none. */
  answer: string
  answered: number
  /** When the operator hid it, 0 for not hidden, and why. */
  hidden: number
  hidden_reason: string
}

/** How many reviews of a product have each rating, kept with them. */
export interface RatingTable {
  product: string
  count: number
  total: number
}

/** The largest time JavaScript can tell, for "has no end". */
export const never = 8_640_000_000_000_000

/** What runs longer has an index of its own, so that what ran at a time is found among what began in the month before it. */
export const longRun = 2_678_400_000

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
  {
    name: '2026-11-20-market-ledger',
    async up(db) {
      await table(db, 'market_invoice_line', 'invoice,year,month,dimension,price', [
        ...text('invoice', 'agreement'),
        ['year', 'integer'],
        ['month', 'integer'],
        ...text('dimension', 'price'),
        ...bigint('units', 'free_units'),
        ...text('amount'),
      ])
      await index(db, 'market_invoice_line', 'agreement', ['agreement'])
      await table(db, 'market_adjustment', 'id', [
        ...text('id', 'agreement', 'invoice', 'amount', 'currency', 'reason', 'description'),
        ...bigint('created'),
      ])
      await index(db, 'market_adjustment', 'agreement', ['agreement', 'created', 'id'])
      await table(db, 'market_cancellation', 'id', [
        ...text('id', 'agreement', 'reason', 'description', 'status', 'message'),
        ...bigint('created', 'updated'),
      ])
      await index(db, 'market_cancellation', 'agreement', ['agreement', 'created', 'id'])
      // A bill reads these and no row of the table.
      await index(db, 'market_running', 'time', ['account', 'product', 'dimension', 'stopped', 'started', 'instances'])
    },
  },
  {
    name: '2026-11-20-market-review',
    async up(db) {
      await table(db, 'market_review', 'id', [
        ...text('id', 'product', 'account'),
        ['rating', 'integer'],
        ...text('title', 'body', 'author'),
        ...bigint('created', 'updated'),
        ...text('answer'),
        ...bigint('answered'),
      ])
      await db.schema
        .createIndex('market_review_by_author')
        .on('market_review')
        .columns(['product', 'account'])
        .unique()
        .execute()
      await index(db, 'market_review', 'product', ['product', 'updated', 'id'])
      await table(db, 'market_rating', 'product', [...text('product'), ...bigint('count', 'total')])
      await db.schema
        .alterTable('market_listing')
        .addColumn('rating', 'integer', column => column.notNull().defaultTo(0))
        .execute()
      await table(db, 'market_listing_change', 'product', [...text('product'), ...bigint('version')])
      await index(db, 'market_listing_change', 'version', ['version', 'product'])
    },
  },
  {
    name: '2026-11-20-market-review-moderation',
    async up(db) {
      for (const [name, type, empty] of [
        ['hidden', 'bigint', 0],
        ['hidden_reason', 'text', ''],
      ] as const)
        await db.schema
          .alterTable('market_review')
          .addColumn(name, type, column => column.notNull().defaultTo(empty))
          .execute()
    },
  },
  {
    name: '2026-11-28-market-sums',
    async up(db) {
      const keys = ['account', 'product', 'at', 'resource_arn', 'product_arn'] as const
      await table(db, 'market_inference_fact', keys.join(), [
        ...text('account', 'product'),
        ...bigint('at'),
        ...text('resource_arn', 'product_arn', 'region', 'units'),
      ])
      await table(db, 'market_inference_month', 'account,product,month', [
        ...text('account', 'product'),
        ...bigint('month'),
        ...text('units'),
      ])
      await table(db, 'market_journal', 'journal', [...text('journal'), ...bigint('counted')])
      await sumInferences(db, keys)
      await db.schema.dropTable('market_inference').execute()
      // In PostgreSQL the name of a table's key is one of its schema.
      if (isPostgres(db))
        await sql`alter index market_invoice_line_key rename to market_invoice_line_before_key`.execute(db)
      await db.schema.alterTable('market_invoice_line').renameTo('market_invoice_line_before').execute()
      await db.schema.dropIndex('market_invoice_line_by_agreement').execute()
      const columns = ['invoice', 'agreement', 'year', 'month', 'dimension', 'price', 'units', 'free_units', 'amount']
      const whole = new Set(['year', 'month'])
      await table(
        db,
        'market_invoice_line',
        'invoice,year,month,dimension,price',
        columns.map(name => [name, whole.has(name) ? 'integer' : 'text']),
      )
      await index(db, 'market_invoice_line', 'agreement', ['agreement'])
      await db
        .insertInto('market_invoice_line')
        .columns(columns)
        .expression(from =>
          from
            .selectFrom('market_invoice_line_before')
            .select(columns.map(name => (whole.has(name) ? name : sql`cast(${sql.ref(name)} as text)`.as(name)))),
        )
        .execute()
      await db.schema.dropTable('market_invoice_line_before').execute()
    },
  },
  {
    name: '2026-11-28-market-order',
    async up(db) {
      // A party's agreements in their order, a page at a time.
      await index(db, 'market_agreement', 'acceptance', ['acceptor', 'accepted', 'id'])
      await index(db, 'market_agreement', 'proposal', ['proposer', 'accepted', 'id'])
      await index(db, 'market_agreement', 'cover', ['acceptor', 'product', 'covers_from'])
      await index(db, 'market_adjustment', 'invoice', ['invoice'])
      await table(db, 'market_running_month', 'account,product,dimension,month', [
        ...text('account', 'product', 'dimension'),
        ...bigint('month'),
        ...text('units'),
      ])
      await sumRuns(db)
      await index(db, 'market_running', 'start', [
        ...['account', 'product', 'dimension'],
        ...['started', 'stopped', 'instances'],
      ])
      await sql`create index market_running_by_length on market_running
        (account, product, dimension, stopped, started, instances) where stopped - started > 2678400000`.execute(db)
    },
  },
  {
    name: '2026-11-29-market-artifact',
    up: db => table(db, 'market_artifact', 'account,product,digest', text('account', 'product', 'digest')),
  },
  {
    name: '2026-11-29-market-notice',
    up: db =>
      table(db, 'market_notice', 'id', [
        ...text('id', 'product', 'offer'),
        ...bigint('at'),
        ...text('letter', 'facts'),
        ...bigint('after_accepted'),
        ...text('after_id'),
      ]),
  },
  {
    name: '2026-11-29-market-open-sets',
    async up(db) {
      await index(db, 'market_change_set', 'end', ['account', 'ended'])
    },
  },
  {
    name: '2026-11-29-market-assessment',
    async up(db) {
      await table(db, 'market_assessment', 'id', [
        ...text('id', 'account', 'product', 'change_set', 'delivery_option', 'document'),
        ...bigint('created'),
      ])
      for (const column of ['account', 'product', 'change_set'])
        await index(db, 'market_assessment', column, [column, 'created', 'id'])
    },
  },
  {
    name: '2026-11-29-market-account-country',
    async up(db) {
      await table(db, 'market_account_country', 'account', text('account', 'country'))
    },
  },
  {
    name: '2026-11-30-market-evaluation',
    async up(db) {
      await table(db, 'market_evaluation_terms', 'product', [
        ...text('product'),
        ...integer('max_rows', 'max_minutes', 'max_evaluations'),
      ])
      await table(db, 'market_evaluation', 'id', [...text('id', 'account'), ...bigint('created'), ...text('document')])
      await index(db, 'market_evaluation', 'account', ['account', 'created', 'id'])
      await table(db, 'market_evaluation_run', 'arn', [
        ...text('arn', 'evaluation'),
        ...integer('place'),
        ...text('account', 'product', 'status'),
        ...integer('counts', 'stopping'),
        ...text('document', 'result'),
      ])
      await index(db, 'market_evaluation_run', 'evaluation', ['evaluation', 'place'])
      await index(db, 'market_evaluation_run', 'buyer', ['account', 'product', 'counts'])
      await table(db, 'market_evaluation_use', 'arn,started', [
        ...text('arn', 'dimension'),
        ...bigint('started', 'stopped'),
        ...integer('instances'),
      ])
    },
  },
  {
    name: '2026-11-30-market-interest',
    up: db =>
      table(db, 'market_interest', 'product,month,step,account', [
        ...text('product'),
        ...bigint('month'),
        ...text('step', 'account'),
        ...bigint('times'),
      ]),
  },
  {
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
  },
  {
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
  },
  {
    name: '2026-11-30-market-input-drift',
    async up(db) {
      await table(db, 'market_input_watch', 'endpoint,variant', [
        ...text('endpoint', 'variant', 'account'),
        ...bigint('made', 'next'),
      ])
      await index(db, 'market_input_watch', 'account', ['account', 'endpoint', 'variant'])
      await table(db, 'market_input_window', 'endpoint,variant,start', [
        ...text('endpoint', 'variant'),
        ...bigint('start'),
        ...text('account', 'asset', 'status', 'levels', 'votes'),
      ])
      await index(db, 'market_input_window', 'asset', ['asset', 'start'])
      await table(db, 'market_input_drift', 'asset,start', [
        ...text('asset'),
        ...bigint('start'),
        ...integer('accounts'),
        ...text('levels'),
      ])
    },
  },
  {
    name: '2026-11-30-market-entity-orders',
    async up(db) {
      for (const column of ['product', 'targeting', 'released', 'ends'])
        await index(db, 'market_entity', `account_${column}`, ['kind', 'account', column, 'id'])
      await index(db, 'market_entity', 'account_id', ['kind', 'account', 'id'])
    },
  },
]

/** Minutes of what has stopped, a minute in the month in which it begins. */
async function sumRuns(db: Schema): Promise<void> {
  const sums = new Map<string, RunningMonthTable>()
  for (const run of await db.selectFrom('market_running').selectAll().where('stopped', '<', never).execute()) {
    const { account, product, dimension } = run
    const [started, stopped] = [Number(run.started), Number(run.stopped)]
    const before = (time: number) => Math.max(0, Math.ceil((Math.min(time, stopped) - started) / 60_000))
    for (let month = monthFrom(started, 0); month < stopped; month = monthFrom(month, 1)) {
      const minutes = BigInt(run.instances * (before(monthFrom(month, 1)) - before(month)))
      const key = JSON.stringify([account, product, dimension, month])
      const units = String(BigInt(sums.get(key)?.units ?? 0) + minutes)
      sums.set(key, { account, product, dimension, month, units })
    }
  }
  for (const sum of sums.values()) await db.insertInto('market_running_month').values(sum).execute()
}

/** The beginning of the month that holds a time, or of one after it. */
function monthFrom(time: number, later: number): number {
  const date = new Date(time)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later)
}

/** What was counted by batches as facts and months. Only requests were ever charged for. */
async function sumInferences(db: Schema, keys: readonly string[]): Promise<void> {
  const found = await db
    .selectFrom('market_inference')
    .select([...keys, 'region', sql<string>`cast(sum(units) as text)`.as('units')])
    .where('dimension', '=', 'inference.count.m.i.c')
    .groupBy([...keys, 'region'])
    .execute()
  const facts = found as unknown as InferenceFactTable[]
  const months = new Map<string, InferenceMonthTable>()
  for (const fact of facts) {
    await db.insertInto('market_inference_fact').values(fact).execute()
    const { account, product, units } = fact
    const month = monthFrom(Number(fact.at), 0)
    const key = `${account} ${product} ${month}`
    const sum = BigInt(months.get(key)?.units ?? 0) + BigInt(units)
    months.set(key, { account, product, month, units: String(sum) })
  }
  for (const month of months.values()) await db.insertInto('market_inference_month').values(month).execute()
}

const text = (...names: string[]): Column[] => names.map(name => [name, 'text'])
const bigint = (...names: string[]): Column[] => names.map(name => [name, 'bigint'])
const integer = (...names: string[]): Column[] => names.map(name => [name, 'integer'])

// biome-ignore lint/suspicious/noExplicitAny: a migration sees the schema as it was, which no type describes
type Schema = Kysely<any>

async function table(db: Schema, name: string, key: string, columns: readonly Column[]): Promise<void> {
  let made = db.schema.createTable(name)
  for (const [column, type] of columns) made = made.addColumn(column, type, definition => definition.notNull())
  await made.addPrimaryKeyConstraint(`${name}_key`, key.split(',') as never[]).execute()
}

const index = (db: Schema, on: string, by: string, columns: string[]): Promise<void> =>
  db.schema.createIndex(`${on}_by_${by}`).on(on).columns(columns).execute()
