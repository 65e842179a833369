import { sql } from 'kysely'
import type { Migration } from '../migration.ts'

export interface QuotaTables {
  account_quota: AccountQuotaTable
  quota_request: QuotaRequestTable
}

/** What the operator lets an account have, where that is not what all may. */
export interface AccountQuotaTable {
  account: string
  /** Service and quota, by the codes of Service Quotas. */
  service: string
  quota: string
  value: number
}

/** What accounts have asked for (RequestServiceQuotaIncrease). */
export interface QuotaRequestTable {
  id: string
  account: string
  region: string
  service: string
  quota: string
  desired: number
  /** `PENDING`, `APPROVED` or `DENIED`. */
  status: string
  /** ARN of who asked. */
  requester: string
  /** Milliseconds. */
  created: number
  updated: number
}

export const quotaMigrations: readonly Migration[] = [
  {
    name: '2026-11-30-account-quotas',
    async up(db) {
      await db.schema
        .createTable('account_quota')
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('service', 'text', column => column.notNull())
        .addColumn('quota', 'text', column => column.notNull())
        .addColumn('value', 'bigint', column => column.notNull())
        .addPrimaryKeyConstraint('account_quota_key', ['account', 'service', 'quota'])
        .execute()
      await db.schema
        .createTable('quota_request')
        .addColumn('id', 'text', column => column.primaryKey())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('service', 'text', column => column.notNull())
        .addColumn('quota', 'text', column => column.notNull())
        .addColumn('desired', 'bigint', column => column.notNull())
        .addColumn('status', 'text', column => column.notNull())
        .addColumn('requester', 'text', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .addColumn('updated', 'bigint', column => column.notNull())
        .execute()
      await db.schema.createIndex('quota_request_by_account').on('quota_request').columns(['account', 'id']).execute()
      await db.schema.createIndex('quota_request_by_status').on('quota_request').columns(['status', 'id']).execute()
      // What is under way, of an account, whatever it has had before.
      await sql`create index resource_under_way on resource (kind, account) where status in ('InProgress', 'Pending', 'Stopping')`.execute(
        db,
      )
    },
  },
]
