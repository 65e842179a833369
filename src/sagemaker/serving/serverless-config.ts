import type {
  AsyncInferenceConfig,
  DataCaptureConfig,
  ProductionVariant,
  ProductionVariantServerlessConfig,
} from '@aws-sdk/client-sagemaker'
import { ValidationException } from '../../ground/errors.ts'
import type { ModelRow } from './model.ts'

/** Source: SageMaker Developer Guide, "Invoke a serverless endpoint". */
export const serverlessStartupSeconds = 180
const megabytes = [1024, 2048, 3072, 4096, 5120, 6144]

/** What is said of instances, and has no meaning where there are none. */
const ofInstances = [
  ...(['InstanceType', 'InitialInstanceCount', 'VolumeSizeInGB', 'RoutingConfig', 'ManagedInstanceScaling'] as const),
  ...(['ContainerStartupHealthCheckTimeoutInSeconds', 'ModelDataDownloadTimeoutInSeconds'] as const),
] as const

/** What the container has, named as an instance type is (`instance-type.ts`). */
export const serverlessType = ({ MemorySizeInMB }: ProductionVariantServerlessConfig): string =>
  `ml.serverless.${MemorySizeInMB}`

/** Throws ValidationException. Source: SageMaker API Reference, ProductionVariantServerlessConfig. */
export function checkServerlessVariant(variant: ProductionVariant): void {
  const { VariantName, ServerlessConfig } = variant
  const given = ofInstances.find(name => variant[name] !== undefined)
  if (given)
    throw new ValidationException(`Variant "${VariantName}": ${given} cannot be given beside ServerlessConfig.`)
  const memory = ServerlessConfig?.MemorySizeInMB as number
  if (!megabytes.includes(memory))
    throw new ValidationException(
      `Variant "${VariantName}": MemorySizeInMB must be one of ${megabytes.join(', ')}, not ${memory}.`,
    )
}

/** Throws ValidationException. Source: SageMaker Developer Guide, "Deploy models with Amazon SageMaker Serverless Inference" (feature exclusions). */
export function checkServerlessModel(
  { VariantName }: ProductionVariant,
  { name, containers, isolated }: Pick<ModelRow, 'name' | 'containers' | 'isolated'>,
): void {
  const refuse = (what: string) => {
    throw new ValidationException(
      `Variant "${VariantName}": ServerlessConfig is not supported for ${what}, as which the model "${name}" is.`,
    )
  }
  if (containers.some(({ productArn }) => productArn)) refuse('marketplace model packages')
  if (containers.some(({ models }) => models)) refuse('multi-model endpoints')
  if (containers.length > 1) refuse('inference pipelines and multi-container endpoints')
  if (isolated) refuse('models with EnableNetworkIsolation')
}

/** What else the configuration has. Throws ValidationException. Source: as above. */
export function checkServerlessConfig({ variants, shadows, capture, async }: Given): void {
  if (!variants.some(({ ServerlessConfig }) => ServerlessConfig)) return
  const refuse = (what: string) => {
    throw new ValidationException(`${what} not supported beside ServerlessConfig.`)
  }
  if (variants.length > 1) refuse('Multiple production variants are')
  if (shadows && shadows.length > 0) refuse('ShadowProductionVariants are')
  if (async) refuse('AsyncInferenceConfig is')
  if (capture && capture.EnableCapture !== false) refuse('DataCaptureConfig with EnableCapture is')
}

interface Given {
  readonly variants: readonly ProductionVariant[]
  readonly shadows?: readonly ProductionVariant[]
  readonly capture?: DataCaptureConfig | undefined
  readonly async?: AsyncInferenceConfig | undefined
}

/** Of what is deployed. It has one variant, and of that at most one container. */
export const isServerless = (
  deployed: { readonly variants: readonly { readonly serverless?: object }[] } | undefined,
): boolean => deployed?.variants.some(({ serverless }) => serverless) ?? false

/** How many requests its container is asked at once. */
export const mostAtOnceOf = ({ MaxConcurrency }: ProductionVariantServerlessConfig): number => MaxConcurrency as number
