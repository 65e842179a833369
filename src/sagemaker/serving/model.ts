import type { ContainerDefinition } from '@aws-sdk/client-sagemaker'
import { ValidationException } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import { type Resource, resources } from '../../store/resources.ts'
import { listPage } from '../list.ts'
import { insertTags } from '../resource-tag.ts'
import { alreadyExists, couldNotFind } from '../sagemaker-error.ts'
import type { Op } from '../sagemaker-operation.ts'
import type { ModelContainer } from './model-container.ts'
import { resolveContainer } from './model-container-resolution.ts'
import { modelChange } from './serving-change.ts'

export interface ModelRow extends Resource {
  /** Called one after another, each with the answer of the one before (`Serial`), or one of them by name (`Direct`). */
  readonly containers: readonly ModelContainer[]
  readonly invocation: 'Serial' | 'Direct'
  /** As the caller gave it, for Describe. */
  readonly executionConfig?: { readonly Mode: 'Serial' | 'Direct' }
  readonly executionRole: string
  readonly isolated: boolean
  /** Given as PrimaryContainer rather than Containers. */
  readonly primary?: boolean
  /** Instance types that the model package allows; absent for any. */
  readonly realtimeInstanceTypes?: readonly string[]
  readonly transformInstanceTypes?: readonly string[]
}

export const models = resources<ModelRow>('model', modelChange)

export const createModel: Op<'CreateModel'> = async (input, ctx) => {
  const arn = ctx.arn('model', input.ModelName)
  if ((input.PrimaryContainer === undefined) === (input.Containers === undefined))
    throw new ValidationException('Either PrimaryContainer or Containers must be given, not both.')
  if (!input.ExecutionRoleArn) throw new ValidationException('ExecutionRoleArn is required.')
  await ctx.iam.passRole(ctx.principal, input.ExecutionRoleArn, 'sagemaker.amazonaws.com', arn)
  const role = await ctx.iam.assumeForService(input.ExecutionRoleArn, 'sagemaker.amazonaws.com', 'create-model', arn)
  const definitions = (input.PrimaryContainer ? [input.PrimaryContainer] : input.Containers) as ContainerDefinition[]
  const resolved = await Promise.all(definitions.map(definition => resolveContainer(definition, role, ctx, arn)))
  const containers = resolved.flatMap(part => part.containers)
  if (containers.length === 0) throw new ValidationException('A model must have at least one container.')
  if (containers.length > 15) throw new ValidationException('A model can have at most 15 containers.')
  if (containers.length > 1 && containers.some(({ models }) => models))
    throw new ValidationException(
      'A container of the Mode MultiModel is not supported beside others by this installation of Modelmart.',
    )
  checkHostnames(containers, input.InferenceExecutionConfig?.Mode === 'Direct', input.Containers !== undefined)
  if (containers.some(container => container.productArn) && !input.EnableNetworkIsolation)
    throw new ValidationException(
      'EnableNetworkIsolation must be true for models using SageMaker Marketplace model packages.',
    )
  const now = ctx.now().getTime()
  const row: ModelRow = {
    ...{ arn, account: ctx.account, region: ctx.region, name: input.ModelName, parent: '', status: '' },
    created: now,
    modified: now,
    containers,
    invocation: input.InferenceExecutionConfig?.Mode ?? 'Serial',
    executionRole: input.ExecutionRoleArn,
    isolated: input.EnableNetworkIsolation ?? false,
    ...(input.InferenceExecutionConfig && { executionConfig: input.InferenceExecutionConfig }),
    primary: input.PrimaryContainer !== undefined,
    ...resolved.find(part => part.limits)?.limits,
  }
  return ctx.store.transaction(async tx => {
    await insertTags(tx, arn, input.Tags)
    if (!(await models.add(tx, row))) throw alreadyExists('model', arn)
    for (const { imageDigest } of containers) await ctx.images.hold(tx, imageDigest, arn)
    return { ModelArn: arn }
  })
}

/**
 * Hostnames of a pipeline's containers: of all or of none, each once; of all where callers choose by them. Source: SageMaker API
 * Reference, ContainerDefinition.
 */
function checkHostnames(containers: readonly ModelContainer[], direct: boolean, pipeline: boolean): void {
  const given = containers.flatMap(({ hostname, definition }) => hostname ?? definition.ContainerHostname ?? [])
  if (direct && given.length < containers.length)
    throw new ValidationException(
      'Every container must have a ContainerHostname for InferenceExecutionConfig Mode Direct.',
    )
  if (pipeline && given.length > 0 && given.length < containers.length)
    throw new ValidationException(
      'ContainerHostname must be given for every container of an inference pipeline, or for none.',
    )
  const twice = given.find((name, index) => given.indexOf(name) !== index)
  if (twice) throw new ValidationException(`ContainerHostname must be unique in an inference pipeline: ${twice}.`)
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
    InferenceExecutionConfig: row.executionConfig,
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
