import { clock } from '../../ground/clock.ts'
import { ServiceError } from '../../ground/errors.ts'
import { bodyMemory } from '../../ground/memory-budget.ts'
import type { Reconciler, Wishes } from '../../reconcile/reconciler.ts'
import type { Platform } from '../../service/context.ts'
import { instanceHour } from '../../service/instance-hour.ts'
import type { LogStreamName } from '../../service/logs.ts'
import type { Measured } from '../../service/market.ts'
import type { Principal } from '../../service/principal.ts'
import { listSource, type S3Source, type SourceObject } from '../../workload/channel.ts'
import { countedInput, openCounted } from '../../workload/counted-input.ts'
import type { ExecutionParameters } from '../../workload/execution-parameters.ts'
import { describeExit, failureReason, lastLines } from '../../workload/failure-reason.ts'
import type { Answer } from '../../workload/invocation.ts'
import type { Invoker } from '../../workload/invoke.ts'
import { listMemory } from '../../workload/list-memory.ts'
import type { LogPumps } from '../../workload/log-pump.ts'
import { joinS3Uri, parseS3Uri } from '../../workload/s3-uri.ts'
import { runTransform } from '../../workload/transform-run.ts'
import { noAnswer } from '../../workload/transform-send.ts'
import { askForCapacity } from '../capacity/capacity.ts'
import { interruptible } from '../interruption.ts'
import { decideOwnTrouble } from '../own-trouble.ts'
import { HostLost, type HostSpec, type ModelHosts, requirePresent } from '../serving/model-host.ts'
import { refusal } from '../training/training-outcome.ts'
import { endOfContainers, removeWorkload } from '../workload-removal.ts'
import { outputName } from './output-name.ts'
import { decideLost, decideTransform } from './transform-decision.ts'
import { transformJobs } from './transform-job.ts'
import { checkCapture, writeCapture } from './transform-job-capture.ts'
import { batchEnvironment, transformPlan } from './transform-job-plan.ts'
import type { TransformJobRow } from './transform-job-row.ts'
import { measureTransform } from './transform-measure.ts'

const startupTimeoutSeconds = 480
/** A broken connection is known before the engine has noticed that its container ended. */
const hearsLaterMs = 2000
const pauseMs = 100

export interface TransformParts {
  readonly hosts: ModelHosts
  readonly invoker: Invoker
  /** Asks a container how it wants to be used. */
  readonly executionParameters: (address: string) => Promise<ExecutionParameters>
  readonly pumps: LogPumps
}

