import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { openTuningFixture, type TuningFixture, tuning } from './tuning.fixture.ts'
import { recordObjective } from './tuning-objective.ts'
import type { TrialRow } from './tuning-trial.ts'

let house: TuningFixture
beforeEach(async () => {
  house = await openTuningFixture()
})

const statuses = async (name: string) =>
  Promise.all((await house.trials(name)).map(async trial => (await house.jobOf(trial)).status))

describe('early stopping', () => {
  let line = 0
  /** As a host's log tells it. */
  const tell = async (trial: TrialRow, ...values: number[]) => {
    const job = await house.jobOf(trial)
    const found = values.map(value => ({ name: 'accuracy', value, cursor: String(line++).padStart(10, '0') }))
    await house.store.transaction(tx => recordObjective(tx, job, 'algo-1', found))
    return found
  }
  const messages = async (trial: TrialRow) => (await house.jobOf(trial)).transitions.at(-1)?.StatusMessage

  it('ends a training job that falls behind the median of those before', async () => {
    await house.create(tuning(house, 'early', { MaxParallelTrainingJobs: 5 }, { TrainingJobEarlyStoppingType: 'Auto' }))
    await house.reconcile('early')
    const trials = await house.open('early')
    for (const trial of trials.slice(0, 3)) {
      await tell(trial, 0.5, 0.7)
      await house.end(trial, 0.7)
    }
    const [, , , good, bad] = trials as [TrialRow, TrialRow, TrialRow, TrialRow, TrialRow]
    await tell(good, 0.5, 0.61)
    await tell(bad, 0.55)
    await house.reconcile('early')
    assert.equal((await house.jobOf(bad)).status, 'InProgress')
    await tell(bad, 0.59)
    await house.reconcile('early')
    assert.equal((await house.jobOf(good)).status, 'InProgress')
    assert.equal((await house.jobOf(bad)).status, 'Stopping')
    assert.match((await messages(bad)) ?? '', /^After epoch 2 its objective was 0.59/)
    await house.end(bad, 0.59, { status: 'Stopped' })
    await house.reconcile('early')
    const { ObjectiveStatusCounters, TrainingJobStatusCounters } = await house.describe('early')
    assert.equal(ObjectiveStatusCounters?.Succeeded, 4)
    assert.equal(TrainingJobStatusCounters?.Stopped, 1)
  })

  it('counts a line once that comes again after a crash, and begins anew with another attempt', async () => {
    await house.create(tuning(house, 'lines', {}, { TrainingJobEarlyStoppingType: 'Auto' }))
    await house.reconcile('lines')
    const [trial] = (await house.open('lines')) as [TrialRow]
    const job = await house.jobOf(trial)
    const found = await tell(trial, 0.1, 0.2)
    const again = (attempt: number) =>
      house.store.transaction(tx => recordObjective(tx, { ...job, attempt }, 'algo-1', found))
    const values = async () => (await house.trials('lines'))[0]?.curve.values
    await again(1)
    assert.deepEqual(await values(), [0.1, 0.2])
    await house.store.transaction(tx => recordObjective(tx, job, 'algo-2', found.slice(0, 1)))
    assert.deepEqual(await values(), [0.1, 0.2, 0.1])
    await again(2)
    assert.deepEqual(await values(), [0.1, 0.2])
  })

  it('ends Hyperband’s training jobs at their rungs and at the most of the resource', async () => {
    const StrategyConfig = { HyperbandStrategyConfig: { MinResource: 1, MaxResource: 3 } }
    await house.create(tuning(house, 'band', { MaxParallelTrainingJobs: 6 }, { Strategy: 'Hyperband', StrategyConfig }))
    await house.reconcile('band')
    const trials = await house.open('band')
    for (const [index, trial] of trials.entries()) {
      await tell(trial, 1 - index / 10)
      await house.reconcile('band')
    }
    assert.deepEqual(await statuses('band'), [
      'InProgress',
      'InProgress',
      'Stopping',
      'Stopping',
      'Stopping',
      'Stopping',
    ])
    const [best] = trials as [TrialRow]
    await tell(best, 1, 1)
    await house.reconcile('band')
    assert.equal((await house.jobOf(best)).status, 'Stopping')
    assert.equal(await messages(best), 'It has reached MaxResource, 3.')
  })
})
