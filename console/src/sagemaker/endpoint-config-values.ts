import type { CreateEndpointConfigInput } from '@aws-sdk/client-sagemaker'
import type { Pair } from './training-job-values.ts'

export interface VariantValues {
  readonly name: string
  readonly model: string
  readonly instanceType: string
  readonly count: string
  readonly weight: string
}

/** The form of an endpoint configuration as it stands on the screen. */
export interface EndpointConfigValues {
  readonly name: string
  readonly key: string
  readonly variants: readonly VariantValues[]
  readonly tags: readonly Pair[]
}

/** `AllTraffic` for the first, as AWS's console names it. */
export const newVariant = (index: number, model: string): VariantValues => ({
  name: index === 0 ? 'AllTraffic' : `variant-name-${index + 1}`,
  model,
  instanceType: 'ml.m5.large',
  count: '1',
  weight: '1',
})

/** The request that the form stands for. */
export const endpointConfigRequest = ({
  name,
  key,
  variants,
  tags,
}: EndpointConfigValues): CreateEndpointConfigInput => ({
  EndpointConfigName: name,
  ProductionVariants: variants.map(variant => ({
    VariantName: variant.name,
    ModelName: variant.model,
    InstanceType: variant.instanceType as 'ml.m5.large',
    InitialInstanceCount: Number(variant.count),
    InitialVariantWeight: Number(variant.weight),
  })),
  KmsKeyId: key.trim() === '' ? undefined : key.trim(),
  Tags: tags.length === 0 ? undefined : tags.map(pair => ({ Key: pair.key, Value: pair.value })),
})