/** Carries transform jobs: start the model, send every object through it, write the outputs. */
export function transformJobReconciler(platform: Platform, parts: TransformParts): Reconciler {
  const { hosts, invoker, executionParameters, pumps } = parts
  const { store } = platform

  return async (arn, signal, wishes) => {
    const job = await transformJobs.get(store, arn)
    if (!job) return removeWorkload(platform, pumps, arn, undefined)
    switch (decideTransform(job).do) {
      case 'clean up':
        return removeWorkload(
          platform,
          pumps,
          arn,
          key => streamOf(job, key.host),
          at => usageEnded(job, at),
        )
      case 'end as stopped':
        return finish(job, 'Stopped')
      case 'wait for capacity':
        return store.transaction(askForCapacity)
      case 'transform':
        return transform(job, signal, wishes)
    }
  }

  async function transform(job: TransformJobRow, signal: AbortSignal, wishes: Wishes | undefined) {
    const unwanted = async () => (await transformJobs.get(store, job.arn))?.status !== 'InProgress'
    try {
      const outcome = await interruptible(signal, wishes, unwanted, until => work(job, until))
      return outcome.interrupted ? { after: 0 } : finish(job, 'Completed', { measured: outcome.value })
    } catch (error) {
      if (signal.aborted) throw error
      if (error instanceof HostLost) return again(job, error)
      if (error instanceof ServiceError) return finish(job, 'Failed', { failureReason: failureReason(refusal(error)) })
      return bear(job, error)
    }
  }

  /** An error of the platform's own, tried again a bounded number of times. */
  async function bear(job: TransformJobRow, error: unknown): Promise<{ after: number }> {
    const step = decideOwnTrouble(job, error)
    if (step.do === 'give up') return finish(job, 'Failed', { failureReason: failureReason(step.reason) })
    if (step.do === 'try again') await store.transaction(tx => transformJobs.update(tx, job.arn, { tries: step.tries }))
    throw error
  }

  /** What was measured, of a job that somebody is notified of. */
  async function work(job: TransformJobRow, signal: AbortSignal): Promise<Measured | undefined> {
    const { TransformInput: input, TransformOutput: output } = job.request
    const role = await platform.iam.assumeForService(
      job.model.executionRole,
      'sagemaker.amazonaws.com',
      job.name,
      job.arn,
    )
    const { bucket, key } = parseS3Uri(joinS3Uri(output.S3OutputPath, ''))
    await platform.objects.checkWritable(role, bucket, key, { kmsKeyId: output.KmsKeyId })
    const { VolumeKmsKeyId: volumeKey } = job.request.TransformResources
    if (volumeKey) await platform.kms.via('sagemaker').require(role, job.region, volumeKey, 'CreateGrant')
    await checkCapture(platform.objects, role, job)
    const source = input.DataSource.S3DataSource as S3Source
    using held = await listMemory.hold(job.account, room => listSource(platform.objects, role, source, room), signal)
    const objects = countedInput(job.evaluated, held.list)
    const specs = hostSpecs(job)
    for (const spec of specs) await hosts.start(spec)
    const transformStart = await markStarted(job)
    const ready = await Promise.all(specs.map(spec => hosts.healthy(spec, signal)))
    const measurement = job.notify && (await measureTransform(job, platform.driver))
    const done = await platform.workspace.marks(job.arn)
    const left = objects.filter(object => !done.has(object.key))
    const shares = ready.map((addresses, index) => ({
      addresses,
      objects: left.filter((_, at) => at % ready.length === index),
    }))
    const failures = await Promise.all(
      shares.map(share =>
        transformShare({ ...job, transformStart }, role, share, measurement?.answered ?? (ask => ask()), signal),
      ),
    )
    const failed = failures.flat()
    if (failed.length > 0)
      throw new ServiceError(
        'ClientError',
        failureReason(
          `${failed.length} of ${objects.length} input objects failed. ${failed.slice(0, 3).join('; ')}`,
          await endOf(job, specs, failed.some(failure => failure.includes(noAnswer)) ? hearsLaterMs : 0),
        ),
      )
    await writeCapture(platform.objects, role, { ...job, transformStart }, objects)
    return measurement?.result()
  }

  /** How a container ended that should still serve, with its last words; undefined while all do. Throws HostLost. */
  async function endOf(job: TransformJobRow, specs: readonly HostSpec[], waitMs: number): Promise<string | undefined> {
    const found = await Promise.all(specs.map(spec => hosts.observe(spec)))
    for (const [index, spec] of specs.entries()) for (const state of found[index] ?? []) requirePresent(spec, state)
    const states = found.flat()
    const ended = states.find(state => state?.status === 'exited')
    if (!ended && waitMs > 0) {
      await clock.sleep(pauseMs)
      return endOf(job, specs, waitMs - pauseMs)
    }
    if (!ended) return undefined
    await pumps.drained(ended.key)
    const lines = await lastLines(platform.logs, streamOf(job, ended.key.host))
    return failureReason(`The container of ${ended.key.host} ended (${describeExit(ended)})`, lines)
  }

  async function transformShare(
    job: TransformJobRow,
    role: Principal,
    { addresses, objects }: { addresses: readonly string[]; objects: readonly SourceObject[] },
    answered: (ask: () => Promise<Answer>) => Promise<Answer>,
    signal: AbortSignal,
  ): Promise<string[]> {
    const client = job.request.ModelClientConfig
    const timeoutMs = (client?.InvocationsTimeoutInSeconds ?? 600) * 1000
    return runTransform({
      plan: transformPlan(job, await executionParameters(addresses[0] as string)),
      objects,
      signal,
      memory: bodyMemory,
      account: job.account,
      open: async object => openCounted(job.evaluated, await platform.objects.get(role, object.bucket, object.key)),
      invoke: invocation => answered(() => invoker.invoke(addresses, invocation, timeoutMs, signal)),
      async write(object, body) {
        const { bucket, key } = parseS3Uri(joinS3Uri(job.request.TransformOutput.S3OutputPath, outputName(object.path)))
        const { Accept: contentType, KmsKeyId: kmsKeyId } = job.request.TransformOutput
        await platform.objects.put(role, bucket, key, body, { ...(contentType && { contentType }), kmsKeyId })
        await platform.workspace.mark(job.arn, object.key)
      },
    })
  }

  /** When the job has started; each attempt is paid for by itself. */
  async function markStarted(job: TransformJobRow): Promise<number> {
    const now = clock.now()
    const transformStart = job.transformStart ?? now
    await store.transaction(async tx => {
      if (job.transformStart === undefined) await transformJobs.update(tx, job.arn, { transformStart })
      for (const { productArn } of job.model.containers) {
        if (!productArn) continue
        const subject = { account: job.account, region: job.region, productArn, resourceArn: job.arn }
        const { InstanceType, InstanceCount } = job.request.TransformResources
        const used = [instanceHour(InstanceType as string, 'batch'), InstanceCount, new Date(now)] as const
        if (job.evaluated) await platform.market.evaluationStarted(tx, job.arn, ...used)
        else await platform.market.usageStarted(tx, subject, ...used)
      }
    })
    return transformStart
  }

  /** Another attempt, which goes on with the objects whose outputs are not written. */
  async function again(job: TransformJobRow, { message }: HostLost): Promise<{ after: number }> {
    if (decideLost(job) === 'fail')
      return finish(job, 'Failed', { failureReason: failureReason(`InternalServerError: ${message}`) })
    platform.log.warn({ job: job.arn, message }, 'a transform job has lost a container; trying again')
    const containers = await platform.driver.list(job.arn)
    await store.transaction(tx => platform.market.usageStopped(tx, job.arn, endOfContainers(containers)))
    for (const { key, status } of containers) {
      if (status !== 'exited') continue
      pumps.follow(key, streamOf(job, key.host))
      await pumps.drained(key)
    }
    // First the number, then the containers: a crash in between must not start a second container by the name of the first.
    await store.transaction(tx => transformJobs.update(tx, job.arn, { attempt: job.attempt + 1, tries: undefined }))
    await hosts.removeAttempt(job.arn, job.attempt)
    return { after: 0 }
  }

  /** For a job that ended before anybody knew when its containers did: what is told is what is charged. */
  function usageEnded({ arn, transformStart, endUnknown }: TransformJobRow, at: Date): Promise<void> {
    return store.transaction(async tx => {
      await platform.market.usageStopped(tx, arn, at)
      if (transformStart === undefined || !endUnknown) return
      const transformEnd = Math.max(transformStart, at.getTime())
      await transformJobs.update(tx, arn, { transformEnd, endUnknown: undefined })
    })
  }

  /** When its containers have ended, whatever was waited for since; undefined when the engine is away, which then tells at the clean-up. */
  async function containersEnd(job: TransformJobRow): Promise<Date | undefined> {
    const containers = await platform.driver.list(job.arn).catch(() => undefined)
    return containers && endOfContainers(containers.filter(({ key }) => key.attempt === job.attempt))
  }

  async function finish(
    job: TransformJobRow,
    status: TransformJobRow['status'],
    told: Pick<Partial<TransformJobRow>, 'failureReason' | 'measured'> = {},
  ): Promise<{ after: number }> {
    const end = await containersEnd(job)
    await store.transaction(async tx => {
      const transformEnd = Math.max(job.transformStart ?? 0, end?.getTime() ?? clock.now())
      const ended = { transformEnd, ...(!end && { endUnknown: true as const }) }
      await transformJobs.update(tx, job.arn, { status, ...ended, ...told })
      if (end) await platform.market.usageStopped(tx, job.arn, end)
      await askForCapacity(tx)
      if (job.notify) await tx.enqueue(job.notify.kind, job.notify.key)
    })
    return { after: 0 }
  }
}

const streamOf = (job: TransformJobRow, host: string): LogStreamName => ({
  account: job.account,
  region: job.region,
  group: '/aws/sagemaker/TransformJobs',
  stream: `${job.name}/${host}-${job.created + job.attempt - 1}`,
})

function hostSpecs(job: TransformJobRow): HostSpec[] {
  const { InstanceCount, InstanceType, VolumeKmsKeyId: kmsKeyId } = job.request.TransformResources
  return Array.from({ length: InstanceCount }, (_, index) => ({
    arn: job.arn,
    attempt: job.attempt,
    host: `algo-${index + 1}`,
    containers: job.model.containers,
    executionRole: job.model.executionRole,
    isolated: job.model.isolated,
    instanceType: InstanceType,
    environment: batchEnvironment(job),
    stream: streamOf(job, `algo-${index + 1}`),
    startupTimeoutSeconds,
    givesWay: true,
    ...(kmsKeyId && { volume: { kmsKeyId } }),
    ...(job.admission && { memoryPart: job.admission.memoryPart }),
  }))
}
