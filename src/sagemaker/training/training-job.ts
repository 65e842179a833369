import type { Channel, SecondaryStatus } from '@aws-sdk/client-sagemaker'
import { ValidationException } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import { instanceHour } from '../../service/instance-hour.ts'
import { resources } from '../../store/resources.ts'
import type { Transaction } from '../../store/store.ts'
import { checkMetricDefinitions } from '../../workload/metric-definition.ts'
import { parseS3Uri } from '../../workload/s3-uri.ts'
import { askForCapacity } from '../capacity/capacity.ts'
import { type AlgorithmRow, requireAlgorithm } from '../product/algorithm.ts'
import { checkTraining } from '../product/algorithm-rules.ts'
import { requireNoEnvironment } from '../product/product-environment.ts'
import { insertTags } from '../resource-tag.ts'
import { notFound, ResourceInUse } from '../sagemaker-error.ts'
import type { Op } from '../sagemaker-operation.ts'
import { requireRoomForJob, trainingInstances } from '../work-quota.ts'
import { checkCheckpointConfig } from './checkpoint-config.ts'
import { checkTrainingChannels } from './training-channel.ts'
import { checkCluster, clusterHosts, instanceGroups } from './training-cluster.ts'
import { trainingJobChange } from './training-job-change.ts'
import type { TrainingJobRow, TrainingRequest, Transition } from './training-job-row.ts'
import { checkTimeLimits, timeLimits, withProductWait } from './training-time.ts'

export const trainingJobs = resources<TrainingJobRow>('training-job', trainingJobChange)

export const isTerminal = (status: string): boolean => ['Completed', 'Failed', 'Stopped'].includes(status)

export const createTrainingJob: Op<'CreateTrainingJob'> = async (input, ctx) => {
  const { Tags, ...request } = input
  const arn = ctx.arn('training-job', input.TrainingJobName)
  await ctx.iam.passRole(ctx.principal, input.RoleArn, 'sagemaker.amazonaws.com', arn)
  const row = await newTrainingJob(request, ctx)
  return ctx.store.transaction(async tx => {
    await requireRoomForJob(tx, row.account, 'training-job', trainingInstances(row))
    await insertTags(tx, row.arn, Tags)
    await insertTrainingJob(tx, row)
    return { TrainingJobArn: row.arn }
  })
}

/**
 * Checks a request against what it names and makes the job's row. Also how a certification makes its job, and an evaluation, whose product
 * nobody has subscribed to.
 */
export async function newTrainingJob(
  request: TrainingRequest,
  ctx: Context,
  evaluated?: AlgorithmRow,
): Promise<TrainingJobRow> {
  const {
    AlgorithmSpecification: spec,
    ResourceConfig: cluster,
    InputDataConfig: channels = [],
    OutputDataConfig: output,
  } = request
  if (!spec) throw new ValidationException('AlgorithmSpecification is required.')
  if (!cluster) throw new ValidationException('ResourceConfig is required.')
  checkCluster(cluster)
  checkTrainingChannels(request)
  checkTimeLimits(request)
  parseS3Uri(output.S3OutputPath)
  const source = await resolveSource(request, channels, ctx, evaluated)
  checkCheckpointConfig(request.CheckpointConfig, source.productArn !== undefined)
  const now = ctx.now().getTime()
  return {
    arn: ctx.arn('training-job', request.TrainingJobName),
    account: ctx.account,
    region: ctx.region,
    name: request.TrainingJobName,
    parent: '',
    status: 'InProgress',
    created: now,
    modified: now,
    request: source.productArn === undefined ? request : withProductWait(request),
    transitions: [{ Status: 'Starting', StartTime: now, StatusMessage: 'Preparing the instances for training' }],
    attempt: 1,
    finalMetrics: {},
    command: spec.ContainerArguments ?? (spec.ContainerEntrypoint ? [] : ['train']),
    ...(spec.ContainerEntrypoint && { entrypoint: spec.ContainerEntrypoint }),
    ...source,
  }
}

export async function insertTrainingJob(tx: Transaction, row: TrainingJobRow): Promise<void> {
  if (!(await trainingJobs.add(tx, row)))
    throw new ResourceInUse(
      `Training job names must be unique within an AWS account and region, and a training job with this name already exists (${row.arn})`,
    )
  await askForCapacity(tx)
  // Who waits for capacity is not looked at until it is there.
  const { waitUntil } = timeLimits(row)
  if (waitUntil !== undefined) await tx.enqueue('training-job', row.arn, new Date(waitUntil))
}

type Source = Pick<TrainingJobRow, 'imageDigest' | 'hyperParameters' | 'metricDefinitions' | 'productArn'>

