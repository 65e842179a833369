import { ValidationException } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import { resources } from '../../store/resources.ts'
import { instanceType } from '../capacity/instance-type.ts'
import { once } from '../once.ts'
import { insertTags } from '../resource-tag.ts'
import { ConflictException } from '../sagemaker-error.ts'
import type { In, Op } from '../sagemaker-operation.ts'
import { accountOf, regionOf, sageMakerArn } from '../service-context.ts'
import type { ModelContainer } from '../serving/model-container.ts'
import { requireRoomForValidation } from '../work-quota.ts'
import type { CertifiedRow } from './certification.ts'
import { type ModelPackageGroupRow, nextVersion, requireGroup } from './model-package-group.ts'
import {
  type AdditionalInference,
  modelContainersOf,
  type PackageInference,
  resolveAdditional,
  resolveInference,
} from './model-package-inference.ts'
import { modelPackageChange } from './product-change.ts'
import { checkTransformProfile } from './validation-profile.ts'

export interface ModelPackageRow extends CertifiedRow, PackageInference {
  readonly request: Omit<In<'CreateModelPackage'>, 'Tags' | 'ClientToken'>
  readonly additional?: readonly AdditionalInference[]
  /** Set for a version of a group. */
  readonly version?: number
  readonly approvalStatus?: string
  readonly approvalDescription?: string
  readonly customerMetadata?: Readonly<Record<string, string>>
  /** The account that registered it, when that is not the group's. */
  readonly registeredBy?: string
  /** Set on the marketplace's own copy: the product it is sold as. */
  readonly productId?: string
}

export const modelPackages = resources<ModelPackageRow>('model-package', modelPackageChange)

export const createModelPackage: Op<'CreateModelPackage'> = (input, ctx) =>
  once('CreateModelPackage', input.ClientToken, input, ctx, async () => {
    const { Tags, ClientToken: _, ...request } = input
    checkForm(request)
    if (Tags && request.ModelPackageGroupName)
      throw new ValidationException('Tags cannot be set on a version of a model package group.')
    const group = await groupOf(request, ctx)
    const expected = expectedArn(request, group, ctx)
    const resolved = await resolveInference(request, expected, ctx)
    await checkValidation(request, resolved, ctx)
    const additional = await resolveAdditional(request.AdditionalInferenceSpecifications, [], expected, ctx)
    return async tx => {
      const version = group && (await nextVersion(tx, await requireGroup(tx, group.arn, ctx)))
      const row = { ...newPackage(request, resolved, group, version, ctx), additional }
      if (await modelPackages.get(tx, row.arn)) throw new ValidationException(`ModelPackage already exists: ${row.arn}`)
      await requireRoomForValidation(tx, row.account)
      await insertTags(tx, row.arn, Tags)
      await modelPackages.insert(tx, row)
      await tx.enqueue('model-package', row.arn)
      return { ModelPackageArn: row.arn }
    }
  })

type Request = ModelPackageRow['request']

function checkForm(request: Request): void {
  const problem = formProblem(request)
  if (problem) throw new ValidationException(problem)
}

/** Source: SageMaker API Reference, CreateModelPackage; the first two texts are AWS's. */
function formProblem(request: Request): string | undefined {
  const { InferenceSpecification: inference, ModelPackageGroupName: group, ModelPackageName: name } = request
  if (group && name)
    return 'Both ModelPackageName and ModelPackageGroupName are provided in the input. Cannot determine which one to use.'
  if (!group && !name) return 'Missing ARN: either ModelPackageName or ModelPackageGroupName must be given.'
  const algorithm = request.SourceAlgorithmSpecification
  if (inference && algorithm)
    return 'Either InferenceSpecification or SourceAlgorithmSpecification must be given, not both.'
  if (!inference && !algorithm && (name || request.ValidationSpecification))
    return 'Either InferenceSpecification or SourceAlgorithmSpecification must be given: only a version of a model package group that is not validated can do without.'
  if (group && request.CertifyForMarketplace)
    return 'A version of a model package group cannot be certified for Marketplace.'
  // The SageMaker Python SDK sends the status that nothing has been decided of with every package; it applies to versions alone.
  if (name && request.ModelApprovalStatus && request.ModelApprovalStatus !== 'PendingManualApproval')
    return 'ModelApprovalStatus can be set only on a version of a model package group; PendingManualApproval alone applies to nothing elsewhere.'
  if (name && request.ModelPackageRegistrationType)
    return 'ModelPackageRegistrationType can be set only on a version of a model package group.'
  if (request.CertifyForMarketplace && !request.ValidationSpecification)
    return 'ValidationSpecification is required when CertifyForMarketplace is true.'
  if (request.CertifyForMarketplace && request.AdditionalInferenceSpecifications)
    return 'A model package with AdditionalInferenceSpecifications cannot be certified for Marketplace.'
  const both =
    inference?.SupportedTransformInstanceTypes?.length && inference.SupportedRealtimeInferenceInstanceTypes?.length
  if (name && inference && !both)
    return 'SupportedTransformInstanceTypes and SupportedRealtimeInferenceInstanceTypes are required for an unversioned model package.'
  return undefined
}

