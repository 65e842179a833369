import type { Migration } from '../migration.ts'
import { bigint, index, integer, table, text } from './market-columns.ts'

export interface MarketEvaluationTables {
  market_evaluation_terms: EvaluationTermsTable
  market_evaluation: EvaluationTable
  market_evaluation_run: EvaluationRunTable
  market_evaluation_use: EvaluationUseTable
}

/** What a seller allows of a product without a subscription. */
export interface EvaluationTermsTable {
  product: string
  /** Of one data set. */
  max_rows: number
  /** Of containers, from the first that runs. */
  max_minutes: number
  /** Of one account. */
  max_evaluations: number
}

/** What a buyer wants to know of one data set and several products. */
export interface EvaluationTable {
  id: string
  account: string
  created: number
  /** JSON of the request. */
  document: string
}

/** One product of an evaluation. */
export interface EvaluationRunTable {
  /** Of the transform job, which is made by this name or not at all. */
  arn: string
  evaluation: string
  /** From 1, as the buyer named them. */
  place: number
  account: string
  product: string
  status: string
  /** 1 when it is one of those that the seller allows; one that never ran gives its place back. */
  counts: number
  /** 1 once it is to end. */
  stopping: number
  /** JSON of what was settled when it was asked for. */
  document: string
  /** JSON of how it ended; empty until then. */
  result: string
  /** How often its end could not be told, by a fault of the platform's. */
  tries: number
}

/** Containers of a product that ran for an evaluation: kept apart from what is charged. */
export interface EvaluationUseTable {
  arn: string
  dimension: string
  started: number
  /** `never` while they run. */
  stopped: number
  instances: number
}

export const evaluation: Migration = {
  name: '2026-11-30-market-evaluation',
  async up(db) {
    await table(db, 'market_evaluation_terms', 'product', [
      ...text('product'),
      ...integer('max_rows', 'max_minutes', 'max_evaluations'),
    ])
    await table(db, 'market_evaluation', 'id', [...text('id', 'account'), ...bigint('created'), ...text('document')])
    await index(db, 'market_evaluation', 'account', ['account', 'created', 'id'])
    await table(db, 'market_evaluation_run', 'arn', [
      ...text('arn', 'evaluation'),
      ...integer('place'),
      ...text('account', 'product', 'status'),
      ...integer('counts', 'stopping'),
      ...text('document', 'result'),
    ])
    await index(db, 'market_evaluation_run', 'evaluation', ['evaluation', 'place'])
    await index(db, 'market_evaluation_run', 'buyer', ['account', 'product', 'counts'])
    await table(db, 'market_evaluation_use', 'arn,started', [
      ...text('arn', 'dimension'),
      ...bigint('started', 'stopped'),
      ...integer('instances'),
    ])
  },
}

export const evaluationTries: Migration = {
  name: '2026-12-01-market-evaluation-tries',
  async up(db) {
    await db.schema
      .alterTable('market_evaluation_run')
      .addColumn('tries', 'integer', column => column.notNull().defaultTo(0))
      .execute()
  },
}
