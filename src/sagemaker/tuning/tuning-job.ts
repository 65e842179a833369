import type { HyperParameterTrainingJobSummary } from '@aws-sdk/client-sagemaker'
import { ServiceError } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import { type Resource, resources } from '../../store/resources.ts'
import type { Transaction } from '../../store/store.ts'
import type { Tag } from '../resource-tag.ts'
import type { InheritedTrial } from './strategy/trial.ts'
import type { TuningDefinition, TuningRequest } from './tuning-definition.ts'
import { tuningJobChange } from './tuning-job-change.ts'
import type { TuningEnd, TuningProgress } from './tuning-progress.ts'

export type TuningJobStatus = 'InProgress' | 'Completed' | 'Failed' | 'Stopped' | 'Stopping'

export interface TuningJobRow extends Resource {
  readonly status: TuningJobStatus
  readonly request: TuningRequest
  /** Those of the tuning job when it was made: its training jobs get them too. */
  readonly tags: readonly Tag[]
  readonly definitions: readonly TuningDefinition[]
  /** All chance in the search is by it. */
  readonly seed: number
  /** Training jobs at most. */
  readonly limit: number
  readonly inheritance?: Inheritance
  readonly progress: TuningProgress
  readonly convergedAt?: number
  /** Set once no more training jobs are launched. */
  readonly end?: TuningEnd
  readonly endTime?: number
  readonly failureReason?: string
}

/** What a tuning job has from the parents of its warm start: kept with it, since they may be deleted. */
export interface Inheritance {
  readonly trials: readonly InheritedTrial[]
  /** Training jobs of the parents, which count against the limit. */
  readonly count: number
  /** The parents' best, when their results are of the same data and algorithm. */
  readonly best?: { readonly summary: HyperParameterTrainingJobSummary; readonly objective: number }
}

export const tuningJobs = resources<TuningJobRow>('hyper-parameter-tuning-job', tuningJobChange)

/** The tuning job of this name. Throws ResourceNotFound. */
export async function requireTuningJob(at: Pick<Transaction, 'db'>, name: string, ctx: Context): Promise<TuningJobRow> {
  const row = await tuningJobs.get(at, ctx.arn('hyper-parameter-tuning-job', name))
  if (!row) throw new ServiceError('ResourceNotFound', `There is no hyperparameter tuning job with the name ${name}.`)
  return row
}
