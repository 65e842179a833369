import type { ContainerState } from '../driver/driver.ts'
import type { Reconciler } from '../reconcile/reconciler.ts'
import type { Platform } from '../service/context.ts'
import { ServiceError } from '../service/errors.ts'
import type { LogStreamName } from '../service/logs.ts'
import type { Principal } from '../service/principal.ts'
import type { CheckpointSyncs } from '../workload/checkpoint-sync.ts'
import { describeExit, failureReason, lastLines, readFailureFile } from '../workload/failure-reason.ts'
import { isDiskFull } from '../workload/input-volume.ts'
import type { LogPumps } from '../workload/log-pump.ts'
import { ownDirectory } from '../workload/own-directory.ts'
import type { PipeFeeds } from '../workload/pipe-feed.ts'
import { joinS3Uri, parseS3Uri } from '../workload/s3-uri.ts'
import { uploadOutput } from '../workload/training-output.ts'
import { askForCapacity } from './capacity.ts'
import { trainingChannels } from './training-channel.ts'
import { clusterHosts, instanceGroups } from './training-cluster.ts'
import { trainingContainers } from './training-container.ts'
import {
  advance,
  instanceCount,
  isTerminal,
  maxRuntimeSeconds,
  type TrainingJobRow,
  trainingJobs,
} from './training-job.ts'
import { metricRecorder } from './training-metric.ts'
import { feedId, stageTraining, trainingPlace } from './training-stage.ts'
import { removeWorkload } from './workload-removal.ts'

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

  return async arn => {
    const job = await trainingJobs.get(store, arn)
    if (!job || isTerminal(job.status))
      return removeWorkload(platform, pumps, arn, job && (key => streamOf(job, key.host)))
    const containers = (await driver.list(arn)).filter(({ key }) => key.attempt === job.attempt)
    if (isUploading(job)) return conclude(job, containers)
    if (job.status === 'Stopping' && containers.length === 0) return finish(job, 'Stopped', {})
    if (!job.admission) return store.transaction(askForCapacity)
    const abort = job.abort ?? (await brokenFeed(job, containers))
    if (abort && job.status === 'InProgress') return abandon(job, containers, abort)
    if (containers.length < instanceCount(job) || containers.some(({ status }) => status === 'created'))
      return begin(job, containers)
    await markTraining(job)
    for (const { key } of containers)
      pumps.follow(key, streamOf(job, key.host), metricRecorder(platform, job, key.host))
    followCheckpoints(job)
    const running = containers.filter(({ status }) => status === 'running')
    if (running.length > 0) return supervise(job, containers, running)
    for (const { key } of containers) await pumps.drained(key)
    return conclude(job, containers)
  }

  /** Nothing runs yet, or not all: stage and start. Repeated after a crash it begins with clean directories. */
  async function begin(job: TrainingJobRow, containers: readonly ContainerState[]): Promise<{ after: number }> {
    if (job.trainingStart !== undefined)
      return anew(job, 'The containers of the training job are gone from the container engine.')
    try {
      const plan = trainingContainers(platform, job, await driver.info())
      const role = await roleOf(job)
      await checkOutput(job, role)
      const image = await driver.ensureImage(await platform.images.source(job.imageDigest))
      if (containers.length === 0) await stage(job, role)
      // Staging takes its time; who has asked to stop meanwhile wants no container.
      if (containers.length === 0 && (await isStopping(job))) return { after: 0 }
      if (plan.scaling) await noteScaling(job, plan.scaling)
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
    return platform.iam.assumeForService(job.request.RoleArn, 'sagemaker.amazonaws.com', job.name)
  }

  async function isStopping({ arn }: TrainingJobRow): Promise<boolean> {
    return (await trainingJobs.get(store, arn))?.status === 'Stopping'
  }

  async function checkOutput(job: TrainingJobRow, role: Principal): Promise<void> {
    const { bucket, key } = parseS3Uri(`${outputUri(job)}/`)
    await platform.objects.checkWritable(role, bucket, key)
  }

  async function stage(job: TrainingJobRow, role: Principal): Promise<void> {
    await step(job, 'Downloading', `Downloading input data. ${job.scaling ?? ''}`.trim())
    await stageTraining(platform, job, role, feeds, () => {
      store
        .transaction(tx => tx.enqueue('training-job', job.arn))
        .catch(error => platform.log.error({ err: error, job: job.arn }, 'a broken pipe could not be reported'))
    })
  }

  async function noteScaling(job: TrainingJobRow, scaling: string): Promise<void> {
    platform.log.info({ job: job.arn, scaling }, 'instance scaled to the machine')
    await store.transaction(tx => trainingJobs.update(tx, job.arn, { scaling }))
  }

  async function markTraining(job: TrainingJobRow): Promise<void> {
    if (job.trainingStart !== undefined) return
    const now = Date.now()
    await store.transaction(async tx => {
      await trainingJobs.update(tx, job.arn, row => ({
        trainingStart: now,
        transitions:
          row.status === 'Stopping' ? row.transitions : advance(row.transitions, 'Training', now, trainingMessage(row)),
      }))
      if (!job.productArn) return
      const subject = { account: job.account, region: job.region, productArn: job.productArn, resourceArn: job.arn }
      for (const [type, count] of countsByType(job))
        await platform.market.usageStarted(tx, subject, `${type}.a.t`, count, new Date(now))
    })
  }

  function followCheckpoints(job: TrainingJobRow): void {
    for (const [id, host] of checkpointHosts(job)) checkpoints.follow(id, host)
  }

  /** By the sync's id. */
  function checkpointHosts(job: TrainingJobRow) {
    const uri = job.request.CheckpointConfig?.S3Uri
    const place = trainingPlace(platform, job)
    const hosts = uri ? clusterHosts(job.request.ResourceConfig ?? {}) : []
    return hosts.map(({ name }) => {
      const host = { uri: uri as string, directory: place.checkpoints(name), principal: () => roleOf(job) }
      return [`${feedId(job)} ${name}`, host] as const
    })
  }

  /** Some still run: end them all when one has failed, the user wants it or the time is over. */
  async function supervise(
    job: TrainingJobRow,
    containers: readonly ContainerState[],
    running: readonly ContainerState[],
  ) {
    const failed = containers.some(({ status, exitCode }) => status === 'exited' && exitCode !== 0)
    const left = (job.trainingStart ?? Date.now()) + maxRuntimeSeconds(job) * 1000 - Date.now()
    const stopping = left <= 0 || job.status === 'Stopping'
    if (left <= 0 && job.status === 'InProgress') await stopForTime(job)
    if (failed || stopping)
      for (const { key } of running) await driver.stop(key, stopping ? graceSeconds : shortGraceSeconds)
    return { after: left > 0 ? Math.min(left, 60_000) : 5000 }
  }

  function stopForTime(job: TrainingJobRow) {
    return store.transaction(tx =>
      trainingJobs.update(tx, job.arn, row => ({
        status: 'Stopping',
        stopReason: 'MaxRuntimeExceeded',
        transitions: advance(
          row.transitions,
          'Stopping',
          Date.now(),
          'Maximum runtime exceeded; stopping the training job',
        ),
      })),
    )
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
    const abort = failure ? { reason: reasonOf(failure), restart: !(failure instanceof ServiceError) } : pipesLost
    await store.transaction(tx => trainingJobs.update(tx, job.arn, { abort }))
    return abort
  }

  /** Ends an attempt that cannot come to a good end, and begins another if that may. */
  async function abandon(
    job: TrainingJobRow,
    containers: readonly ContainerState[],
    { reason, restart }: NonNullable<TrainingJobRow['abort']>,
  ): Promise<{ after: number }> {
    for (const { key } of containers)
      pumps.follow(key, streamOf(job, key.host), metricRecorder(platform, job, key.host))
    const running = containers.filter(({ status }) => status === 'running')
    for (const { key } of running) await driver.stop(key, shortGraceSeconds)
    if (running.length > 0) return { after: 2000 }
    for (const { key, status } of containers) if (status === 'exited') await pumps.drained(key)
    return restart ? anew(job, reason) : finish(job, 'Failed', { failureReason: failureReason(reason) })
  }

  /** All have ended. */
  async function conclude(job: TrainingJobRow, containers: readonly ContainerState[]): Promise<{ after: number }> {
    const stopping = job.status === 'Stopping'
    const failed = stopping ? undefined : firstFailed(containers)
    await feeds.end(feedId(job))
    try {
      await lastCheckpoints(job, failed !== undefined)
      if (failed) return finish(job, 'Failed', { failureReason: await reason(job, failed) })
      await step(job, 'Uploading', 'Uploading generated training model')
      const modelArtifacts = await uploadOutput(platform.objects, await roleOf(job), {
        uri: outputUri(job),
        hosts: clusterHosts(job.request.ResourceConfig ?? {}).map(({ name }) =>
          trainingPlace(platform, job).host(name),
        ),
        compressed: job.request.OutputDataConfig.CompressionType !== 'NONE',
      })
      return finish(job, stopping ? 'Stopped' : 'Completed', { modelArtifacts })
    } catch (error) {
      return fail(job, error)
    }
  }

  /** A job that has failed keeps its own reason. */
  async function lastCheckpoints(job: TrainingJobRow, failed: boolean): Promise<void> {
    for (const [id, host] of checkpointHosts(job))
      await checkpoints.finish(id, host).catch(error => {
        if (!failed) throw error
        platform.log.warn({ err: error, job: job.arn }, 'the last checkpoints of a failed job could not be written')
      })
  }

  async function reason(job: TrainingJobRow, failed: ContainerState): Promise<string> {
    const output = await ownDirectory(trainingPlace(platform, job).host(failed.key.host), 'output').catch(
      () => undefined,
    )
    const text = output ? await readFailureFile(output) : ''
    const host = instanceCount(job) > 1 ? `${failed.key.host}: ` : ''
    const lines = await lastLines(platform.logs, streamOf(job, failed.key.host))
    return failureReason(`AlgorithmError: ${host}${[text, describeExit(failed)].filter(Boolean).join(', ')}`, lines)
  }

  /** Another attempt for what is nobody's fault, as often as the job allows. */
  async function anew(job: TrainingJobRow, problem: string): Promise<{ after: number }> {
    const message = `InternalServerError: ${problem}`
    if (job.attempt > (job.request.RetryStrategy?.MaximumRetryAttempts ?? 0))
      return finish(job, 'Failed', { failureReason: failureReason(message) })
    await endParts(job)
    await driver.remove(job.arn)
    const now = Date.now()
    await store.transaction(async tx => {
      await platform.market.usageStopped(tx, job.arn, new Date(now))
      await trainingJobs.update(tx, job.arn, row => ({
        attempt: row.attempt + 1,
        trainingStart: undefined,
        abort: undefined,
        transitions:
          row.status === 'Stopping'
            ? row.transitions
            : advance(
                advance(row.transitions, 'Restarting', now, message),
                'Starting',
                now,
                'Preparing the instances for training',
              ),
      }))
    })
    return { after: 0 }
  }

  async function endParts(job: TrainingJobRow): Promise<void> {
    await feeds.end(feedId(job))
    for (const [id] of checkpointHosts(job)) await checkpoints.end(id)
  }

  /** Ends the job for what its owner can mend or what this machine lacks; anything else is tried again. */
  async function fail(job: TrainingJobRow, error: unknown): Promise<{ after: number }> {
    if (!(error instanceof ServiceError) && !isDiskFull(error)) throw error
    return finish(job, 'Failed', { failureReason: failureReason(reasonOf(error as Error)) })
  }

  async function finish(
    job: TrainingJobRow,
    status: 'Completed' | 'Failed' | 'Stopped',
    outcome: Partial<TrainingJobRow>,
  ): Promise<{ after: number }> {
    await endParts(job)
    const now = Date.now()
    const secondary = status === 'Stopped' && job.stopReason === 'MaxRuntimeExceeded' ? 'MaxRuntimeExceeded' : status
    const message = outcome.failureReason ?? `Training job ${status.toLowerCase()}`
    await store.transaction(async tx => {
      await trainingJobs.update(tx, job.arn, row => {
        const transitions = advance(row.transitions, secondary, now, message)
        const ended = transitions.map((transition, index) =>
          index === transitions.length - 1 ? { ...transition, EndTime: now } : transition,
        )
        return { ...outcome, status, transitions: ended, trainingEnd: now }
      })
      await platform.market.usageStopped(tx, job.arn, new Date(now))
      await askForCapacity(tx)
      if (job.notify) await tx.enqueue(job.notify.kind, job.notify.key)
    })
    return { after: 0 }
  }

  function step(job: TrainingJobRow, status: 'Downloading' | 'Uploading', message: string) {
    return store.transaction(tx =>
      trainingJobs.update(tx, job.arn, row => ({
        transitions:
          row.status === 'Stopping' ? row.transitions : advance(row.transitions, status, Date.now(), message),
      })),
    )
  }
}

