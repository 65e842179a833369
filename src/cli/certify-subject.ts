import type { CreateAlgorithmInput, CreateModelPackageInput } from '@aws-sdk/client-sagemaker'
import type { Certified } from './certify-checks.ts'
import type { Product } from './certify-product.ts'
import { artifactUri, profileIn, type Session, type ValidationPlace } from './certify-session.ts'

/** What is certified: an algorithm or a model package. */
export interface Subject {
  readonly name: string
  create(): Promise<void>
  describe(): Promise<Certified>
}

export function subjectOf(session: Session, product: Product, uri: string): Subject {
  // Short enough to stand uncut at the beginning of the names of the validation's jobs.
  const name = `${product.name.slice(0, 32)}-${session.suffix}`
  return product.type === 'Algorithm'
    ? algorithm(session, product, uri, name)
    : modelPackage(session, product, uri, name)
}

function algorithm(session: Session, product: Product, uri: string, AlgorithmName: string): Subject {
  const { sagemaker } = session
  return {
    name: AlgorithmName,
    async create() {
      await sagemaker.createAlgorithm(algorithmRequest(session, product, uri, AlgorithmName))
    },
    async describe() {
      const answer = await sagemaker.describeAlgorithm({ AlgorithmName })
      return { arn: answer.AlgorithmArn, status: answer.AlgorithmStatus, details: answer.AlgorithmStatusDetails }
    },
  }
}

function modelPackage(session: Session, product: Product, uri: string, ModelPackageName: string): Subject {
  const { sagemaker } = session
  const source = { image: uri, ...(product.modelData && { artifact: artifactUri(session) }) }
  return {
    name: ModelPackageName,
    async create() {
      await sagemaker.createModelPackage(modelPackageRequest(session, product, source, ModelPackageName))
    },
    async describe() {
      const {
        ModelPackageArn: arn,
        ModelPackageStatus: status,
        ModelPackageStatusDetails: details,
      } = await sagemaker.describeModelPackage({ ModelPackageName })
      return { arn, status, details }
    },
  }
}

/** Input of CreateAlgorithm that certifies a product's image. */
export const algorithmRequest = (
  place: ValidationPlace,
  product: Product,
  uri: string,
  AlgorithmName: string,
): CreateAlgorithmInput => ({
  AlgorithmName,
  AlgorithmDescription: product.description,
  TrainingSpecification: { ...product.training, TrainingImage: uri } as never,
  InferenceSpecification: { ...product.inference, Containers: [{ Image: uri }] },
  ValidationSpecification: { ValidationRole: place.role, ValidationProfiles: [profileIn(place, product)] },
  CertifyForMarketplace: true,
})

/** What a model package is made of: an image or an algorithm (its name or ARN), and the S3 URI of a model. */
export type PackageSource =
  | { readonly image: string; readonly artifact?: string }
  | { readonly algorithm: string; readonly artifact: string }

/** Input of CreateModelPackage that certifies a product's image, or its algorithm, with a model. */
export function modelPackageRequest(
  place: ValidationPlace,
  product: Product,
  source: PackageSource,
  ModelPackageName: string,
): CreateModelPackageInput {
  const { TrainingJobDefinition: _, ...profile } = profileIn(place, product)
  const model = source.artifact && { ModelDataUrl: source.artifact }
  return {
    ...{ ModelPackageName, ModelPackageDescription: product.description },
    ...('image' in source
      ? { InferenceSpecification: { ...product.inference, Containers: [{ Image: source.image, ...model }] } }
      : {
          SourceAlgorithmSpecification: { SourceAlgorithms: [{ AlgorithmName: source.algorithm, ...model }] },
        }),
    ValidationSpecification: { ValidationRole: place.role, ValidationProfiles: [profile as never] },
    CertifyForMarketplace: true,
  }
}
