import { ServiceError } from '../../ground/errors.ts'
import { mostTries } from '../../reconcile/most-tries.ts'
import type { Reconciler } from '../../reconcile/reconciler.ts'
import type { Iam } from '../../service/iam.ts'
import type { Objects } from '../../service/objects.ts'
import type { ProductRun, ProductRuns, ProductTraining } from '../../service/product-run.ts'
import type { Store } from '../../store/store.ts'
import { joinS3Uri, parseS3Uri } from '../../workload/s3-uri.ts'
import {
  type Evaluation,
  type EvaluationRun,
  findEvaluation,
  findRun,
  type RunResult,
  type RunStatus,
  type RunTraining,
  runKind,
  trainingArn,
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

/** Carries one product of an evaluation: its jobs are made, an algorithm's training job first, ended when its minutes are over, and held against the labels at its end. */
export function evaluationRunReconciler(parts: EvaluationParts): Reconciler {
  const { store, runs, now } = parts
  return async (arn, signal) => {
    const run = await findRun(store.db, arn)
    const job = run && (await runs.find(arn))
    const training = run?.training && !job ? await runs.findTraining(trainingArn(run)) : undefined
    const learns = run?.training && !job ? (training?.status ?? ('none' as const)) : undefined
    const time = now().getTime()
    const step = decideRun(
      run,
      { job: job?.status, training: learns },
      run && deadlineOf(run, await usesOf(store.db, arn)),
      time,
    )
    if (!run || step.do === 'rest') return
    if (step.do === 'wait') return { after: step.until - time }
    if (step.do === 'stop') return runs.stop(job ? arn : trainingArn(run))
    if (step.do === 'train') return attempt(run, parts, evaluation => train(run, evaluation, parts))
    if (step.do === 'start') return attempt(run, parts, evaluation => start(run, evaluation, training?.model, parts))
    await end(run, await tryResult(run, job ?? training, step, parts, signal), parts)
  }
}

/**
 * What cannot be told of its jobs by a fault of the platform's is tried again, and not for ever: its buyer could not end a run whose jobs
 * have ended. Before that its buyer can, and a stop is tried as long as anything runs.
 */
async function tryResult(
  run: EvaluationRun,
  job: ProductRun | ProductTraining | undefined,
  step: Extract<RunStep, { do: 'end' }>,
  parts: EvaluationParts,
  signal: AbortSignal,
): Promise<Ended> {
  try {
    return await resultOf(run, job, step, parts)
  } catch (error) {
    signal.throwIfAborted()
    const tries = run.tries + 1
    if (tries >= mostTries) return { status: 'FAILED', failureReason: `Its answers could not be read, ${tries} times.` }
    await parts.store.transaction(({ db }) =>
      db.updateTable('market_evaluation_run').set({ tries }).where('arn', '=', run.arn).execute(),
    )
    throw error
  }
}

/** What is refused ends the run. */
async function attempt(
  run: EvaluationRun,
  parts: EvaluationParts,
  begin: (evaluation: Evaluation) => Promise<void>,
): Promise<void> {
  const evaluation = await findEvaluation(parts.store.db, run.evaluation)
  if (!evaluation) throw new Error(`${run.arn} has no evaluation`)
  try {
    await begin(evaluation)
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    await end(run, { status: 'FAILED', failureReason: `${error.code}: ${error.message}` }, parts)
  }
}

const jobOf = ({ arn, account, region, name, assetArn }: EvaluationRun, { roleArn }: Evaluation) => ({
  ...{ account, region, name, productArn: assetArn, role: roleArn },
  notify: { kind: runKind, key: arn },
})

const start = (run: EvaluationRun, evaluation: Evaluation, model: string | undefined, { runs }: EvaluationParts) => {
  const { input, output, accept, etag } = evaluation
  return runs.start({
    ...{ ...jobOf(run, evaluation), arn: run.arn, instanceType: run.instanceType, contentType: input.contentType },
    ...(accept !== undefined && { accept }),
    ...(model !== undefined && { model }),
    input: { ...parseS3Uri(input.s3Uri), etag },
    outputUri: joinS3Uri(output.s3Uri, run.name),
  })
}

const train = (run: EvaluationRun, evaluation: Evaluation, { runs }: EvaluationParts) => {
  const { training, trainingEtags = [], output } = evaluation
  const channels = (training?.channels ?? []).map(({ channelName, s3Uri, contentType }, at) => ({
    name: channelName,
    ...(contentType !== undefined && { contentType }),
    input: { ...parseS3Uri(s3Uri), etag: trainingEtags[at] as string },
  }))
  return runs.train({
    ...{ ...jobOf(run, evaluation), ...(run.training as RunTraining), channels },
    ...{ arn: trainingArn(run), run: run.arn, maxMinutes: run.maxMinutes },
    outputUri: joinS3Uri(output.s3Uri, `${run.name}-model`),
  })
}

type Ended = RunResult & { readonly status: RunStatus }

async function resultOf(
  run: EvaluationRun,
  job: ProductRun | ProductTraining | undefined,
  { how }: Extract<RunStep, { do: 'end' }>,
  parts: EvaluationParts,
): Promise<Ended> {
  if (how === 'STOPPED' || how === 'NEVER_BEGUN') return { status: 'STOPPED' }
  if (how === 'OVER_TIME')
    return { status: 'FAILED', failureReason: `The ${run.maxMinutes} minutes that its seller allows are over.` }
  if (how === 'FAILED')
    return { status: 'FAILED', failureReason: job?.failureReason ?? 'Its training job was deleted.' }
  const evaluation = await findEvaluation(parts.store.db, run.evaluation)
  if (!evaluation || !job || !('output' in job)) throw new Error(`${run.arn} has no evaluation, or no job`)
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
