import type { ContainerDefinition, InferenceSpecification } from '@aws-sdk/client-sagemaker'
import { ServiceError, ValidationException } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import type { Objects } from '../../service/objects.ts'
import type { Principal } from '../../service/principal.ts'
import { parseS3Uri } from '../../workload/s3-uri.ts'
import { containersOf, type ModelPackageRow, requireModelPackage } from '../product/model-package.ts'
import { modelContainersOf } from '../product/model-package-inference.ts'
import { archiveOf, filesOf, type ModelContainer, prefixOf } from './model-container.ts'

/** What a container definition of CreateModel stands for: itself, or the containers of a model package. */
export interface ResolvedContainers {
  readonly containers: readonly ModelContainer[]
  /** Instance types that the model package allows; absent for any. */
  readonly limits?: {
    readonly realtimeInstanceTypes?: readonly string[]
    readonly transformInstanceTypes?: readonly string[]
  }
}

/** Finds image or model package as the execution role, or SageMaker for the model `arn`, may see it, and pins digests. Throws ValidationException or AccessDenied. */
export async function resolveContainer(
  definition: ContainerDefinition,
  role: Principal,
  ctx: Context,
  arn: string,
): Promise<ResolvedContainers> {
  if (definition.ModelPackageName !== undefined) return resolvePackage(definition, role, ctx, arn)
  if (!definition.Image) throw new ValidationException('A container must have an Image or a ModelPackageName.')
  if (definition.InferenceSpecificationName)
    throw new ValidationException('InferenceSpecificationName can be given only with ModelPackageName.')
  if (definition.MultiModelConfig && definition.Mode !== 'MultiModel')
    throw new ValidationException('MultiModelConfig can be given only for the Mode MultiModel.')
  const multiple = definition.Mode === 'MultiModel' ? prefixOf(definition) : undefined
  const files = multiple || definition.ModelDataUrl ? undefined : filesOf(definition)
  const archive = multiple || files ? undefined : archiveOf(definition)
  if (archive ?? files) await requireModelData((archive ?? files) as string, role, ctx)
  const container: ModelContainer = {
    definition,
    imageDigest: (await ctx.images.resolve(role, ctx.region, definition.Image, arn)).digest,
    environment: definition.Environment ?? {},
    ...(archive && { modelData: { kind: 's3', uri: archive } }),
    ...(files && { modelData: { kind: 's3-files', uri: files } }),
    ...(multiple && { models: multiple }),
  }
  return { containers: [container] }
}

/** Throws ValidationException for an archive, or files, that the role does not find or may not read. */
async function requireModelData(uri: string, role: Principal, { objects, region }: Context): Promise<void> {
  const { bucket, key } = parseS3Uri(uri)
  const found = key === '' || key.endsWith('/') ? anyBelow(objects, role, bucket, key) : objects.head(role, bucket, key)
  await found.catch(error => {
    if (!(error instanceof ServiceError)) throw error
    if (error.code !== 'AccessDenied') throw new ValidationException(`Could not find model data at ${uri}.`)
    const action = key === '' || key.endsWith('/') ? 's3:ListBucket' : 's3:GetObject'
    throw new ValidationException(
      `Could not access model data at ${uri}. Please ensure that the role "${role.arn}" has "${action}" permissions and that the object is located in ${region}.`,
    )
  })
}

async function anyBelow(objects: Objects, role: Principal, bucket: string, prefix: string): Promise<void> {
  for await (const { key } of objects.list(role, bucket, prefix)) if (!key.endsWith('/')) return
  throw new ServiceError('NoSuchKey', `There is no object below s3://${bucket}/${prefix}.`)
}

async function resolvePackage(
  definition: ContainerDefinition,
  role: Principal,
  ctx: Context,
  arn: string,
): Promise<ResolvedContainers> {
  if (definition.Mode === 'MultiModel')
    throw new ValidationException('The Mode MultiModel is not supported for a model package.')
  if (definition.Image || archiveOf(definition))
    throw new ValidationException('Image and model data cannot be given together with ModelPackageName.')
  const row = await requireModelPackage(definition.ModelPackageName as string, ctx)
  const picked = pick(row, definition.InferenceSpecificationName)
  const fromMarketplace = picked.containers.some(container => container.productArn)
  if (fromMarketplace && definition.Environment && Object.keys(definition.Environment).length > 0)
    throw new ValidationException(
      'Environment variable map cannot be specified when using a ModelPackage subscribed from AWS Marketplace.',
    )
  if (picked.containers.length === 0)
    throw new ValidationException(`The model package "${row.arn}" has no InferenceSpecification to make a model of.`)
  // A package of or by another account shares no more than its description: the images must be open to the role as well.
  if ((row.account !== ctx.account || row.registeredBy) && !fromMarketplace)
    for (const { definition: shared } of picked.containers)
      await ctx.images.resolve(role, ctx.region, shared.Image as string, arn)
  const containers = picked.containers.map((container, index) => ({
    ...container,
    definition: index === 0 ? definition : {},
    ...(container.definition.ContainerHostname && { hostname: container.definition.ContainerHostname }),
    environment: { ...container.environment, ...definition.Environment },
  }))
  return { containers, limits: picked.limits }
}

function pick(row: ModelPackageRow, name: string | undefined): ResolvedContainers {
  if (name === undefined) return { containers: containersOf(row), limits: limitsOf(row.inference) }
  const found = row.additional?.find(({ definition }) => definition.Name === name)
  if (!found)
    throw new ValidationException(`The model package "${row.arn}" has no additional inference specification "${name}".`)
  return { containers: modelContainersOf(found.containers), limits: limitsOf(found.definition) }
}

const limitsOf = ({
  SupportedRealtimeInferenceInstanceTypes: realtime,
  SupportedTransformInstanceTypes: transform,
}: Pick<
  Partial<InferenceSpecification>,
  'SupportedRealtimeInferenceInstanceTypes' | 'SupportedTransformInstanceTypes'
> = {}) => ({
  ...(realtime?.length && { realtimeInstanceTypes: realtime }),
  ...(transform?.length && { transformInstanceTypes: transform }),
})
