import type { ContainerDefinition } from '@aws-sdk/client-sagemaker'
import type { Context } from '../service/context.ts'
import { ValidationException } from '../service/errors.ts'
import { type Resource, resources } from '../store/resources.ts'
import { parseS3Uri } from '../workload/s3-uri.ts'
import { alreadyExists, couldNotFind } from './errors.ts'
import { listPage } from './list.ts'
import { containersOf, requireModelPackage } from './model-package.ts'
import type { Op } from './operation.ts'
import { insertTags } from './tag.ts'

/** Where a container's `/opt/ml/model` comes from: the account's own S3, or what the marketplace holds for a product. */
export type ModelData = { readonly kind: 's3'; readonly uri: string } | { readonly kind: 'held'; readonly name: string }

export interface ModelContainer {
  /** As the caller gave it, for Describe. */
  readonly definition: ContainerDefinition
  readonly imageDigest: string
  readonly environment: Readonly<Record<string, string>>
  readonly modelData?: ModelData
  /** ARN of the subscribed product that the image belongs to. */
  readonly productArn?: string
}

export interface ModelRow extends Resource {
  /** Called one after another, each with the answer of the one before (`Serial`), or one of them by name (`Direct`). */
  readonly containers: readonly ModelContainer[]
  readonly invocation: 'Serial' | 'Direct'
  readonly executionRole: string
  readonly isolated: boolean
  /** Given as PrimaryContainer rather than Containers. */
  readonly primary?: boolean
  /** Instance types that the model package allows; absent for any. */
  readonly realtimeInstanceTypes?: readonly string[]
  readonly transformInstanceTypes?: readonly string[]
}

export const models = resources<ModelRow>('model')

export const createModel: Op<'CreateModel'> = async (input, ctx) => {
  const arn = ctx.arn('model', input.ModelName)
  if ((input.PrimaryContainer === undefined) === (input.Containers === undefined))
    throw new ValidationException('Either PrimaryContainer or Containers must be given, not both.')
  if (!input.ExecutionRoleArn) throw new ValidationException('ExecutionRoleArn is required.')
  await ctx.iam.passRole(ctx.principal, input.ExecutionRoleArn, 'sagemaker.amazonaws.com')
  const definitions = (input.PrimaryContainer ? [input.PrimaryContainer] : input.Containers) as ContainerDefinition[]
  const resolved = await Promise.all(
    definitions.map(definition => resolveContainer(definition, input.ExecutionRoleArn as string, ctx)),
  )
  const containers = resolved.flatMap(part => part.containers)
  if (containers.length > 15) throw new ValidationException('A model can have at most 15 containers.')
  if (containers.some(container => container.productArn) && !input.EnableNetworkIsolation)
    throw new ValidationException(
      'EnableNetworkIsolation must be true for models using SageMaker Marketplace model packages.',
    )
  const now = ctx.now().getTime()
  const row: ModelRow = {
    ...{
      arn,
      account: ctx.account,
      region: ctx.region,
      name: input.ModelName,
      parent: '',
      status: '',
      created: now,
      modified: now,
    },
    containers,
    invocation: input.InferenceExecutionConfig?.Mode ?? 'Serial',
    executionRole: input.ExecutionRoleArn,
    isolated: input.EnableNetworkIsolation ?? false,
    primary: input.PrimaryContainer !== undefined,
    ...resolved.find(part => part.limits)?.limits,
  }
  for (const { imageDigest } of containers) await ctx.images.hold(imageDigest, arn)
  return ctx.store.transaction(async tx => {
    if (await models.get(tx, arn)) throw alreadyExists('model', arn)
    await models.insert(tx, row)
    await insertTags(tx, arn, input.Tags)
    return { ModelArn: arn }
  })
}

interface Resolved {
  readonly containers: readonly ModelContainer[]
  readonly limits?: Pick<ModelRow, 'realtimeInstanceTypes' | 'transformInstanceTypes'>
}

