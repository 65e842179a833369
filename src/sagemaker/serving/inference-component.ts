import type { InferenceComponentDeploymentConfig, InferenceComponentSpecification } from '@aws-sdk/client-sagemaker'
import { ValidationException } from '../../ground/errors.ts'
import { quotas } from '../../quotas/quotas.ts'
import type { Context } from '../../service/context.ts'
import type { Transaction } from '../../store/store.ts'
import { insertTags } from '../resource-tag.ts'
import { alreadyExists, couldNotFind, ResourceLimitExceeded } from '../sagemaker-error.ts'
import type { In, Op } from '../sagemaker-operation.ts'
import { type ComponentFleet, componentsOf, type InferenceComponentRow, inferenceComponents } from './component-row.ts'
import { type ComponentVersion, resolveVersion } from './component-version.ts'
import { type EndpointRow, type EndpointVariant, requireEndpoint } from './endpoint.ts'

/** Each is placed by what all the others of its endpoint hold. */
const mostOfEndpoint = quotas.sagemaker.componentsOfEndpoint.value

/** What operations of components find in their context besides the platform. */
export interface ComponentParts {
  /** Nothing more is asked of a component when it resolves. */
  endComponent(row: Pick<InferenceComponentRow, 'arn' | 'endpointArn'>): Promise<void>
}

/** Throws AWS's "Could not find" when the caller's account has no such component. */
export async function requireComponent(
  at: Pick<Transaction, 'db'>,
  name: string,
  ctx: Context,
): Promise<InferenceComponentRow> {
  const arn = ctx.arn('inference-component', name)
  const row = await inferenceComponents.get(at, arn)
  if (!row) throw couldNotFind('inference component', arn)
  return row
}

/** The variant that a component is placed on as soon as its endpoint is in service. Throws ValidationException. */
function requireHolding({ arn, status, live, target }: EndpointRow, name: string): EndpointVariant {
  const deployment = live ?? target
  if (!deployment || status === 'Deleting')
    throw new ValidationException(`The endpoint "${arn}" has the status ${status} and takes no inference components.`)
  const variant = deployment.variants.find(candidate => candidate.name === name)
  if (!variant) throw new ValidationException(`The endpoint "${arn}" has no variant "${name}".`)
  if (!variant.holdsComponents)
    throw new ValidationException(
      `Variant "${name}" of endpoint "${arn}" has a model: inference components are for variants without ModelName.`,
    )
  return variant
}

export const createInferenceComponent: Op<'CreateInferenceComponent'> = async (input, ctx) => {
  const { InferenceComponentName: name, EndpointName, VariantName, RuntimeConfig, Specification } = input
  if (VariantName === undefined) throw new ValidationException('VariantName is required.')
  if (!Specification) throw new ValidationException('Specification is required.')
  if (!RuntimeConfig) throw new ValidationException('RuntimeConfig is required.')
  // In AWS's words: none is made cold.
  if (RuntimeConfig.CopyCount === 0)
    throw new ValidationException('Inference components copy count an integer larger than 0.')
  const arn = ctx.arn('inference-component', name)
  const endpoint = await requireEndpoint(ctx.store, EndpointName, ctx)
  const { model } = requireHolding(endpoint, VariantName)
  const version = await versionOf(Specification, { role: model.executionRole, arn }, ctx)
  const now = ctx.now().getTime()
  return ctx.store.transaction(async tx => {
    if (await inferenceComponents.get(tx, arn)) throw alreadyExists('inference component', arn)
    requireHolding(await requireEndpoint(tx, EndpointName, ctx), VariantName)
    if ((await componentsOf(tx, endpoint, mostOfEndpoint)).length >= mostOfEndpoint)
      throw new ResourceLimitExceeded(
        `The endpoint "${endpoint.arn}" has ${mostOfEndpoint} inference components, which is the most that one may have.`,
      )
    await holdImages(tx, version, arn, ctx)
    await insertTags(tx, arn, input.Tags)
    await inferenceComponents.insert(tx, {
      ...{ arn, account: ctx.account, region: ctx.region, name, parent: EndpointName, created: now, modified: now },
      ...{ status: 'Creating', endpointArn: endpoint.arn, variant: VariantName, lastAttempt: 0, lastVersion: 1 },
      target: { version: { number: 1, ...version }, count: RuntimeConfig.CopyCount as number, copies: [] },
    })
    await tx.enqueue('inference-component', arn)
    return { InferenceComponentArn: arn }
  })
}

