import type { ContainerState } from '../../driver/driver.ts'
import { clock } from '../../ground/clock.ts'
import { isDiskFull } from '../../ground/disk-full.ts'
import { ServiceError } from '../../ground/errors.ts'
import type { Reconciler } from '../../reconcile/reconciler.ts'
import type { Platform } from '../../service/context.ts'
import type { Principal } from '../../service/principal.ts'
import type { CheckpointSyncs } from '../../workload/checkpoint-sync.ts'
import { describeExit, failureReason } from '../../workload/failure-reason.ts'
import type { LogPumps } from '../../workload/log-pump.ts'
import type { PipeFeeds } from '../../workload/pipe-feed.ts'
import { uploadOutput } from '../../workload/training-output.ts'
import { removeVolumes } from '../../workload/volume.ts'
import { askForCapacity } from '../capacity/capacity.ts'
import { engineSize } from '../capacity/engine-size.ts'
import { engineImage } from '../engine-image.ts'
import { removeWorkload } from '../workload-removal.ts'
import { trainingChannels } from './training-channel.ts'
import { createTrainingCheckpoints } from './training-checkpoint.ts'
import { clusterHosts } from './training-cluster.ts'
import { trainingContainers } from './training-container.ts'
import { instanceCount, isTerminal, trainingJobs } from './training-job.ts'
import type { TimeLimit, TrainingJobRow } from './training-job-row.ts'
import { checkOutput, checkVolumeKey, outputUri } from './training-key.ts'
import { metricRecorder } from './training-metric.ts'
import { algorithmFailure, firstFailed, platformFailure, refusal, trainingStream } from './training-outcome.ts'
import { createTrainingProgress, type TrainingEnd } from './training-progress.ts'
import { attachVolumes, feedId, stageTraining, trainingPlace } from './training-stage.ts'
import { timeLimits } from './training-time.ts'

const graceSeconds = 120
/** For hosts of an attempt whose model nobody will keep. */
const shortGraceSeconds = 10

export interface TrainingParts {
  readonly pumps: LogPumps
  readonly feeds: PipeFeeds
  readonly checkpoints: CheckpointSyncs
}

