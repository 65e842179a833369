import type {
  AdditionalInferenceSpecificationDefinition,
  InferenceSpecification,
  ModelPackageContainerDefinition,
  SourceAlgorithm,
} from '@aws-sdk/client-sagemaker'
import { ValidationException } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import type { In } from '../sagemaker-operation.ts'
import { archiveOf, type ModelContainer, type ModelData } from '../serving/model-container.ts'
import { type AlgorithmRow, requireAlgorithm } from './algorithm.ts'

/** A container of a model package with what its image was when the package was made. */
export interface PackageContainer {
  readonly definition: ModelPackageContainerDefinition
  readonly imageDigest: string
  readonly modelData?: ModelData
  readonly productArn?: string
}

/** What a model package says of inference: as given, or as its source algorithm has it. */
export interface PackageInference {
  /** Absent from a version that was registered without. */
  readonly inference?: InferenceSpecification
  readonly containers: readonly PackageContainer[]
  /** ARN of the subscribed algorithm that it was made from. */
  readonly sourceProductArn?: string
}

/** One of AdditionalInferenceSpecifications, which CreateModel picks by InferenceSpecificationName. */
export interface AdditionalInference {
  readonly definition: AdditionalInferenceSpecificationDefinition
  readonly containers: readonly PackageContainer[]
}

type Request = Pick<In<'CreateModelPackage'>, 'InferenceSpecification' | 'SourceAlgorithmSpecification'>

/** Finds the images that a request names, as the caller or SageMaker for the package `arn`, and pins their digests. Throws ValidationException. */
export async function resolveInference(request: Request, arn: string, ctx: Context): Promise<PackageInference> {
  const source = request.SourceAlgorithmSpecification?.SourceAlgorithms[0]
  if (source) return fromAlgorithm(source, ctx)
  const inference = request.InferenceSpecification as InferenceSpecification | undefined
  if (!inference) return { containers: [] }
  return { inference, containers: await resolveContainers(inference.Containers ?? [], arn, ctx) }
}

/** The same for AdditionalInferenceSpecifications, whose names must differ from each other and from those `taken`. */
export async function resolveAdditional(
  definitions: readonly AdditionalInferenceSpecificationDefinition[] | undefined,
  taken: readonly AdditionalInference[],
  arn: string,
  ctx: Context,
): Promise<AdditionalInference[]> {
  const names = new Set(taken.map(({ definition }) => definition.Name))
  for (const { Name } of definitions ?? []) {
    if (names.has(Name))
      throw new ValidationException(`The names of AdditionalInferenceSpecifications must be unique: ${Name}.`)
    names.add(Name)
  }
  if (names.size > mostAdditional)
    throw new ValidationException(`A model package can have at most ${mostAdditional} additional specifications.`)
  return Promise.all(
    (definitions ?? []).map(async definition => ({
      definition,
      containers: await resolveContainers(definition.Containers ?? [], arn, ctx),
    })),
  )
}

const mostAdditional = 15

const resolveContainers = (definitions: readonly ModelPackageContainerDefinition[], arn: string, ctx: Context) =>
  Promise.all(definitions.map(definition => resolveContainer(definition, arn, ctx)))

async function resolveContainer(
  definition: ModelPackageContainerDefinition,
  arn: string,
  ctx: Context,
): Promise<PackageContainer> {
  if (!definition.Image) throw new ValidationException('Every container of InferenceSpecification must have an Image.')
  const archive = archiveOf(definition)
  const { digest } = await ctx.images.resolve(ctx.principal, ctx.region, definition.Image, arn)
  if (definition.ImageDigest && definition.ImageDigest !== digest)
    throw new ValidationException(
      `ImageDigest is ${definition.ImageDigest}, but the digest of ${definition.Image} is ${digest}.`,
    )
  const modelData = archive && ({ kind: 's3', uri: archive } as const)
  return { definition, imageDigest: digest, ...(modelData && { modelData }) }
}

/** The containers in which an algorithm serves the archive that it has trained. Throws ValidationException. */
export function servingContainers(algorithm: AlgorithmRow, archive: string | undefined): PackageContainer[] {
  const inference = algorithm.request.InferenceSpecification
  if (!inference) throw new ValidationException(`The algorithm ${algorithm.arn} has no inference specification.`)
  const sold = algorithm.productId !== undefined
  return inference.Containers.map((definition, index) => ({
    definition: sold ? { ProductId: algorithm.productId } : definition,
    imageDigest: algorithm.inferenceImageDigests[index] as string,
    ...(index === 0 && archive && { modelData: { kind: 's3' as const, uri: archive } }),
    ...(sold && { productArn: algorithm.arn }),
  }))
}

async function fromAlgorithm(source: SourceAlgorithm, ctx: Context): Promise<PackageInference> {
  const algorithm = await requireAlgorithm(source.AlgorithmName as string, ctx)
  const containers = servingContainers(algorithm, archiveOf(source))
  return {
    inference: algorithm.request.InferenceSpecification as InferenceSpecification,
    containers,
    ...(algorithm.productId !== undefined && { sourceProductArn: algorithm.arn }),
  }
}

/** A package's containers as a model has them; `productArn` is the package's own when it is a product. */
export const modelContainersOf = (containers: readonly PackageContainer[], productArn?: string): ModelContainer[] =>
  containers.map(container => {
    const sold = productArn ?? container.productArn
    return {
      definition: { Image: container.definition.Image, ContainerHostname: container.definition.ContainerHostname },
      imageDigest: container.imageDigest,
      environment: container.definition.Environment ?? {},
      ...(container.modelData && { modelData: container.modelData }),
      ...(sold && { productArn: sold }),
    }
  })