const versionOf = (
  specification: NonNullable<In<'CreateInferenceComponent'>['Specification']>,
  at: { readonly role: string; readonly arn: string },
  ctx: Context,
): ReturnType<typeof resolveVersion> => resolveVersion(specification as InferenceComponentSpecification, at, ctx)

async function holdImages(
  tx: Transaction,
  { model }: Pick<ComponentVersion, 'model'>,
  arn: string,
  ctx: Context,
): Promise<void> {
  for (const { imageDigest } of model.containers) await ctx.images.hold(tx, imageDigest, arn)
}

/** Refused from the answer on, whoever is asked; what was asked before is answered. */
export const deleteInferenceComponent = async (
  input: In<'DeleteInferenceComponent'>,
  ctx: Context & ComponentParts,
): Promise<Record<string, never>> => {
  const row = await ctx.store.transaction(async tx => {
    const { arn } = await requireComponent(tx, input.InferenceComponentName, ctx)
    await tx.enqueue('inference-component', arn)
    return inferenceComponents.update(tx, arn, { status: 'Deleting' })
  })
  await ctx.endComponent(row)
  return {}
}

/** Throws ValidationException for one that changes already or never served. */
function requireSteady({ arn, status, live }: InferenceComponentRow): ComponentFleet {
  if (status !== 'InService')
    throw new ValidationException(`Cannot update inference component "${arn}", which has the status ${status}.`)
  return live as ComponentFleet
}

/** A new specification is brought up beside the old one, batch by batch; a number of copies alone changes nothing else. */
export const updateInferenceComponent: Op<'UpdateInferenceComponent'> = async (input, ctx) => {
  const { InferenceComponentName: name, Specification, RuntimeConfig, DeploymentConfig } = input
  if (!Specification && !RuntimeConfig)
    throw new ValidationException('Specification or RuntimeConfig is required: there is nothing to update.')
  const row = await requireComponent(ctx.store, name, ctx)
  const { model } = requireHolding(await requireEndpoint(ctx.store, row.parent, ctx), row.variant)
  const at = { role: model.executionRole, arn: row.arn }
  const resolved = Specification && (await versionOf(Specification, at, ctx))
  return ctx.store.transaction(async tx => {
    const now = await requireComponent(tx, name, ctx)
    const live = requireSteady(now)
    if (resolved) await holdImages(tx, resolved, row.arn, ctx)
    const version = resolved ? { number: now.lastVersion + 1, ...resolved } : live.version
    const wanted = { version, count: RuntimeConfig?.CopyCount ?? live.count }
    await wantFleet(tx, now, wanted, DeploymentConfig as InferenceComponentDeploymentConfig | undefined)
    return { InferenceComponentArn: row.arn }
  })
}

export const updateInferenceComponentRuntimeConfig: Op<'UpdateInferenceComponentRuntimeConfig'> = async (
  { InferenceComponentName: name, DesiredRuntimeConfig },
  ctx,
) =>
  ctx.store.transaction(async tx => {
    const row = await requireComponent(tx, name, ctx)
    requireSteady(row)
    await changeCopies(tx, row, DesiredRuntimeConfig.CopyCount as number)
    return { InferenceComponentArn: row.arn }
  })

/** The number of copies of a component in service. */
export async function changeCopies(tx: Transaction, row: InferenceComponentRow, count: number): Promise<void> {
  const { version } = row.live as ComponentFleet
  await wantFleet(tx, row, { version, count }, row.deploymentConfig)
}

async function wantFleet(
  tx: Transaction,
  { arn, live, lastVersion }: InferenceComponentRow,
  { version, count }: Pick<ComponentFleet, 'version' | 'count'>,
  deploymentConfig: InferenceComponentDeploymentConfig | undefined,
): Promise<void> {
  const isSame = version.number === live?.version.number
  await inferenceComponents.update(tx, arn, {
    status: 'Updating',
    target: { version, count, copies: isSame ? (live?.copies.slice(0, count) ?? []) : [] },
    lastVersion: Math.max(lastVersion, version.number),
    failureReason: undefined,
    ...(deploymentConfig && { deploymentConfig }),
  })
  await tx.enqueue('inference-component', arn)
}
