import { isDeepStrictEqual } from 'node:util'
import { ValidationException } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import { isTerminal } from '../training/training-job.ts'
import { better, type InheritedTrial } from './strategy/trial.ts'
import type { TuningDefinition, TuningRequest } from './tuning-definition.ts'
import { type Inheritance, type TuningJobRow, tuningJobs } from './tuning-job.ts'
import { type TrialRow, trialSummary, trialsOf } from './tuning-trial.ts'

/** More changes of fixed values leave too little in common. Source: SageMaker Developer Guide, "Run a Warm Start Hyperparameter Tuning Job". */
const mostChanges = 10

interface Parent {
  readonly row: TuningJobRow
  readonly definition: TuningDefinition
  readonly trials: readonly TrialRow[]
}

/** Checks the parents of a warm start and takes over their results. Throws ValidationException. Source: as for `mostChanges`. */
export async function inherit(
  { WarmStartConfig: config }: TuningRequest,
  definitions: readonly TuningDefinition[],
  ctx: Context,
): Promise<Inheritance | undefined> {
  if (!config) return undefined
  const names = config.ParentHyperParameterTuningJobs.map(
    ({ HyperParameterTuningJobName }) => HyperParameterTuningJobName,
  )
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new ValidationException(`The warm start names the parent "${twice}" more than once.`)
  const parents = await Promise.all(names.map(name => parentOf(name, ctx)))
  const definition = definitions[0] as TuningDefinition
  const identical = config.WarmStartType === 'IdenticalDataAndAlgorithm'
  for (const parent of parents) checkParent(parent, definition, identical)
  const count = parents.reduce((sum, { trials }) => sum + trials.length, 0)
  const best = identical ? bestOf(parents, definition) : undefined
  return { trials: parents.flatMap(inherited), count, ...(best && { best }) }
}

async function parentOf(name: string | undefined, ctx: Context): Promise<Parent> {
  if (name === undefined)
    throw new ValidationException('Each parent of a warm start must have a HyperParameterTuningJobName.')
  const arn = ctx.arn('hyper-parameter-tuning-job', name)
  const row = await tuningJobs.get(ctx.store, arn)
  if (!row) throw new ValidationException(`The parent of the warm start, the tuning job "${name}", does not exist.`)
  if (!isTerminal(row.status))
    throw new ValidationException(
      `The parent of the warm start, the tuning job "${name}", is in status ${row.status}; it must have ended.`,
    )
  const [definition] = row.definitions
  if (!definition || row.definitions.length > 1)
    throw new ValidationException(`The parent "${name}" has several training job definitions; a warm start takes one.`)
  return { row, definition, trials: await trialsOf(ctx.store, arn) }
}

function checkParent({ row, definition: parent }: Parent, child: TuningDefinition, identical: boolean): void {
  const complain = (problem: string) => new ValidationException(`Warm start from "${row.name}": ${problem}.`)
  if (!isDeepStrictEqual(parent.objective, child.objective))
    throw complain(`its objective, ${told(parent.objective)}, is not that of this tuning job, ${told(child.objective)}`)
  const [before, now] = [parent, child].map(namesOf) as [string[], string[]]
  const odd = [...before.filter(name => !now.includes(name)), ...now.filter(name => !before.includes(name))]
  if (odd.length > 0)
    throw complain(
      `the hyperparameters, static and searched together, must be the same; these are in one of the two: ${odd.join(', ')}`,
    )
  for (const { name, kind } of child.space) {
    const other = parent.space.find(parameter => parameter.name === name)
    if (other && other.kind !== kind) throw complain(`the hyperparameter "${name}" was ${other.kind} and is ${kind}`)
  }
  const changes = countChanges(parent, child)
  if (changes > mostChanges) throw complain(`there are ${changes} changes of static values, more than ${mostChanges}`)
  if (identical && !isDeepStrictEqual(parent.training.InputDataConfig, child.training.InputDataConfig))
    throw complain('its InputDataConfig is another; the type for that is TransferLearning')
}

const told = ({ Type, MetricName }: TuningDefinition['objective']) => `${Type} ${MetricName}`
const namesOf = ({ space, statics }: TuningDefinition) => [...space.map(({ name }) => name), ...Object.keys(statics)]

/** Searched hyperparameters that became static, and static ones with another value; of a categorical one every value counts. */
function countChanges(parent: TuningDefinition, child: TuningDefinition): number {
  const changes = Object.entries(child.statics).map(([name, value]) => {
    const searched = parent.space.find(parameter => parameter.name === name)
    if (searched) return searched.kind === 'categorical' ? searched.values.length : 1
    const before = parent.statics[name]
    if (before === value) return 0
    return [before, value].every(text => text !== '' && Number.isFinite(Number(text))) ? 1 : 2
  })
  return changes.reduce((sum, change) => sum + change, 0)
}

function inherited({ trials, definition }: Parent, parent: number): InheritedTrial[] {
  return trials.flatMap(({ values, objective }) =>
    objective === undefined ? [] : [{ values: { ...definition.statics, ...values }, objective, parent }],
  )
}

function bestOf(parents: readonly Parent[], { objective: { Type } }: TuningDefinition): Inheritance['best'] {
  const candidates = parents.flatMap(({ trials, definition }) =>
    trials.flatMap(trial =>
      trial.objective === undefined ? [] : [{ summary: trialSummary(trial, definition), objective: trial.objective }],
    ),
  )
  return candidates.sort((first, second) => (better(Type, first.objective, second.objective) ? -1 : 1))[0]
}
