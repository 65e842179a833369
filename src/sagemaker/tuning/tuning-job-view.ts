import type { HyperParameterTrainingJobSummary } from '@aws-sdk/client-sagemaker'
import type { Context } from '../../service/context.ts'
import { paging } from '../../service/page.ts'
import { listPage } from '../list.ts'
import type { Op } from '../sagemaker-operation.ts'
import { isTerminal, trainingJobs } from '../training/training-job.ts'
import { better } from './strategy/trial.ts'
import { objectiveParameter, type TuningDefinition, type TuningRequest } from './tuning-definition.ts'
import { requireTuningJob, type TuningJobRow, tuningJobs } from './tuning-job.ts'
import { isOpen, observedTrial, type SummarizedTrial, type TrialRow, trialSummary, trialsOf } from './tuning-trial.ts'

const date = (time: number | undefined) => (time === undefined ? undefined : new Date(time))

export const describeHyperParameterTuningJob: Op<'DescribeHyperParameterTuningJob'> = async (input, ctx) => {
  const row = await requireTuningJob(ctx.store, input.HyperParameterTuningJobName, ctx)
  return told(row, ctx.now().getTime()) as Awaited<ReturnType<Op<'DescribeHyperParameterTuningJob'>>>
}

/** All that is told of a tuning job, which the row itself holds. */
function told(row: TuningJobRow, now: number) {
  const { request, progress } = row
  const best = progress.bestTrial
  return {
    ...request,
    ...definitionsTold(row),
    ...summary(row),
    BestTrainingJob: best && trialSummary(best, definitionOf(row, best)),
    OverallBestTrainingJob: overallBest(row, best),
    FailureReason: row.failureReason,
    TuningJobCompletionDetails: {
      NumberOfTrainingJobsObjectiveNotImproving: progress.notImproving,
      ConvergenceDetectedTime: date(row.convergedAt),
    },
    ConsumedResources: { RuntimeInSeconds: Math.floor(((row.endTime ?? now) - row.created) / 1000) },
  }
}

/** As training jobs will have them: with what SageMaker adds, and the cluster under its usual name too, which clients read. */
function definitionsTold({ request, definitions }: TuningJobRow): Partial<TuningRequest> {
  const { TrainingJobDefinition: single, TrainingJobDefinitions: several } = request
  const told = (given: NonNullable<typeof single>, index: number) =>
    definitionTold(given, definitions[index] as TuningDefinition)
  return {
    ...(single && { TrainingJobDefinition: told(single, 0) }),
    ...(several && { TrainingJobDefinitions: several.map(told) }),
  }
}

function definitionTold(
  given: NonNullable<TuningRequest['TrainingJobDefinition']>,
  { objective, metricDefinitions, training }: TuningDefinition,
): typeof given {
  const { AlgorithmSpecification: spec } = given
  return {
    ...given,
    StaticHyperParameters: { ...given.StaticHyperParameters, [objectiveParameter]: objective.MetricName },
    AlgorithmSpecification: {
      TrainingImage: '',
      ...spec,
      ...(metricDefinitions && { MetricDefinitions: [...metricDefinitions] }),
    },
    ResourceConfig: training.ResourceConfig,
    OutputDataConfig: { KmsKeyId: '', ...given.OutputDataConfig },
    EnableNetworkIsolation: given.EnableNetworkIsolation ?? false,
    EnableInterContainerTrafficEncryption: false,
    EnableManagedSpotTraining: given.EnableManagedSpotTraining ?? false,
  }
}

const definitionOf = ({ definitions }: TuningJobRow, { definition }: SummarizedTrial) =>
  definitions[definition] as TuningDefinition

/** With a warm start from the same data and algorithm, the best of this tuning job and its parents. */
function overallBest(
  row: TuningJobRow,
  best: SummarizedTrial | undefined,
): HyperParameterTrainingJobSummary | undefined {
  if (row.request.WarmStartConfig?.WarmStartType !== 'IdenticalDataAndAlgorithm') return undefined
  const parents = row.inheritance?.best
  if (best?.objective === undefined) return parents && revived(parents.summary)
  const definition = definitionOf(row, best)
  const ahead = !parents || !better(definition.objective.Type, parents.objective, best.objective)
  return ahead ? trialSummary(best, definition) : revived(parents.summary)
}

