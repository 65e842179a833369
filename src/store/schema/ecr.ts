import type { Migration } from '../migration.ts'

export type EcrTables = {}

export const ecrMigrations: readonly Migration[] = []
