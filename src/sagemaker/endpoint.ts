import type { Context } from '../service/context.ts'
import { ValidationException } from '../service/errors.ts'
import { type Resource, resources } from '../store/resources.ts'
import type { Transaction } from '../store/store.ts'
import { type EndpointConfigRow, requireEndpointConfig } from './endpoint-config.ts'
import { alreadyExists, couldNotFind } from './errors.ts'
import { listPage } from './list.ts'
import { type ModelRow, requireModel } from './model.ts'
import type { Op } from './operation.ts'
import { insertTags } from './tag.ts'

export type EndpointStatus = 'Creating' | 'Updating' | 'InService' | 'Failed' | 'Deleting'

export interface EndpointVariant {
  readonly name: string
  readonly instanceType: string
  readonly weight: number
  readonly startupTimeoutSeconds: number
  /** The model as it was when deployed: deleting it does not disturb the endpoint. */
  readonly model: Pick<ModelRow, 'containers' | 'executionRole' | 'invocation' | 'name'>
}

/** One instance of a variant; each start of it is an attempt of its own. */
export interface EndpointHost {
  readonly variant: string
  readonly index: number
  readonly attempt: number
}

export interface Deployment {
  readonly configName: string
  readonly variants: readonly EndpointVariant[]
  readonly hosts: readonly EndpointHost[]
}

export interface EndpointRow extends Resource {
  readonly status: EndpointStatus
  readonly failureReason?: string
  /** What serves; absent until the first deployment is healthy. */
  readonly live?: Deployment
  /** What is being brought up. */
  readonly target?: Deployment
  readonly lastAttempt: number
}

export const endpoints = resources<EndpointRow>('endpoint')

const defaultStartupTimeoutSeconds = 480

/** Throws AWS's "Could not find" when the caller's account has no such endpoint. */
export async function requireEndpoint(at: Pick<Transaction, 'db'>, name: string, ctx: Context): Promise<EndpointRow> {
  const arn = ctx.arn('endpoint', name)
  const row = await endpoints.get(at, arn)
  if (!row) throw couldNotFind('endpoint', arn)
  return row
}

async function variantsOf(config: EndpointConfigRow, ctx: Context): Promise<EndpointVariant[]> {
  return Promise.all(
    config.variants.map(async variant => {
      const { containers, executionRole, invocation, name } = await requireModel(variant.ModelName as string, ctx)
      for (const { productArn } of containers)
        if (productArn) await ctx.market.requireSubscription(ctx.account, productArn)
      return {
        name: variant.VariantName as string,
        instanceType: variant.InstanceType as string,
        weight: variant.InitialVariantWeight ?? 1,
        startupTimeoutSeconds: variant.ContainerStartupHealthCheckTimeoutInSeconds ?? defaultStartupTimeoutSeconds,
        model: { containers, executionRole, invocation, name },
      }
    }),
  )
}

function newDeployment(
  config: EndpointConfigRow,
  variants: readonly EndpointVariant[],
  firstAttempt: number,
): Deployment {
  let attempt = firstAttempt
  const hosts = config.variants.flatMap(({ VariantName, InitialInstanceCount }) =>
    Array.from({ length: InitialInstanceCount ?? 1 }, (_, index) => ({
      variant: VariantName as string,
      index,
      attempt: attempt++,
    })),
  )
  return { configName: config.name, variants, hosts }
}

const highestAttempt = ({ hosts }: Deployment): number => Math.max(...hosts.map(({ attempt }) => attempt))

export const createEndpoint: Op<'CreateEndpoint'> = async (input, ctx) => {
  const arn = ctx.arn('endpoint', input.EndpointName)
  const config = await requireEndpointConfig(input.EndpointConfigName, ctx)
  const target = newDeployment(config, await variantsOf(config, ctx), 1)
  await holdImages(target, arn, ctx)
  const now = ctx.now().getTime()
  return ctx.store.transaction(async tx => {
    if (await endpoints.get(tx, arn)) throw alreadyExists('endpoint', arn)
    await endpoints.insert(tx, {
      ...{
        arn,
        account: ctx.account,
        region: ctx.region,
        name: input.EndpointName,
        parent: '',
        created: now,
        modified: now,
      },
      status: 'Creating',
      target,
      lastAttempt: highestAttempt(target),
    })
    await insertTags(tx, arn, input.Tags)
    await tx.enqueue('endpoint', arn)
    return { EndpointArn: arn }
  })
}

async function holdImages({ variants }: Deployment, arn: string, ctx: Context): Promise<void> {
  for (const { model } of variants)
    for (const { imageDigest } of model.containers) await ctx.images.hold(imageDigest, arn)
}

export const updateEndpoint: Op<'UpdateEndpoint'> = async (input, ctx) => {
  const config = await requireEndpointConfig(input.EndpointConfigName, ctx)
  const variants = await variantsOf(config, ctx)
  return ctx.store.transaction(async tx => {
    const row = await requireInService(tx, input.EndpointName, ctx)
    const fresh = newDeployment(config, variants, row.lastAttempt + 1)
    const target = input.RetainAllVariantProperties
      ? { ...fresh, variants: retainWeights(fresh.variants, row.live) }
      : fresh
    await holdImages(target, row.arn, ctx)
    await endpoints.update(tx, row.arn, { status: 'Updating', target, lastAttempt: highestAttempt(target) })
    await tx.enqueue('endpoint', row.arn)
    return { EndpointArn: row.arn }
  })
}

