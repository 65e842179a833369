import type { CreateModelPackageInput } from '@aws-sdk/client-sagemaker'
import {
  inferenceSpecification,
  newServing,
  newValidation,
  optional,
  type ServingValues,
  transformText,
  type ValidationValues,
} from './product-values.ts'

/** The wizard of a model package as it stands on the screen. */
export interface ModelPackageValues extends ServingValues, ValidationValues {
  readonly name: string
  readonly description: string
  /** `image` or `algorithm`. */
  readonly option: string
  readonly data: string
  readonly algorithm: string
}

export const newModelPackage: ModelPackageValues = {
  ...newServing,
  ...newValidation,
  ...{ name: '', description: '', option: 'image', data: '', algorithm: '' },
}

/** The request that the wizard stands for. Throws SyntaxError where a document is no JSON. */
export const modelPackageRequest = (values: ModelPackageValues): CreateModelPackageInput => ({
  ModelPackageName: values.name,
  ModelPackageDescription: optional(values.description),
  ...(values.option === 'image'
    ? { InferenceSpecification: inferenceSpecification(values, { ModelDataUrl: optional(values.data) }) as never }
    : {
        SourceAlgorithmSpecification: {
          SourceAlgorithms: [{ AlgorithmName: values.algorithm.trim(), ModelDataUrl: optional(values.data) }],
        },
      }),
  ValidationSpecification: values.validates === 'yes' ? validation(values) : undefined,
  CertifyForMarketplace: values.publishes === 'yes',
})

const validation = (values: ModelPackageValues) => ({
  ValidationRole: values.role,
  ValidationProfiles: [{ ProfileName: values.profileName, TransformJobDefinition: JSON.parse(transformText(values)) }],
})
