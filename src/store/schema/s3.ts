import type { Migration } from '../migration.ts'

export type S3Tables = {}

export const s3Migrations: readonly Migration[] = []
