import type { Migration } from '../migration.ts'

/** Indexes that statements were found to need when their plans were looked at: name, table, columns. */
const indexes: readonly (readonly [name: string, table: string, ...columns: string[]])[] = [
  // What goes on, of all accounts: few rows of many. And lists by status.
  ['resource_by_status', 'resource', 'kind', 'status', 'account', 'region', 'created', 'arn'],
  ['resource_by_parent', 'resource', 'kind', 'account', 'region', 'parent', 'created', 'arn'],
  ['resource_by_kind', 'resource', 'kind', 'arn'],
  ['market_entity_by_name', 'market_entity', 'kind', 'account', 'name', 'id'],
  ['market_entity_by_modified', 'market_entity', 'kind', 'account', 'modified', 'id'],
  ['market_entity_by_change', 'market_entity', 'kind', 'modified', 'id'],
  ['market_entity_by_kind', 'market_entity', 'kind', 'state', 'id'],
  ['market_review_by_rating', 'market_review', 'product', 'rating', 'id'],
  ['market_entity_by_lock', 'market_entity', 'locked_by'],
  ['market_entity_account_by_account', 'market_entity_account', 'account', 'entity'],
  ['market_change_set_by_review', 'market_change_set', 'status', 'review', 'started'],
  ['market_rate_by_offer', 'market_rate', 'offer', 'announced'],
  ['market_asset_by_published', 'market_asset', 'product', 'published', 'arn'],
  ['market_agreement_by_cover', 'market_agreement', 'acceptor', 'product', 'covers_from'],
  ['market_agreement_by_acceptance', 'market_agreement', 'acceptor', 'accepted', 'id'],
  ['market_agreement_by_product', 'market_agreement', 'product', 'status', 'accepted', 'id'],
  ['market_agreement_by_time', 'market_agreement', 'accepted', 'id'],
  ['market_adjustment_by_invoice', 'market_adjustment', 'invoice'],
  ['market_invoice_by_id', 'market_invoice', 'id'],
  ['market_review_by_update', 'market_review', 'product', 'updated', 'id'],
  ['kms_key_by_deletion', 'kms_key', 'deletion'],
  ['iam_access_key_by_identity', 'iam_access_key', 'identity', 'created'],
  ['ecr_upload_by_touch', 'ecr_upload', 'touched'],
  ['ecr_upload_by_repository', 'ecr_upload', 'repository'],
  ['ecr_repository_by_name', 'ecr_repository', 'name'],
  ['image_inventory_by_scan', 'image_inventory', 'scanned'],
  ['metric_series_by_time', 'metric_series', 'last_time'],
  ['log_group_by_retention', 'log_group', 'retention_days'],
]

/** Who used something in a month, and what was issued in one: for reports. */
const reportIndexes: typeof indexes = [
  ['market_running_month_by_month', 'market_running_month', 'month', 'account', 'product'],
  ['market_inference_month_by_month', 'market_inference_month', 'month', 'account', 'product'],
  ['market_invoice_by_issue', 'market_invoice', 'agreement', 'issued'],
]

export const planIndexMigrations: readonly Migration[] = [
  {
    name: '2026-11-28-plan-indexes',
    async up(db) {
      for (const [name, table, ...columns] of indexes)
        await db.schema.createIndex(name).on(table).columns(columns).ifNotExists().execute()
    },
  },
  {
    name: '2026-11-29-report-indexes',
    async up(db) {
      for (const [name, table, ...columns] of reportIndexes)
        await db.schema.createIndex(name).on(table).columns(columns).ifNotExists().execute()
    },
  },
]
