import type { Migration } from './migration.ts'
import { type CoreTables, coreMigrations } from './schema/core.ts'
import { type EcrTables, ecrMigrations } from './schema/ecr.ts'
import { type IamTables, iamMigrations } from './schema/iam.ts'
import { type KmsTables, kmsMigrations } from './schema/kms.ts'
import { type LogsTables, logsMigrations } from './schema/logs.ts'
import { type MarketTables, marketMigrations } from './schema/market.ts'
import { type MetricsTables, metricsMigrations } from './schema/metrics.ts'
import { type S3Tables, s3Migrations } from './schema/s3.ts'
import { type ScanTables, scanMigrations } from './schema/scan.ts'

/** Every table. One file per area in `schema/` holds its tables' types and their migrations. */
export interface Database
  extends CoreTables,
    EcrTables,
    IamTables,
    KmsTables,
    LogsTables,
    MarketTables,
    MetricsTables,
    S3Tables,
    ScanTables {}

export const migrations: readonly Migration[] = [
  ...coreMigrations,
  ...ecrMigrations,
  ...iamMigrations,
  ...kmsMigrations,
  ...logsMigrations,
  ...marketMigrations,
  ...metricsMigrations,
  ...s3Migrations,
  ...scanMigrations,
]
