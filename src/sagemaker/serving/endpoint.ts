import type {
  AsyncInferenceConfig,
  DataCaptureConfig,
  DeploymentConfig,
  ProductionVariant,
  ProductionVariantServerlessConfig,
} from '@aws-sdk/client-sagemaker'
import { AccessDenied, ServiceError, ValidationException } from '../../ground/errors.ts'
import type { RouteVariant } from '../../runtime/routing-table.ts'
import type { Context } from '../../service/context.ts'
import { type Resource, resources } from '../../store/resources.ts'
import type { Transaction } from '../../store/store.ts'
import { askForCapacity } from '../capacity/capacity.ts'
import { insertTags } from '../resource-tag.ts'
import { alreadyExists, couldNotFind } from '../sagemaker-error.ts'
import type { In, Op } from '../sagemaker-operation.ts'
import { requireRoomForEndpoint } from '../work-quota.ts'
import { componentsOf } from './component-row.ts'
import type { Guard, Traffic } from './deployment-decision.ts'
import { checkDeploymentConfig, guardOf, requireAlarms } from './deployment-guard.ts'
import { type EndpointConfigRow, modelOf, requireEndpointConfig } from './endpoint-config.ts'
import type { ModelRow } from './model.ts'
import type { ModelVolume } from './model-volume.ts'
import { requireRollable, wantedAt } from './rolling-deployment.ts'
import { isServerless, serverlessStartupSeconds, serverlessType } from './serverless-config.ts'
import { endpointChange } from './serving-change.ts'
import { testNotification } from './test-notification.ts'

/** What operations of endpoints find in their context besides the platform. */
export interface EndpointParts {
  /** Nothing more is asked of an endpoint when it resolves. */
  endRoute(arn: string): Promise<void>
}

export type EndpointStatus = 'Creating' | 'Updating' | 'RollingBack' | 'InService' | 'Failed' | 'Deleting'

export interface EndpointVariant {
  readonly name: string
  readonly instanceType: string
  readonly weight: number
  /** It gets copies, and nobody gets its answers. */
  readonly isShadow?: true
  readonly startupTimeoutSeconds: number
  readonly volume?: ModelVolume
  readonly routing?: RouteVariant['routing']
  /** It has one container at most, which runs while it is asked; `instanceType` says what that one has. */
  readonly serverless?: ProductionVariantServerlessConfig
  /** It has no model: its instances are for inference components. */
  readonly holdsComponents?: true
  /** The model as it was when deployed: deleting it does not disturb the endpoint. */
  readonly model: Pick<ModelRow, 'containers' | 'executionRole' | 'invocation' | 'name'> &
    Partial<Pick<ModelRow, 'isolated'>>
}

/** One instance of a variant; each start of it is an attempt of its own. */
export interface EndpointHost {
  readonly variant: string
  readonly index: number
  readonly attempt: number
  /** Of its type's memory, as far as the machine has that much; absent while it waits for capacity. */
  readonly memoryPart?: number
}

export interface Deployment {
  readonly configName: string
  readonly variants: readonly EndpointVariant[]
  readonly hosts: readonly EndpointHost[]
  readonly capture?: DataCaptureConfig
  readonly async?: AsyncInferenceConfig
  /** When it was asked for, in milliseconds. */
  readonly since?: number
  /** Since when hosts that were added later wait for capacity, in milliseconds. */
  readonly waitsSince?: number
  /** It has waited for capacity as long as any may. */
  readonly noCapacity?: true
  /** How traffic goes over from what serves, and what takes it back. */
  readonly guard?: Guard
  /** How far it has gone over; absent until the new fleet is healthy. */
  readonly traffic?: Traffic
}

export interface EndpointRow extends Resource {
  readonly status: EndpointStatus
  readonly failureReason?: string
  /** What serves; absent until the first deployment is healthy. */
  readonly live?: Deployment
  /** What is being brought up. */
  readonly target?: Deployment
  readonly lastAttempt: number
  /** How often the deployment was tried again over errors of the platform's own. */
  readonly tries?: number
  /** Of the newest deployment. */
  readonly deploymentConfig?: DeploymentConfig
}

export const endpoints = resources<EndpointRow>('endpoint', endpointChange)

/** Whether its variants have no models, but inference components. */
export const holdsComponents = (deployed: Pick<Deployment, 'variants'> | undefined): boolean =>
  deployed?.variants.some(variant => variant.holdsComponents) ?? false

const defaultStartupTimeoutSeconds = 480
/** What instances of SageMaker have for models when nothing is said. Source: SageMaker Developer Guide, "Instance storage volumes". */
const usualModelsGB = 30

