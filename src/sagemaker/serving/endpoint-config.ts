import type { AsyncInferenceConfig, DataCaptureConfig, ProductionVariant } from '@aws-sdk/client-sagemaker'
import { ValidationException } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import { instanceHour } from '../../service/instance-hour.ts'
import { type Resource, resources } from '../../store/resources.ts'
import { parseS3Uri } from '../../workload/s3-uri.ts'
import { hasLocalStorage, instanceType } from '../capacity/instance-type.ts'
import { listPage } from '../list.ts'
import { insertTags } from '../resource-tag.ts'
import { alreadyExists, couldNotFind } from '../sagemaker-error.ts'
import type { Op } from '../sagemaker-operation.ts'
import { checkAsyncConfig, checkAsyncModel } from './async-inference-config.ts'
import { checkComponentConfig } from './component-config.ts'
import { type ModelRow, requireModel } from './model.ts'
import { checkServerlessConfig, checkServerlessModel, checkServerlessVariant } from './serverless-config.ts'
import { checkShadowed, checkShadows } from './shadow-variant.ts'

export interface EndpointConfigRow extends Resource {
  readonly variants: readonly ProductionVariant[]
  /** Get copies of what is asked. */
  readonly shadows?: readonly ProductionVariant[]
  readonly executionRole?: string
  readonly kmsKeyId?: string
  readonly capture?: DataCaptureConfig
  /** Requests are answered later, to S3. */
  readonly async?: AsyncInferenceConfig
}

export const endpointConfigs = resources<EndpointConfigRow>('endpoint-config')

export const createEndpointConfig: Op<'CreateEndpointConfig'> = async (input, ctx) => {
  const arn = ctx.arn('endpoint-config', input.EndpointConfigName)
  const shadows = (input.ShadowProductionVariants ?? []) as ProductionVariant[]
  const all = [...(input.ProductionVariants as ProductionVariant[]), ...shadows]
  const names = all.map(({ VariantName }) => VariantName)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice) throw new ValidationException(`ProductionVariants holds the variant "${twice}" more than once.`)
  if (input.AsyncInferenceConfig) checkAsyncConfig(input.AsyncInferenceConfig, ctx.region)
  checkServerlessConfig({
    ...{ variants: input.ProductionVariants as ProductionVariant[], shadows },
    ...{
      capture: input.DataCaptureConfig as DataCaptureConfig,
      async: input.AsyncInferenceConfig as AsyncInferenceConfig,
    },
  })
  checkShadows(input.ProductionVariants.length, shadows.length, input.AsyncInferenceConfig !== undefined)
  for (const variant of all) {
    checkVariant(variant)
    if (variant.ModelName !== undefined)
      await modelOf(variant, { async: input.AsyncInferenceConfig as AsyncInferenceConfig, shadows }, ctx)
  }
  await checkComponentConfig({ ...input, all }, arn, ctx)
  const local = all.find(({ InstanceType }) => hasLocalStorage(InstanceType ?? ''))
  if (input.KmsKeyId && local)
    throw new ValidationException(
      `KmsKeyId is not supported for the instance type ${local.InstanceType}, which has local storage.`,
    )
  if (input.DataCaptureConfig) parseS3Uri(input.DataCaptureConfig.DestinationS3Uri)
  if (input.DataCaptureConfig?.EnableCapture !== false && input.DataCaptureConfig && input.AsyncInferenceConfig)
    throw new ValidationException(
      'DataCaptureConfig with EnableCapture is not supported beside AsyncInferenceConfig: its input and answers are in S3 already.',
    )
  const now = ctx.now().getTime()
  return ctx.store.transaction(async tx => {
    const isNew = await endpointConfigs.add(tx, {
      ...{
        arn,
        account: ctx.account,
        region: ctx.region,
        name: input.EndpointConfigName,
        parent: '',
        status: '',
        created: now,
        modified: now,
      },
      variants: input.ProductionVariants as ProductionVariant[],
      ...(shadows.length > 0 && { shadows }),
      ...(input.ExecutionRoleArn && { executionRole: input.ExecutionRoleArn }),
      ...(input.KmsKeyId && { kmsKeyId: input.KmsKeyId }),
      ...(input.DataCaptureConfig && { capture: input.DataCaptureConfig as DataCaptureConfig }),
      ...(input.AsyncInferenceConfig && { async: input.AsyncInferenceConfig as AsyncInferenceConfig }),
    })
    if (!isNew) throw alreadyExists('endpoint configuration', arn)
    await insertTags(tx, arn, input.Tags)
    return { EndpointConfigArn: arn }
  })
}

