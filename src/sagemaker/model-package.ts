import type {
  InferenceSpecification,
  ModelPackageContainerDefinition,
  SourceAlgorithm,
} from '@aws-sdk/client-sagemaker'
import type { Context } from '../service/context.ts'
import { ValidationException } from '../service/errors.ts'
import { resources } from '../store/resources.ts'
import { requireAlgorithm } from './algorithm.ts'
import type { CertifiedRow } from './certification.ts'
import { ConflictException } from './errors.ts'
import { listPage } from './list.ts'
import { type ModelContainer, type ModelData, requireArchive } from './model.ts'
import { nextVersion, requireGroup } from './model-package-group.ts'
import { once } from './once.ts'
import type { In, Op } from './operation.ts'
import { accountOf } from './service-context.ts'
import { insertTags } from './tag.ts'

export interface PackageContainer {
  readonly definition: ModelPackageContainerDefinition
  readonly imageDigest: string
  readonly modelData?: ModelData
  readonly productArn?: string
}

export interface ModelPackageRow extends CertifiedRow {
  readonly request: Omit<In<'CreateModelPackage'>, 'Tags' | 'ClientToken'>
  /** As given, or as the source algorithm has it. */
  readonly inference: InferenceSpecification
  readonly containers: readonly PackageContainer[]
  /** Set for a version of a group. */
  readonly version?: number
  readonly approvalStatus?: string
  readonly approvalDescription?: string
  readonly customerMetadata?: Readonly<Record<string, string>>
  /** Set on the marketplace's own copy: the product it is sold as. */
  readonly productId?: string
  /** ARN of the subscribed algorithm that it was made from. */
  readonly sourceProductArn?: string
}

export const modelPackages = resources<ModelPackageRow>('model-package')

export const createModelPackage: Op<'CreateModelPackage'> = (input, ctx) =>
  once('CreateModelPackage', input.ClientToken, input, ctx, async () => {
    const { Tags, ClientToken: _, ...request } = input
    checkForm(request)
    if (Tags && request.ModelPackageGroupName)
      throw new ValidationException('Tags cannot be set on a version of a model package group.')
    await checkValidation(request, ctx)
    const resolved = await resolveInference(request, ctx)
    return async tx => {
      const group = request.ModelPackageGroupName
        ? await requireGroup(tx, request.ModelPackageGroupName, ctx)
        : undefined
      const version = group && (await nextVersion(tx, group))
      const row = newPackage(request, resolved, version, ctx)
      if (await modelPackages.get(tx, row.arn)) throw new ValidationException(`ModelPackage already exists: ${row.arn}`)
      await modelPackages.insert(tx, row)
      await insertTags(tx, row.arn, Tags)
      await tx.enqueue('model-package', row.arn)
      return { ModelPackageArn: row.arn }
    }
  })

type Request = ModelPackageRow['request']
type Resolved = Pick<ModelPackageRow, 'inference' | 'containers' | 'sourceProductArn'>

function checkForm(request: Request): void {
  const complain = (problem: string) => {
    throw new ValidationException(problem)
  }
  const versioned = request.ModelPackageGroupName !== undefined
  if (versioned === (request.ModelPackageName !== undefined))
    complain('Either ModelPackageName or ModelPackageGroupName must be given, not both.')
  if ((request.InferenceSpecification === undefined) === (request.SourceAlgorithmSpecification === undefined))
    complain('Either InferenceSpecification or SourceAlgorithmSpecification must be given, not both.')
  if (versioned && request.CertifyForMarketplace)
    complain('A version of a model package group cannot be certified for Marketplace.')
  if (!versioned && request.ModelApprovalStatus)
    complain('ModelApprovalStatus can be set only on a version of a model package group.')
  if (request.CertifyForMarketplace && !request.ValidationSpecification)
    complain('ValidationSpecification is required when CertifyForMarketplace is true.')
  const { InferenceSpecification: inference } = request
  if (
    !versioned &&
    inference &&
    !(inference.SupportedTransformInstanceTypes?.length && inference.SupportedRealtimeInferenceInstanceTypes?.length)
  )
    complain(
      'SupportedTransformInstanceTypes and SupportedRealtimeInferenceInstanceTypes are required for an unversioned model package.',
    )
}

async function checkValidation({ ValidationSpecification: validation }: Request, ctx: Context): Promise<void> {
  if (validation) await ctx.iam.passRole(ctx.principal, validation.ValidationRole, 'sagemaker.amazonaws.com')
}

async function resolveInference(request: Request, ctx: Context): Promise<Resolved> {
  const source = request.SourceAlgorithmSpecification?.SourceAlgorithms[0]
  return source
    ? fromAlgorithm(source, ctx)
    : fromContainers(request.InferenceSpecification as InferenceSpecification, ctx)
}

