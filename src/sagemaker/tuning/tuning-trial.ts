import type { HyperParameterTrainingJobSummary } from '@aws-sdk/client-sagemaker'
import { type Resource, resources } from '../../store/resources.ts'
import type { Transaction } from '../../store/store.ts'
import { isTerminal } from '../training/training-job.ts'
import type { TrainingJobRow, TrainingJobStatus } from '../training/training-job-row.ts'
import type { Values } from './strategy/parameter.ts'
import type { TuningObjective } from './tuning-definition.ts'

/**
 * One training job of a tuning job, with all that the search goes by: it outlives the training job, which its owner may delete. Its
 * name is the training job's, its parent the tuning job's name.
 */
export interface TrialRow extends Resource {
  /** Of the training job, when it was last looked at. */
  readonly status: TrainingJobStatus
  /** From 1, in the order in which they were launched. */
  readonly number: number
  /** Position of its training job definition. */
  readonly definition: number
  readonly values: Values
  readonly trainingJobArn: string
  readonly objectiveStatus: 'Pending' | 'Succeeded' | 'Failed'
  readonly objective?: number
  readonly trainingStart?: number
  readonly trainingEnd?: number
  readonly failureReason?: string
  /** The objective after each epoch, kept when the job may be stopped early (`tuning-objective.ts`). */
  readonly curve: Curve
  /** How many values of the curve it was judged by. */
  readonly judged: number
  /** Why it was stopped early. */
  readonly verdict?: string
}

export interface Curve {
  readonly values: readonly number[]
  /** The training job's attempt that they are of. */
  readonly attempt: number
  /** For each host, the place of the last line in its output that was read. */
  readonly cursors: Readonly<Record<string, string>>
}

export const tuningTrials = resources<TrialRow>('tuning-trial')

export const trialArn = (tuningJobArn: string, number: number): string =>
  `${tuningJobArn}/trial/${String(number).padStart(4, '0')}`

type Db = Pick<Transaction, 'db'>

/** All trials of a tuning job by their numbers. */
export async function trialsOf({ db }: Db, tuningJobArn: string): Promise<TrialRow[]> {
  const rows = await db
    .selectFrom('resource')
    .select('document')
    .where('kind', '=', tuningTrials.kind)
    .where('arn', '>', `${tuningJobArn}/trial/`)
    .where('arn', '<', `${tuningJobArn}/trial0`)
    .orderBy('arn')
    .execute()
  return rows.map(({ document }) => JSON.parse(document) as TrialRow)
}

export async function removeTrials({ db }: Db, tuningJobArn: string): Promise<void> {
  await db
    .deleteFrom('resource')
    .where('kind', '=', tuningTrials.kind)
    .where('arn', '>', `${tuningJobArn}/trial/`)
    .where('arn', '<', `${tuningJobArn}/trial0`)
    .execute()
}

export const isOpen = ({ status }: TrialRow): boolean => !isTerminal(status)

/** What the training job, if it is still there, says of its trial now: a job that ended without its objective has failed as a trial. */
export function observedTrial(job: TrainingJobRow | undefined, metric: string): Partial<TrialRow> {
  if (!job) return { status: 'Failed', objectiveStatus: 'Failed', failureReason: gone }
  const { status, trainingStart, trainingEnd, failureReason } = job
  const seen = { status, trainingStart, trainingEnd, failureReason }
  if (!isTerminal(status)) return seen
  const objective = job.finalMetrics[metric]?.value
  if (status === 'Failed' || objective === undefined) return { ...seen, objectiveStatus: 'Failed' }
  return { ...seen, objectiveStatus: 'Succeeded', objective }
}

const gone = 'InternalServerError: The training job was deleted before its result was taken over.'

const date = (time: number | undefined) => (time === undefined ? undefined : new Date(time))

export type SummarizedTrial = Omit<TrialRow, 'curve'>

/** As DescribeHyperParameterTuningJob and ListTrainingJobsForHyperParameterTuningJob tell it. */
export const trialSummary = (
  trial: SummarizedTrial,
  definition: { readonly name?: string; readonly objective: TuningObjective },
): HyperParameterTrainingJobSummary => ({
  TrainingJobDefinitionName: definition.name,
  TrainingJobName: trial.name,
  TrainingJobArn: trial.trainingJobArn,
  TuningJobName: trial.parent,
  CreationTime: new Date(trial.created),
  TrainingStartTime: date(trial.trainingStart),
  TrainingEndTime: date(trial.trainingEnd),
  TrainingJobStatus: trial.status,
  TunedHyperParameters: trial.values,
  FailureReason: trial.failureReason,
  FinalHyperParameterTuningJobObjectiveMetric:
    trial.objective === undefined ? undefined : { ...definition.objective, Value: trial.objective },
  ObjectiveStatus: trial.objectiveStatus,
})
