import type { Kysely } from 'kysely'
import type { Migration } from './migration.ts'
import { type AuditTables, auditMigrations } from './schema/audit-tables.ts'
import { type AutoscalingTables, autoscalingMigrations } from './schema/autoscaling-tables.ts'
import { type ConsoleTables, consoleMigrations } from './schema/console-tables.ts'
import { type CoreTables, coreMigrations } from './schema/core-tables.ts'
import { type EcrTables, ecrMigrations } from './schema/ecr-tables.ts'
import { type EventTables, eventMigrations } from './schema/event-tables.ts'
import { type IamTables, iamMigrations } from './schema/iam-tables.ts'
import { type KmsTables, kmsMigrations } from './schema/kms-tables.ts'
import { type LogsTables, logsMigrations } from './schema/logs-tables.ts'
import { type MarketTables, marketMigrations } from './schema/market-tables.ts'
import { type MetricsTables, metricsMigrations } from './schema/metrics-tables.ts'
import { planIndexMigrations } from './schema/plan-indexes.ts'
import { type QuotaTables, quotaMigrations } from './schema/quota-tables.ts'
import { type S3Tables, s3Migrations } from './schema/s3-tables.ts'
import { type ScanTables, scanMigrations } from './schema/scan-tables.ts'
import { type ServingTables, servingMigrations } from './schema/serving-tables.ts'
import { type SnsTables, snsMigrations } from './schema/sns-tables.ts'

/** Every table. One file per area in `schema/` holds its tables' types and their migrations. */
export interface Database
  extends AuditTables,
    AutoscalingTables,
    ConsoleTables,
    CoreTables,
    EcrTables,
    EventTables,
    IamTables,
    KmsTables,
    LogsTables,
    MarketTables,
    MetricsTables,
    QuotaTables,
    S3Tables,
    ScanTables,
    ServingTables,
    SnsTables {}

/** The store or a transaction: what reads take. */
export type Db = Kysely<Database>

export const migrations: readonly Migration[] = [
  ...auditMigrations,
  ...autoscalingMigrations,
  ...consoleMigrations,
  ...coreMigrations,
  ...ecrMigrations,
  ...eventMigrations,
  ...iamMigrations,
  ...kmsMigrations,
  ...logsMigrations,
  ...marketMigrations,
  ...metricsMigrations,
  ...s3Migrations,
  ...scanMigrations,
  ...servingMigrations,
  ...snsMigrations,
  ...planIndexMigrations,
  ...quotaMigrations,
]