async function fromContainers(inference: InferenceSpecification, ctx: Context): Promise<Resolved> {
  const containers = await Promise.all(
    (inference.Containers ?? []).map(async (definition): Promise<PackageContainer> => {
      if (!definition.Image)
        throw new ValidationException('Every container of InferenceSpecification must have an Image.')
      if (definition.ModelDataUrl) requireArchive(definition.ModelDataUrl)
      const { digest } = await ctx.images.resolve(ctx.principal, ctx.region, definition.Image)
      if (definition.ImageDigest && definition.ImageDigest !== digest)
        throw new ValidationException(
          `ImageDigest is ${definition.ImageDigest}, but the digest of ${definition.Image} is ${digest}.`,
        )
      const modelData = definition.ModelDataUrl && ({ kind: 's3', uri: definition.ModelDataUrl } as const)
      return { definition, imageDigest: digest, ...(modelData && { modelData }) }
    }),
  )
  return { inference, containers }
}

async function fromAlgorithm(source: SourceAlgorithm, ctx: Context): Promise<Resolved> {
  const algorithm = await requireAlgorithm(source.AlgorithmName as string, ctx)
  const inference = algorithm.request.InferenceSpecification
  if (!inference) throw new ValidationException(`The algorithm ${algorithm.arn} has no inference specification.`)
  if (source.ModelDataUrl) requireArchive(source.ModelDataUrl)
  const sold = algorithm.productId !== undefined
  const containers = inference.Containers.map(
    (definition, index): PackageContainer => ({
      definition: sold ? { ProductId: algorithm.productId } : definition,
      imageDigest: algorithm.inferenceImageDigests[index] as string,
      ...(index === 0 && source.ModelDataUrl && { modelData: { kind: 's3', uri: source.ModelDataUrl } }),
      ...(sold && { productArn: algorithm.arn }),
    }),
  )
  return {
    inference: inference as InferenceSpecification,
    containers,
    ...(sold && { sourceProductArn: algorithm.arn }),
  }
}

function newPackage(request: Request, resolved: Resolved, version: number | undefined, ctx: Context): ModelPackageRow {
  const now = ctx.now().getTime()
  const group = request.ModelPackageGroupName
  const name = group ? `${group}/${version}` : (request.ModelPackageName as string)
  const profile = request.ValidationSpecification?.ValidationProfiles[0]
  const images = resolved.containers.map(({ definition }) => definition.Image as string)
  return {
    ...{ arn: ctx.arn('model-package', name), account: ctx.account, region: ctx.region, name, parent: group ?? '' },
    status: 'Pending',
    created: now,
    modified: now,
    request,
    ...resolved,
    validation: profile ? [{ Name: `${profile.ProfileName}-TransformJob`, Status: 'NotStarted' }] : [],
    imageScans: request.CertifyForMarketplace ? [...new Set(images)].map(Name => ({ Name, Status: 'NotStarted' })) : [],
    ...(version !== undefined && { version, approvalStatus: request.ModelApprovalStatus ?? 'PendingManualApproval' }),
    ...(request.CustomerMetadataProperties && { customerMetadata: request.CustomerMetadataProperties }),
  }
}

/** The package's containers as a model has them. */
export const containersOf = (row: ModelPackageRow): ModelContainer[] =>
  row.containers.map(({ definition, imageDigest, modelData, productArn }) => ({
    definition: { Image: definition.Image, ContainerHostname: definition.ContainerHostname },
    imageDigest,
    environment: definition.Environment ?? {},
    ...(modelData && { modelData }),
    ...(row.productId ? { productArn: row.arn } : productArn && { productArn }),
  }))

/** By name, `GROUP/VERSION` or ARN; must be usable: Completed, approved when versioned, subscribed when a product. */
export async function requireModelPackage(nameOrArn: string, ctx: Context): Promise<ModelPackageRow> {
  const row = await findModelPackage(nameOrArn, ctx)
  if (row.status !== 'Completed')
    throw new ValidationException(
      `The model package "${row.arn}" cannot be used: its status is ${row.status}, not Completed.`,
    )
  if (row.version !== undefined && row.approvalStatus !== 'Approved')
    throw new ValidationException(
      `The model package "${row.arn}" cannot be used: its approval status is ${row.approvalStatus}, not Approved.`,
    )
  if (row.sourceProductArn) await ctx.market.requireSubscription(ctx.account, row.sourceProductArn)
  return row
}

async function findModelPackage(nameOrArn: string, ctx: Context): Promise<ModelPackageRow> {
  const arn = nameOrArn.startsWith('arn:') ? nameOrArn : ctx.arn('model-package', nameOrArn)
  if (accountOf(arn) === ctx.market.escrowAccount) await ctx.market.requireSubscription(ctx.account, arn)
  else if (accountOf(arn) !== ctx.account) throw missing(arn)
  const row = await modelPackages.get(ctx.store, arn)
  if (!row) throw missing(arn)
  return row
}

