import { ServiceError } from '../../ground/errors.ts'
import type { Reconciler } from '../../reconcile/reconciler.ts'
import type { Iam } from '../../service/iam.ts'
import type { Objects } from '../../service/objects.ts'
import type { ProductRun, ProductRuns } from '../../service/product-run.ts'
import type { Store } from '../../store/store.ts'
import { joinS3Uri, parseS3Uri } from '../../workload/s3-uri.ts'
import {
  type EvaluationRun,
  findEvaluation,
  findRun,
  type RunResult,
  type RunStatus,
  runKind,
} from './evaluation-run.ts'
import { decideRun, type RunStep } from './evaluation-run-decision.ts'
import { deadlineOf, usesOf } from './evaluation-use.ts'
import { scoreRun } from './score-run.ts'

export interface EvaluationParts {
  readonly store: Store
  readonly runs: ProductRuns
  readonly objects: Pick<Objects, 'get'>
  readonly iam: Pick<Iam, 'assumeForService'>
  readonly now: () => Date
}

/** Carries one product of an evaluation: its job is made, ended when its minutes are over, and held against the labels at its end. */
export function evaluationRunReconciler(parts: EvaluationParts): Reconciler {
  const { store, runs, now } = parts
  return async arn => {
    const run = await findRun(store.db, arn)
    const job = run && (await runs.find(arn))
    const time = now().getTime()
    const step = decideRun(run, job, run && deadlineOf(run, await usesOf(store.db, arn)), time)
    if (!run || step.do === 'rest') return
    if (step.do === 'wait') return { after: step.until - time }
    if (step.do === 'stop') return runs.stop(arn)
    if (step.do === 'start') return start(run, parts)
    await end(run, await resultOf(run, job, step, parts), parts)
  }
}

async function start(run: EvaluationRun, parts: EvaluationParts): Promise<void> {
  const { store, runs } = parts
  const evaluation = await findEvaluation(store.db, run.evaluation)
  if (!evaluation) throw new Error(`${run.arn} has no evaluation`)
  const { roleArn: role, input, output, accept, etag } = evaluation
  try {
    await runs.start({
      ...{ arn: run.arn, account: run.account, region: run.region, name: run.name, productArn: run.assetArn },
      ...{ role, instanceType: run.instanceType, contentType: input.contentType },
      ...(accept !== undefined && { accept }),
      input: { ...parseS3Uri(input.s3Uri), etag },
      outputUri: joinS3Uri(output.s3Uri, run.name),
      notify: { kind: runKind, key: run.arn },
    })
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    await end(run, { status: 'FAILED', failureReason: `${error.code}: ${error.message}` }, parts)
  }
}

type Ended = RunResult & { readonly status: RunStatus }

async function resultOf(
  run: EvaluationRun,
  job: ProductRun | undefined,
  { how }: Extract<RunStep, { do: 'end' }>,
  parts: EvaluationParts,
): Promise<Ended> {
  if (how === 'STOPPED' || how === 'NEVER_BEGUN') return { status: 'STOPPED' }
  if (how === 'OVER_TIME')
    return { status: 'FAILED', failureReason: `The ${run.maxMinutes} minutes that its seller allows are over.` }
  if (how === 'FAILED') return { status: 'FAILED', failureReason: job?.failureReason ?? 'It failed.' }
  const evaluation = await findEvaluation(parts.store.db, run.evaluation)
  if (!evaluation || !job) throw new Error(`${run.arn} has no evaluation, or no job`)
  return { status: 'SUCCEEDED', ...(await scoreRun(evaluation, run, job, { ...parts, db: parts.store.db })) }
}

/** One that no container was begun for is none of those that the seller allows. */
async function end({ arn }: EvaluationRun, { status, ...result }: Ended, { store }: EvaluationParts): Promise<void> {
  await store.transaction(async tx => {
    const counts = (await usesOf(tx.db, arn)).length > 0 ? 1 : 0
    await tx.db
      .updateTable('market_evaluation_run')
      .set({ status, counts, result: JSON.stringify(result) })
      .where('arn', '=', arn)
      .where('status', '=', 'IN_PROGRESS')
      .execute()
  })
}
