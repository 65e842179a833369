import type { ContainerState } from '../../driver/driver.ts'
import { clock } from '../../ground/clock.ts'
import { isDiskFull } from '../../ground/disk-full.ts'
import { ServiceError } from '../../ground/errors.ts'
import type { Reconciler, Wishes } from '../../reconcile/reconciler.ts'
import type { Platform } from '../../service/context.ts'
import type { Principal } from '../../service/principal.ts'
import { describeExit, failureReason } from '../../workload/failure-reason.ts'
import type { LogPumps } from '../../workload/log-pump.ts'
import { askForCapacity } from '../capacity/capacity.ts'
import { engineSize } from '../capacity/engine-size.ts'
import { engineImage } from '../engine-image.ts'
import { interruptible } from '../interruption.ts'
import { isWaiting, troubleInWords } from '../own-trouble.ts'
import { removeWorkload } from '../workload-removal.ts'
import { trainingContainers } from './training-container.ts'
import { decideTraining, decideTrouble, shortGraceSeconds, type TrainingStep } from './training-decision.ts'
import { isTerminal, trainingJobs } from './training-job.ts'
import type { TrainingJobRow } from './training-job-row.ts'
import { checkOutput, checkVolumeKey } from './training-key.ts'
import { metricRecorder } from './training-metric.ts'
import { platformFailure, trainingStream } from './training-outcome.ts'
import { createPeakWatch } from './training-peak.ts'
import { createTrainingProgress, type TrainingEnd } from './training-progress.ts'
import type { TrainingWorkspace } from './training-workspace.ts'
import { withinUploadTime } from './upload-time.ts'

export interface TrainingParts {
  readonly pumps: LogPumps
  readonly workspace: TrainingWorkspace
}

type Again = { readonly after: number } | undefined

