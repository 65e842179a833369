import type { Migration } from '../migration.ts'
import { bigint, index, table, text } from './market-columns.ts'

/** The market's tables as they began, of all its areas. */
export const marketFirst: readonly Migration[] = [
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
]