const retainWeights = (variants: readonly EndpointVariant[], live: Deployment | undefined): EndpointVariant[] =>
  variants.map(variant => ({
    ...variant,
    weight: live?.variants.find(({ name }) => name === variant.name)?.weight ?? variant.weight,
  }))

async function requireInService(tx: Transaction, name: string, ctx: Context): Promise<EndpointRow> {
  const row = await requireEndpoint(tx, name, ctx)
  if (row.status !== 'InService' && row.status !== 'Failed')
    throw new ValidationException(`Cannot update in-progress endpoint "${row.arn}".`)
  if (!row.live)
    throw new ValidationException(
      `Cannot update endpoint "${row.arn}": it has never been in service. Delete it and create it anew.`,
    )
  return row
}

export const updateEndpointWeightsAndCapacities: Op<'UpdateEndpointWeightsAndCapacities'> = (input, ctx) =>
  ctx.store.transaction(async tx => {
    const row = await requireInService(tx, input.EndpointName, ctx)
    const live = row.live as Deployment
    let attempt = row.lastAttempt
    let { variants, hosts } = live
    for (const { VariantName, DesiredWeight, DesiredInstanceCount } of input.DesiredWeightsAndCapacities) {
      if (!live.variants.some(({ name }) => name === VariantName))
        throw new ValidationException(
          `The variant name(s) "${VariantName}" is/are not present within endpoint configuration "${live.configName}".`,
        )
      if (DesiredWeight !== undefined)
        variants = variants.map(variant =>
          variant.name === VariantName ? { ...variant, weight: DesiredWeight } : variant,
        )
      if (DesiredInstanceCount === undefined) continue
      if (DesiredInstanceCount < 1)
        throw new ValidationException(`DesiredInstanceCount of variant "${VariantName}" must be at least 1.`)
      const kept = hosts.filter(host => host.variant !== VariantName || host.index < DesiredInstanceCount)
      const have = kept.filter(host => host.variant === VariantName).length
      const added = Array.from({ length: DesiredInstanceCount - have }, (_, index) => ({
        variant: VariantName,
        index: have + index,
        attempt: ++attempt,
      }))
      hosts = [...kept, ...added]
    }
    await endpoints.update(tx, row.arn, {
      status: 'Updating',
      target: { ...live, variants, hosts },
      lastAttempt: attempt,
    })
    await tx.enqueue('endpoint', row.arn)
    return { EndpointArn: row.arn }
  })

export const describeEndpoint: Op<'DescribeEndpoint'> = async (input, ctx) => {
  const row = await requireEndpoint(ctx.store, input.EndpointName, ctx)
  return {
    EndpointName: row.name,
    EndpointArn: row.arn,
    EndpointConfigName: (row.live ?? row.target)?.configName,
    ProductionVariants: row.live?.variants.map(variant => describeVariant(variant, row)),
    EndpointStatus: row.status,
    FailureReason: row.failureReason,
    CreationTime: new Date(row.created),
    LastModifiedTime: new Date(row.modified),
  }
}

function describeVariant(variant: EndpointVariant, { live, target, created }: EndpointRow) {
  const count = (deployment: Deployment | undefined) =>
    deployment?.hosts.filter(host => host.variant === variant.name).length
  const desired = target?.variants.find(({ name }) => name === variant.name) ?? variant
  const images = variant.model.containers.filter(({ productArn }) => !productArn)
  return {
    VariantName: variant.name,
    CurrentWeight: variant.weight,
    DesiredWeight: desired.weight,
    CurrentInstanceCount: count(live),
    DesiredInstanceCount: count(target) || count(live),
    DeployedImages: images.map(({ definition, imageDigest }) => ({
      SpecifiedImage: definition.Image,
      ResolvedImage: definition.Image && `${definition.Image.replace(/[:@][^/]*$/, '')}@${imageDigest}`,
      ResolutionTime: new Date(created),
    })),
  }
}

export const listEndpoints: Op<'ListEndpoints'> = async (input, ctx) => {
  const { rows, NextToken } = await listPage(endpoints, input, ctx)
  const Endpoints = rows.map(row => ({
    EndpointName: row.name,
    EndpointArn: row.arn,
    CreationTime: new Date(row.created),
    LastModifiedTime: new Date(row.modified),
    EndpointStatus: row.status,
  }))
  return { Endpoints, NextToken }
}

export const deleteEndpoint: Op<'DeleteEndpoint'> = (input, ctx) =>
  ctx.store.transaction(async tx => {
    const row = await requireEndpoint(tx, input.EndpointName, ctx)
    if (row.status === 'Updating') throw new ValidationException(`Cannot delete in-progress endpoint "${row.arn}".`)
    await endpoints.update(tx, row.arn, { status: 'Deleting' })
    await tx.enqueue('endpoint', row.arn)
    return {}
  })
