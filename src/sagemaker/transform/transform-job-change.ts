import { isoTime, stateChange } from '../state-change.ts'
import type { TransformJobRow } from './transform-job-row.ts'

/** Told with each status of a transform job. */
export const transformJobChange = stateChange<TransformJobRow>({
  detailType: 'SageMaker Transform Job State Change',
  detail: ({ request, ...row }) => ({
    TransformJobName: row.name,
    TransformJobArn: row.arn,
    TransformJobStatus: row.status,
    FailureReason: row.failureReason,
    ModelName: request.ModelName,
    MaxConcurrentTransforms: request.MaxConcurrentTransforms,
    MaxPayloadInMB: request.MaxPayloadInMB,
    BatchStrategy: request.BatchStrategy,
    Environment: request.Environment,
    TransformInput: { CompressionType: 'None', SplitType: 'None', ...request.TransformInput },
    TransformOutput: { AssembleWith: 'None', KmsKeyId: '', ...request.TransformOutput },
    TransformResources: request.TransformResources,
    CreationTime: isoTime(row.created),
    TransformStartTime: isoTime(row.transformStart),
    TransformEndTime: isoTime(row.transformEnd),
  }),
})
