import type { Migration } from '../migration.ts'

export type LogsTables = {}

export const logsMigrations: readonly Migration[] = []
