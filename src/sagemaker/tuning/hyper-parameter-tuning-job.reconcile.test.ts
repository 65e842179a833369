import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import type { Store } from '../../store/store.ts'
import {
  carry,
  definition,
  objective,
  openTuningFixture,
  ranges,
  score,
  type TuningFixture,
  tuning,
} from './tuning.fixture.ts'
import type { TrialRow } from './tuning-trial.ts'

let house: TuningFixture
beforeEach(async () => {
  house = await openTuningFixture()
})

const statusOf = async (name: string) => (await house.describe(name)).HyperParameterTuningJobStatus

describe('a tuning job', () => {
  it('runs as many training jobs at a time as it may, to as many as it may, and names the best', async () => {
    await house.create(tuning(house, 'tune', { MaxNumberOfTrainingJobs: 7, MaxParallelTrainingJobs: 3 }))
    await house.reconcile('tune')
    assert.equal((await house.open('tune')).length, 3)
    await house.reconcile('tune')
    assert.equal((await house.trials('tune')).length, 3)
    const [first, second] = await house.trials('tune')
    await house.end(second as TrialRow, score(second as TrialRow))
    await house.reconcile('tune')
    assert.deepEqual(
      (await house.open('tune')).map(({ number }) => number),
      [1, 3, 4],
    )
    assert.deepEqual((await house.describe('tune')).TrainingJobStatusCounters, {
      ...{ Completed: 1, InProgress: 3, RetryableError: 0, NonRetryableError: 0, Stopped: 0 },
    })
    const done = await carry(house, 'tune')
    assert.equal(done.HyperParameterTuningJobStatus, 'Completed')
    assert.deepEqual(done.ObjectiveStatusCounters, { Succeeded: 7, Pending: 0, Failed: 0 })
    const trials = await house.trials('tune')
    const best = trials.toSorted((a, b) => score(b) - score(a))[0] as TrialRow
    assert.equal(done.BestTrainingJob?.TrainingJobName, best.name)
    assert.deepEqual(done.BestTrainingJob?.TunedHyperParameters, best.values)
    assert.deepEqual(done.BestTrainingJob?.FinalHyperParameterTuningJobObjectiveMetric, {
      ...objective,
      Value: score(best),
    })
    assert.equal(done.OverallBestTrainingJob, undefined)
    assert.equal(done.ConsumedResources?.RuntimeInSeconds, 7)
    assert.equal(done.HyperParameterTuningEndTime?.getTime(), (done.CreationTime?.getTime() ?? 0) + 7000)
    assert.ok(first)
  })

  it('gives its training jobs static, searched and the objective’s hyperparameters, its tags, and a name of their own', async () => {
    const Tags = [{ Key: 'team', Value: 'a' }]
    const name = 'a-name-of-thirty-two-characters-'.slice(0, 31)
    await house.create({ ...tuning(house, name, { MaxNumberOfTrainingJobs: 1 }), Tags })
    await house.reconcile(name)
    const [trial] = (await house.trials(name)) as [TrialRow]
    const job = await house.jobOf(trial)
    assert.match(job.name, new RegExp(`^${name}-001-[0-9a-f]{8}$`))
    assert.ok(job.name.length <= 63)
    assert.deepEqual(job.hyperParameters, {
      epochs: '10',
      note: 'hello',
      ...trial.values,
      _tuning_objective_metric: 'accuracy',
    })
    assert.equal(job.tuningJobArn, house.ctx.arn('hyper-parameter-tuning-job', name))
    const tags = await house.store.db.selectFrom('tag').select(['key', 'value']).where('arn', '=', job.arn).execute()
    assert.deepEqual(
      tags.map(({ key, value }) => [key, value]),
      [['team', 'a']],
    )
  })

  it('tries a grid to its end', async () => {
    const CategoricalParameterRanges = [
      { Name: 'kernel', Values: ['linear', 'rbf'] },
      { Name: 'depth', Values: ['1', '2', '3'] },
    ]
    const config = { Strategy: 'Grid' as const, ParameterRanges: { CategoricalParameterRanges } }
    await house.create(
      tuning(house, 'grid', { MaxNumberOfTrainingJobs: undefined, MaxParallelTrainingJobs: 4 }, config),
    )
    assert.equal(
      (await carry(house, 'grid', trial => house.end(trial, 0.5))).HyperParameterTuningJobStatus,
      'Completed',
    )
    const tried = (await house.trials('grid')).map(({ values }) => `${values.kernel}${values.depth}`)
    assert.deepEqual(tried, ['linear1', 'linear2', 'linear3', 'rbf1', 'rbf2', 'rbf3'])
  })

  it('shares its training jobs among several definitions, each with its own ranges', async () => {
    const small = { CategoricalParameterRanges: [{ Name: 'kernel', Values: ['linear', 'rbf'] }] }
    const definitions = [
      definition(house, { DefinitionName: 'wide', TuningObjective: objective, HyperParameterRanges: ranges }),
      definition(house, { DefinitionName: 'small', TuningObjective: objective, HyperParameterRanges: small }),
    ]
    const config = { HyperParameterTuningJobObjective: undefined, ParameterRanges: undefined }
    const change = { TrainingJobDefinition: undefined, TrainingJobDefinitions: definitions }
    await house.create(tuning(house, 'several', {}, config, change))
    const done = await carry(house, 'several', trial => house.end(trial, trial.definition === 1 ? 0.9 : 0.1))
    const trials = await house.trials('several')
    assert.deepEqual(
      trials.map(({ definition }) => definition),
      [0, 1, 0, 1, 0, 0],
    )
    assert.deepEqual(
      trials.filter(({ definition }) => definition === 1).map(({ values }) => Object.keys(values)),
      [['kernel'], ['kernel']],
    )
    assert.equal(done.BestTrainingJob?.TrainingJobDefinitionName, 'small')
    const { TrainingJobSummaries } = await house.listTraining({ HyperParameterTuningJobName: 'several' })
    assert.deepEqual(
      TrainingJobSummaries?.map(job => job.TrainingJobDefinitionName),
      ['wide', 'small', 'wide', 'small', 'wide', 'wide'],
    )
  })
})

