import type { DataCaptureConfigSummary } from '@aws-sdk/client-sagemaker'
import { listPage } from '../list.ts'
import type { Op } from '../sagemaker-operation.ts'
import { type Deployment, type EndpointRow, type EndpointVariant, endpoints, requireEndpoint } from './endpoint.ts'

export const describeEndpoint: Op<'DescribeEndpoint'> = async (input, ctx) => {
  return endpointView(await requireEndpoint(ctx.store, input.EndpointName, ctx))
}

/** As DescribeEndpoint tells it. */
export function endpointView(row: EndpointRow): Awaited<ReturnType<Op<'DescribeEndpoint'>>> {
  return {
    EndpointName: row.name,
    EndpointArn: row.arn,
    EndpointConfigName: (row.live ?? row.target)?.configName,
    ProductionVariants: row.live?.variants.map(variant => describeVariant(variant, row)),
    DataCaptureConfig: captureTold(row.live ?? row.target),
    AsyncInferenceConfig: (row.live ?? row.target)?.async,
    EndpointStatus: row.status,
    FailureReason: row.failureReason,
    CreationTime: new Date(row.created),
    LastModifiedTime: new Date(row.modified),
  }
}

const captureTold = (deployment: Deployment | undefined): DataCaptureConfigSummary | undefined =>
  deployment?.capture && {
    EnableCapture: false,
    CaptureStatus: 'Stopped',
    CurrentSamplingPercentage: deployment.capture.InitialSamplingPercentage,
    DestinationS3Uri: deployment.capture.DestinationS3Uri,
    KmsKeyId: deployment.capture.KmsKeyId ?? '',
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
