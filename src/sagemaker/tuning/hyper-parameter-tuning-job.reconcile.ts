import { isDeepStrictEqual } from 'node:util'
import { clock } from '../../ground/clock.ts'
import { ServiceError } from '../../ground/errors.ts'
import type { Reconciler } from '../../reconcile/reconciler.ts'
import type { Platform } from '../../service/context.ts'
import type { Transaction } from '../../store/store.ts'
import { failureReason } from '../../workload/failure-reason.ts'
import { insertTags } from '../resource-tag.ts'
import { serviceContext } from '../service-context.ts'
import { advance, insertTrainingJob, isTerminal, trainingJobs } from '../training/training-job.ts'
import { refusal } from '../training/training-outcome.ts'
import { assessTuning, decideTuning, directionOf, type TuningStep } from './tuning-decision.ts'
import type { TuningDefinition } from './tuning-definition.ts'
import { type TuningJobRow, tuningJobs } from './tuning-job.ts'
import { type Launch, nextLaunch } from './tuning-launch.ts'
import { type TuningEnd, tuningProgress } from './tuning-progress.ts'
import { isOpen, observedTrial, type TrialRow, trialsOf, tuningTrials } from './tuning-trial.ts'
import type { Judgement } from './tuning-verdict.ts'

type Again = { readonly after: number } | undefined

/**
 * Carries tuning jobs: takes over the results of training jobs that have ended, stops those that do too badly, and launches the next
 * ones until the tuning job is to end. Training jobs wake it when they end or, where they may be stopped early, tell of their
 * objective. What is next follows from the row and its trials alone (`decideTuning`), and a trial is kept in one transaction with its training
 * job, so that after a crash at any moment none is lost and none begun twice.
 */
export function hyperParameterTuningJobReconciler(platform: Platform): Reconciler {
  const { store } = platform

  return async arn => {
    const { row, trials } = await observe(arn)
    return row && apply(decideTuning(row, trials, clock.now()), row, trials)
  }

  async function apply(step: TuningStep, row: TuningJobRow, trials: readonly TrialRow[]): Promise<Again> {
    switch (step.do) {
      case 'rest':
        return
      case 'stop all':
        for (const trial of step.trials) await stop(trial, 'The tuning job stops its training jobs')
        return
      case 'go on':
        for (const judgement of step.judge) await judge(judgement)
        for (const trial of step.stop) await stop(trial, trial.verdict as string)
        await launch(step.launch, row, trials)
        return step.after === undefined ? undefined : { after: step.after }
    }
  }

  /** What has become of the trials, and with it of the tuning job: all in one transaction. */
  function observe(arn: string): Promise<{ row: TuningJobRow | undefined; trials: TrialRow[] }> {
    return store.transaction(async tx => {
      const row = await tuningJobs.get(tx, arn)
      if (!row || isTerminal(row.status)) return { row, trials: [] }
      const trials: TrialRow[] = []
      for (const trial of await trialsOf(tx, arn)) trials.push(isOpen(trial) ? await look(tx, row, trial) : trial)
      return { row: await assess(tx, row, trials), trials }
    })
  }

  async function look(tx: Transaction, row: TuningJobRow, trial: TrialRow): Promise<TrialRow> {
    const { objective } = row.definitions[trial.definition] as TuningDefinition
    const job = await trainingJobs.get(tx, trial.trainingJobArn)
    const change = withoutUnset(observedTrial(job, objective.MetricName))
    return isDeepStrictEqual({ ...trial, ...change }, trial) ? trial : tuningTrials.update(tx, trial.arn, change)
  }

  async function assess(tx: Transaction, row: TuningJobRow, trials: readonly TrialRow[]): Promise<TuningJobRow> {
    const change = withoutUnset(assessTuning(row, trials, clock.now()))
    return isDeepStrictEqual({ ...row, ...change }, row) ? row : tuningJobs.update(tx, row.arn, change)
  }

  async function judge({ trial, verdict }: Judgement): Promise<void> {
    await store.transaction(tx => tuningTrials.update(tx, trial.arn, { judged: trial.curve.values.length, verdict }))
    if (verdict !== undefined) await stop(trial, verdict)
  }

  function stop(trial: TrialRow, message: string): Promise<void> {
    return store.transaction(async tx => {
      const job = await trainingJobs.get(tx, trial.trainingJobArn)
      if (job?.status !== 'InProgress') return
      const transitions = advance(job.transitions, 'Stopping', clock.now(), message)
      await trainingJobs.update(tx, job.arn, { status: 'Stopping', stopReason: 'StopRequested', transitions })
      await tx.enqueue('training-job', job.arn)
    })
  }

  async function launch(count: number, row: TuningJobRow, known: readonly TrialRow[]): Promise<void> {
    const ctx = serviceContext(platform, row.account, row.region)
    const trials = [...known]
    while (trials.length < known.length + count) {
      const next = await nextLaunch(row, trials, ctx).catch(refused)
      if (!next || next instanceof ServiceError) return endEarly(row, next, trials.length)
      if (!(await keep(row, next))) return
      trials.push(next.trial)
    }
  }

  /** False when the tuning job is to end: someone has asked to stop it meanwhile. */
  function keep(row: TuningJobRow, { trial, job }: Launch): Promise<boolean> {
    return store.transaction(async tx => {
      const current = await tuningJobs.get(tx, row.arn)
      if (current?.status !== 'InProgress' || current.end) return false
      await insertTags(tx, job.arn, row.tags)
      await insertTrainingJob(tx, job)
      await tuningTrials.insert(tx, trial)
      const progress = tuningProgress(directionOf(row), await trialsOf(tx, row.arn))
      await tuningJobs.update(tx, row.arn, { progress })
      return true
    })
  }

  /** No combination is left, so that the tuning job ends when its training jobs have; or none can be made, and it ends as Failed. */
  function endEarly(row: TuningJobRow, error: ServiceError | undefined, launched: number): Promise<void> {
    const end: TuningEnd | undefined = error && { status: 'Failed', failureReason: failureReason(refusal(error)) }
    return store.transaction(async tx => {
      await tuningJobs.update(tx, row.arn, { limit: launched, end })
      await tx.enqueue('hyper-parameter-tuning-job', row.arn)
    })
  }
}

/** As the store keeps it, to tell whether anything has changed. */
const withoutUnset = <Change extends object>(change: Change): Change => JSON.parse(JSON.stringify(change))

function refused(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error
  throw error
}
