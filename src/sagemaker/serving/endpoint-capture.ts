import type { RouteVariant } from '../../runtime/routing-table.ts'
import type { Deployment, EndpointVariant } from './endpoint.ts'

/**
 * What is captured of a variant's invocations; nothing when that is switched off. Left out, EnableCapture is true. Source: SageMaker API
 * Reference, DataCaptureConfig.
 */
export function captureOf({ capture }: Deployment, { model }: EndpointVariant): Pick<RouteVariant, 'capture'> {
  if (!capture || capture.EnableCapture === false) return {}
  const modes = capture.CaptureOptions?.map(({ CaptureMode }) => CaptureMode) ?? []
  const has = (mode: 'Input' | 'Output') => modes.includes(mode) || modes.includes('InputAndOutput')
  const lower = (types: readonly string[] | undefined) => types?.map(type => type.toLowerCase()) ?? []
  return {
    capture: {
      percentage: capture.InitialSamplingPercentage ?? 0,
      ...{ input: has('Input'), output: has('Output') },
      csv: lower(capture.CaptureContentTypeHeader?.CsvContentTypes),
      json: lower(capture.CaptureContentTypeHeader?.JsonContentTypes),
      destination: capture.DestinationS3Uri as string,
      ...(capture.KmsKeyId && { kmsKeyId: capture.KmsKeyId }),
      role: model.executionRole,
    },
  }
}
