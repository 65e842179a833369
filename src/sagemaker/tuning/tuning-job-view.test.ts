import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { search } from '../search/search-operation.ts'
import { carry, openTuningFixture, tuning } from './tuning.fixture.ts'
import type { TrialRow } from './tuning-trial.ts'

describe('lists', () => {
  it('of tuning jobs by name, status and time, in pages', async () => {
    const at = await openTuningFixture()
    for (const name of ['b', 'a', 'c']) {
      await at.create(tuning(at, name))
      at.pass(60)
    }
    await at.stop('c')
    const names = async (...given: Parameters<typeof at.list>) =>
      (await at.list(...given)).HyperParameterTuningJobSummaries?.map(job => job.HyperParameterTuningJobName)
    assert.deepEqual(await names({}), ['a', 'b', 'c'])
    assert.deepEqual(await names({ SortBy: 'CreationTime', SortOrder: 'Descending' }), ['c', 'a', 'b'])
    assert.deepEqual(await names({ StatusEquals: 'Stopping' }), ['c'])
    assert.deepEqual(await names({ NameContains: 'b' }), ['b'])
    assert.deepEqual(await names({ CreationTimeAfter: new Date(Date.parse('2026-11-20T12:00:30Z')) }), ['a', 'c'])
    const first = await at.list({ MaxResults: 2 })
    assert.deepEqual(await names({ MaxResults: 2, NextToken: first.NextToken }), ['c'])
    const [summary] = first.HyperParameterTuningJobSummaries ?? []
    assert.equal(summary?.Strategy, 'Random')
    assert.equal(summary?.ResourceLimits?.MaxNumberOfTrainingJobs, 6)
  })

  it('of training jobs by name, status and objective, in pages, those without an objective left out', async () => {
    const at = await openTuningFixture()
    await at.create(tuning(at, 'tune', { MaxParallelTrainingJobs: 6 }))
    await at.reconcile('tune')
    const trials = await at.trials('tune')
    for (const [index, accuracy] of [0.3, 0.9, undefined, 0.3, 0.5].entries())
      await at.end(trials[index] as TrialRow, accuracy)
    const numbers = async (input: object) =>
      (await at.listTraining({ HyperParameterTuningJobName: 'tune', ...input })).TrainingJobSummaries?.map(job =>
        Number(job.TrainingJobName?.split('-')[1]),
      )
    assert.deepEqual(await numbers({}), [1, 2, 3, 4, 5, 6])
    assert.deepEqual(await numbers({ StatusEquals: 'InProgress' }), [6])
    assert.deepEqual(await numbers({ SortBy: 'Status', SortOrder: 'Descending' }), [6, 5, 4, 3, 2, 1])
    const byObjective = { SortBy: 'FinalObjectiveMetricValue', SortOrder: 'Descending' } as const
    assert.deepEqual(await numbers(byObjective), [2, 5, 4, 1])
    await at.reconcile('tune')
    const seen: (number | undefined)[] = []
    for (let NextToken: string | undefined; ; ) {
      const page = await at.listTraining({
        HyperParameterTuningJobName: 'tune',
        ...byObjective,
        MaxResults: 1,
        NextToken,
      })
      seen.push(page.TrainingJobSummaries?.[0]?.FinalHyperParameterTuningJobObjectiveMetric?.Value)
      NextToken = page.NextToken
      if (!NextToken) break
    }
    assert.deepEqual(seen, [0.9, 0.5, 0.3, 0.3])
  })
})

describe('Search', () => {
  it('finds tuning jobs by what came of them, and tells their best training job', async () => {
    const at = await openTuningFixture()
    for (const name of ['good', 'poor']) await at.create(tuning(at, name))
    await carry(at, 'good', trial => at.end(trial, 0.9))
    await carry(at, 'poor', trial => at.end(trial, 0.2))
    const find = async (Name: string, Operator: 'Equals' | 'GreaterThan', Value: string) => {
      const Filters = [{ Name, Operator, Value }]
      const { Results = [] } = await search(
        { Resource: 'HyperParameterTuningJob', SearchExpression: { Filters } },
        at.ctx,
      )
      return Results.map(({ HyperParameterTuningJob: job }) => job)
    }
    const value = 'BestTrainingJob.FinalHyperParameterTuningJobObjectiveMetric.Value'
    const [job, ...others] = await find(value, 'GreaterThan', '0.5')
    assert.deepEqual(others, [])
    assert.equal(job?.HyperParameterTuningJobName, 'good')
    const described = await at.describe('good')
    for (const member of ['BestTrainingJob', 'TuningJobCompletionDetails', 'ConsumedResources'] as const)
      assert.deepEqual(job?.[member], described[member])
    assert.equal((await find('HyperParameterTuningJobStatus', 'Equals', 'Completed')).length, 2)
    assert.equal((await find('TrainingJobStatusCounters.Completed', 'GreaterThan', '6')).length, 0)
  })
})
