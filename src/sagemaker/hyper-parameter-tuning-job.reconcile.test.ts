import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import type { Store } from '../store/store.ts'
import { definition, objective, openTuningHouse, ranges, type TuningHouse, tuning } from './tuning-house.ts'
import { recordObjective } from './tuning-objective.ts'
import type { TrialRow } from './tuning-trial.ts'

let house: TuningHouse
beforeEach(async () => {
  house = await openTuningHouse()
})

const score = ({ values }: TrialRow): number => 1 - (Number(values.rate) - 0.7) ** 2 - Number(values.depth) / 100

/** Ends what runs and looks again, until the tuning job has ended. */
async function carry(name: string, end: (trial: TrialRow) => Promise<void> = trial => house.end(trial, score(trial))) {
  for (let round = 0; round < 50; round++) {
    await house.reconcile(name)
    if ((await house.describe(name)).HyperParameterTuningJobStatus !== 'InProgress') break
    for (const trial of await house.open(name)) await end(trial)
  }
  return house.describe(name)
}

const statusOf = async (name: string) => (await house.describe(name)).HyperParameterTuningJobStatus
const statuses = async (name: string) =>
  Promise.all((await house.trials(name)).map(async trial => (await house.jobOf(trial)).status))

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
    const done = await carry('tune')
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
    assert.equal((await carry('grid', trial => house.end(trial, 0.5))).HyperParameterTuningJobStatus, 'Completed')
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
    const done = await carry('several', trial => house.end(trial, trial.definition === 1 ? 0.9 : 0.1))
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
      await carry('whole')
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
    const done = await carry('idle', trial => house.end(trial, results[trial.number - 1] ?? 1))
    assert.equal(done.HyperParameterTuningJobStatus, 'Completed')
    assert.equal((await house.trials('idle')).length, 5)
    assert.equal(done.TuningJobCompletionDetails?.NumberOfTrainingJobsObjectiveNotImproving, 3)
  })

  it('comes with convergence when that is asked for, and the time is told in any case', async () => {
    const limits = { MaxParallelTrainingJobs: 10, MaxNumberOfTrainingJobs: 30 }
    const criteria = { ConvergenceDetected: { CompleteOnConvergence: 'Enabled' as const } }
    await house.create(tuning(house, 'converges', limits, { TuningJobCompletionCriteria: criteria }))
    const done = await carry('converges', trial => house.end(trial, 0.5))
    assert.equal(done.HyperParameterTuningJobStatus, 'Completed')
    assert.equal((await house.trials('converges')).length, 20)
    await house.create(tuning(house, 'goes-on', limits))
    const other = await carry('goes-on', trial => house.end(trial, 0.5))
    assert.equal((await house.trials('goes-on')).length, 30)
    assert.ok(other.TuningJobCompletionDetails?.ConvergenceDetectedTime)
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
    const done = await carry('fails', trial =>
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
    const done = await carry('mute', trial => house.end(trial, undefined))
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
    const done = await carry('some', trial =>
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
    const done = await carry('gone')
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

describe('a warm start', () => {
  const warm = (name: string, parents: string[], WarmStartType: string, change: object = {}, config: object = {}) =>
    tuning(
      house,
      name,
      { MaxNumberOfTrainingJobs: 3, MaxParallelTrainingJobs: 1 },
      { Strategy: 'Bayesian', ...config },
      {
        WarmStartConfig: {
          ParentHyperParameterTuningJobs: parents.map(parent => ({ HyperParameterTuningJobName: parent })),
          WarmStartType,
        },
        ...change,
      },
    )

  beforeEach(async () => {
    await house.create(tuning(house, 'parent', { MaxNumberOfTrainingJobs: 10, MaxParallelTrainingJobs: 5 }))
    await carry('parent')
  })

  it('goes on from what its parents have found, and tells the best of all', async () => {
    await house.create(warm('child', ['parent'], 'IdenticalDataAndAlgorithm'))
    const done = await carry('child', trial => house.end(trial, 0.1))
    const parent = await house.describe('parent')
    const told = (job: object | undefined) =>
      JSON.stringify(
        Object.entries(job ?? {})
          .filter(([, value]) => value !== undefined)
          .sort(),
      )
    assert.equal(told(done.OverallBestTrainingJob), told(parent.BestTrainingJob))
    assert.equal(done.BestTrainingJob?.TuningJobName, 'child')
    await house.remove('parent')
    assert.equal(told((await house.describe('child')).OverallBestTrainingJob), told(parent.BestTrainingJob))
    const [first] = (await house.trials('child')) as [TrialRow]
    assert.ok(score(first) > 0.85, `${score(first)}`)
  })

  it('is refused with a reason', async () => {
    await house.create(tuning(house, 'running'))
    const refuse = (request: Parameters<TuningHouse['create']>[0], message: RegExp, code = 'ValidationException') =>
      assert.rejects(house.create(request), { code, message })
    const identical = 'IdenticalDataAndAlgorithm'
    await refuse(warm('no', ['nobody'], identical), /"nobody", does not exist/)
    await refuse(warm('no', ['running'], identical), /"running", is in status InProgress; it must have ended/)
    await refuse(warm('no', ['parent', 'parent'], identical), /"parent" more than once/)
    await refuse(
      warm(
        'no',
        ['parent'],
        identical,
        {},
        { Strategy: 'Hyperband', StrategyConfig: { HyperbandStrategyConfig: { MaxResource: 9 } } },
      ),
      /not Hyperband/,
    )
    await refuse(
      warm('no', ['parent'], identical, { TrainingJobDefinition: definition(house, { StaticHyperParameters: {} }) }),
      /in one of the two: note/,
    )
    const kinds = {
      ...ranges,
      IntegerParameterRanges: [],
      CategoricalParameterRanges: [{ Name: 'depth', Values: ['1', '2'] }],
    }
    await refuse(
      warm('no', ['parent'], identical, {}, { ParameterRanges: kinds }),
      /"depth" was integer and is categorical/,
    )
    const InputDataConfig = [
      { ChannelName: 'x', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://data/in' } } },
    ]
    await refuse(
      warm('no', ['parent'], identical, { TrainingJobDefinition: definition(house, { InputDataConfig }) }),
      /its InputDataConfig is another/,
    )
    const many = warm(
      'no',
      ['parent'],
      'TransferLearning',
      {},
      { ResourceLimits: { MaxNumberOfTrainingJobs: 741, MaxParallelTrainingJobs: 1 } },
    )
    await refuse(many, /751 training jobs, 10 of its parents among them/, 'ResourceLimitExceeded')
  })

  it('may turn searched hyperparameters into static ones and back', async () => {
    const fixed = { note: 'hello', depth: '3' }
    const ParameterRanges = { ContinuousParameterRanges: ranges.ContinuousParameterRanges }
    await house.create(
      warm(
        'child',
        ['parent'],
        'TransferLearning',
        { TrainingJobDefinition: definition(house, { StaticHyperParameters: fixed }) },
        { ParameterRanges },
      ),
    )
    const done = await carry('child')
    assert.equal(done.HyperParameterTuningJobStatus, 'Completed')
    assert.equal(done.OverallBestTrainingJob, undefined)
    assert.deepEqual(Object.keys((await house.trials('child'))[0]?.values ?? {}), ['rate'])
    await house.create(warm('grandchild', ['child'], 'TransferLearning'))
    assert.equal((await carry('grandchild')).HyperParameterTuningJobStatus, 'Completed')
  })
})