/** Throws AWS's "Could not find" when the caller's account has no such endpoint. */
export async function requireEndpoint(at: Pick<Transaction, 'db'>, name: string, ctx: Context): Promise<EndpointRow> {
  const arn = ctx.arn('endpoint', name)
  const row = await endpoints.get(at, arn)
  if (!row) throw couldNotFind('endpoint', arn)
  return row
}

const allVariants = ({ variants, shadows = [] }: EndpointConfigRow) => [...variants, ...shadows]

async function variantsOf(config: EndpointConfigRow, ctx: Context): Promise<EndpointVariant[]> {
  return Promise.all(
    allVariants(config).map(async variant => {
      const row = variant.ModelName === undefined ? withoutModel(config) : await modelOf(variant, config, ctx)
      const { containers, executionRole, invocation, isolated, name } = row
      const { ServerlessConfig: serverless } = variant
      const instanceType = serverless ? serverlessType(serverless) : (variant.InstanceType as string)
      return {
        name: variant.VariantName as string,
        instanceType,
        weight: variant.InitialVariantWeight ?? 1,
        ...(config.shadows?.includes(variant) && { isShadow: true as const }),
        ...(serverless && { serverless }),
        ...(variant.ModelName === undefined && { holdsComponents: true as const }),
        startupTimeoutSeconds: startupSecondsOf(variant),
        model: { containers, executionRole, invocation, isolated, name },
        ...(variant.RoutingConfig && { routing: variant.RoutingConfig.RoutingStrategy as RouteVariant['routing'] }),
        ...volumeOf(variant, config, containers.some(({ models }) => models) ? usualModelsGB : undefined),
      }
    }),
  )
}

/** Instances that start nothing themselves; the role is that of components which are no model's. */
const withoutModel = ({ executionRole = '' }: EndpointConfigRow): EndpointVariant['model'] => ({
  ...{ name: '', containers: [], invocation: 'Serial', executionRole, isolated: false },
})

const startupSecondsOf = ({
  ServerlessConfig,
  ContainerStartupHealthCheckTimeoutInSeconds,
}: ProductionVariant): number =>
  ServerlessConfig
    ? serverlessStartupSeconds
    : (ContainerStartupHealthCheckTimeoutInSeconds ?? defaultStartupTimeoutSeconds)

/** Instances whose models come and go have a volume in any case. */
function volumeOf(
  { VolumeSizeInGB: given }: ProductionVariant,
  { kmsKeyId }: EndpointConfigRow,
  usual?: number,
): { volume?: ModelVolume } {
  const sizeInGB = given ?? (kmsKeyId ? undefined : usual)
  if (!sizeInGB && !kmsKeyId) return {}
  return { volume: { ...(sizeInGB && { sizeInGB }), ...(kmsKeyId && { kmsKeyId }) } }
}

/**
 * Whoever deploys must be allowed to make a grant on the key of the configuration. Throws AccessDenied and ValidationException. Source:
 * SageMaker API Reference, CreateEndpointConfig (KmsKeyId).
 */
async function requireKey({ kmsKeyId }: EndpointConfigRow, ctx: Context): Promise<void> {
  if (!kmsKeyId) return
  const kms = ctx.kms.via('sagemaker')
  await kms.require(ctx.principal, ctx.region, kmsKeyId, 'CreateGrant').catch(error => {
    if (error instanceof AccessDenied || !(error instanceof ServiceError)) throw error
    throw new ValidationException(
      `The KmsKeyId ${kmsKeyId} of the endpoint configuration cannot be used: ${error.message}`,
    )
  })
}

function newDeployment(
  config: EndpointConfigRow,
  variants: readonly EndpointVariant[],
  firstAttempt: number,
  countOf: (variant: ProductionVariant) => number,
  since: number,
): Deployment {
  let attempt = firstAttempt
  const hosts = allVariants(config).flatMap(variant =>
    Array.from({ length: countOf(variant) }, (_, index) => ({
      variant: variant.VariantName as string,
      index,
      attempt: attempt++,
    })),
  )
  return {
    configName: config.name,
    variants,
    hosts,
    since,
    ...(config.capture && { capture: config.capture }),
    ...(config.async && { async: config.async }),
  }
}

const initialCount = ({ InitialInstanceCount }: ProductionVariant): number => InitialInstanceCount ?? 1

const highestAttempt = ({ hosts }: Deployment, before: number): number =>
  Math.max(before, ...hosts.map(({ attempt }) => attempt))

