import { hash } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import type { Migration } from '../migration.ts'

/** Bytes. An entry of an index has 2,704 of them at the most in PostgreSQL; names of 255 characters stand beside. */
const longestIndexed = 500

/** By what dimensions are found: their text (`src/metrics/series.ts`), or its hash where that is long. */
export const indexedDimensions = (text: string): string =>
  Buffer.byteLength(text) <= longestIndexed ? text : `sha256:${hash('sha256', text)}`

export const longDimensionsMigration: Migration = {
  name: '2026-11-30-long-dimensions',
  async up(db) {
    const column = db.schema.alterTable('metric_series')
    await column.addColumn('long_dimensions', 'text', it => it.notNull().defaultTo('')).execute()
    await db.schema.dropIndex('metric_alarm_by_metric').execute()
    const index = db.schema.createIndex('metric_alarm_by_metric').on('metric_alarm')
    await index.columns(['account', 'region', 'namespace', 'metric', 'dimensions']).execute()
    for (const { id, dimensions } of await longIn(db, 'metric_series', 'id')) {
      const change = { dimensions: indexedDimensions(dimensions), long_dimensions: dimensions }
      await db.updateTable('metric_series').set(change).where('id', '=', id).execute()
    }
    for (const { id, dimensions } of await longIn(db, 'metric_alarm', 'arn')) {
      const change = { dimensions: indexedDimensions(dimensions) }
      await db.updateTable('metric_alarm').set(change).where('arn', '=', id).execute()
    }
  },
}

// biome-ignore lint/suspicious/noExplicitAny: the schema of another time
async function longIn(db: Kysely<any>, table: string, key: string): Promise<{ id: string; dimensions: string }[]> {
  const long = sql<{ id: string; dimensions: string }>`
    select ${sql.ref(key)} as id, dimensions from ${sql.table(table)} where octet_length(dimensions) > ${longestIndexed}`
  return (await long.execute(db)).rows
}
