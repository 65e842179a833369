import { ServiceError } from '../../ground/errors.ts'
import type { ExecutionParameters } from '../../workload/execution-parameters.ts'
import type { TransformPlan } from '../../workload/transform.ts'
import type { TransformJobRow } from './transform-job-row.ts'

const mebibyte = 1024 * 1024

/** Payloads in flight together have at most so many MiB. Source: SageMaker API reference, CreateTransformJob. */
export const mostPayload = 100

/** What the user set is told to the container. Source: SageMaker Developer Guide, "Use Your Own Inference Code with Batch Transform". */
export function batchEnvironment({ request }: TransformJobRow): Record<string, string> {
  const { MaxPayloadInMB, BatchStrategy, MaxConcurrentTransforms } = request
  return {
    ...request.Environment,
    SAGEMAKER_BATCH: 'true',
    ...(MaxPayloadInMB !== undefined && { SAGEMAKER_MAX_PAYLOAD_IN_MB: String(MaxPayloadInMB) }),
    ...(BatchStrategy && {
      SAGEMAKER_BATCH_STRATEGY: BatchStrategy === 'MultiRecord' ? 'MULTI_RECORD' : 'SINGLE_RECORD',
    }),
    ...(MaxConcurrentTransforms !== undefined && {
      SAGEMAKER_MAX_CONCURRENT_TRANSFORMS: String(MaxConcurrentTransforms),
    }),
  }
}

/**
 * How the job cuts its input and asks its container. The request's word counts before the container's, and that before the defaults.
 * Throws a ServiceError of code `ClientError` when the container asks for more than a request could.
 */
export function transformPlan(
  { request, transformStart = 0 }: Pick<TransformJobRow, 'request' | 'transformStart'>,
  container: ExecutionParameters,
): TransformPlan {
  const { TransformInput: input, TransformOutput: output, DataProcessing: processing } = request
  const strategy = container.BatchStrategy === 'SINGLE_RECORD' ? 'SingleRecord' : 'MultiRecord'
  const payload = request.MaxPayloadInMB ?? container.MaxPayloadInMB ?? 6
  const concurrent = request.MaxConcurrentTransforms || (container.MaxConcurrentTransforms ?? 1)
  if (payload > mostPayload || payload * concurrent > mostPayload)
    throw new ServiceError(
      'ClientError',
      `With what the container's GET /execution-parameters says, MaxConcurrentTransforms times MaxPayloadInMB is ${concurrent} times ${payload}, more than ${mostPayload}.`,
    )
  return {
    split: input.SplitType ?? 'None',
    strategy: request.BatchStrategy ?? strategy,
    assemble: output.AssembleWith ?? 'None',
    compression: input.CompressionType ?? 'None',
    maxPayloadBytes: payload * mebibyte,
    maxConcurrent: concurrent,
    maxRetries: request.ModelClientConfig?.InvocationsMaxRetries ?? 3,
    contentType: input.ContentType,
    accept: output.Accept,
    ...(processing && {
      processing: {
        inputFilter: processing.InputFilter ?? '$',
        outputFilter: processing.OutputFilter ?? '$',
        join: processing.JoinSource ?? 'None',
      },
    }),
    ...(request.DataCaptureConfig?.GenerateInferenceId && { inferenceTime: toTheSecond(new Date(transformStart)) }),
  }
}

const toTheSecond = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`
