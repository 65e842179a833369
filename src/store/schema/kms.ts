import type { Migration } from '../migration.ts'

export type KmsTables = {}

export const kmsMigrations: readonly Migration[] = []
