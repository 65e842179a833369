import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Reconciler } from '../reconcile/reconciler.ts'
import type { Platform } from '../service/context.ts'
import { ServiceError } from '../service/errors.ts'
import type { LogStreamName } from '../service/logs.ts'
import type { Principal } from '../service/principal.ts'
import { workloadDirectory } from '../store/data-directory.ts'
import { listSource, type S3Source, type SourceObject } from '../workload/channel.ts'
import { type ExecutionParameters, executionParameters } from '../workload/execution-parameters.ts'
import { failureReason } from '../workload/failure-reason.ts'
import type { Invoker } from '../workload/invoke.ts'
import type { LogPumps } from '../workload/log-pump.ts'
import { joinS3Uri, parseS3Uri } from '../workload/s3-uri.ts'
import type { TransformPlan } from '../workload/transform.ts'
import { runTransform } from '../workload/transform-run.ts'
import { askForCapacity } from './capacity.ts'
import { interruptible } from './interruption.ts'
import type { HostSpec, ModelHosts } from './model-host.ts'
import { isTerminal } from './training-job.ts'
import { refusal } from './training-outcome.ts'
import { type TransformJobRow, transformJobs } from './transform-job.ts'
import { removeWorkload } from './workload-removal.ts'

const mebibyte = 1024 * 1024
const startupTimeoutSeconds = 480

