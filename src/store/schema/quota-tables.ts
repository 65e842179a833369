import { type RawBuilder, sql } from 'kysely'
import type { Migration } from '../migration.ts'
import { createTrigger, type Trigger } from './trigger.ts'

export interface QuotaTables {
  storage_usage: StorageUsageTable
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

/** What an account's objects and images take, uploads under way with them. Triggers keep it, so that nobody has to count. */
export interface StorageUsageTable {
  account: string
  /** `s3` or `ecr`. */
  service: string
  bytes: number
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
  {
    name: '2026-11-30-storage-usage',
    async up(db) {
      await db.schema
        .createTable('storage_usage')
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('service', 'text', column => column.notNull())
        .addColumn('bytes', 'bigint', column => column.notNull())
        .addPrimaryKeyConstraint('storage_usage_key', ['account', 'service'])
        .execute()
      for (const statement of [...usedBefore.s3, ...usedBefore.ecr]) await statement.execute(db)
      for (const trigger of [...ofObjects, ...ofImages]) await createTrigger(db, trigger)
    },
  },
]

/** What there is when the count begins; an account without anything has no row before its first bucket or repository. */
const usedBefore = {
  s3: [
    sql`insert into storage_usage (account, service, bytes)
      select b.account, 's3', coalesce(sum(coalesce(v.bytes, 0) + coalesce(p.bytes, 0)), 0) from s3_bucket b
      left join (select bucket, sum(size) as bytes from s3_version group by bucket) v on v.bucket = b.name
      left join (select u.bucket, sum(part.size) as bytes from s3_upload u join s3_part part on part.content = u.id group by u.bucket) p on p.bucket = b.name
      group by b.account`,
  ],
  ecr: [
    sql`insert into storage_usage (account, service, bytes)
      select r.account, 'ecr', coalesce(sum(coalesce(l.bytes, 0) + coalesce(u.bytes, 0)), 0) from ecr_repository r
      left join (select repository, sum(size) as bytes from ecr_repository_blob group by repository) l on l.repository = r.id
      left join (select repository, sum(received) as bytes from ecr_upload group by repository) u on u.repository = r.id
      group by r.account`,
  ],
}

const opened = (service: string) =>
  sql`insert into storage_usage (account, service, bytes) values (new.account, ${sql.lit(service)}, 0) on conflict (account, service) do nothing`

const objects = (bytes: RawBuilder<unknown>, bucket: RawBuilder<unknown>) =>
  sql`update storage_usage set bytes = bytes + ${bytes} where service = 's3' and account = (select account from s3_bucket where name = ${bucket})`

/** While the upload is open; afterwards its parts are an object's, which counts itself. */
const uploadOf = (row: RawBuilder<unknown>) => sql`(select bucket from s3_upload where id = ${row})`

const ofObjects: readonly Trigger[] = [
  { name: 's3_bucket_counted', table: 's3_bucket', after: 'insert', run: [opened('s3')] },
  {
    ...{ name: 's3_version_counted', table: 's3_version', after: 'insert', when: sql`new.size > 0` },
    run: [objects(sql`new.size`, sql`new.bucket`)],
  },
  {
    ...{ name: 's3_version_uncounted', table: 's3_version', after: 'delete', when: sql`old.size > 0` },
    run: [objects(sql`-old.size`, sql`old.bucket`)],
  },
  {
    ...{ name: 's3_part_counted', table: 's3_part', after: 'insert' },
    run: [objects(sql`new.size`, uploadOf(sql`new.content`))],
  },
  {
    ...{ name: 's3_part_recounted', table: 's3_part', after: 'update of size', when: sql`new.size <> old.size` },
    run: [objects(sql`new.size - old.size`, uploadOf(sql`new.content`))],
  },
  {
    ...{ name: 's3_part_uncounted', table: 's3_part', after: 'delete' },
    run: [objects(sql`-old.size`, uploadOf(sql`old.content`))],
  },
  {
    ...{ name: 's3_upload_uncounted', table: 's3_upload', after: 'delete' },
    run: [objects(sql`-(select coalesce(sum(size), 0) from s3_part where content = old.id)`, sql`old.bucket`)],
  },
]

const images = (bytes: RawBuilder<unknown>, repository: RawBuilder<unknown>) =>
  sql`update storage_usage set bytes = bytes + ${bytes} where service = 'ecr' and account = (select account from ecr_repository where id = ${repository})`

const ofImages: readonly Trigger[] = [
  { name: 'ecr_repository_counted', table: 'ecr_repository', after: 'insert', run: [opened('ecr')] },
  {
    ...{ name: 'ecr_repository_blob_counted', table: 'ecr_repository_blob', after: 'insert' },
    run: [images(sql`new.size`, sql`new.repository`)],
  },
  {
    ...{ name: 'ecr_repository_blob_uncounted', table: 'ecr_repository_blob', after: 'delete' },
    run: [images(sql`-old.size`, sql`old.repository`)],
  },
  {
    ...{ name: 'ecr_upload_counted', table: 'ecr_upload', after: 'update of received' },
    when: sql`new.received <> old.received`,
    run: [images(sql`new.received - old.received`, sql`new.repository`)],
  },
  {
    ...{ name: 'ecr_upload_uncounted', table: 'ecr_upload', after: 'delete', when: sql`old.received > 0` },
    run: [images(sql`-old.received`, sql`old.repository`)],
  },
]
