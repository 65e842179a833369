import { createHash } from 'node:crypto'
import { ValidationException } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import { newTrainingJob } from '../training/training-job.ts'
import type { TrainingJobRow, TrainingRequest } from '../training/training-job-row.ts'
import { refuseUnsupported } from '../unsupported.ts'
import type { Values } from './strategy/parameter.ts'
import type { Search } from './strategy/search.ts'
import { nextTrial } from './strategy/search-strategy.ts'
import { countCombinations } from './strategy/space.ts'
import type { Trial } from './strategy/trial.ts'
import { objectiveParameter, type TuningDefinition } from './tuning-definition.ts'
import type { TuningJobRow } from './tuning-job.ts'
import { tuningChoices } from './tuning-rules.ts'
import { isOpen, type TrialRow, trialArn } from './tuning-trial.ts'

/** A trial and its training job, which are to be kept together. */
export interface Launch {
  readonly trial: TrialRow
  readonly job: TrainingJobRow
}

/** The next trial and its training job; undefined when no combination of values is left. Throws what CreateTrainingJob would. */
export async function nextLaunch(
  row: TuningJobRow,
  trials: readonly TrialRow[],
  ctx: Context,
): Promise<Launch | undefined> {
  const definition = nextDefinition(row, trials)
  const values = definition === undefined ? undefined : nextTrial(searchOf(row, definition, trials))
  if (definition === undefined || !values) return undefined
  const number = trials.length + 1
  const arn = trialArn(row.arn, number)
  const name = trainingJobName(row, number)
  const { objective, ...rest } = row.definitions[definition] as TuningDefinition
  const made = await newTrainingJob(trainingRequest(name, rest, values), ctx)
  const job: TrainingJobRow = {
    ...made,
    hyperParameters: { ...made.hyperParameters, [objectiveParameter]: objective.MetricName },
    tuningJobArn: row.arn,
    ...(stopsEarly(row) && { objective: { trial: arn, metric: objective.MetricName } }),
    notify: { kind: 'hyper-parameter-tuning-job', key: row.arn },
  }
  return { job, trial: newTrial(row, arn, number, definition, values, job) }
}

function newTrial(
  row: TuningJobRow,
  arn: string,
  number: number,
  definition: number,
  values: Values,
  job: TrainingJobRow,
): TrialRow {
  const { account, region, name, status, created, modified } = job
  return {
    ...{ arn, account, region, name, parent: row.name, status, created, modified },
    ...{ number, definition, values, trainingJobArn: job.arn, objectiveStatus: 'Pending' },
    ...{ curve: { values: [], attempt: 1, cursors: {} }, judged: 0 },
  }
}

/** A tuning job that follows the objective of its running jobs to stop some of them. */
export const stopsEarly = ({ request }: TuningJobRow): boolean => tuningChoices(request).stopsEarly

/**
 * Refuses a tuning job whose training jobs would be refused: makes one as it will be launched, and lets it go. Throws
 * ValidationException and what CreateTrainingJob throws.
 */
export async function checkLaunch(row: TuningJobRow, definition: TuningDefinition, ctx: Context): Promise<void> {
  const values = nextTrial(searchOf(row, row.definitions.indexOf(definition), [])) as Values
  const request = trainingRequest(trainingJobName(row, 1), definition, values)
  try {
    refuseUnsupported('CreateTrainingJob', request)
    await newTrainingJob(request, ctx)
  } catch (error) {
    if (!(error instanceof ValidationException) || definition.name === undefined) throw error
    throw new ValidationException(`TrainingJobDefinitions, "${definition.name}": ${error.message}`)
  }
}

const trainingRequest = (
  TrainingJobName: string,
  { training, statics }: Pick<TuningDefinition, 'training' | 'statics'>,
  values: Values,
): TrainingRequest => ({ ...training, TrainingJobName, HyperParameters: { ...statics, ...values } })

/** `NAME-NNN-HASH`, at most 46 characters, the same for the same trial of the same tuning job. */
function trainingJobName(row: TuningJobRow, number: number): string {
  const hash = createHash('sha256').update(`${row.arn} ${row.created} ${row.seed} ${number}`).digest('hex')
  return `${row.name}-${String(number).padStart(3, '0')}-${hash.slice(0, 8)}`
}

/** The definition with the fewest trials that has combinations left. */
function nextDefinition({ definitions }: TuningJobRow, trials: readonly TrialRow[]): number | undefined {
  const counts = definitions.map((_, index) => trials.filter(({ definition }) => definition === index).length)
  const open = [...definitions.keys()].filter(
    index => (counts[index] as number) < countCombinations((definitions[index] as TuningDefinition).space),
  )
  return open.sort((first, second) => (counts[first] as number) - (counts[second] as number) || first - second)[0]
}

function searchOf(row: TuningJobRow, index: number, trials: readonly TrialRow[]): Search {
  const { space, objective } = row.definitions[index] as TuningDefinition
  const { HyperParameterTuningJobConfig: config, WarmStartConfig: warmStart } = row.request
  return {
    ...{ strategy: config.Strategy, space, direction: objective.Type },
    seed: row.seed + index * 2 ** 32,
    trials: trials.filter(({ definition }) => definition === index).map(searchedTrial),
    inherited: row.inheritance?.trials ?? [],
    transfer: warmStart?.WarmStartType === 'TransferLearning',
  }
}

function searchedTrial(trial: TrialRow): Trial {
  const { values, objective } = trial
  if (isOpen(trial)) return { values, state: 'pending' }
  return objective === undefined ? { values, state: 'failed' } : { values, state: 'succeeded', objective }
}