/**
 * The group of a version: another account's where its policy, which `sagemaker-access.ts` has asked, lets the caller register. The
 * version is then that account's. Source: SageMaker Developer Guide, "Register a model version from a different account".
 */
async function groupOf(request: Request, ctx: Context): Promise<ModelPackageGroupRow | undefined> {
  if (!request.ModelPackageGroupName) return undefined
  const group = await requireGroup(ctx.store, request.ModelPackageGroupName, ctx)
  if (group.account !== ctx.account && request.ValidationSpecification)
    throw new ValidationException(
      `A version in the model package group ${group.arn} of another account cannot be validated: its jobs would be that account's.`,
    )
  return group
}

/** The ARN by which policies of repositories may know what asks for an image: of a version, with the number that comes next. */
function expectedArn(request: Request, group: ModelPackageGroupRow | undefined, ctx: Context): string {
  if (!group) return ctx.arn('model-package', request.ModelPackageName as string)
  return sageMakerArn(ctx.region, group.account, 'model-package', `${group.name}/${group.lastVersion + 1}`)
}

async function checkValidation(request: Request, { inference }: PackageInference, ctx: Context): Promise<void> {
  const validation = request.ValidationSpecification
  if (!validation || !inference) return
  const arn = ctx.arn('model-package', request.ModelPackageName ?? (request.ModelPackageGroupName as string))
  await ctx.iam.passRole(ctx.principal, validation.ValidationRole, 'sagemaker.amazonaws.com', arn)
  for (const { TransformJobDefinition } of validation.ValidationProfiles) {
    const { InstanceType } = TransformJobDefinition.TransformResources
    if (!instanceType(InstanceType))
      throw new ValidationException(`The instance type ${InstanceType} is not supported by this installation.`)
    checkTransformProfile(TransformJobDefinition, inference)
  }
}

function newPackage(
  request: Request,
  resolved: PackageInference,
  group: ModelPackageGroupRow | undefined,
  version: number | undefined,
  ctx: Context,
): ModelPackageRow {
  const now = ctx.now().getTime()
  const name = group ? `${group.name}/${version}` : (request.ModelPackageName as string)
  const account = group?.account ?? ctx.account
  const profile = request.ValidationSpecification?.ValidationProfiles[0]
  const images = resolved.containers.map(({ definition }) => definition.Image as string)
  return {
    ...{ arn: sageMakerArn(ctx.region, account, 'model-package', name), account, region: ctx.region, name },
    parent: group?.name ?? '',
    ...(account !== ctx.account && { registeredBy: ctx.account }),
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
  modelContainersOf(row.containers, row.productId && row.arn)

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

/** Of another account, where `access.ts` has asked that account's group policy, or a product, which needs a subscription. */
export async function findModelPackage(nameOrArn: string, ctx: Context): Promise<ModelPackageRow> {
  const arn = packageArn(nameOrArn, ctx)
  if (accountOf(arn) === ctx.market.escrowAccount) await ctx.market.requireSubscription(ctx.account, arn)
  const row = regionOf(arn) === ctx.region ? await modelPackages.get(ctx.store, arn) : undefined
  if (!row) throw missingPackage(arn)
  return row
}

export const packageArn = (nameOrArn: string, ctx: Context): string =>
  nameOrArn.startsWith('arn:') ? nameOrArn : ctx.arn('model-package', nameOrArn)

export const missingPackage = (arn: string) => new ValidationException(`ModelPackage ${arn} does not exist.`)

export const deleteModelPackage: Op<'DeleteModelPackage'> = (input, ctx) =>
  ctx.store.transaction(async tx => {
    const arn = packageArn(input.ModelPackageName, ctx)
    const changeable = accountOf(arn) !== ctx.market.escrowAccount && regionOf(arn) === ctx.region
    const row = changeable ? await modelPackages.get(tx, arn) : undefined
    if (!row) throw missingPackage(arn)
    if (row.status === 'Pending' || row.status === 'InProgress')
      throw new ConflictException(
        `The model package "${arn}" is being validated (${row.status}). Delete it when that has ended.`,
      )
    await modelPackages.remove(tx, arn)
    return {}
  })
