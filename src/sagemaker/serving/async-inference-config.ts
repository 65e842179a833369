import type { AsyncInferenceConfig, ProductionVariant } from '@aws-sdk/client-sagemaker'
import { ValidationException } from '../../ground/errors.ts'
import type { AsyncRoute } from '../../runtime/routing-table.ts'
import { parseTopicArn } from '../../sns/topic-arn.ts'
import { parseS3Uri } from '../../workload/s3-uri.ts'
import type { ModelRow } from './model.ts'

/** AWS chooses when nothing is said; a container that answers one at a time is not flooded by so many. */
const usualConcurrency = 4

/** How many requests an instance is given at once. Source: SageMaker API Reference, AsyncInferenceClientConfig. */
export const concurrencyOf = ({ ClientConfig }: AsyncInferenceConfig): number =>
  ClientConfig?.MaxConcurrentInvocationsPerInstance ?? usualConcurrency

/** What an invocation has to know of it. */
export const asyncRouteOf = ({ OutputConfig }: AsyncInferenceConfig): AsyncRoute => ({
  output: OutputConfig?.S3OutputPath as string,
  ...(OutputConfig?.S3FailurePath && { failure: OutputConfig.S3FailurePath }),
})

/** Throws ValidationException where answers would have no place to go, and nobody could be told. */
export function checkAsyncConfig({ OutputConfig }: AsyncInferenceConfig, region: string): void {
  if (!OutputConfig?.S3OutputPath)
    throw new ValidationException('AsyncInferenceConfig.OutputConfig must have an S3OutputPath.')
  for (const path of [OutputConfig.S3OutputPath, OutputConfig.S3FailurePath]) if (path) parseS3Uri(path)
  const { SuccessTopic, ErrorTopic } = OutputConfig.NotificationConfig ?? {}
  for (const topic of [SuccessTopic, ErrorTopic])
    if (topic !== undefined && parseTopicArn(topic)?.region !== region)
      throw new ValidationException(`NotificationConfig: ${topic} is no standard topic of SNS in ${region}.`)
}

/** An asynchronous request names no container and no model. Throws ValidationException. */
export function checkAsyncModel(
  { VariantName }: ProductionVariant,
  { invocation, name, containers }: Pick<ModelRow, 'invocation' | 'name' | 'containers'>,
): void {
  if (invocation === 'Direct')
    throw new ValidationException(
      `Variant "${VariantName}": the containers of model "${name}" are called by name (InferenceExecutionConfig Direct), which asynchronous requests cannot do.`,
    )
  if (containers.some(({ models }) => models))
    throw new ValidationException(
      `Variant "${VariantName}": model "${name}" has the Mode MultiModel, and asynchronous requests name no model.`,
    )
}