const pipesLost = {
  reason:
    'The server ended while it streamed channels in Pipe mode, and a pipe cannot be taken up where it broke. Give a RetryStrategy, and the job starts anew by itself.',
  restart: true,
}

/** Its containers have ended well: that is settled, whatever the engine has of them by now. */
const isUploading = ({ status, transitions }: TrainingJobRow): boolean =>
  status === 'InProgress' && transitions.at(-1)?.Status === 'Uploading'

const trainingMessage = ({ scaling }: TrainingJobRow): string =>
  ['Training image download completed. Training in progress.', scaling].filter(Boolean).join(' ')

/** The others' ends may be its doing. */
const firstFailed = (containers: readonly ContainerState[]): ContainerState | undefined =>
  containers
    .filter(({ status, exitCode }) => status === 'exited' && exitCode !== 0)
    .sort((a, b) => (a.finishedAt?.getTime() ?? 0) - (b.finishedAt?.getTime() ?? 0))[0]

function countsByType({ request }: TrainingJobRow): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { instanceType, count } of instanceGroups(request.ResourceConfig ?? {}))
    counts.set(instanceType, (counts.get(instanceType) ?? 0) + count)
  return counts
}

const outputUri = ({ request, name }: TrainingJobRow): string =>
  joinS3Uri(request.OutputDataConfig.S3OutputPath as string, name, 'output')

const streamOf = (job: TrainingJobRow, host: string): LogStreamName => ({
  account: job.account,
  region: job.region,
  group: '/aws/sagemaker/TrainingJobs',
  stream: `${job.name}/${host}-${job.created + job.attempt - 1}`,
})

function reasonOf(error: Error): string {
  if (error instanceof ServiceError) return refusal(error)
  return `InternalServerError: ${error.message}`
}

/** What the platform, not the container, refused; the error's own words are evidence. */
export function refusal({ code, message }: ServiceError): string {
  if (['AlgorithmError', 'ClientError', 'CapacityError'].includes(code)) return `${code}: ${message}`
  return `ClientError: ${code}: ${message}`
}