export const createEndpoint: Op<'CreateEndpoint'> = async (input, ctx) => {
  const arn = ctx.arn('endpoint', input.EndpointName)
  const config = await requireEndpointConfig(input.EndpointConfigName, ctx)
  await requireKey(config, ctx)
  const variants = await variantsOf(config, ctx)
  const now = ctx.now().getTime()
  const target = newDeployment(config, variants, 1, initialCount, now)
  const notify = await testNotification(ctx, arn, input.EndpointName, config.async, variants)
  const deploymentConfig = input.DeploymentConfig as DeploymentConfig | undefined
  return ctx.store.transaction(async tx => {
    if (await endpoints.get(tx, arn)) throw alreadyExists('endpoint', arn)
    await requireRoomForEndpoint(tx, { arn, account: ctx.account }, target)
    await notify(tx)
    await guarded(tx, target, undefined, deploymentConfig, ctx)
    await holdImages(tx, target, arn, ctx)
    await insertTags(tx, arn, input.Tags)
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
      ...(deploymentConfig && { deploymentConfig }),
      lastAttempt: highestAttempt(target, 0),
    })
    await askForCapacity(tx)
    return { EndpointArn: arn }
  })
}

async function holdImages(tx: Transaction, { variants }: Deployment, arn: string, ctx: Context): Promise<void> {
  for (const { model } of variants)
    for (const { imageDigest } of model.containers) await ctx.images.hold(tx, imageDigest, arn)
}

export const updateEndpoint: Op<'UpdateEndpoint'> = async (input, ctx) => {
  const config = await requireEndpointConfig(input.EndpointConfigName, ctx)
  await requireKey(config, ctx)
  const variants = await variantsOf(config, ctx)
  const arn = ctx.arn('endpoint', input.EndpointName)
  const notify = await testNotification(ctx, arn, input.EndpointName, config.async, variants)
  return ctx.store.transaction(async tx => {
    const row = await requireInService(tx, input.EndpointName, ctx)
    requireSameKind(row, config)
    await requireVariants(tx, row, config)
    await notify(tx)
    const retained = retainedOf(input, row.live)
    const weighted = retained.weights(variants)
    const planned = newDeployment(config, weighted, row.lastAttempt + 1, retained.count, ctx.now().getTime())
    await requireRoomForEndpoint(tx, row, planned)
    const deploymentConfig = deploymentConfigOf(input, row)
    const target = await guarded(tx, planned, row.live, deploymentConfig, ctx)
    await holdImages(tx, target, row.arn, ctx)
    const lastAttempt = highestAttempt(target, row.lastAttempt)
    await endpoints.update(tx, row.arn, { status: 'Updating', target, lastAttempt, deploymentConfig })
    await askForCapacity(tx)
    return { EndpointArn: row.arn }
  })
}

/** Source: SageMaker API Reference, UpdateEndpoint (RetainDeploymentConfig). */
function deploymentConfigOf(
  { DeploymentConfig: given, RetainDeploymentConfig }: In<'UpdateEndpoint'>,
  row: EndpointRow,
): DeploymentConfig | undefined {
  if (given && RetainDeploymentConfig)
    throw new ValidationException('DeploymentConfig cannot be given when RetainDeploymentConfig is true.')
  return RetainDeploymentConfig ? row.deploymentConfig : (given as DeploymentConfig | undefined)
}

/** The deployment with what guards it, as much of it as comes first. Throws ValidationException. */
async function guarded(
  tx: Transaction,
  target: Deployment,
  live: Deployment | undefined,
  config: DeploymentConfig | undefined,
  ctx: Context,
): Promise<Deployment> {
  if (!config) return target
  if (isServerless(live) || isServerless(target))
    throw new ValidationException(
      'DeploymentConfig is not supported for serverless endpoints: all traffic goes over when the new container is healthy.',
    )
  const fewest = Math.min(
    ...target.variants.map(({ name }) => target.hosts.filter(({ variant }) => variant === name).length),
  )
  checkDeploymentConfig(config, fewest)
  await requireAlarms(tx.db, config, ctx)
  const guard = guardOf(config, fewest, live?.hosts.length)
  if (!live || !guard.rolling) return { ...target, guard }
  requireRollable(live, target)
  return { ...target, guard, hosts: target.hosts.slice(0, wantedAt(guard, guard.rolling, 0)) }
}

