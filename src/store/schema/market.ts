import type { Migration } from '../migration.ts'

export type MarketTables = {}

export const marketMigrations: readonly Migration[] = []
