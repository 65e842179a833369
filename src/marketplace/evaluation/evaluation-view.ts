import { ServiceError } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import { type ColumnPlace, inOrder, paging } from '../../service/page.ts'
import { never } from '../../store/schema/market-columns.ts'
import type { EvaluationUseTable } from '../../store/schema/market-evaluation-tables.ts'
import { notFound } from '../catalog/catalog-check.ts'
import { isTrainingHour } from '../dimension.ts'
import { type Evaluation, type EvaluationRun, findEvaluation, runKind, runsOf } from './evaluation-run.ts'
import { minutesOf, usesOf } from './evaluation-use.ts'
import { isMoreBetter, type Metric } from './metric.ts'

type Asked = { readonly evaluationId: string }

/** Another account's is as one that is not there: neither sellers nor other buyers learn of it. */
async function requireEvaluation(id: string, ctx: Context): Promise<Evaluation> {
  const evaluation = await findEvaluation(ctx.store.db, id)
  if (evaluation?.account !== ctx.account) throw notFound(`Evaluation ${id}`)
  return evaluation
}

/** The products side by side, the best by the metric first, then those that have no score in the order in which they were named. */
export async function getEvaluation({ evaluationId }: Asked, ctx: Context) {
  const evaluation = await requireEvaluation(evaluationId, ctx)
  const { id: _, account: __, created, etag: ___, trainingEtags: ____, ...asked } = evaluation
  const runs = await runsOf(ctx.store.db, evaluationId)
  const ranks = ranksOf(runs, evaluation.metric)
  const results = await Promise.all(runs.map(run => resultOf(run, ranks.get(run.arn), ctx)))
  results.sort((one, other) => (one.rank ?? runs.length + 1) - (other.rank ?? runs.length + 1))
  return { evaluationId, createdAt: new Date(created), status: statusOf(runs), ...asked, results }
}

const statusOf = (runs: readonly EvaluationRun[]) =>
  runs.some(({ status }) => status === 'IN_PROGRESS') ? 'IN_PROGRESS' : 'ENDED'

/** From 1; products that are equally good have the same. */
export function ranksOf(runs: readonly Pick<EvaluationRun, 'arn' | 'result'>[], metric: Metric): Map<string, number> {
  const sign = isMoreBetter(metric) ? -1 : 1
  const scored = runs.flatMap(({ arn, result: { score } }) =>
    score === undefined ? [] : [{ arn, value: sign * score }],
  )
  return new Map(scored.map(({ arn, value }) => [arn, 1 + scored.filter(other => other.value < value).length]))
}

async function resultOf(run: EvaluationRun, rank: number | undefined, ctx: Context) {
  const uses = await usesOf(ctx.store.db, run.arn)
  const now = ctx.now().getTime()
  const [first, last] = [uses[0], uses.at(-1)]
  const { output, ...result } = run.result
  return {
    ...{ productId: run.product, productTitle: run.title, fulfillmentOptionId: run.fulfillmentOptionId },
    ...{ versionTitle: run.versionTitle, instanceType: run.instanceType, status: run.status },
    ...(run.training && {
      ...{ trainingInstanceType: run.training.instanceType, hyperParameters: run.training.hyperParameters },
      trainingJobName: run.name,
    }),
    ...(rank !== undefined && { rank }),
    ...result,
    ...(output && { outputS3Uri: output }),
    transformJobName: run.name,
    ...(first && { startedAt: new Date(first.started) }),
    ...(last && last.stopped < never && run.status !== 'IN_PROGRESS' && { endedAt: new Date(last.stopped) }),
    usage: {
      ...{ minutes: minutesOf(uses, now), amount: '0', currencyCode: 'USD' },
      ...(run.training && { trainingMinutes: minutesOf(uses.filter(isTraining), now) }),
    },
  }
}

const isTraining = ({ dimension }: EvaluationUseTable): boolean => isTrainingHour(dimension)

interface ListInput {
  readonly maxResults?: number
  readonly nextToken?: string
}

/** The caller's, newest first. */
export async function listEvaluations({ maxResults = 20, nextToken }: ListInput, ctx: Context) {
  const pages = paging<ColumnPlace>(['ListEvaluations', ctx.account], nextToken)
  const query = ctx.store.db.selectFrom('market_evaluation').selectAll().where('account', '=', ctx.account)
  const found = await inOrder(query, { column: 'created', direction: 'desc' }, pages.after)
    .limit(maxResults + 1)
    .execute()
  const { items, next } = pages.cut(found, maxResults, row => [row.created, row.id])
  const evaluations = await Promise.all(
    items.map(async ({ id, created, document }) => {
      const { metric, rows } = JSON.parse(document) as Evaluation
      const status = statusOf(await runsOf(ctx.store.db, id))
      return { evaluationId: id, createdAt: new Date(Number(created)), status, metric, rows }
    }),
  )
  return { evaluations, ...(next !== undefined && { nextToken: next }) }
}

/** Ends what still runs; results that are there stay. */
export async function stopEvaluation({ evaluationId }: Asked, ctx: Context) {
  await requireEvaluation(evaluationId, ctx)
  await ctx.store.transaction(async tx => {
    const running = (await runsOf(tx.db, evaluationId)).filter(({ status }) => status === 'IN_PROGRESS')
    if (running.length === 0) throw new ServiceError('ConflictException', `Evaluation ${evaluationId} has ended.`)
    for (const { arn } of running) {
      await tx.db.updateTable('market_evaluation_run').set({ stopping: 1 }).where('arn', '=', arn).execute()
      await tx.enqueue(runKind, arn, ctx.now())
    }
  })
  return {}
}
