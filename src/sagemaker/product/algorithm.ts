import { ValidationException } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import { resources } from '../../store/resources.ts'
import { instanceType } from '../capacity/instance-type.ts'
import { listPage } from '../list.ts'
import { insertTags } from '../resource-tag.ts'
import { alreadyExists, ConflictException } from '../sagemaker-error.ts'
import type { In, Op } from '../sagemaker-operation.ts'
import { accountOf } from '../service-context.ts'
import { requireRoomForValidation } from '../work-quota.ts'
import { checkSpecification, checkTraining } from './algorithm-rules.ts'
import type { CertifiedRow } from './certification.ts'
import { algorithmChange } from './product-change.ts'
import { checkTransformProfile } from './validation-profile.ts'

export interface AlgorithmRow extends CertifiedRow {
  readonly request: Omit<In<'CreateAlgorithm'>, 'Tags'>
  readonly trainingImageDigest: string
  /** By position of the inference specification's containers. */
  readonly inferenceImageDigests: readonly string[]
  /** Set on the marketplace's own copy: the product it is sold as. */
  readonly productId?: string
}

export const algorithms = resources<AlgorithmRow>('algorithm', algorithmChange)

export const createAlgorithm: Op<'CreateAlgorithm'> = async (input, ctx) => {
  const { Tags, ...request } = input
  checkSpecification(request.TrainingSpecification)
  for (const type of request.TrainingSpecification.SupportedTrainingInstanceTypes) requireInstanceType(type)
  await checkValidation(request, ctx)
  const row = await newAlgorithm(request, ctx)
  return ctx.store.transaction(async tx => {
    if (await algorithms.get(tx, row.arn)) throw alreadyExists('algorithm', row.arn)
    await requireRoomForValidation(tx, row.account)
    await insertTags(tx, row.arn, Tags)
    await algorithms.insert(tx, row)
    await tx.enqueue('algorithm', row.arn)
    return { AlgorithmArn: row.arn }
  })
}

async function newAlgorithm(request: AlgorithmRow['request'], ctx: Context): Promise<AlgorithmRow> {
  const now = ctx.now().getTime()
  const profile = request.ValidationSpecification?.ValidationProfiles[0]
  const steps = profile ? ['TrainingJob', ...(profile.TransformJobDefinition ? ['TransformJob'] : [])] : []
  const arn = ctx.arn('algorithm', request.AlgorithmName)
  const image = (uri: string) => ctx.images.resolve(ctx.principal, ctx.region, uri, arn)
  const training = await image(request.TrainingSpecification.TrainingImage)
  const containers = request.InferenceSpecification?.Containers ?? []
  const inference = await Promise.all(containers.map(({ Image }) => image(requireImage(Image))))
  requireDigest('TrainingImageDigest', request.TrainingSpecification.TrainingImageDigest, training.digest)
  for (const [index, { ImageDigest }] of containers.entries())
    requireDigest('ImageDigest', ImageDigest, inference[index]?.digest ?? '')
  const uris = [request.TrainingSpecification.TrainingImage, ...containers.map(({ Image }) => Image as string)]
  return {
    arn,
    account: ctx.account,
    region: ctx.region,
    name: request.AlgorithmName,
    parent: '',
    status: 'Pending',
    created: now,
    modified: now,
    request,
    trainingImageDigest: training.digest,
    inferenceImageDigests: inference.map(({ digest }) => digest),
    validation: steps.map(step => ({ Name: `${profile?.ProfileName}-${step}`, Status: 'NotStarted' })),
    imageScans: request.CertifyForMarketplace ? [...new Set(uris)].map(Name => ({ Name, Status: 'NotStarted' })) : [],
  }
}

function requireImage(uri: string | undefined): string {
  if (!uri) throw new ValidationException('Every container of InferenceSpecification must have an Image.')
  return uri
}

function requireDigest(member: string, given: string | undefined, actual: string): void {
  if (given && given !== actual)
    throw new ValidationException(`${member} is ${given}, but the image's digest is ${actual}.`)
}

function requireInstanceType(type: string): void {
  if (!instanceType(type))
    throw new ValidationException(`The instance type ${type} is not supported by this installation.`)
}

