import type { Certified } from './certify-checks.ts'
import type { Product } from './certify-product.ts'
import { artifactUri, profileIn, type Session } from './certify-session.ts'

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
  const { sagemaker, role } = session
  return {
    name: AlgorithmName,
    async create() {
      await sagemaker.createAlgorithm({
        AlgorithmName,
        AlgorithmDescription: product.description,
        TrainingSpecification: { ...product.training, TrainingImage: uri } as never,
        InferenceSpecification: { ...product.inference, Containers: [{ Image: uri }] },
        ValidationSpecification: { ValidationRole: role, ValidationProfiles: [profileIn(session, product)] },
        CertifyForMarketplace: true,
      })
    },
    async describe() {
      const answer = await sagemaker.describeAlgorithm({ AlgorithmName })
      return { arn: answer.AlgorithmArn, status: answer.AlgorithmStatus, details: answer.AlgorithmStatusDetails }
    },
  }
}

function modelPackage(session: Session, product: Product, uri: string, ModelPackageName: string): Subject {
  const { sagemaker, role } = session
  const container = { Image: uri, ...(product.modelData && { ModelDataUrl: artifactUri(session) }) }
  return {
    name: ModelPackageName,
    async create() {
      await sagemaker.createModelPackage({
        ModelPackageName,
        ModelPackageDescription: product.description,
        InferenceSpecification: { ...product.inference, Containers: [container] },
        ValidationSpecification: { ValidationRole: role, ValidationProfiles: [profileIn(session, product) as never] },
        CertifyForMarketplace: true,
      })
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
