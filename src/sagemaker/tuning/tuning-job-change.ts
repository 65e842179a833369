import type { Resource } from '../../store/resources.ts'
import { milliseconds, stateChange } from '../state-change.ts'

/** Of a tuning job's row what its events tell. */
interface Tuned extends Resource {
  readonly request: object
  readonly failureReason?: string
  readonly progress: { readonly jobs: object; readonly objectives: object }
}

/** Told with each status of a tuning job. */
export const tuningJobChange = stateChange<Tuned>({
  detailType: 'SageMaker HyperParameter Tuning Job State Change',
  detail: row => ({
    ...row.request,
    HyperParameterTuningJobName: row.name,
    HyperParameterTuningJobArn: row.arn,
    HyperParameterTuningJobStatus: row.status,
    FailureReason: row.failureReason,
    CreationTime: milliseconds(row.created),
    LastModifiedTime: milliseconds(row.modified),
    TrainingJobStatusCounters: row.progress.jobs,
    ObjectiveStatusCounters: row.progress.objectives,
  }),
})