async function checkValidation(request: AlgorithmRow['request'], ctx: Context): Promise<void> {
  const { ValidationSpecification: validation, InferenceSpecification: inference, CertifyForMarketplace } = request
  if (CertifyForMarketplace && !validation)
    throw new ValidationException('ValidationSpecification is required when CertifyForMarketplace is true.')
  if (!validation) return
  const arn = ctx.arn('algorithm', request.AlgorithmName)
  await ctx.iam.passRole(ctx.principal, validation.ValidationRole, 'sagemaker.amazonaws.com', arn)
  for (const { TrainingJobDefinition: training, TransformJobDefinition: transform } of validation.ValidationProfiles) {
    if (transform && !inference)
      throw new ValidationException('A TransformJobDefinition needs an InferenceSpecification to run.')
    checkTraining(request.TrainingSpecification, {
      hyperParameters: training.HyperParameters ?? {},
      channels: training.InputDataConfig,
      inputMode: training.TrainingInputMode,
      instanceType: training.ResourceConfig.InstanceType as string,
      instanceCount: training.ResourceConfig.InstanceCount as number,
    })
    if (transform && inference) checkTransformProfile(transform, inference)
  }
}

/** By name in the caller's account, or by ARN: the caller's own or a product that the account is subscribed to. Must be Completed. */
export async function requireAlgorithm(nameOrArn: string, ctx: Context): Promise<AlgorithmRow> {
  const row = await findAlgorithm(nameOrArn, ctx)
  if (row.status !== 'Completed')
    throw new ValidationException(
      `The algorithm "${row.arn}" cannot be used: its status is ${row.status}, not Completed.`,
    )
  return row
}

async function findAlgorithm(nameOrArn: string, ctx: Context): Promise<AlgorithmRow> {
  const arn = nameOrArn.startsWith('arn:') ? nameOrArn : ctx.arn('algorithm', nameOrArn)
  if (accountOf(arn) === ctx.market.escrowAccount) await ctx.market.requireSubscription(ctx.account, arn)
  else if (accountOf(arn) !== ctx.account) throw missing(arn)
  const row = await algorithms.get(ctx.store, arn)
  if (!row) throw missing(arn)
  return row
}

const missing = (arn: string) => new ValidationException(`Algorithm ${arn} does not exist.`)

export const describeAlgorithm: Op<'DescribeAlgorithm'> = async (input, ctx) => {
  const row = await findAlgorithm(input.AlgorithmName, ctx)
  const { TrainingSpecification, InferenceSpecification, ValidationSpecification, ...request } = row.request
  const hidden = row.productId !== undefined
  return {
    ...request,
    AlgorithmName: row.name,
    AlgorithmArn: row.arn,
    CreationTime: new Date(row.created),
    TrainingSpecification: {
      ...TrainingSpecification,
      TrainingImage: hidden ? '' : TrainingSpecification.TrainingImage,
      TrainingImageDigest: hidden ? undefined : row.trainingImageDigest,
    },
    InferenceSpecification: InferenceSpecification && {
      ...InferenceSpecification,
      Containers: InferenceSpecification.Containers.map((container, index) =>
        hidden
          ? { Image: '', ProductId: row.productId }
          : { ...container, ImageDigest: row.inferenceImageDigests[index] },
      ),
    },
    ValidationSpecification: hidden ? undefined : ValidationSpecification,
    AlgorithmStatus: row.status,
    AlgorithmStatusDetails: {
      ValidationStatuses: [...row.validation],
      ImageScanStatuses: hidden ? [] : [...row.imageScans],
    },
    ProductId: row.productId,
    CertifyForMarketplace: request.CertifyForMarketplace ?? false,
  } as Awaited<ReturnType<Op<'DescribeAlgorithm'>>>
}

export const listAlgorithms: Op<'ListAlgorithms'> = async (input, ctx) => {
  const { rows, NextToken } = await listPage(algorithms, input, ctx, { defaultOrder: 'Ascending' })
  const AlgorithmSummaryList = rows.map(row => ({
    AlgorithmName: row.name,
    AlgorithmArn: row.arn,
    AlgorithmDescription: row.request.AlgorithmDescription,
    CreationTime: new Date(row.created),
    AlgorithmStatus: row.status,
  }))
  return { AlgorithmSummaryList, NextToken }
}

export const deleteAlgorithm: Op<'DeleteAlgorithm'> = (input, ctx) =>
  ctx.store.transaction(async tx => {
    const arn = ctx.arn('algorithm', input.AlgorithmName)
    const row = await algorithms.get(tx, arn)
    if (!row) throw missing(arn)
    if (row.status === 'Pending' || row.status === 'InProgress')
      throw new ConflictException(
        `The algorithm "${arn}" is being validated (${row.status}). Delete it when that has ended.`,
      )
    await algorithms.remove(tx, arn)
    return {}
  })