/** What an update keeps of the variants that serve. Source: SageMaker API Reference, UpdateEndpoint. */
function retainedOf(
  { RetainAllVariantProperties, ExcludeRetainedVariantProperties = [] }: In<'UpdateEndpoint'>,
  live: Deployment | undefined,
) {
  if (ExcludeRetainedVariantProperties.length > 0 && !RetainAllVariantProperties)
    throw new ValidationException(
      'ExcludeRetainedVariantProperties can be given only when RetainAllVariantProperties is true.',
    )
  const excluded = ExcludeRetainedVariantProperties.map(({ VariantPropertyType }) => VariantPropertyType)
  const keeps = (property: 'DesiredWeight' | 'DesiredInstanceCount') =>
    RetainAllVariantProperties && !excluded.includes(property)
  const liveOf = (name: string | undefined) => live?.variants.find(variant => variant.name === name)
  return {
    weights: (variants: readonly EndpointVariant[]): EndpointVariant[] =>
      variants.map(variant => ({
        ...variant,
        weight: (keeps('DesiredWeight') ? liveOf(variant.name)?.weight : undefined) ?? variant.weight,
      })),
    count: (variant: ProductionVariant): number =>
      keeps('DesiredInstanceCount') && liveOf(variant.VariantName) && !isServerless(live)
        ? (live?.hosts.filter(host => host.variant === variant.VariantName).length ?? 0)
        : initialCount(variant),
  }
}

/**
 * What waits for an answer would wait for ever, or what asks would not know where to ask. Instances do not become serverless; the other way is
 * open. Source: SageMaker Developer Guide, "Deploy models with Amazon SageMaker Serverless Inference".
 */
function requireSameKind({ arn, live }: EndpointRow, config: EndpointConfigRow): void {
  if (config.variants.some(({ ServerlessConfig }) => ServerlessConfig) && !isServerless(live))
    throw new ValidationException(
      `Cannot update endpoint "${arn}", which has instances, to the serverless configuration "${config.name}".`,
    )
  if (
    holdsComponents(live) !==
    config.variants.some(({ ModelName, ServerlessConfig }) => ModelName === undefined && !ServerlessConfig)
  )
    throw new ValidationException(
      `Cannot update endpoint "${arn}" to the configuration "${config.name}": its variants ${holdsComponents(live) ? 'are for inference components, and the others have models' : 'have models, and the others are for inference components'}.`,
    )
  if (!live?.async === !config.async) return
  const [is, has] = live?.async ? ['asynchronous', 'no'] : ['not asynchronous', 'an']
  throw new ValidationException(
    `Cannot update endpoint "${arn}", which is ${is}: the configuration "${config.name}" has ${has} AsyncInferenceConfig.`,
  )
}

/** Throws ValidationException for a configuration without a variant that an inference component is on. */
async function requireVariants(tx: Transaction, row: EndpointRow, config: EndpointConfigRow): Promise<void> {
  const names = config.variants.map(({ VariantName }) => VariantName)
  const left = (await componentsOf(tx, row)).find(({ variant }) => !names.includes(variant))
  if (left)
    throw new ValidationException(
      `Cannot update endpoint "${row.arn}": the configuration "${config.name}" has no variant "${left.variant}", which the inference component "${left.name}" is on.`,
    )
}

/** Throws ValidationException for one that changes already or never served. */
export async function requireInService(tx: Transaction, name: string, ctx: Context): Promise<EndpointRow> {
  const row = await requireEndpoint(tx, name, ctx)
  if (row.status !== 'InService' && row.status !== 'Failed')
    throw new ValidationException(`Cannot update in-progress endpoint "${row.arn}".`)
  if (!row.live)
    throw new ValidationException(
      `Cannot update endpoint "${row.arn}": it has never been in service. Delete it and create it anew.`,
    )
  return row
}

/** Refused from the answer on, whoever is asked; what was asked before is answered. */
export const deleteEndpoint = async (
  input: In<'DeleteEndpoint'>,
  ctx: Context & EndpointParts,
): Promise<Record<string, never>> => {
  const arn = await ctx.store.transaction(async tx => {
    const row = await requireEndpoint(tx, input.EndpointName, ctx)
    if (row.status === 'Updating' || row.status === 'RollingBack')
      throw new ValidationException(`Cannot delete in-progress endpoint "${row.arn}".`)
    if ((await componentsOf(tx, row, 1)).length > 0)
      throw new ValidationException(
        'Cannot delete endpoint with inference component associated. Please delete inference component and try it again.',
      )
    await endpoints.update(tx, row.arn, { status: 'Deleting' })
    await tx.enqueue('endpoint', row.arn)
    if (row.live?.async) await tx.enqueue('async-inference', row.arn)
    return row.arn
  })
  await ctx.endRoute(arn)
  return {}
}
