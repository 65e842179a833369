import type { Migration } from '../migration.ts'

export type MetricsTables = {}

export const metricsMigrations: readonly Migration[] = []
