import { milliseconds, stateChange } from '../state-change.ts'
import type { TrainingJobRow } from './training-job-row.ts'

/** Told with each status and secondary status of a training job. */
export const trainingJobChange = stateChange<TrainingJobRow>({
  detailType: 'SageMaker Training Job State Change',
  stateOf: ({ status, transitions }) => `${status} ${transitions.at(-1)?.Status}`,
  detail: row => ({
    TrainingJobName: row.name,
    TrainingJobArn: row.arn,
    TuningJobArn: row.tuningJobArn,
    TrainingJobStatus: row.status,
    SecondaryStatus: row.transitions.at(-1)?.Status,
    FailureReason: row.failureReason,
    HyperParameters: row.hyperParameters,
    AlgorithmSpecification: row.request.AlgorithmSpecification,
    RoleArn: row.request.RoleArn,
    InputDataConfig: row.request.InputDataConfig,
    OutputDataConfig: { KmsKeyId: '', ...row.request.OutputDataConfig },
    ResourceConfig: row.request.ResourceConfig,
    StoppingCondition: row.request.StoppingCondition,
    ModelArtifacts: row.modelArtifacts && { S3ModelArtifacts: row.modelArtifacts },
    CreationTime: milliseconds(row.created),
    TrainingStartTime: milliseconds(row.trainingStart),
    TrainingEndTime: milliseconds(row.trainingEnd),
    LastModifiedTime: milliseconds(row.modified),
    SecondaryStatusTransitions: row.transitions.map(({ StartTime, EndTime, ...transition }) => ({
      ...transition,
      StartTime: milliseconds(StartTime),
      EndTime: milliseconds(EndTime),
    })),
  }),
})
