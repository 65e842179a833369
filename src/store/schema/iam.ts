import type { Migration } from '../migration.ts'

export type IamTables = {}

export const iamMigrations: readonly Migration[] = []