/** Carries transform jobs: start the model, send every object through it, write the outputs. */
export function transformJobReconciler(
  platform: Platform,
  hosts: ModelHosts,
  invoker: Invoker,
  pumps: LogPumps,
): Reconciler {
  const { store } = platform

  return async (arn, signal) => {
    const job = await transformJobs.get(store, arn)
    if (!job || isTerminal(job.status))
      return removeWorkload(platform, pumps, arn, job && (key => streamOf(job, key.host)))
    if (job.status === 'Stopping') return finish(job, 'Stopped')
    if (!job.admission) return store.transaction(askForCapacity)
    const unwanted = async () => (await transformJobs.get(store, arn))?.status !== 'InProgress'
    try {
      const { interrupted } = await interruptible(signal, unwanted, until => work(job, until))
      return interrupted ? { after: 0 } : finish(job, 'Completed')
    } catch (error) {
      if (!(error instanceof ServiceError) || signal.aborted) throw error
      return finish(job, 'Failed', failureReason(refusal(error)))
    }
  }

  async function work(job: TransformJobRow, signal: AbortSignal): Promise<void> {
    const { TransformInput: input, TransformOutput: output } = job.request
    const role = await platform.iam.assumeForService(job.model.executionRole, 'sagemaker.amazonaws.com', job.name)
    const { bucket, key } = parseS3Uri(joinS3Uri(output.S3OutputPath, ''))
    await platform.objects.checkWritable(role, bucket, key)
    const objects = await listSource(platform.objects, role, input.DataSource.S3DataSource as S3Source)
    const specs = hostSpecs(job)
    for (const spec of specs) await hosts.start(spec)
    await markStarted(job)
    const ready = await Promise.all(specs.map(spec => hosts.healthy(spec, signal)))
    const done = await finishedKeys(job)
    const left = objects.filter(object => !done.has(object.key))
    const shares = ready.map((addresses, index) => ({
      addresses,
      objects: left.filter((_, at) => at % ready.length === index),
    }))
    const failures = await Promise.all(
      shares.map(share => transformShare(job, role, share.addresses, share.objects, signal)),
    )
    const failed = failures.flat()
    if (failed.length > 0)
      throw new ServiceError(
        'ClientError',
        `${failed.length} of ${objects.length} input objects failed. ${failed.slice(0, 3).join('; ')}`,
      )
  }

  async function transformShare(
    job: TransformJobRow,
    role: Principal,
    addresses: readonly string[],
    objects: readonly SourceObject[],
    signal: AbortSignal,
  ): Promise<string[]> {
    const client = job.request.ModelClientConfig
    const timeoutMs = (client?.InvocationsTimeoutInSeconds ?? 600) * 1000
    return runTransform({
      plan: planOf(job, await executionParameters(addresses[0] as string)),
      objects,
      signal,
      open: async object => (await platform.objects.get(role, object.bucket, object.key)).body,
      invoke: invocation => invoker.invoke(addresses, invocation, timeoutMs, signal),
      async write(object, body) {
        const { bucket, key } = parseS3Uri(joinS3Uri(job.request.TransformOutput.S3OutputPath, `${object.path}.out`))
        const contentType = job.request.TransformOutput.Accept
        await platform.objects.put(role, bucket, key, body, contentType ? { contentType } : {})
        await appendFile(progressFile(job), `${JSON.stringify(object.key)}\n`)
      },
    })
  }

  async function markStarted(job: TransformJobRow): Promise<void> {
    await mkdir(workloadDirectory(platform.workDirectory, job.arn), { recursive: true })
    if (job.transformStart !== undefined) return
    const now = Date.now()
    await store.transaction(async tx => {
      await transformJobs.update(tx, job.arn, { transformStart: now })
      for (const { productArn } of job.model.containers) {
        if (!productArn) continue
        const subject = { account: job.account, region: job.region, productArn, resourceArn: job.arn }
        const { InstanceType, InstanceCount } = job.request.TransformResources
        await platform.market.usageStarted(tx, subject, `${InstanceType}.m.i.b`, InstanceCount, new Date(now))
      }
    })
  }

  /** Keys whose outputs are written, from before a crash. */
  async function finishedKeys(job: TransformJobRow): Promise<Set<string>> {
    const text = await readFile(progressFile(job), 'utf8').catch(() => '')
    return new Set(
      text
        .split('\n')
        .slice(0, -1)
        .map(line => JSON.parse(line) as string),
    )
  }

  function progressFile(job: TransformJobRow): string {
    return join(workloadDirectory(platform.workDirectory, job.arn), 'finished')
  }

  async function finish(
    job: TransformJobRow,
    status: TransformJobRow['status'],
    reason?: string,
  ): Promise<{ after: number }> {
    const now = Date.now()
    await store.transaction(async tx => {
      await transformJobs.update(tx, job.arn, { status, transformEnd: now, ...(reason && { failureReason: reason }) })
      await platform.market.usageStopped(tx, job.arn, new Date(now))
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
  stream: `${job.name}/${host}-${job.created}`,
})

function hostSpecs(job: TransformJobRow): HostSpec[] {
  const { InstanceCount, InstanceType } = job.request.TransformResources
  return Array.from({ length: InstanceCount }, (_, index) => ({
    arn: job.arn,
    attempt: job.attempt,
    host: `algo-${index + 1}`,
    containers: job.model.containers,
    executionRole: job.model.executionRole,
    instanceType: InstanceType,
    environment: batchEnvironment(job),
    stream: streamOf(job, `algo-${index + 1}`),
    startupTimeoutSeconds,
    ...(job.admission && { memoryPart: job.admission.memoryPart }),
  }))
}

/** What the user set is told to the container. Source: SageMaker Developer Guide, "Use Your Own Inference Code with Batch Transform". */
function batchEnvironment({ request }: TransformJobRow): Record<string, string> {
  const { MaxPayloadInMB, BatchStrategy, MaxConcurrentTransforms } = request
  return {
    ...request.Environment,
    SAGEMAKER_BATCH: 'true',
    ...(MaxPayloadInMB !== undefined && { SAGEMAKER_MAX_PAYLOAD_IN_MB: String(MaxPayloadInMB) }),
    ...(BatchStrategy && {
      SAGEMAKER_BATCH_STRATEGY: BatchStrategy === 'MultiRecord' ? 'MULTI_RECORD' : 'SINGLE_RECORD',
    }),
    ...(MaxConcurrentTransforms !== undefined && {
      SAGEMAKER_MAX_CONCURRENT_TRANSFORMS: String(MaxConcurrentTransforms),
    }),
  }
}

/** The request's word counts before the container's, and that before the defaults. */
function planOf({ request }: TransformJobRow, container: ExecutionParameters): TransformPlan {
  const { TransformInput: input, TransformOutput: output, DataProcessing: processing } = request
  const strategy = container.BatchStrategy === 'SINGLE_RECORD' ? 'SingleRecord' : 'MultiRecord'
  return {
    split: input.SplitType ?? 'None',
    strategy: request.BatchStrategy ?? strategy,
    assemble: output.AssembleWith ?? 'None',
    compression: input.CompressionType ?? 'None',
    maxPayloadBytes: (request.MaxPayloadInMB ?? container.MaxPayloadInMB ?? 6) * mebibyte,
    maxConcurrent: request.MaxConcurrentTransforms || (container.MaxConcurrentTransforms ?? 1),
    maxRetries: request.ModelClientConfig?.InvocationsMaxRetries ?? 3,
    contentType: input.ContentType,
    accept: output.Accept,
    ...(processing && {
      processing: {
        inputFilter: processing.InputFilter ?? '$',
        outputFilter: processing.OutputFilter ?? '$',
        join: processing.JoinSource ?? 'None',
      },
    }),
  }
}
