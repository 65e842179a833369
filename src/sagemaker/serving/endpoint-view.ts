import type {
  DataCaptureConfigSummary,
  PendingDeploymentSummary,
  ProductionVariantInstanceType,
  ProductionVariantStatus,
  VariantStatus,
} from '@aws-sdk/client-sagemaker'
import { listPage } from '../list.ts'
import type { Op } from '../sagemaker-operation.ts'
import {
  type Deployment,
  type EndpointHost,
  type EndpointRow,
  type EndpointVariant,
  endpoints,
  requireEndpoint,
} from './endpoint.ts'
import { waits } from './endpoint-decision.ts'
import { admitted } from './rolling-fleet.ts'

export const describeEndpoint: Op<'DescribeEndpoint'> = async (input, ctx) => {
  return endpointView(await requireEndpoint(ctx.store, input.EndpointName, ctx))
}

/** As DescribeEndpoint tells it. */
export function endpointView(given: EndpointRow): Awaited<ReturnType<Op<'DescribeEndpoint'>>> {
  const row = asConfigured(given)
  return {
    EndpointName: row.name,
    EndpointArn: row.arn,
    EndpointConfigName: (row.live ?? row.target)?.configName,
    ProductionVariants: row.live?.variants
      .filter(({ isShadow }) => !isShadow)
      .map(variant => describeVariant(variant, row)),
    ShadowProductionVariants: shadowsTold(row),
    DataCaptureConfig: captureTold(row.live ?? row.target),
    AsyncInferenceConfig: (row.live ?? row.target)?.async,
    PendingDeploymentSummary: pendingOf(row),
    LastDeploymentConfig: row.deploymentConfig,
    EndpointStatus: row.status,
    FailureReason: row.failureReason,
    CreationTime: new Date(row.created),
    LastModifiedTime: new Date(row.modified),
  }
}

/** What comes back batch by batch is what the endpoint is said to serve, though the other fleet does so too. */
const asConfigured = (row: EndpointRow): EndpointRow =>
  row.target?.guard?.rolling?.back === undefined ? row : { ...row, live: row.target, target: undefined }

/** Nothing for an endpoint without. */
function shadowsTold(row: EndpointRow) {
  const shadows = row.live?.variants.filter(({ isShadow }) => isShadow) ?? []
  return shadows.length > 0 ? shadows.map(variant => describeVariant(variant, row)) : undefined
}

const captureTold = (deployment: Deployment | undefined): DataCaptureConfigSummary | undefined =>
  deployment?.capture && {
    EnableCapture: deployment.capture.EnableCapture ?? true,
    CaptureStatus: deployment.capture.EnableCapture === false ? 'Stopped' : 'Started',
    CurrentSamplingPercentage: deployment.capture.InitialSamplingPercentage,
    DestinationS3Uri: deployment.capture.DestinationS3Uri,
    KmsKeyId: deployment.capture.KmsKeyId ?? '',
  }

/** What is deployed of a variant, and where its weight and number of instances are going by UpdateEndpointWeightsAndCapacities. */
function describeVariant(variant: EndpointVariant, row: EndpointRow) {
  const { live, created } = row
  const scaled = newOf(row) ? undefined : row.target
  const desired = scaled?.variants.find(({ name }) => name === variant.name) ?? variant
  if (variant.serverless) return describeServerless(variant, desired, row)
  const back = live?.guard?.rolling
  const current = (back && live ? admitted(live) : hostsOf(live, variant)).length
  const wanted = back?.instances ?? hostsOf(scaled ?? live, variant).length
  return {
    VariantName: variant.name,
    CurrentWeight: variant.weight,
    DesiredWeight: desired.weight,
    CurrentInstanceCount: current,
    DesiredInstanceCount: wanted,
    DeployedImages: imagesOf(variant, live?.since ?? created),
    ...(scaled && current !== wanted && { VariantStatus: [statusOf('Updating', scaled)] }),
    ...(back && live && { VariantStatus: [statusOf('Updating', live)] }),
  }
}