/** A summary that was kept as JSON has its times as text. */
const revived = (kept: HyperParameterTrainingJobSummary): HyperParameterTrainingJobSummary => ({
  ...kept,
  CreationTime: new Date(kept.CreationTime as Date),
  TrainingStartTime: kept.TrainingStartTime && new Date(kept.TrainingStartTime),
  TrainingEndTime: kept.TrainingEndTime && new Date(kept.TrainingEndTime),
})

const summary = (row: TuningJobRow) => ({
  HyperParameterTuningJobName: row.name,
  HyperParameterTuningJobArn: row.arn,
  HyperParameterTuningJobStatus: row.status,
  CreationTime: new Date(row.created),
  HyperParameterTuningEndTime: date(row.endTime),
  LastModifiedTime: new Date(row.modified),
  TrainingJobStatusCounters: row.progress.jobs,
  ObjectiveStatusCounters: row.progress.objectives,
})

/** As Search tells it: its shape has neither Autotune nor what runs on meanwhile. */
export function tuningJobSearchView(row: TuningJobRow) {
  const { Autotune: _, ...rest } = told(row, row.modified)
  return rest
}

export const listHyperParameterTuningJobs: Op<'ListHyperParameterTuningJobs'> = async (input, ctx) => {
  const { rows, NextToken } = await listPage(tuningJobs, input, ctx, { defaultSort: 'Name', defaultOrder: 'Ascending' })
  const HyperParameterTuningJobSummaries = rows.map(row => ({
    ...summary(row),
    Strategy: row.request.HyperParameterTuningJobConfig.Strategy,
    ResourceLimits: row.request.HyperParameterTuningJobConfig.ResourceLimits,
  }))
  return { HyperParameterTuningJobSummaries, NextToken }
}

type SortBy = 'Name' | 'CreationTime' | 'Status' | 'FinalObjectiveMetricValue'

const sortValues: Record<SortBy, (trial: TrialRow) => string | number | undefined> = {
  Name: ({ name }) => name,
  CreationTime: ({ created }) => created,
  Status: ({ status }) => status,
  FinalObjectiveMetricValue: ({ objective }) => objective,
}

/** Sorted by the final value of the objective, jobs without one are left out. Source: SageMaker API reference. */
export const listTrainingJobsForHyperParameterTuningJob: Op<'ListTrainingJobsForHyperParameterTuningJob'> = async (
  input,
  ctx,
) => {
  const row = await requireTuningJob(ctx.store, input.HyperParameterTuningJobName, ctx)
  const { NextToken, MaxResults = 10, SortBy = 'Name', SortOrder = 'Ascending', StatusEquals } = input
  const listing = ['tuning-trial', ctx.account, row.arn, row.created, SortBy, SortOrder, StatusEquals]
  const pages = paging<Key>(listing, NextToken || undefined)
  const keyed = (await currentTrials(row, ctx)).flatMap(trial => {
    const value = sortValues[SortBy](trial)
    return value === undefined || (StatusEquals && trial.status !== StatusEquals)
      ? []
      : [{ trial, key: [value, trial.number] as const }]
  })
  const sign = SortOrder === 'Ascending' ? 1 : -1
  const { after } = pages
  const found = keyed
    .sort((first, second) => sign * compare(first.key, second.key))
    .filter(({ key }) => !after || sign * compare(key, after) > 0)
  const { items, next } = pages.cut(found, MaxResults, ({ key }) => key)
  return {
    TrainingJobSummaries: items.map(({ trial }) => trialSummary(trial, definitionOf(row, trial))),
    ...(next !== undefined && { NextToken: next }),
  } as Awaited<ReturnType<Op<'ListTrainingJobsForHyperParameterTuningJob'>>>
}

type Key = readonly [value: string | number, number: number]

const compare = (first: Key, second: Key): number =>
  first[0] < second[0] ? -1 : first[0] > second[0] ? 1 : first[1] - second[1]

/** The trials with the state of those that run as it is now. */
async function currentTrials(row: TuningJobRow, ctx: Context): Promise<TrialRow[]> {
  const trials = await trialsOf(ctx.store, row.arn)
  if (isTerminal(row.status)) return trials
  return Promise.all(
    trials.map(async trial => {
      if (!isOpen(trial)) return trial
      const job = await trainingJobs.get(ctx.store, trial.trainingJobArn)
      return { ...trial, ...observedTrial(job, definitionOf(row, trial).objective.MetricName) }
    }),
  )
}
