import type { Db } from '../../store/database.ts'
import type { EvaluationRunTable } from '../../store/schema/market-evaluation-tables.ts'
import type { Metric } from './metric.ts'

/** The kind of work that carries a run; its key is the run's ARN. */
export const runKind = 'evaluation-run'

export type RunStatus = 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED' | 'STOPPED'

export interface RunTraining {
  readonly instanceType: string
  readonly hyperParameters: Readonly<Record<string, string>>
}

/** What was settled of one product when its evaluation was asked for: what a seller changes later is for later ones. */
export interface RunFacts {
  readonly name: string
  readonly region: string
  readonly title: string
  readonly versionTitle: string
  readonly fulfillmentOptionId: string
  readonly assetArn: string
  readonly instanceType: string
  readonly maxMinutes: number
  /** Of an algorithm, which learns before it answers. */
  readonly training?: RunTraining
}

/** How a run ended. */
export interface RunResult {
  readonly failureReason?: string
  readonly score?: number
  /** Why there is no score, of a run that has succeeded. */
  readonly scoreProblem?: string
  readonly latency?: { readonly p50Ms: number; readonly p99Ms: number }
  /** USD, by the public offer. */
  readonly pricePerThousandRows?: string
  readonly output?: string
}

export interface EvaluationRun extends RunFacts {
  readonly arn: string
  readonly evaluation: string
  readonly account: string
  readonly product: string
  readonly status: RunStatus
  readonly isStopping: boolean
  /** How often the platform could not tell how it has ended. */
  readonly tries: number
  readonly result: RunResult
}

export interface TrainingChannel {
  readonly channelName: string
  readonly s3Uri: string
  readonly contentType?: string
}

/** What a buyer asked for, checked, with what was counted. */
export interface EvaluationRequest {
  readonly roleArn: string
  readonly input: { readonly s3Uri: string; readonly contentType: string }
  readonly labels?: { readonly s3Uri: string }
  /** What algorithms learn from: one object a channel. */
  readonly training?: { readonly channels: readonly TrainingChannel[] }
  readonly output: { readonly s3Uri: string }
  readonly accept?: string
  readonly metric: Metric
  readonly positiveLabel?: string
  readonly prediction?: { readonly column?: number; readonly field?: string }
  readonly rows: number
  readonly etag: string
  /** Of all channels together, and the ETags by which they were counted, in their order. */
  readonly trainingRows?: number
  readonly trainingEtags?: readonly string[]
}

export interface Evaluation extends EvaluationRequest {
  readonly id: string
  readonly account: string
  readonly created: number
}

export const runOf = ({ document, result, status, stopping, ...row }: EvaluationRunTable): EvaluationRun => ({
  ...{ arn: row.arn, evaluation: row.evaluation, account: row.account, product: row.product },
  ...{
    status: status as RunStatus,
    isStopping: stopping === 1,
    result: result ? JSON.parse(result) : {},
    tries: row.tries,
  },
  ...(JSON.parse(document) as RunFacts),
})

/** Of the training job of an algorithm's run, which has the name of its transform job. */
export const trainingArn = ({ arn }: Pick<EvaluationRun, 'arn'>): string =>
  arn.replace(':transform-job/', ':training-job/')

export async function findRun(db: Db, arn: string): Promise<EvaluationRun | undefined> {
  const row = await db.selectFrom('market_evaluation_run').selectAll().where('arn', '=', arn).executeTakeFirst()
  return row && runOf(row)
}

/** In the order in which the buyer named the products. */
export async function runsOf(db: Db, evaluation: string): Promise<EvaluationRun[]> {
  const rows = await db
    .selectFrom('market_evaluation_run')
    .selectAll()
    .where('evaluation', '=', evaluation)
    .orderBy('place')
    .execute()
  return rows.map(runOf)
}

export async function findEvaluation(db: Db, id: string): Promise<Evaluation | undefined> {
  const row = await db.selectFrom('market_evaluation').selectAll().where('id', '=', id).executeTakeFirst()
  return row && { ...JSON.parse(row.document), id, account: row.account, created: Number(row.created) }
}
