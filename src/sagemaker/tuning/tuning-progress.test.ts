import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import type { Store } from '../../store/store.ts'
import { carry, openTuningFixture, type TuningFixture, tuning } from './tuning.fixture.ts'
import type { TrialRow } from './tuning-trial.ts'

let house: TuningFixture
beforeEach(async () => {
  house = await openTuningFixture()
})

const statusOf = async (name: string) => (await house.describe(name)).HyperParameterTuningJobStatus
const statuses = async (name: string) =>
  Promise.all((await house.trials(name)).map(async trial => (await house.jobOf(trial)).status))

describe('an end', () => {
  it('by the user stops the training jobs that run, launches no other, and waits for them', async () => {
    await house.create(tuning(house, 'stop', { MaxParallelTrainingJobs: 3 }))
    await house.reconcile('stop')
    const [first] = (await house.open('stop')) as [TrialRow]
    await house.end(first, 0.4)
    await house.stop('stop')
    await house.reconcile('stop')
    assert.equal(await statusOf('stop'), 'Stopping')
    assert.deepEqual(await statuses('stop'), ['Completed', 'Stopping', 'Stopping'])
    for (const trial of await house.open('stop')) await house.end(trial, undefined, { status: 'Stopped' })
    await house.reconcile('stop')
    const done = await house.describe('stop')
    assert.equal(done.HyperParameterTuningJobStatus, 'Stopped')
    assert.deepEqual([done.TrainingJobStatusCounters?.Completed, done.TrainingJobStatusCounters?.Stopped], [1, 2])
    assert.equal(done.BestTrainingJob?.TrainingJobName, first.name)
  })

  it('by the user between a proposal and its training job launches none', async () => {
    await house.create(tuning(house, 'between'))
    let asked = false
    const store: Store = {
      ...house.store,
      async transaction(work) {
        const result = await house.store.transaction(work)
        // The first transaction has seen a tuning job that goes on; the user is faster than the second.
        if (!asked) await house.stop('between')
        asked = true
        return result
      },
    }
    await house.reconcileOn(store, 'between')
    assert.deepEqual(await house.trials('between'), [])
    await house.reconcile('between')
    assert.equal(await statusOf('between'), 'Stopped')
  })

  it('comes when the objective is reached; what still runs is stopped', async () => {
    await house.create(
      tuning(
        house,
        'target',
        { MaxParallelTrainingJobs: 3 },
        { TuningJobCompletionCriteria: { TargetObjectiveMetricValue: 0.9 } },
      ),
    )
    await house.reconcile('target')
    const [one, two] = (await house.open('target')) as [TrialRow, TrialRow]
    await house.end(one, 0.89)
    await house.reconcile('target')
    assert.equal((await house.open('target')).length, 3)
    await house.end(two, 0.9)
    await house.reconcile('target')
    assert.equal(await statusOf('target'), 'InProgress')
    assert.deepEqual(await statuses('target'), ['Completed', 'Completed', 'Stopping', 'Stopping'])
    for (const trial of await house.open('target')) await house.end(trial, undefined, { status: 'Stopped' })
    await house.reconcile('target')
    assert.equal(await statusOf('target'), 'Completed')
  })

  it('comes when nothing improves by more than 1%', async () => {
    const criteria = { BestObjectiveNotImproving: { MaxNumberOfTrainingJobsNotImproving: 3 } }
    await house.create(
      tuning(
        house,
        'idle',
        { MaxParallelTrainingJobs: 1, MaxNumberOfTrainingJobs: 50 },
        { TuningJobCompletionCriteria: criteria },
      ),
    )
    const results = [0.5, 0.6, 0.6, 0.605, 0.55]
    const done = await carry(house, 'idle', trial => house.end(trial, results[trial.number - 1] ?? 1))
    assert.equal(done.HyperParameterTuningJobStatus, 'Completed')
    assert.equal((await house.trials('idle')).length, 5)
    assert.equal(done.TuningJobCompletionDetails?.NumberOfTrainingJobsObjectiveNotImproving, 3)
  })

  it('comes with convergence when that is asked for, and the time is told in any case', async () => {
    const limits = { MaxParallelTrainingJobs: 10, MaxNumberOfTrainingJobs: 30 }
    const criteria = { ConvergenceDetected: { CompleteOnConvergence: 'Enabled' as const } }
    await house.create(tuning(house, 'converges', limits, { TuningJobCompletionCriteria: criteria }))
    const done = await carry(house, 'converges', trial => house.end(trial, 0.5))
    assert.equal(done.HyperParameterTuningJobStatus, 'Completed')
    assert.equal((await house.trials('converges')).length, 20)
    await house.create(tuning(house, 'goes-on', limits))
    const other = await carry(house, 'goes-on', trial => house.end(trial, 0.5))
    assert.equal((await house.trials('goes-on')).length, 30)
    assert.ok(other.TuningJobCompletionDetails?.ConvergenceDetectedTime)
  })

  it('comes with convergence when Autotune has the choice, which also stops those that fall behind', async () => {
    const Autotune = { Mode: 'Enabled' as const }
    const limits = { MaxNumberOfTrainingJobs: undefined, MaxParallelTrainingJobs: 5 }
    await house.create(tuning(house, 'auto', limits, {}, { Autotune }))
    const done = await carry(house, 'auto', trial => house.end(trial, 0.5))
    assert.equal(done.HyperParameterTuningJobStatus, 'Completed')
    assert.ok(done.TuningJobCompletionDetails?.ConvergenceDetectedTime)
    const trials = await house.trials('auto')
    assert.ok(trials.length >= 20 && trials.length <= 30, `${trials.length} training jobs`)
    assert.ok((await house.jobOf(trials[0] as TrialRow)).objective, 'the objective is followed while a job runs')
    await house.create(tuning(house, 'off', {}, { TrainingJobEarlyStoppingType: 'Off' }, { Autotune }))
    await house.reconcile('off')
    const [trial] = await house.open('off')
    assert.equal((await house.jobOf(trial as TrialRow)).objective, undefined)
  })

  it('comes when the time is over', async () => {
    await house.create(tuning(house, 'time', { MaxRuntimeInSeconds: 120, MaxNumberOfTrainingJobs: undefined }))
    const waits = await house.reconcile('time')
    assert.ok(waits && waits.after <= 120_000)
    const [trial] = (await house.open('time')) as [TrialRow]
    await house.end(trial, 0.5)
    house.pass(120)
    await house.reconcile('time')
    assert.deepEqual(await statuses('time'), ['Completed', 'Stopping'])
    for (const trial of await house.open('time')) await house.end(trial, undefined, { status: 'Stopped' })
    await house.reconcile('time')
    assert.equal(await statusOf('time'), 'Completed')
  })

  it('comes as Failed when the first five fail, and tells why', async () => {
    await house.create(tuning(house, 'fails', { MaxNumberOfTrainingJobs: 20 }))
    const done = await carry(house, 'fails', trial =>
      house.end(trial, undefined, { status: 'Failed', failureReason: 'AlgorithmError: exit code: 1' }),
    )
    assert.equal(done.HyperParameterTuningJobStatus, 'Failed')
    const [first] = (await house.trials('fails')) as [TrialRow]
    assert.equal(
      done.FailureReason,
      `No training job succeeded after 6 attempts. Of ${first.name}: AlgorithmError: exit code: 1.`,
    )
    assert.equal(done.TrainingJobStatusCounters?.NonRetryableError, 6)
    assert.equal(done.BestTrainingJob, undefined)
  })

  it('comes as Failed when no training job tells its objective', async () => {
    await house.create(tuning(house, 'mute', { MaxNumberOfTrainingJobs: 2 }))
    const done = await carry(house, 'mute', trial => house.end(trial, undefined))
    assert.equal(done.HyperParameterTuningJobStatus, 'Failed')
    assert.match(
      done.FailureReason ?? '',
      /after 2 attempts\. Of mute-001-\w{8}: it ended without a value of the objective metric/,
    )
    assert.deepEqual(done.ObjectiveStatusCounters, { Succeeded: 0, Pending: 0, Failed: 2 })
    assert.equal(done.TrainingJobStatusCounters?.Completed, 2)
  })

  it('is as Completed when some fail, which count as launched', async () => {
    await house.create(tuning(house, 'some'))
    const reason = (number: number) => (number === 2 ? 'InternalServerError: gone' : 'AlgorithmError: no')
    const done = await carry(house, 'some', trial =>
      trial.number < 5
        ? house.end(trial, undefined, { status: 'Failed', failureReason: reason(trial.number) })
        : house.end(trial, 0.5),
    )
    assert.equal(done.HyperParameterTuningJobStatus, 'Completed')
    const { Completed, RetryableError, NonRetryableError } = done.TrainingJobStatusCounters ?? {}
    assert.deepEqual([Completed, RetryableError, NonRetryableError], [2, 1, 3])
  })

  it('is as Failed when no training job can be made any more', async () => {
    await house.create(tuning(house, 'gone'))
    await house.reconcile('gone')
    await house.store.db.deleteFrom('resource').where('kind', '=', 'algorithm').execute()
    const done = await carry(house, 'gone')
    assert.equal(done.HyperParameterTuningJobStatus, 'Failed')
    assert.match(done.FailureReason ?? '', /^ClientError: ValidationException: Algorithm .*trees does not exist/)
  })

  it('is not kept up by a training job that was deleted', async () => {
    await house.create(tuning(house, 'deleted', { MaxNumberOfTrainingJobs: 2 }))
    await house.reconcile('deleted')
    const [one, two] = (await house.open('deleted')) as [TrialRow, TrialRow]
    await house.store.db.deleteFrom('resource').where('arn', '=', one.trainingJobArn).execute()
    await house.end(two, 0.5)
    await house.reconcile('deleted')
    const done = await house.describe('deleted')
    assert.equal(done.HyperParameterTuningJobStatus, 'Completed')
    assert.deepEqual(done.ObjectiveStatusCounters, { Succeeded: 1, Pending: 0, Failed: 1 })
  })
})
