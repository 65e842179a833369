import type { Migration } from '../migration.ts'
import { table, text } from './market-columns.ts'

export interface MarketUsageTables {
  market_running: RunningTable
  market_running_month: RunningMonthTable
  market_inference_fact: InferenceFactTable
  market_inference_month: InferenceMonthTable
  market_journal: JournalTable
  market_artifact: ArtifactTable
}

/** Running time of instances. `stopped` is `never` while they run. */
export interface RunningTable {
  resource_arn: string
  product_arn: string
  dimension: string
  started: number
  stopped: number
  instances: number
  account: string
  product: string
  region: string
}

/** Minutes of instances that have stopped, by the month in which they began, in which a bill reads them. */
export interface RunningMonthTable {
  account: string
  product: string
  dimension: string
  /** When it begins. */
  month: number
  /** A whole number of any size. */
  units: string
}

/** Inferences of a resource answered with 2xx in an hour, or in the part of one that is priced alike. */
export interface InferenceFactTable {
  account: string
  product: string
  /** When the hour, or the part, begins. */
  at: number
  resource_arn: string
  product_arn: string
  region: string
  /** A whole number of any size. */
  units: string
}

/** The same by the month in which they were answered, in which a bill reads them. */
export interface InferenceMonthTable {
  account: string
  product: string
  /** When it begins. */
  month: number
  units: string
}

/** How far a metering journal has been counted. */
export interface JournalTable {
  journal: string
  /** The last batch of it. */
  counted: number
}

/** An archive that a training job of a product has made for an account: what that product's serving image may be given. */
export interface ArtifactTable {
  account: string
  /** ARN of the algorithm. */
  product: string
  /** SHA-256 of the archive, hexadecimal. */
  digest: string
}

/** What runs longer has an index of its own, so that what ran at a time is found among what began in the month before it. */
export const longRun = 2_678_400_000

export const artifact: Migration = {
  name: '2026-11-29-market-artifact',
  up: db => table(db, 'market_artifact', 'account,product,digest', text('account', 'product', 'digest')),
}
