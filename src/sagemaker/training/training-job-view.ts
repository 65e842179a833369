import type { DescribeTrainingJobResponse } from '@aws-sdk/client-sagemaker'
import { listPage } from '../list.ts'
import { notFound } from '../sagemaker-error.ts'
import type { Op } from '../sagemaker-operation.ts'
import { trainingJobs } from './training-job.ts'
import type { TrainingJobRow } from './training-job-row.ts'
import { maxRuntimeSeconds } from './training-time.ts'

const date = (time: number | undefined) => (time === undefined ? undefined : new Date(time))

export const describeTrainingJob: Op<'DescribeTrainingJob'> = async (input, ctx) => {
  const row = await trainingJobs.get(ctx.store, ctx.arn('training-job', input.TrainingJobName))
  if (!row) throw notFound()
  // Whatever ProfilerConfig asks for: nothing is profiled here.
  return { ...trainingJobView(row), ProfilingStatus: 'Disabled' } as Awaited<ReturnType<Op<'DescribeTrainingJob'>>>
}

/** As DescribeTrainingJob tells it. */
export function trainingJobView(row: TrainingJobRow): Partial<DescribeTrainingJobResponse> {
  // The clock may have been set back meanwhile.
  const seconds =
    row.trainingStart && row.trainingEnd
      ? Math.max(1, Math.ceil((row.trainingEnd - row.trainingStart) / 1000))
      : undefined
  const { request } = row
  return {
    ...request,
    TrainingJobArn: row.arn,
    TuningJobArn: row.tuningJobArn,
    TrainingJobStatus: row.status,
    SecondaryStatus: row.transitions.at(-1)?.Status,
    SecondaryStatusTransitions: row.transitions.map(transition => ({
      ...transition,
      StartTime: new Date(transition.StartTime),
      EndTime: date(transition.EndTime),
    })),
    AlgorithmSpecification: {
      EnableSageMakerMetricsTimeSeries: false,
      ...request.AlgorithmSpecification,
      ...(row.metricDefinitions.length > 0 && { MetricDefinitions: [...row.metricDefinitions] }),
    },
    HyperParameters: row.hyperParameters,
    OutputDataConfig: { KmsKeyId: '', ...request.OutputDataConfig },
    StoppingCondition: { MaxRuntimeInSeconds: maxRuntimeSeconds(request), ...request.StoppingCondition },
    EnableNetworkIsolation: request.EnableNetworkIsolation ?? false,
    EnableManagedSpotTraining: request.EnableManagedSpotTraining ?? false,
    EnableInterContainerTrafficEncryption: false,
    ...(row.modelArtifacts !== undefined && { ModelArtifacts: { S3ModelArtifacts: row.modelArtifacts } }),
    FailureReason: row.failureReason,
    CreationTime: new Date(row.created),
    LastModifiedTime: new Date(row.modified),
    TrainingStartTime: date(row.trainingStart),
    TrainingEndTime: date(row.trainingEnd),
    TrainingTimeInSeconds: seconds,
    // The time on the clock, whatever the number of instances; and nothing is cheaper here for being interruptible.
    BillableTimeInSeconds: seconds,
    FinalMetricDataList: Object.entries(row.finalMetrics).map(([MetricName, { value, time }]) => ({
      MetricName,
      Value: value,
      Timestamp: new Date(time),
    })),
  } as Partial<DescribeTrainingJobResponse>
}

export const listTrainingJobs: Op<'ListTrainingJobs'> = async (input, ctx) => {
  const { rows, NextToken } = await listPage(trainingJobs, input, ctx, { defaultSort: 'CreationTime' })
  const TrainingJobSummaries = rows.map(row => ({
    TrainingJobName: row.name,
    TrainingJobArn: row.arn,
    CreationTime: new Date(row.created),
    TrainingEndTime: date(row.trainingEnd),
    LastModifiedTime: new Date(row.modified),
    TrainingJobStatus: row.status,
    SecondaryStatus: row.transitions.at(-1)?.Status,
  }))
  return { TrainingJobSummaries, NextToken }
}