function checkVariant(variant: ProductionVariant): void {
  const { ServerlessConfig } = variant
  if (ServerlessConfig) checkServerlessVariant(variant)
  else checkInstances(variant)
}

/**
 * The model of a variant, as the configuration may have it: asked when the configuration is made and at each deployment, as another model may have its
 * name by then. Throws ValidationException, and AWS's "Could not find" where there is none.
 */
export async function modelOf(
  variant: ProductionVariant,
  { async, shadows = [] }: Pick<EndpointConfigRow, 'async' | 'shadows'>,
  ctx: Context,
): Promise<ModelRow> {
  const model = await requireModel(variant.ModelName as string, ctx)
  if (variant.ServerlessConfig) checkServerlessModel(variant, model)
  else await checkInstanceModel(variant, model, ctx)
  if (async) checkAsyncModel(variant, model)
  if (shadows.length > 0) checkShadowed(variant, model)
  return model
}

function checkInstances({
  VariantName,
  InstanceType,
  InitialInstanceCount,
  ManagedInstanceScaling,
}: ProductionVariant): void {
  if (!InstanceType || !InitialInstanceCount)
    throw new ValidationException(
      `Variant "${VariantName}" must have InstanceType and InitialInstanceCount, or ServerlessConfig.`,
    )
  if (!instanceType(InstanceType))
    throw new ValidationException(`The instance type ${InstanceType} is not supported by this installation.`)
  if (ManagedInstanceScaling && ManagedInstanceScaling.Status !== 'DISABLED')
    throw new ValidationException(
      `Variant "${VariantName}": ManagedInstanceScaling is supported with the Status DISABLED only, as it counts instances by inference components. Application Auto Scaling counts those of a variant.`,
    )
}

async function checkInstanceModel(
  { VariantName, ModelName, InstanceType, RoutingConfig }: ProductionVariant,
  model: ModelRow,
  ctx: Context,
): Promise<void> {
  const type = InstanceType as string
  for (const { productArn } of model.containers)
    if (productArn) await ctx.market.requireSubscription(ctx.account, productArn, instanceHour(type, 'realtime'))
  if (model.realtimeInstanceTypes && !model.realtimeInstanceTypes.includes(type))
    throw new ValidationException(
      `The model package of model "${ModelName}" does not support the instance type ${type} for real-time inference. Supported: ${model.realtimeInstanceTypes.join(', ')}.`,
    )
  const multiple = model.containers.some(({ models }) => models)
  if (multiple && RoutingConfig)
    throw new ValidationException(
      `Variant "${VariantName}": RoutingConfig is not supported for the Mode MultiModel, whose models say which instance is asked.`,
    )
}

/** Throws AWS's "Could not find" when the caller's account has no such configuration. */
export async function requireEndpointConfig(name: string, ctx: Context): Promise<EndpointConfigRow> {
  const arn = ctx.arn('endpoint-config', name)
  const row = await endpointConfigs.get(ctx.store, arn)
  if (!row) throw couldNotFind('endpoint configuration', arn)
  return row
}

export const describeEndpointConfig: Op<'DescribeEndpointConfig'> = async (input, ctx) => {
  const row = await requireEndpointConfig(input.EndpointConfigName, ctx)
  return {
    EndpointConfigName: row.name,
    EndpointConfigArn: row.arn,
    ProductionVariants: row.variants.map(variant => ({ InitialVariantWeight: 1, ...variant })),
    ShadowProductionVariants: row.shadows?.map(variant => ({ InitialVariantWeight: 1, ...variant })),
    CreationTime: new Date(row.created),
    ExecutionRoleArn: row.executionRole,
    KmsKeyId: row.kmsKeyId,
    DataCaptureConfig: row.capture,
    AsyncInferenceConfig: row.async,
    EnableNetworkIsolation: false,
  }
}

export const listEndpointConfigs: Op<'ListEndpointConfigs'> = async (input, ctx) => {
  const { rows, NextToken } = await listPage(endpointConfigs, input, ctx)
  const EndpointConfigs = rows.map(row => ({
    EndpointConfigName: row.name,
    EndpointConfigArn: row.arn,
    CreationTime: new Date(row.created),
  }))
  return { EndpointConfigs, NextToken }
}

export const deleteEndpointConfig: Op<'DeleteEndpointConfig'> = async (input, ctx) => {
  const row = await requireEndpointConfig(input.EndpointConfigName, ctx)
  await ctx.store.transaction(tx => endpointConfigs.remove(tx, row.arn))
  return {}
}