/** The store of a process that dies at its n-th transaction, before or after the commit. */
function dying(store: Store, at: number, committed: boolean): Store {
  let count = 0
  return {
    ...store,
    async transaction(work) {
      const last = count++ === at
      if (last && !committed) throw new Error('the process died')
      const result = await store.transaction(work)
      if (last) throw new Error('the process died')
      return result
    },
  }
}

describe('a crash', () => {
  for (const Strategy of ['Random', 'Bayesian'] as const)
    it(`after any step loses and repeats no ${Strategy} trial`, async () => {
      const limits = { MaxNumberOfTrainingJobs: 8, MaxParallelTrainingJobs: 3 }
      await house.create(tuning(house, 'whole', limits, { Strategy }))
      await carry(house, 'whole')
      const whole = (await house.trials('whole')).map(({ values }) => values)
      for (const committed of [false, true])
        for (let at = 0; at < 5; at++) {
          const name = `crash-${at}-${committed ? 'after' : 'before'}`
          await house.create(tuning(house, name, limits, { Strategy }))
          for (let round = 0; round < 40 && (await statusOf(name)) === 'InProgress'; round++) {
            await house
              .reconcileOn(dying(house.store, at, committed), name)
              .catch(error => assert.match(error.message, /died/))
            await house.reconcile(name)
            for (const trial of await house.open(name)) await house.end(trial, score(trial))
          }
          assert.deepEqual(
            (await house.trials(name)).map(({ values }) => values),
            whole,
            name,
          )
          const { TrainingJobStatusCounters, HyperParameterTuningJobStatus } = await house.describe(name)
          assert.deepEqual(
            [HyperParameterTuningJobStatus, TrainingJobStatusCounters?.Completed],
            ['Completed', 8],
            name,
          )
        }
      const jobs = await house.store.db
        .selectFrom('resource')
        .select('arn')
        .where('kind', '=', 'training-job')
        .execute()
      assert.equal(jobs.length, 11 * 8)
    })
})
