import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ContainerState } from '../driver/driver.ts'
import type { Reconciler } from '../reconcile/reconciler.ts'
import type { Platform } from '../service/context.ts'
import { ServiceError } from '../service/errors.ts'
import type { LogStreamName } from '../service/logs.ts'
import type { Principal } from '../service/principal.ts'
import { workloadDirectory } from '../store/data-directory.ts'
import { isEmpty, packArtifact } from '../workload/artifact.ts'
import { listSource, stageObjects } from '../workload/channel.ts'
import { describeExit, failureReason, lastLines, readFailureFile } from '../workload/failure-reason.ts'
import type { LogPumps } from '../workload/log-pump.ts'
import { joinS3Uri, parseS3Uri } from '../workload/s3-uri.ts'
import { layOutTraining } from '../workload/training-files.ts'
import { limitsFor } from './instance-type.ts'
import {
  advance,
  instanceCount,
  isTerminal,
  maxRuntimeSeconds,
  type TrainingJobRow,
  trainingJobs,
} from './training-job.ts'
import { metricRecorder } from './training-metric.ts'
import { removeWorkload } from './workload-removal.ts'

const graceSeconds = 120

/** Carries training jobs: stage the data, run the containers, save what they left. */
export function trainingJobReconciler(platform: Platform, pumps: LogPumps): Reconciler {
  const { store, driver } = platform

  return async arn => {
    const job = await trainingJobs.get(store, arn)
    if (!job || isTerminal(job.status))
      return removeWorkload(platform, pumps, arn, job && (key => streamOf(job, key.host)))
    const containers = (await driver.list(arn)).filter(({ key }) => key.attempt === job.attempt)
    if (containers.length < instanceCount(job) || containers.some(({ status }) => status === 'created'))
      return begin(job, containers)
    await markTraining(job)
    for (const { key } of containers) pumps.follow(key, streamOf(job, key.host), metricRecorder(platform, job))
    const running = containers.filter(({ status }) => status === 'running')
    if (running.length > 0) return supervise(job, containers, running)
    for (const { key } of containers) await pumps.drained(key)
    return conclude(job, containers)
  }

  /** Nothing runs yet, or not all: stage and start. Repeated after a crash it begins with clean directories. */
  async function begin(job: TrainingJobRow, containers: readonly ContainerState[]): Promise<{ after: number }> {
    if (job.status === 'Stopping' && containers.length === 0) return finish(job, 'Stopped', {})
    if (job.trainingStart !== undefined) return lost(job)
    try {
      const role = await platform.iam.assumeForService(job.request.RoleArn, 'sagemaker.amazonaws.com', job.name)
      await checkOutput(job, role)
      const image = await driver.ensureImage(await platform.images.source(job.imageDigest))
      if (containers.length === 0) await stage(job, role)
      await startContainers(job, image)
    } catch (error) {
      if (error instanceof ServiceError) return finish(job, 'Failed', { failureReason: failureReason(refusal(error)) })
      throw error
    }
    return { after: 0 }
  }

  async function checkOutput(job: TrainingJobRow, role: Principal): Promise<void> {
    const { bucket, key } = parseS3Uri(job.request.OutputDataConfig.S3OutputPath)
    await platform.objects.checkWritable(role, bucket, key)
  }

  async function stage(job: TrainingJobRow, role: Principal): Promise<void> {
    await step(job, 'Downloading', 'Downloading input data')
    const hosts = hostsOf(job)
    await rm(directoryOf(job), { recursive: true, force: true })
    for (const [index, host] of hosts.entries()) {
      const directory = join(directoryOf(job), host)
      const cluster = {
        instanceType: job.request.ResourceConfig?.InstanceType as string,
        hosts,
        networkInterface: hosts.length > 1 ? 'eth0' : 'lo',
      }
      await layOutTraining(directory, host, cluster, job.hyperParameters, channelsOf(job))
      for (const { ChannelName, DataSource } of job.request.InputDataConfig ?? []) {
        const source = DataSource?.S3DataSource as {
          S3DataType: string
          S3Uri: string
          S3DataDistributionType?: string
        }
        const sharded = source.S3DataDistributionType === 'ShardedByS3Key'
        const shard = sharded ? { index, count: hosts.length } : { index: 0, count: 1 }
        const found = await listSource(platform.objects, role, source)
        await stageObjects(platform.objects, role, found, join(directory, 'input/data', ChannelName as string), shard)
      }
    }
  }

  async function startContainers(job: TrainingJobRow, image: string): Promise<void> {
    const hosts = hostsOf(job)
    const { limits, note } = limitsOf(job, await driver.info())
    if (note) platform.log.info({ job: job.arn, note }, 'instance scaled to the machine')
    for (const host of hosts) {
      const directory = join(directoryOf(job), host)
      const state = await driver.start({
        key: { arn: job.arn, attempt: job.attempt, host },
        image,
        ...(job.entrypoint && { entrypoint: job.entrypoint }),
        command: job.command,
        environment: {
          ...job.request.Environment,
          TRAINING_JOB_NAME: job.name,
          TRAINING_JOB_ARN: job.arn,
          AWS_REGION: job.region,
        },
        mounts: [
          { source: directory, target: '/opt/ml', readOnly: false },
          { source: join(directory, 'input/data'), target: '/opt/ml/input/data', readOnly: true },
        ],
        network: hosts.length > 1 ? { kind: 'internal', name: job.arn } : { kind: 'none' },
        peers: hosts,
        limits,
      })
      if (state.engineError) throw new ServiceError('AlgorithmError', `The container ${describeExit(state)}`)
    }
  }

  function limitsOf(job: TrainingJobRow, engine: Awaited<ReturnType<typeof driver.info>>) {
    try {
      return limitsFor(job.request.ResourceConfig?.InstanceType as string, engine)
    } catch (error) {
      throw new ServiceError('CapacityError', (error as Error).message)
    }
  }

  async function markTraining(job: TrainingJobRow): Promise<void> {
    if (job.trainingStart !== undefined) return
    const now = Date.now()
    await store.transaction(async tx => {
      await trainingJobs.update(tx, job.arn, row => ({
        trainingStart: now,
        transitions:
          row.status === 'Stopping'
            ? row.transitions
            : advance(row.transitions, 'Training', now, 'Training image download completed. Training in progress.'),
      }))
      if (job.productArn) {
        const subject = { account: job.account, region: job.region, productArn: job.productArn, resourceArn: job.arn }
        const dimension = `${job.request.ResourceConfig?.InstanceType}.a.t`
        await platform.market.usageStarted(tx, subject, dimension, instanceCount(job), new Date(now))
      }
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
    if (left <= 0 && job.status === 'InProgress') await stopForTime(job)
    if (failed || left <= 0 || job.status === 'Stopping')
      for (const { key } of running) await driver.stop(key, graceSeconds)
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

  /** All have ended. */
  async function conclude(job: TrainingJobRow, containers: readonly ContainerState[]): Promise<{ after: number }> {
    const failed = containers.find(({ exitCode }) => exitCode !== 0)
    if (failed && job.status !== 'Stopping') return finish(job, 'Failed', { failureReason: await reason(job, failed) })
    try {
      await step(job, 'Uploading', 'Uploading generated training model')
      const modelArtifacts = await upload(job)
      return finish(job, job.status === 'Stopping' ? 'Stopped' : 'Completed', { modelArtifacts })
    } catch (error) {
      if (error instanceof ServiceError) return finish(job, 'Failed', { failureReason: failureReason(refusal(error)) })
      throw error
    }
  }

  async function upload(job: TrainingJobRow): Promise<string> {
    const role = await platform.iam.assumeForService(job.request.RoleArn, 'sagemaker.amazonaws.com', job.name)
    const directories = (name: string) => hostsOf(job).map(host => join(directoryOf(job), host, name))
    const base = joinS3Uri(job.request.OutputDataConfig.S3OutputPath, job.name, 'output')
    const put = async (name: string, from: readonly string[]) => {
      const { bucket, key } = parseS3Uri(`${base}/${name}`)
      await platform.objects.put(role, bucket, key, await packArtifact(from), { contentType: 'application/x-tar' })
      return `${base}/${name}`
    }
    if (!(await isEmpty(directories('output/data')))) await put('output.tar.gz', directories('output/data'))
    return put('model.tar.gz', directories('model'))
  }

  async function reason(job: TrainingJobRow, failed: ContainerState): Promise<string> {
    const text = await readFailureFile(join(directoryOf(job), failed.key.host, 'output'))
    const host = instanceCount(job) > 1 ? `${failed.key.host}: ` : ''
    const lines = await lastLines(platform.logs, streamOf(job, failed.key.host))
    return failureReason(`AlgorithmError: ${host}${[text, describeExit(failed)].filter(Boolean).join(', ')}`, lines)
  }

  /** The row says that containers ran, but the engine has none: they were removed behind our back. */
  async function lost(job: TrainingJobRow): Promise<{ after: number }> {
    const attempts = job.request.RetryStrategy?.MaximumRetryAttempts ?? 0
    const message = 'The containers of the training job are gone from the container engine.'
    if (job.attempt > attempts) return finish(job, 'Failed', { failureReason: `InternalServerError: ${message}` })
    await driver.remove(job.arn)
    await store.transaction(async tx => {
      await platform.market.usageStopped(tx, job.arn, new Date())
      await trainingJobs.update(tx, job.arn, row => ({
        attempt: row.attempt + 1,
        trainingStart: undefined,
        transitions: advance(row.transitions, 'Restarting', Date.now(), message),
      }))
    })
    return { after: 0 }
  }

  async function finish(
    job: TrainingJobRow,
    status: 'Completed' | 'Failed' | 'Stopped',
    outcome: Partial<TrainingJobRow>,
  ): Promise<{ after: number }> {
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

  function directoryOf(job: TrainingJobRow): string {
    return join(workloadDirectory(platform.workDirectory, job.arn), String(job.attempt))
  }
}

const hostsOf = (job: TrainingJobRow) => Array.from({ length: instanceCount(job) }, (_, index) => `algo-${index + 1}`)

const channelsOf = ({ request }: TrainingJobRow) =>
  (request.InputDataConfig ?? []).map(channel => ({
    name: channel.ChannelName as string,
    inputMode: channel.InputMode ?? request.AlgorithmSpecification?.TrainingInputMode ?? 'File',
    distribution: channel.DataSource?.S3DataSource?.S3DataDistributionType ?? 'FullyReplicated',
    ...(channel.ContentType && { contentType: channel.ContentType }),
  }))

const streamOf = (job: TrainingJobRow, host: string): LogStreamName => ({
  account: job.account,
  region: job.region,
  group: '/aws/sagemaker/TrainingJobs',
  stream: `${job.name}/${host}-${job.created + job.attempt - 1}`,
})

/** What the platform, not the container, refused; the error's own words are evidence. */
export function refusal({ code, message }: ServiceError): string {
  if (['AlgorithmError', 'ClientError', 'CapacityError'].includes(code)) return `${code}: ${message}`
  return `ClientError: ${code}: ${message}`
}
