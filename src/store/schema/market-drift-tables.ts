import type { Migration } from '../migration.ts'
import { bigint, index, integer, table, text } from './market-columns.ts'

export interface MarketDriftTables {
  market_input_watch: InputWatchTable
  market_input_window: InputWindowTable
  market_input_drift: InputDriftTable
}

/** A variant of an endpoint whose inputs its owner has compared with those of certification. */
export interface InputWatchTable {
  /** The endpoint's ARN. */
  endpoint: string
  variant: string
  account: string
  /** When the endpoint was made. */
  made: number
  /** Where the window begins that is compared next. */
  next: number
  /** How often that could not be compared, by a fault of the platform's. */
  tries: number
}

/** What was compared of a window: levels, and no count of anything. */
export interface InputWindowTable {
  endpoint: string
  variant: string
  start: number
  account: string
  /** The product's copy that was asked; '' of none. */
  asset: string
  status: string
  /** JSON, by column: as its owner is told them. */
  levels: string
  /** JSON, by column: as they go into what the seller is told, with noise. */
  votes: string
}

/** What a seller is told of a window, once and for all. */
export interface InputDriftTable {
  asset: string
  start: number
  /** In fives; 0 of too few, of which nothing is told. */
  accounts: number
  /** JSON, by column. */
  levels: string
}

export const inputDrift: Migration = {
  name: '2026-11-30-market-input-drift',
  async up(db) {
    await table(db, 'market_input_watch', 'endpoint,variant', [
      ...text('endpoint', 'variant', 'account'),
      ...bigint('made', 'next'),
    ])
    await index(db, 'market_input_watch', 'account', ['account', 'endpoint', 'variant'])
    await table(db, 'market_input_window', 'endpoint,variant,start', [
      ...text('endpoint', 'variant'),
      ...bigint('start'),
      ...text('account', 'asset', 'status', 'levels', 'votes'),
    ])
    await index(db, 'market_input_window', 'asset', ['asset', 'start'])
    await table(db, 'market_input_drift', 'asset,start', [
      ...text('asset'),
      ...bigint('start'),
      ...integer('accounts'),
      ...text('levels'),
    ])
  },
}

export const inputVotes: Migration = {
  name: '2026-11-30-market-input-votes',
  async up(db) {
    await db.schema.dropIndex('market_input_window_by_asset').execute()
    // The votes on a day of a version, an account after the other.
    await index(db, 'market_input_window', 'account', ['asset', 'start', 'account', 'endpoint', 'variant'])
  },
}

export const inputTries: Migration = {
  name: '2026-12-01-market-input-tries',
  async up(db) {
    await db.schema
      .alterTable('market_input_watch')
      .addColumn('tries', 'integer', column => column.notNull().defaultTo(0))
      .execute()
  },
}