async function resolveSource(
  request: TrainingRequest,
  channels: readonly Channel[],
  ctx: Context,
  evaluated: AlgorithmRow | undefined,
): Promise<Source> {
  const spec = request.AlgorithmSpecification
  if (!spec || (spec.AlgorithmName === undefined) === (spec.TrainingImage === undefined))
    throw new ValidationException(
      'Either AlgorithmName or TrainingImage must be given in AlgorithmSpecification, not both.',
    )
  const hyperParameters = request.HyperParameters ?? {}
  if (spec.TrainingImage !== undefined) {
    checkMetricDefinitions((spec.MetricDefinitions ?? []) as { Name: string; Regex: string }[])
    const { RoleArn, TrainingJobName: name } = request
    const arn = ctx.arn('training-job', name)
    const role = await ctx.iam.assumeForService(RoleArn, 'sagemaker.amazonaws.com', name, arn)
    const image = await ctx.images.resolve(role, ctx.region, spec.TrainingImage, arn)
    return { imageDigest: image.digest, hyperParameters, metricDefinitions: spec.MetricDefinitions ?? [] }
  }
  if (spec.MetricDefinitions?.length)
    throw new ValidationException(
      'MetricDefinitions cannot be given with AlgorithmName: the algorithm defines its metrics.',
    )
  if (spec.ContainerEntrypoint || spec.ContainerArguments)
    throw new ValidationException('ContainerEntrypoint and ContainerArguments cannot be given with AlgorithmName.')
  const algorithm = evaluated ?? (await requireAlgorithm(spec.AlgorithmName as string, ctx))
  requireIsolation(algorithm, request.EnableNetworkIsolation)
  if (algorithm.productId) requireNoEnvironment(request.Environment)
  if (algorithm.productId && !evaluated)
    for (const { instanceType } of instanceGroups(request.ResourceConfig ?? {}))
      await ctx.market.requireSubscription(ctx.account, algorithm.arn, instanceHour(instanceType, 'training'))
  return {
    imageDigest: algorithm.trainingImageDigest,
    hyperParameters: checkAlgorithm(algorithm, request, hyperParameters, channels),
    metricDefinitions: algorithm.request.TrainingSpecification.MetricDefinitions ?? [],
    ...(algorithm.productId && { productArn: algorithm.arn }),
  }
}

function requireIsolation(algorithm: AlgorithmRow, isolation: boolean | undefined): void {
  if (algorithm.productId && !isolation)
    throw new ValidationException(
      'EnableNetworkIsolation must be true for jobs using SageMaker Marketplace algorithms.',
    )
}

/** Every instance group must suit the algorithm. Returns the hyperparameters with its defaults. */
function checkAlgorithm(
  algorithm: AlgorithmRow,
  { AlgorithmSpecification: spec, ResourceConfig: cluster = {} }: TrainingRequest,
  hyperParameters: Record<string, string>,
  channels: readonly Channel[],
): Record<string, string> {
  const instanceCount = clusterHosts(cluster).length
  const inputMode = spec?.TrainingInputMode as string
  const checked = instanceGroups(cluster).map(({ instanceType }) =>
    checkTraining(algorithm.request.TrainingSpecification, {
      ...{ hyperParameters, channels: channels as Channel[], inputMode, instanceType, instanceCount },
    }),
  )
  return checked[0] ?? hyperParameters
}

export const instanceCount = (row: TrainingJobRow): number => clusterHosts(row.request.ResourceConfig ?? {}).length

export const stopTrainingJob: Op<'StopTrainingJob'> = (input, ctx) =>
  ctx.store.transaction(async tx => {
    const arn = ctx.arn('training-job', input.TrainingJobName)
    const row = await trainingJobs.get(tx, arn)
    if (!row) throw notFound()
    if (isTerminal(row.status))
      throw new ValidationException(`The request was rejected because the training job is in status ${row.status}.`)
    if (row.status === 'Stopping') return {}
    await trainingJobs.update(tx, arn, {
      status: 'Stopping',
      stopReason: 'StopRequested',
      transitions: advance(row.transitions, 'Stopping', ctx.now().getTime(), 'Stopping the training job'),
    })
    await tx.enqueue('training-job', arn)
    return {}
  })

export const deleteTrainingJob: Op<'DeleteTrainingJob'> = (input, ctx) =>
  ctx.store.transaction(async tx => {
    const arn = ctx.arn('training-job', input.TrainingJobName)
    const row = await trainingJobs.get(tx, arn)
    if (!row) throw notFound()
    if (!isTerminal(row.status))
      throw new ResourceInUse(`The training job ${arn} is in status ${row.status}. Stop it before deleting it.`)
    await trainingJobs.remove(tx, arn)
    return {}
  })

/** Ends the last transition and begins the next; unchanged when that is the current one. */
export function advance(
  transitions: readonly Transition[],
  Status: SecondaryStatus,
  time: number,
  StatusMessage: string,
): Transition[] {
  const last = transitions.at(-1)
  if (last?.Status === Status) return [...transitions]
  return [
    ...transitions.slice(0, -1),
    ...(last ? [{ ...last, EndTime: time }] : []),
    { Status, StartTime: time, StatusMessage },
  ]
}