/** That its container comes and goes is nothing of the endpoint's state. */
const describeServerless = (variant: EndpointVariant, desired: EndpointVariant, { live, created }: EndpointRow) => ({
  VariantName: variant.name,
  CurrentWeight: variant.weight,
  DesiredWeight: desired.weight,
  CurrentServerlessConfig: variant.serverless,
  DesiredServerlessConfig: desired.serverless,
  DeployedImages: imagesOf(variant, live?.since ?? created),
})

/** What is wanted of another configuration than what serves; anything else that is wanted changes what serves. */
const newOf = ({ live, target }: Pick<EndpointRow, 'live' | 'target'>): Deployment | undefined =>
  target?.configName === live?.configName ? undefined : target

/** A deployment of a new configuration, from when it is asked for until it serves. Source: SageMaker API Reference, PendingDeploymentSummary. */
function pendingOf(row: EndpointRow): PendingDeploymentSummary | undefined {
  const { created, status } = row
  const target = newOf(row)
  if (!target || (status !== 'Creating' && status !== 'Updating')) return undefined
  const told = pendingVariant(target, created)
  const shadows = target.variants.filter(({ isShadow }) => isShadow)
  return {
    EndpointConfigName: target.configName,
    ProductionVariants: target.variants.filter(({ isShadow }) => !isShadow).map(told),
    ...(shadows.length > 0 && { ShadowProductionVariants: shadows.map(told) }),
    StartTime: new Date(target.since ?? created),
  }
}

const pendingVariant = (target: Deployment, created: number) => (variant: EndpointVariant) => ({
  VariantName: variant.name,
  CurrentWeight: variant.weight,
  DesiredWeight: variant.weight,
  ...(variant.serverless
    ? { CurrentServerlessConfig: variant.serverless, DesiredServerlessConfig: variant.serverless }
    : pendingInstances(target, variant)),
  DeployedImages: imagesOf(variant, target.since ?? created),
  VariantStatus: [statusOfPending(target, hostsOf(target, variant).length)],
})

const pendingInstances = (target: Deployment, variant: EndpointVariant) => ({
  CurrentInstanceCount: hostsOf(target, variant).filter(({ memoryPart }) => memoryPart !== undefined).length,
  DesiredInstanceCount: target.guard?.rolling?.instances ?? hostsOf(target, variant).length,
  InstanceType: variant.instanceType as ProductionVariantInstanceType,
})

const hostsOf = (deployment: Deployment | undefined, { name }: EndpointVariant): readonly EndpointHost[] =>
  deployment?.hosts.filter(({ variant }) => variant === name) ?? []

const statusOf = (Status: VariantStatus, deployment: Deployment): ProductionVariantStatus => ({
  Status,
  ...(waits({ target: deployment }) && { StatusMessage: 'Waiting for capacity.' }),
  ...(deployment.since !== undefined && { StartTime: new Date(deployment.since) }),
})

/** A batch that waits or is being started is told before what bakes. */
const statusOfPending = (target: Deployment, instances: number): ProductionVariantStatus =>
  (waits({ target }) ? undefined : bakingOf(target, target.guard?.rolling?.instances ?? instances)) ??
  statusOf('Creating', target)

/** In the words of AWS's example of the event. */
function bakingOf({ guard, traffic }: Deployment, instances: number): ProductionVariantStatus | undefined {
  const stage = traffic && guard?.stages[traffic.stage]
  if (!stage) return undefined
  const capacity = stage.share < 1 ? 'canary' : 'full'
  const on = Math.max(1, Math.round(instances * stage.share))
  return {
    Status: 'Baking',
    StatusMessage: `Baking for ${stage.waitMs / 1000} seconds (${stage.wait}) with traffic enabled on ${capacity} capacity of ${on} instance(s).`,
    StartTime: new Date(traffic.since),
  }
}

/** A product's images are its seller's. */
const imagesOf = ({ model }: EndpointVariant, resolved: number) =>
  model.containers
    .filter(({ productArn }) => !productArn)
    .map(({ definition, imageDigest }) => ({
      SpecifiedImage: definition.Image,
      ResolvedImage: definition.Image && `${definition.Image.replace(/[:@][^/]*$/, '')}@${imageDigest}`,
      ResolutionTime: new Date(resolved),
    }))

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
