import type { DescribeModelPackageOutput } from '@aws-sdk/client-sagemaker'
import { ServiceError } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import { listPage } from '../list.ts'
import { on } from '../sagemaker-access.ts'
import type { Op } from '../sagemaker-operation.ts'
import { findModelPackage, type ModelPackageRow, modelPackages } from './model-package.ts'
import { requireGroup } from './model-package-group.ts'
import type { PackageContainer } from './model-package-inference.ts'

export const describeModelPackage: Op<'DescribeModelPackage'> = async (input, ctx) =>
  modelPackageView(await findModelPackage(input.ModelPackageName, ctx)) as Awaited<
    ReturnType<Op<'DescribeModelPackage'>>
  >

/** As DescribeModelPackage tells it. Of a product its images, artifacts and validation stay hidden. */
export function modelPackageView(row: ModelPackageRow): DescribeModelPackageOutput {
  const hidden = row.productId !== undefined
  const request = hidden ? productTold(row.request) : ownTold(row.request)
  const containers = (all: readonly PackageContainer[]) =>
    all.map(({ definition, imageDigest, productArn }) =>
      hidden || productArn
        ? { Image: '', ProductId: row.productId ?? definition.ProductId }
        : { ...definition, ImageDigest: imageDigest },
    )
  return {
    ...request,
    ModelPackageName: row.version === undefined ? row.name : row.parent,
    ModelPackageGroupName: row.parent || undefined,
    ModelPackageVersion: row.version,
    ModelPackageArn: row.arn,
    CreationTime: new Date(row.created),
    LastModifiedTime: new Date(row.modified),
    InferenceSpecification: row.inference && { ...row.inference, Containers: containers(row.containers) },
    AdditionalInferenceSpecifications: row.additional?.length
      ? row.additional.map(({ definition, containers: all }) => ({ ...definition, Containers: containers(all) }))
      : undefined,
    ModelPackageStatus: row.status,
    ModelPackageStatusDetails: {
      ValidationStatuses: [...row.validation],
      ImageScanStatuses: hidden ? [] : [...row.imageScans],
    },
    CertifyForMarketplace: row.version === undefined ? (row.request.CertifyForMarketplace ?? false) : undefined,
    ModelApprovalStatus: row.approvalStatus as DescribeModelPackageOutput['ModelApprovalStatus'],
    ApprovalDescription: row.approvalDescription,
    CustomerMetadataProperties: hidden ? undefined : row.customerMetadata,
  } as DescribeModelPackageOutput
}

const ownTold = ({ ModelApprovalStatus: _, CustomerMetadataProperties: __, ...request }: ModelPackageRow['request']) =>
  request

/** What a product's seller said that tells nothing of where its parts lie: metrics, sources, samples and the like name places. */
const productTold = ({ ModelPackageDescription, Domain, Task }: ModelPackageRow['request']) => ({
  ModelPackageDescription,
  Domain,
  Task,
})

/** What cannot be described is told by ARN, as AWS does, rather than failing the others. */
export const batchDescribeModelPackage: Op<'BatchDescribeModelPackage'> = async (input, ctx) => {
  const found = await Promise.all([...new Set(input.ModelPackageArnList)].map(arn => describeOne(arn, ctx)))
  const described = found.flatMap(({ arn, view }) => (view ? [[arn, batchSummary(view)] as const] : []))
  const failed = found.flatMap(({ arn, error }) =>
    error ? [[arn, { ErrorCode: error.code, ErrorResponse: error.message }] as const] : [],
  )
  return {
    ModelPackageSummaries: Object.fromEntries(described),
    ...(failed.length > 0 && { BatchDescribeModelPackageErrorMap: Object.fromEntries(failed) }),
  }
}

async function describeOne(arn: string, ctx: Context) {
  try {
    const rule = on('model-package', 'ModelPackageArn')
    for (const asked of await rule({ ModelPackageArn: arn }, ctx, 'BatchDescribeModelPackage'))
      await ctx.iam.authorize(ctx.principal, asked)
    return { arn, view: modelPackageView(await findModelPackage(arn, ctx)) }
  } catch (error) {
    if (error instanceof ServiceError) return { arn, error }
    throw error
  }
}

const batchSummary = (view: DescribeModelPackageOutput) => ({
  ModelPackageGroupName: view.ModelPackageGroupName ?? (view.ModelPackageName as string),
  ModelPackageVersion: view.ModelPackageVersion,
  ModelPackageArn: view.ModelPackageArn as string,
  ModelPackageDescription: view.ModelPackageDescription,
  CreationTime: view.CreationTime as Date,
  // The shape requires it, also where there is none.
  InferenceSpecification: view.InferenceSpecification ?? { Containers: [] },
  ModelPackageStatus: view.ModelPackageStatus as 'Completed',
  ModelApprovalStatus: view.ModelApprovalStatus,
  ModelPackageRegistrationType: view.ModelPackageRegistrationType,
})

export const listModelPackages: Op<'ListModelPackages'> = async (input, ctx) => {
  const { ModelPackageGroupName, ModelPackageType, ModelApprovalStatus, ...filters } = input
  const group = ModelPackageGroupName ? await requireGroup(ctx.store, ModelPackageGroupName, ctx) : undefined
  const type = ModelPackageType ?? (group ? 'Versioned' : 'Unversioned')
  const wanted = (row: ModelPackageRow) =>
    (type === 'Both' || (row.version !== undefined) === (type === 'Versioned')) &&
    (!ModelApprovalStatus || row.approvalStatus === ModelApprovalStatus)
  const parent = group?.name ?? (type === 'Unversioned' ? '' : undefined)
  // What the column says already need not be looked at row by row.
  const told = !ModelApprovalStatus && (type === 'Both' || (type === 'Versioned' ? group !== undefined : parent === ''))
  const { rows, NextToken } = await listPage(modelPackages, filters, ctx, {
    defaultOrder: 'Ascending',
    filters: { type, ModelApprovalStatus },
    ...(parent !== undefined && { parent }),
    ...(group && { account: group.account }),
    ...(!told && { matches: wanted }),
  })
  return { ModelPackageSummaryList: rows.map(summary), NextToken }
}

const summary = (row: ModelPackageRow) => ({
  ModelPackageName: row.version === undefined ? row.name : undefined,
  ModelPackageGroupName: row.parent || undefined,
  ModelPackageVersion: row.version,
  ModelPackageArn: row.arn,
  ModelPackageDescription: row.request.ModelPackageDescription,
  CreationTime: new Date(row.created),
  ModelPackageStatus: row.status,
  ModelApprovalStatus: row.approvalStatus as 'Approved' | undefined,
  ModelLifeCycle: row.request.ModelLifeCycle,
  ModelPackageRegistrationType: row.request.ModelPackageRegistrationType,
})