/** Carries training jobs: stage the data, run the containers, save what they left. What is next, `decideTraining` says. */
export function trainingJobReconciler(platform: Platform, { pumps, workspace }: TrainingParts): Reconciler {
  const { store, driver } = platform
  const progress = createTrainingProgress(platform)
  const peaks = createPeakWatch(driver)
  const size = engineSize(driver)

  return async (arn, signal, wishes) => {
    const job = await trainingJobs.get(store, arn)
    if (!job) return removeWorkload(platform, pumps, arn, undefined)
    try {
      return await carry(job, signal, wishes)
    } catch (error) {
      if (signal.aborted || isTerminal(job.status)) throw error
      return bear(job, error)
    }
  }

  async function carry(job: TrainingJobRow, signal: AbortSignal, wishes: Wishes | undefined): Promise<Again> {
    const { arn } = job
    const containers = (await driver.list(arn)).filter(({ key }) => key.attempt === job.attempt)
    const streams = containers.length > 0 && job.status === 'InProgress'
    const brokenPipes = streams ? workspace.brokenPipes(job) : undefined
    const step = decideTraining(job, { containers, brokenPipes }, clock.now())
    return step.do === 'begin' ? begin(job, containers, signal, wishes) : apply(step, job, containers)
  }

  /** An error of the platform's own: told, and tried again a bounded number of times; who wants to stop is not kept. */
  async function bear(job: TrainingJobRow, error: unknown): Promise<Again> {
    const words = troubleInWords(error)
    const step = decideTrouble(job, { words, waits: isWaiting(error) }, clock.now())
    if (step.do === 'end as stopped') return finish(job, 'Stopped', {})
    if (step.do === 'give up') return finish(job, 'Failed', { failureReason: failureReason(step.reason) })
    if (step.do === 'tell') await progress.trouble(job, words, step.tries)
    throw error
  }

  async function apply(
    step: Exclude<TrainingStep, { do: 'begin' }>,
    job: TrainingJobRow,
    containers: readonly ContainerState[],
  ): Promise<Again> {
    switch (step.do) {
      case 'clean up':
        return removeWorkload(
          platform,
          pumps,
          job.arn,
          key => trainingStream(job, key.host),
          at => progress.usageEnded(job, at),
        )
      case 'end as stopped':
        return finish(job, 'Stopped', {})
      case 'wait':
        await store.transaction(askForCapacity)
        return step.after === undefined ? undefined : { after: step.after }
      case 'stop waiting':
        await progress.stopForTime(job, 'MaxWaitTimeExceeded')
        return { after: 0 }
      case 'begin anew':
        return beginAnew(job, step.problem)
      case 'abandon':
        return abandon(job, containers, step)
      case 'supervise':
        return supervise(job, containers, step)
      case 'settle':
        return settle(job, containers, step.failed)
      case 'save':
        return save(job)
    }
  }

  /** Nothing runs yet, or not all: stage and start. Repeated after a crash it begins with clean directories. */
  async function begin(
    job: TrainingJobRow,
    containers: readonly ContainerState[],
    signal: AbortSignal,
    wishes: Wishes | undefined,
  ): Promise<Again> {
    try {
      const plan = trainingContainers(job, await size(), host => workspace.mounts(job, host))
      const role = await roleOf(job)
      await checkOutput(platform, job, role)
      await checkVolumeKey(platform, job, role)
      const image = await engineImage(platform, job.imageDigest)
      if (containers.length === 0) {
        const unwanted = () => isStopping(job)
        const staged = await interruptible(signal, wishes, unwanted, until => stage(job, role, until))
        // Who has asked to stop meanwhile wants no container.
        if (staged.interrupted || (await isStopping(job))) return { after: 0 }
        const scaling = [plan.scaling, staged.value].filter(Boolean).join(' ')
        if (scaling) await progress.scaled(job, scaling)
      } else if (!(await workspace.isStaged(job))) {
        // A server that is gone with its disk was about to start them: all of it is done again.
        await driver.remove(job.arn)
        return { after: 0 }
      }
      for (const container of plan.containers) {
        const state = await driver.start({ ...container, image })
        if (state.engineError) throw new ServiceError('AlgorithmError', `The container ${describeExit(state)}`)
      }
    } catch (error) {
      return fail(job, error)
    }
    return { after: 0 }
  }

  function roleOf(job: TrainingJobRow): Promise<Principal> {
    return platform.iam.assumeForService(job.request.RoleArn, 'sagemaker.amazonaws.com', job.name, job.arn)
  }

  async function isStopping({ arn }: TrainingJobRow): Promise<boolean> {
    return (await trainingJobs.get(store, arn))?.status === 'Stopping'
  }

  /** Returns what this machine does not enforce, in words. */
  async function stage(job: TrainingJobRow, role: Principal, signal: AbortSignal): Promise<string> {
    await progress.step(job, 'Downloading', `Downloading input data. ${job.scaling ?? ''}`.trim())
    return workspace.stage(job, role, signal, () => {
      store
        .transaction(tx => tx.enqueue('training-job', job.arn))
        .catch(error => platform.log.error({ err: error, job: job.arn }, 'a broken pipe could not be reported'))
    })
  }

  async function follow(job: TrainingJobRow, containers: readonly ContainerState[]): Promise<void> {
    await progress.training(job, containers)
    for (const { key } of containers)
      pumps.follow(key, trainingStream(job, key.host), metricRecorder(platform, job, key.host))
    workspace.followCheckpoints(job)
    // A certification tells what it has run how much memory that took.
    if (job.notify)
      peaks.watch(
        job.arn,
        containers.map(({ key }) => key),
      )
  }

  async function supervise(
    job: TrainingJobRow,
    containers: readonly ContainerState[],
    { stop, graceSeconds, timeOver, after }: Extract<TrainingStep, { do: 'supervise' }>,
  ): Promise<Again> {
    await follow(job, containers)
    if (timeOver) await progress.stopForTime(job, timeOver)
    for (const key of stop) await driver.stop(key, graceSeconds)
    return { after }
  }

  /** Ends an attempt that cannot come to a good end, and begins another if that may. Noted, so that a restart does not forget. */
  async function abandon(
    job: TrainingJobRow,
    containers: readonly ContainerState[],
    { abort, running }: Extract<TrainingStep, { do: 'abandon' }>,
  ): Promise<Again> {
    if (!job.abort) await progress.abort(job, abort)
    for (const { key } of containers)
      pumps.follow(key, trainingStream(job, key.host), metricRecorder(platform, job, key.host))
    for (const key of running) await driver.stop(key, shortGraceSeconds)
    if (running.length > 0) return { after: 2000 }
    if (job.trainingStart !== undefined) await progress.containersEnded(job, containers)
    for (const { key, status } of containers) if (status === 'exited') await pumps.drained(key)
    return abort.restart
      ? beginAnew(job, abort.reason)
      : finish(job, 'Failed', { failureReason: failureReason(abort.reason) })
  }

  /** All have ended: how is settled before what they left is saved, whatever the engine has of them by then. */
  async function settle(
    job: TrainingJobRow,
    containers: readonly ContainerState[],
    failed: ContainerState | undefined,
  ): Promise<Again> {
    await follow(job, containers)
    await progress.containersEnded(job, containers)
    for (const { key } of containers) await pumps.drained(key)
    const failure = failed && (await workspace.failureOf(job, failed))
    const peakMemoryBytes = peaks.end(job.arn)
    await progress.step(job, 'Uploading', 'Uploading generated training model', { failure, peakMemoryBytes })
    const next = await trainingJobs.get(store, job.arn)
    return next ? save(next) : { after: 0 }
  }

  /** What containers leave is saved, however they ended; a failed job keeps its own reason, whatever becomes of its files. */
  async function save(job: TrainingJobRow): Promise<Again> {
    const { failure } = job
    try {
      const role = await roleOf(job)
      const saved = await withinUploadTime(job, signal => workspace.collect(job, role, signal))
      if (!saved && !failure) return beginAnew(job, volumeLost)
      if (saved?.leftOut) await progress.note(job, saved.leftOut)
      if (saved && !failure)
        return finish(job, job.status === 'Stopping' ? 'Stopped' : 'Completed', {
          modelArtifacts: saved.model,
          ...(saved.modelDigest && { modelDigest: saved.modelDigest }),
        })
      return finish(job, 'Failed', { failureReason: failure as string })
    } catch (error) {
      if (failure && (error instanceof ServiceError || isDiskFull(error))) {
        platform.log.warn({ err: error, job: job.arn }, 'the output of a failed job could not be saved')
        return finish(job, 'Failed', { failureReason: failure })
      }
      // Somebody may make room before the tries are over; a model that was not saved is lost.
      if (isDiskFull(error)) throw error
      return fail(job, error)
    }
  }

  /** Another attempt for what is nobody's fault, as often as the job allows. */
  async function beginAnew(job: TrainingJobRow, problem: string): Promise<Again> {
    const message = `InternalServerError: ${problem}`
    if (job.attempt > (job.request.RetryStrategy?.MaximumRetryAttempts ?? 0))
      return finish(job, 'Failed', { failureReason: failureReason(message) })
    peaks.end(job.arn)
    await workspace.endStreams(job)
    await driver.remove(job.arn)
    await workspace.discard(job)
    await progress.restart(job, message)
    return { after: 0 }
  }

  /** Ends the job for what its owner can mend or what this machine lacks; anything else is tried again. */
  async function fail(job: TrainingJobRow, error: unknown): Promise<Again> {
    if (!(error instanceof ServiceError) && !isDiskFull(error)) throw error
    return finish(job, 'Failed', { failureReason: failureReason(platformFailure(error as Error)) })
  }

  async function finish(job: TrainingJobRow, status: TrainingEnd, outcome: Partial<TrainingJobRow>): Promise<Again> {
    peaks.end(job.arn)
    await workspace.endStreams(job)
    await progress.end(job, status, outcome)
    return { after: 0 }
  }
}

const volumeLost =
  'The volume of the training job has lost what was written to it: the machine was lost or started anew, or its disk was full.'
