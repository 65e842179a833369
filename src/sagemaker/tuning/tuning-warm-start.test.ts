import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { carry, definition, openTuningFixture, ranges, score, type TuningFixture, tuning } from './tuning.fixture.ts'
import type { TrialRow } from './tuning-trial.ts'

let house: TuningFixture
beforeEach(async () => {
  house = await openTuningFixture()
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
    await carry(house, 'parent')
  })

  it('goes on from what its parents have found, and tells the best of all', async () => {
    await house.create(warm('child', ['parent'], 'IdenticalDataAndAlgorithm'))
    const done = await carry(house, 'child', trial => house.end(trial, 0.1))
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
    const refuse = (request: Parameters<TuningFixture['create']>[0], message: RegExp, code = 'ValidationException') =>
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
    const done = await carry(house, 'child')
    assert.equal(done.HyperParameterTuningJobStatus, 'Completed')
    assert.equal(done.OverallBestTrainingJob, undefined)
    assert.deepEqual(Object.keys((await house.trials('child'))[0]?.values ?? {}), ['rate'])
    await house.create(warm('grandchild', ['child'], 'TransferLearning'))
    assert.equal((await carry(house, 'grandchild')).HyperParameterTuningJobStatus, 'Completed')
  })
})
