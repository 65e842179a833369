import { ValidationException } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import { instanceHour } from '../../service/instance-hour.ts'
import { resources } from '../../store/resources.ts'
import type { Transaction } from '../../store/store.ts'
import { checkDataProcessing } from '../../workload/data-processing.ts'
import { parseS3Uri } from '../../workload/s3-uri.ts'
import { askForCapacity } from '../capacity/capacity.ts'
import { hasLocalStorage, instanceType } from '../capacity/instance-type.ts'
import { listPage } from '../list.ts'
import { requireNoEnvironment } from '../product/product-environment.ts'
import { insertTags } from '../resource-tag.ts'
import { notFound, ResourceInUse } from '../sagemaker-error.ts'
import type { Op } from '../sagemaker-operation.ts'
import { type ModelRow, requireModel } from '../serving/model.ts'
import { isTerminal } from '../training/training-job.ts'
import { requireRoomForJob, transformInstances } from '../work-quota.ts'
import { transformJobChange } from './transform-job-change.ts'
import { mostPayload, transformPlan } from './transform-job-plan.ts'
import type { TransformJobRow } from './transform-job-row.ts'
export const transformJobs = resources<TransformJobRow>('transform-job', transformJobChange)

export const createTransformJob: Op<'CreateTransformJob'> = async (input, ctx) => {
  const { Tags, ...request } = input
  const model = await requireModel(input.ModelName, ctx)
  if (model.containers.some(({ modelData }) => modelData?.kind === 's3-files'))
    throw new ValidationException(
      `The model "${model.name}" has uncompressed model data, which is not supported for transform jobs.`,
    )
  if (model.containers.some(({ models }) => models))
    throw new ValidationException(`The model "${model.name}" has the Mode MultiModel, which transform jobs cannot run.`)
  for (const { productArn } of model.containers)
    if (productArn) {
      const { InstanceType = '' } = request.TransformResources
      await ctx.market.requireSubscription(ctx.account, productArn, instanceHour(InstanceType, 'batch'))
      requireNoEnvironment(request.Environment)
    }
  const row = newTransformJob(request, model, ctx)
  return ctx.store.transaction(async tx => {
    await requireRoomForJob(tx, row.account, 'transform-job', transformInstances(row))
    await insertTags(tx, row.arn, Tags)
    await insertTransformJob(tx, row)
    return { TransformJobArn: row.arn }
  })
}

/** Checks a request against its model and makes the job's row. Also how a certification makes its job. */
export function newTransformJob(request: TransformJobRow['request'], model: ModelRow, ctx: Context): TransformJobRow {
  const { InstanceType } = request.TransformResources
  if (!instanceType(InstanceType))
    throw new ValidationException(`The instance type ${InstanceType} is not supported by this installation.`)
  if (request.TransformResources.VolumeKmsKeyId && hasLocalStorage(InstanceType))
    throw new ValidationException(
      `VolumeKmsKeyId is not supported for the instance type ${InstanceType}, which has local storage.`,
    )
  if (model.transformInstanceTypes && !model.transformInstanceTypes.includes(InstanceType))
    throw new ValidationException(
      `The model package of model "${model.name}" does not support the instance type ${InstanceType} for transform jobs. Supported: ${model.transformInstanceTypes.join(', ')}.`,
    )
  const { MaxPayloadInMB = 6, MaxConcurrentTransforms = 1 } = request
  if (MaxPayloadInMB > mostPayload || MaxPayloadInMB * MaxConcurrentTransforms > mostPayload)
    throw new ValidationException(
      `MaxConcurrentTransforms times MaxPayloadInMB must be at most ${mostPayload}: ${MaxConcurrentTransforms} times ${MaxPayloadInMB} is more.`,
    )
  parseS3Uri(request.TransformInput.DataSource.S3DataSource?.S3Uri ?? '')
  parseS3Uri(request.TransformOutput.S3OutputPath)
  if (request.DataCaptureConfig) parseS3Uri(request.DataCaptureConfig.DestinationS3Uri)
  checkDataProcessing(transformPlan({ request }, {}))
  const now = ctx.now().getTime()
  const name = request.TransformJobName
  return {
    ...{ arn: ctx.arn('transform-job', name), account: ctx.account, region: ctx.region, name, parent: '' },
    status: 'InProgress',
    created: now,
    modified: now,
    request,
    model: { containers: model.containers, executionRole: model.executionRole, isolated: model.isolated },
    attempt: 1,
  }
}

export async function insertTransformJob(tx: Transaction, row: TransformJobRow): Promise<void> {
  if (!(await transformJobs.add(tx, row)))
    throw new ResourceInUse(
      `Job name must be unique within an AWS account and region, and a job with this name already exists (${row.arn})`,
    )
  await askForCapacity(tx)
}

const date = (time: number | undefined) => (time === undefined ? undefined : new Date(time))

export const describeTransformJob: Op<'DescribeTransformJob'> = async (input, ctx) => {
  const row = await transformJobs.get(ctx.store, ctx.arn('transform-job', input.TransformJobName))
  if (!row) throw notFound()
  return {
    ...row.request,
    TransformInput: { CompressionType: 'None', SplitType: 'None', ...row.request.TransformInput },
    TransformOutput: { AssembleWith: 'None', KmsKeyId: '', ...row.request.TransformOutput },
    DataProcessing: { InputFilter: '$', OutputFilter: '$', JoinSource: 'None', ...row.request.DataProcessing },
    TransformJobArn: row.arn,
    TransformJobStatus: row.status,
    FailureReason: row.failureReason,
    CreationTime: new Date(row.created),
    TransformStartTime: date(row.transformStart),
    TransformEndTime: date(row.transformEnd),
  }
}

export const listTransformJobs: Op<'ListTransformJobs'> = async (input, ctx) => {
  const { rows, NextToken } = await listPage(transformJobs, input, ctx, { defaultSort: 'CreationTime' })
  const TransformJobSummaries = rows.map(row => ({
    TransformJobName: row.name,
    TransformJobArn: row.arn,
    CreationTime: new Date(row.created),
    TransformEndTime: date(row.transformEnd),
    LastModifiedTime: new Date(row.modified),
    TransformJobStatus: row.status,
    FailureReason: row.failureReason,
  }))
  return { TransformJobSummaries, NextToken }
}

export const stopTransformJob: Op<'StopTransformJob'> = (input, ctx) =>
  ctx.store.transaction(async tx => {
    const arn = ctx.arn('transform-job', input.TransformJobName)
    const row = await transformJobs.get(tx, arn)
    if (!row) throw notFound()
    if (isTerminal(row.status))
      throw new ValidationException(`The request was rejected because the transform job is in status ${row.status}.`)
    await transformJobs.update(tx, arn, { status: 'Stopping' })
    await tx.enqueue('transform-job', arn)
    return {}
  })