async function resolveContainer(definition: ContainerDefinition, roleArn: string, ctx: Context): Promise<Resolved> {
  if (definition.ModelPackageName !== undefined) return resolvePackage(definition, ctx)
  if (!definition.Image) throw new ValidationException('A container must have an Image or a ModelPackageName.')
  if (definition.ModelDataUrl) requireArchive(definition.ModelDataUrl)
  const role = await ctx.iam.assumeForService(roleArn, 'sagemaker.amazonaws.com', 'create-model')
  const image = await ctx.images.resolve(role, ctx.region, definition.Image)
  const container: ModelContainer = {
    definition,
    imageDigest: image.digest,
    environment: definition.Environment ?? {},
    ...(definition.ModelDataUrl && { modelData: { kind: 's3', uri: definition.ModelDataUrl } }),
  }
  return { containers: [container] }
}

async function resolvePackage(definition: ContainerDefinition, ctx: Context): Promise<Resolved> {
  if (definition.Image || definition.ModelDataUrl)
    throw new ValidationException('Image and ModelDataUrl cannot be given together with ModelPackageName.')
  const row = await requireModelPackage(definition.ModelPackageName as string, ctx)
  const fromMarketplace = row.containers.some(container => container.productArn)
  if (fromMarketplace && definition.Environment && Object.keys(definition.Environment).length > 0)
    throw new ValidationException(
      'Environment variable map cannot be specified when using a ModelPackage subscribed from AWS Marketplace.',
    )
  const containers = containersOf(row).map((container, index) => ({
    ...container,
    definition: index === 0 ? definition : {},
    environment: { ...container.environment, ...definition.Environment },
  }))
  const { SupportedRealtimeInferenceInstanceTypes: realtime, SupportedTransformInstanceTypes: transform } =
    row.inference
  const limits = {
    ...(realtime?.length && { realtimeInstanceTypes: realtime }),
    ...(transform?.length && { transformInstanceTypes: transform }),
  }
  return { containers, limits }
}

/** Model data is an archive; its place is checked when it is read, as the role that reads it. */
export function requireArchive(uri: string): void {
  if (!parseS3Uri(uri).key.endsWith('.tar.gz'))
    throw new ValidationException(`ModelDataUrl must name a .tar.gz archive in S3, which ${uri} does not.`)
}

/** Throws AWS's "Could not find" when the caller's account has no such model. */
export async function requireModel(name: string, ctx: Context): Promise<ModelRow> {
  const arn = ctx.arn('model', name)
  const row = await models.get(ctx.store, arn)
  if (!row) throw couldNotFind('model', arn)
  return row
}

export const describeModel: Op<'DescribeModel'> = async (input, ctx) => {
  const row = await requireModel(input.ModelName, ctx)
  const definitions = row.containers
    .filter(({ definition }) => Object.keys(definition).length > 0)
    .map(({ definition }) => ({ ...definition, Environment: definition.Environment ?? {} }))
  return {
    ModelName: row.name,
    ModelArn: row.arn,
    ...(row.primary ? { PrimaryContainer: definitions[0] } : { Containers: definitions }),
    InferenceExecutionConfig: row.containers.length > 1 ? { Mode: row.invocation } : undefined,
    ExecutionRoleArn: row.executionRole,
    EnableNetworkIsolation: row.isolated,
    CreationTime: new Date(row.created),
  }
}

export const listModels: Op<'ListModels'> = async (input, ctx) => {
  const { rows, NextToken } = await listPage(models, input, ctx)
  const Models = rows.map(row => ({ ModelName: row.name, ModelArn: row.arn, CreationTime: new Date(row.created) }))
  return { Models, NextToken }
}

export const deleteModel: Op<'DeleteModel'> = async (input, ctx) => {
  const row = await requireModel(input.ModelName, ctx)
  await ctx.store.transaction(tx => models.remove(tx, row.arn))
  await ctx.images.release(row.arn)
  return {}
}