const missing = (arn: string) => new ValidationException(`ModelPackage ${arn} does not exist.`)

export const describeModelPackage: Op<'DescribeModelPackage'> = async (input, ctx) => {
  const row = await findModelPackage(input.ModelPackageName, ctx)
  const {
    ModelApprovalStatus: _,
    CustomerMetadataProperties: __,
    ValidationSpecification,
    InferenceSpecification: ___,
    ...request
  } = row.request
  const hidden = row.productId !== undefined
  return {
    ...request,
    ModelPackageName: row.version === undefined ? row.name : row.parent,
    ModelPackageVersion: row.version,
    ModelPackageArn: row.arn,
    CreationTime: new Date(row.created),
    LastModifiedTime: new Date(row.modified),
    InferenceSpecification: {
      ...row.inference,
      Containers: row.containers.map(({ definition, imageDigest, productArn }) =>
        hidden || productArn
          ? { ProductId: row.productId ?? definition.ProductId }
          : { ...definition, ImageDigest: imageDigest },
      ),
    },
    ValidationSpecification: hidden ? undefined : ValidationSpecification,
    ModelPackageStatus: row.status,
    ModelPackageStatusDetails: {
      ValidationStatuses: [...row.validation],
      ImageScanStatuses: hidden ? [] : [...row.imageScans],
    },
    CertifyForMarketplace: row.version === undefined ? (request.CertifyForMarketplace ?? false) : undefined,
    ModelApprovalStatus: row.approvalStatus,
    ApprovalDescription: row.approvalDescription,
    CustomerMetadataProperties: row.customerMetadata,
  } as Awaited<ReturnType<Op<'DescribeModelPackage'>>>
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
})

export const listModelPackages: Op<'ListModelPackages'> = async (input, ctx) => {
  const { ModelPackageType = input.ModelPackageGroupName ? 'Versioned' : 'Unversioned', ModelApprovalStatus } = input
  if (ModelPackageType === 'Both' || (ModelPackageType === 'Versioned' && !input.ModelPackageGroupName))
    throw new ValidationException(
      'ModelPackageType Versioned needs ModelPackageGroupName, and Both is not supported by this installation of Modelmart.',
    )
  if (ModelApprovalStatus)
    throw new ValidationException('The filter ModelApprovalStatus is not supported by this installation of Modelmart.')
  const { ModelPackageGroupName: group, ModelPackageType: _, ...filters } = input
  const parent = group ? (await requireGroup(ctx.store, group, ctx)).name : ''
  const { rows, NextToken } = await listPage(modelPackages, filters, ctx, { parent, defaultOrder: 'Ascending' })
  return { ModelPackageSummaryList: rows.map(summary), NextToken }
}

export const updateModelPackage: Op<'UpdateModelPackage'> = (input, ctx) =>
  ctx.store.transaction(async tx => {
    const row =
      accountOf(input.ModelPackageArn) === ctx.account ? await modelPackages.get(tx, input.ModelPackageArn) : undefined
    if (!row) throw missing(input.ModelPackageArn)
    if (input.ModelApprovalStatus && row.version === undefined)
      throw new ValidationException('ModelApprovalStatus can be set only on a version of a model package group.')
    if (input.InferenceSpecification || input.SourceUri || input.ModelPackageRegistrationType)
      throw new ValidationException(
        'UpdateModelPackage changes only approval and customer metadata in this installation of Modelmart.',
      )
    const metadata = { ...row.customerMetadata, ...input.CustomerMetadataProperties }
    for (const key of input.CustomerMetadataPropertiesToRemove ?? []) delete metadata[key]
    await modelPackages.update(tx, row.arn, {
      customerMetadata: metadata,
      ...(input.ModelApprovalStatus && { approvalStatus: input.ModelApprovalStatus }),
      ...(input.ApprovalDescription && { approvalDescription: input.ApprovalDescription }),
    })
    return { ModelPackageArn: row.arn }
  })

export const deleteModelPackage: Op<'DeleteModelPackage'> = (input, ctx) =>
  ctx.store.transaction(async tx => {
    const name = input.ModelPackageName
    const arn = name.startsWith('arn:') ? name : ctx.arn('model-package', name)
    const row = accountOf(arn) === ctx.account ? await modelPackages.get(tx, arn) : undefined
    if (!row) throw missing(arn)
    if (row.status === 'Pending' || row.status === 'InProgress')
      throw new ConflictException(
        `The model package "${arn}" is being validated (${row.status}). Delete it when that has ended.`,
      )
    await modelPackages.remove(tx, arn)
    return {}
  })