/** Carries training jobs: stage the data, run the containers, save what they left. */
export function trainingJobReconciler(platform: Platform, { pumps, feeds, checkpoints }: TrainingParts): Reconciler {
  const { store, driver } = platform
  const progress = createTrainingProgress(platform)
  const size = engineSize(driver)
  const kept = createTrainingCheckpoints(platform, checkpoints)

  return async arn => {
    const job = await trainingJobs.get(store, arn)
    if (!job || isTerminal(job.status))
      return removeWorkload(platform, pumps, arn, job && (key => trainingStream(job, key.host)))
    const containers = (await driver.list(arn)).filter(({ key }) => key.attempt === job.attempt)
    if (isUploading(job)) return conclude(job)
    if (job.status === 'Stopping' && containers.length === 0) return finish(job, 'Stopped', {})
    if (!job.admission) return wait(job)
    const lost = containers.some(container => container.endedByEngine) ? engineRestarted : undefined
    const abort = job.abort ?? lost ?? (await brokenFeed(job, containers))
    if (abort && job.status === 'InProgress') return abandon(job, containers, abort)
    if (containers.length < instanceCount(job) || containers.some(({ status }) => status === 'created'))
      return begin(job, containers)
    await progress.training(job, containers)
    for (const { key } of containers)
      pumps.follow(key, trainingStream(job, key.host), metricRecorder(platform, job, key.host))
    kept.follow(job)
    const running = containers.filter(({ status }) => status === 'running')
    if (running.length > 0) return supervise(job, containers, running)
    await progress.containersEnded(job, containers)
    for (const { key } of containers) await pumps.drained(key)
    return upload(job, containers)
  }

  /** No capacity yet: a spot job waits no longer than its owner will. */
  async function wait(job: TrainingJobRow): Promise<{ after: number } | undefined> {
    const { waitUntil } = timeLimits(job)
    const left = waitUntil === undefined ? undefined : waitUntil - clock.now()
    if (left === undefined || left > 0) await store.transaction(askForCapacity)
    else await progress.stopForTime(job, 'MaxWaitTimeExceeded')
    return left === undefined ? undefined : { after: Math.max(0, left) }
  }

  /** Nothing runs yet, or not all: stage and start. Repeated after a crash it begins with clean directories. */
  async function begin(job: TrainingJobRow, containers: readonly ContainerState[]): Promise<{ after: number }> {
    if (job.trainingStart !== undefined)
      return anew(job, 'The containers of the training job are gone from the container engine.')
    try {
      const plan = trainingContainers(platform, job, await size())
      const role = await roleOf(job)
      await checkOutput(platform, job, role)
      await checkVolumeKey(platform, job, role)
      const image = await engineImage(platform, job.imageDigest)
      const scaling = containers.length === 0 && [plan.scaling, await stage(job, role)].filter(Boolean).join(' ')
      // Staging takes its time; who has asked to stop meanwhile wants no container.
      if (containers.length === 0 && (await isStopping(job))) return { after: 0 }
      if (scaling) await progress.scaled(job, scaling)
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
  async function stage(job: TrainingJobRow, role: Principal): Promise<string> {
    await progress.step(job, 'Downloading', `Downloading input data. ${job.scaling ?? ''}`.trim())
    return stageTraining(platform, job, role, feeds, () => {
      store
        .transaction(tx => tx.enqueue('training-job', job.arn))
        .catch(error => platform.log.error({ err: error, job: job.arn }, 'a broken pipe could not be reported'))
    })
  }

  /** Some still run: end them all when one has failed, the user wants it or the time is over. */
  async function supervise(
    job: TrainingJobRow,
    containers: readonly ContainerState[],
    running: readonly ContainerState[],
  ) {
    const failed = containers.some(({ status, exitCode }) => status === 'exited' && exitCode !== 0)
    const limit = timeLimits({ ...job, trainingStart: job.trainingStart ?? clock.now() }).next as TimeLimit
    const left = limit.at - clock.now()
    const stopping = left <= 0 || job.status === 'Stopping'
    if (left <= 0 && job.status === 'InProgress') await progress.stopForTime(job, limit.reason)
    if (failed || stopping)
      for (const { key } of running) await driver.stop(key, stopping ? graceSeconds : shortGraceSeconds)
    return { after: left > 0 ? Math.min(left, 60_000) : 5000 }
  }

  /** Whether a pipe can no longer give the containers what they are due; noted, so that a restart does not forget. */
  async function brokenFeed(
    job: TrainingJobRow,
    containers: readonly ContainerState[],
  ): Promise<TrainingJobRow['abort']> {
    const pipes = trainingChannels(job.request).some(({ mode }) => mode === 'Pipe')
    if (!pipes || containers.length === 0 || job.status !== 'InProgress') return undefined
    const failure = feeds.failure(feedId(job))
    if (feeds.feeds(feedId(job)) && !failure) return undefined
    const abort = failure ? feedFailure(failure) : pipesLost
    await progress.abort(job, abort)
    return abort
  }

  /** Ends an attempt that cannot come to a good end, and begins another if that may. */
  async function abandon(
    job: TrainingJobRow,
    containers: readonly ContainerState[],
    { reason, restart }: NonNullable<TrainingJobRow['abort']>,
  ): Promise<{ after: number }> {
    for (const { key } of containers)
      pumps.follow(key, trainingStream(job, key.host), metricRecorder(platform, job, key.host))
    const running = containers.filter(({ status }) => status === 'running')
    for (const { key } of running) await driver.stop(key, shortGraceSeconds)
    if (running.length > 0) return { after: 2000 }
    for (const { key, status } of containers) if (status === 'exited') await pumps.drained(key)
    return restart ? anew(job, reason) : finish(job, 'Failed', { failureReason: failureReason(reason) })
  }

  /** All have ended: how is settled before what they left is uploaded, whatever the engine has of them by then. */
  async function upload(job: TrainingJobRow, containers: readonly ContainerState[]): Promise<{ after: number }> {
    const failed = job.status === 'Stopping' ? undefined : firstFailed(containers)
    const failure = failed && (await algorithmFailure(platform, job, failed))
    await progress.step(job, 'Uploading', 'Uploading generated training model', failure)
    const next = await trainingJobs.get(store, job.arn)
    return next ? conclude(next) : { after: 0 }
  }

  /** What containers leave is saved, however they ended; a failed job keeps its own reason, whatever becomes of its files. */
  async function conclude(job: TrainingJobRow): Promise<{ after: number }> {
    const { failure } = job
    await feeds.end(feedId(job))
    const whole = await attachVolumes(platform, job)
    if (!whole && !failure) return anew(job, volumeLost)
    try {
      if (whole) {
        await kept.finish(job, failure !== undefined)
        const { model, leftOut } = await uploadOutput(platform.objects, await roleOf(job), {
          uri: outputUri(job),
          hosts: clusterHosts(job.request.ResourceConfig ?? {}).map(({ name }) =>
            trainingPlace(platform, job).host(name),
          ),
          compressed: job.request.OutputDataConfig.CompressionType !== 'NONE',
          kmsKeyId: job.request.OutputDataConfig.KmsKeyId,
        })
        if (leftOut) await progress.note(job, leftOut)
        if (!failure) return finish(job, job.status === 'Stopping' ? 'Stopped' : 'Completed', { modelArtifacts: model })
      }
      return finish(job, 'Failed', { failureReason: failure as string })
    } catch (error) {
      if (failure && (error instanceof ServiceError || isDiskFull(error))) {
        platform.log.warn({ err: error, job: job.arn }, 'the output of a failed job could not be saved')
        return finish(job, 'Failed', { failureReason: failure })
      }
      return fail(job, error)
    }
  }

  /** Another attempt for what is nobody's fault, as often as the job allows. */
  async function anew(job: TrainingJobRow, problem: string): Promise<{ after: number }> {
    const message = `InternalServerError: ${problem}`
    if (job.attempt > (job.request.RetryStrategy?.MaximumRetryAttempts ?? 0))
      return finish(job, 'Failed', { failureReason: failureReason(message) })
    await endParts(job)
    await driver.remove(job.arn)
    await removeVolumes(trainingPlace(platform, job).root)
    await progress.restart(job, message)
    return { after: 0 }
  }

  async function endParts(job: TrainingJobRow): Promise<void> {
    await feeds.end(feedId(job))
    await kept.end(job)
  }

  /** Ends the job for what its owner can mend or what this machine lacks; anything else is tried again. */
  async function fail(job: TrainingJobRow, error: unknown): Promise<{ after: number }> {
    if (!(error instanceof ServiceError) && !isDiskFull(error)) throw error
    return finish(job, 'Failed', { failureReason: failureReason(platformFailure(error as Error)) })
  }

  async function finish(
    job: TrainingJobRow,
    status: TrainingEnd,
    outcome: Partial<TrainingJobRow>,
  ): Promise<{ after: number }> {
    await endParts(job)
    await progress.end(job, status, outcome)
    return { after: 0 }
  }
}

const feedFailure = (error: Error) =>
  error instanceof ServiceError ? { reason: refusal(error), restart: false } : { reason: error.message, restart: true }

const pipesLost = {
  reason:
    'The server ended while it streamed channels in Pipe mode, and a pipe cannot be taken up where it broke. Give a RetryStrategy, and the job starts anew by itself.',
  restart: true,
}

const engineRestarted = {
  reason: 'The container engine was started anew and ended the containers of the training job.',
  restart: true,
}

const volumeLost =
  'The volume of the training job has lost what was written to it: the machine was started anew, or its disk was full.'

/** Its containers have ended, and how is settled: whatever the engine has of them by now. */
const isUploading = ({ containersEnd, transitions, status }: TrainingJobRow): boolean =>
  containersEnd !== undefined && status === 'InProgress' && transitions.at(-1)?.Status === 'Uploading'
