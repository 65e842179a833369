import type {
  InferenceComponentSpecification,
  InferenceComponentSpecificationSummary,
  ProductionVariantInstanceType,
} from '@aws-sdk/client-sagemaker'
import { listPage } from '../list.ts'
import type { Op } from '../sagemaker-operation.ts'
import { inferenceComponents } from './component-row.ts'
import type { ComponentVersion } from './component-version.ts'
import { endpoints } from './endpoint.ts'
import { requireComponent } from './inference-component.ts'

export const describeInferenceComponent: Op<'DescribeInferenceComponent'> = async (input, ctx) => {
  const row = await requireComponent(ctx.store, input.InferenceComponentName, ctx)
  const fleet = row.live ?? row.target
  const current = row.live?.copies.length ?? 0
  const endpoint = await endpoints.get(ctx.store, row.endpointArn)
  const variant = (endpoint?.live ?? endpoint?.target)?.variants.find(({ name }) => name === row.variant)
  const InstanceType = variant?.instanceType as ProductionVariantInstanceType | undefined
  return {
    InferenceComponentName: row.name,
    InferenceComponentArn: row.arn,
    EndpointName: row.parent,
    EndpointArn: row.endpointArn,
    VariantName: row.variant,
    FailureReason: row.failureReason,
    Specification: fleet && specificationTold(fleet.version),
    RuntimeConfig: {
      DesiredCopyCount: (row.target ?? row.live)?.count,
      CurrentCopyCount: current,
      PlacementStatus: InstanceType && [{ InstanceType, CurrentCopyCount: current }],
    },
    CreationTime: new Date(row.created),
    LastModifiedTime: new Date(row.modified),
    InferenceComponentStatus: row.status,
    LastDeploymentConfig: row.deploymentConfig,
  }
}

const specificationTold = ({
  specification: { Container, ...rest },
  model,
  resolved,
}: ComponentVersion): InferenceComponentSpecificationSummary => ({
  ...(rest as Omit<InferenceComponentSpecification, 'Container' | 'DataCacheConfig'>),
  Container: Container && {
    ArtifactUrl: Container.ArtifactUrl,
    Environment: Container.Environment,
    DeployedImage: {
      SpecifiedImage: Container.Image,
      ResolvedImage:
        Container.Image && `${Container.Image.replace(/[:@][^/]*$/, '')}@${model.containers[0]?.imageDigest}`,
      ResolutionTime: new Date(resolved),
    },
  },
})

export const listInferenceComponents: Op<'ListInferenceComponents'> = async (input, ctx) => {
  const { EndpointNameEquals, VariantNameEquals } = input
  const { rows, NextToken } = await listPage(inferenceComponents, input, ctx, {
    ...(EndpointNameEquals !== undefined && { parent: EndpointNameEquals }),
    ...(VariantNameEquals !== undefined && { matches: ({ variant }) => variant === VariantNameEquals }),
  })
  const InferenceComponents = rows.map(row => ({
    InferenceComponentName: row.name,
    InferenceComponentArn: row.arn,
    EndpointName: row.parent,
    EndpointArn: row.endpointArn,
    VariantName: row.variant,
    InferenceComponentStatus: row.status,
    CreationTime: new Date(row.created),
    LastModifiedTime: new Date(row.modified),
  }))
  return { InferenceComponents, NextToken }
}
