import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import {
  definition,
  objective,
  openTuningHouse,
  ranges,
  type TuningHouse,
  type TuningInput,
  tuning,
} from './tuning-house.ts'

let house: TuningHouse
before(async () => {
  house = await openTuningHouse()
})

type Change = (house: TuningHouse) => TuningInput
const withRanges =
  (ParameterRanges: object, limits: object = {}, config: object = {}): Change =>
  at =>
    tuning(at, 'refused', limits, { ParameterRanges, ...config })
const withDefinition =
  (change: object, config: object = {}): Change =>
  at =>
    tuning(at, 'refused', {}, config, { TrainingJobDefinition: definition(at, change) })
const withSeveral =
  (changes: object[], config: object = {}, change: object = {}): Change =>
  at =>
    tuning(
      at,
      'refused',
      {},
      { HyperParameterTuningJobObjective: undefined, ParameterRanges: undefined, ...config },
      {
        TrainingJobDefinition: undefined,
        TrainingJobDefinitions: changes.map(change =>
          definition(at, { TuningObjective: objective, HyperParameterRanges: ranges, ...change }),
        ),
        ...change,
      },
    )
const withConfig =
  (config: object, limits: object = {}, change: object = {}): Change =>
  at =>
    tuning(at, 'refused', limits, config, change)
const integer = (range: object) => ({
  IntegerParameterRanges: [{ Name: 'depth', MinValue: '1', MaxValue: '9', ...range }],
})
const continuous = (range: object) => ({
  ContinuousParameterRanges: [{ Name: 'rate', MinValue: '0', MaxValue: '1', ...range }],
})
const categorical = (Values: string[], Name = 'kernel') => ({ CategoricalParameterRanges: [{ Name, Values }] })
const image = { TrainingImage: '123456789012.dkr.ecr.us-east-1.amazonaws.com/probe', TrainingInputMode: 'File' }
const hyperband = (config: object) => ({ Strategy: 'Hyperband', StrategyConfig: { HyperbandStrategyConfig: config } })

const refusals: Record<string, readonly [Change, RegExp, string?]> = {
  'no range': [withRanges({}), /At least one hyperparameter/],
  'a range twice': [withRanges({ ...continuous({}), ...integer({ Name: 'rate' }) }), /"rate" is given more than once/],
  'a bound that is no number': [withRanges(continuous({ MinValue: 'low' })), /the bound "low", which is not a number/],
  'an integer bound that is none': [
    withRanges(integer({ MaxValue: '2.5' })),
    /the bound "2.5", which is not an integer/,
  ],
  'ends the wrong way round': [
    withRanges(integer({ MinValue: '10' })),
    /MinValue, 10, that is greater than its MaxValue, 9/,
  ],
  'a logarithm of 0': [withRanges(continuous({ ScalingType: 'Logarithmic' })), /cannot have Logarithmic scaling/],
  'a reverse logarithm of integers': [withRanges(integer({ ScalingType: 'ReverseLogarithmic' })), /for continuous/],
  'a reverse logarithm of 1': [withRanges(continuous({ ScalingType: 'ReverseLogarithmic' })), /not within 0 <= x < 1/],
  'a value twice': [withRanges(categorical(['rbf', 'rbf'])), /holds the value "rbf" more than once/],
  'a hyperparameter that the algorithm has not': [
    withRanges(integer({ Name: 'width' })),
    /none that the algorithm has/,
  ],
  'one that cannot be tuned': [withRanges(integer({ Name: 'epochs' })), /does not declare it tunable/],
  'a range beyond the algorithm’s': [
    withRanges(integer({ MaxValue: '65' })),
    /holds "65", but the algorithm's must be between 1 and 64/,
  ],
  'a value that the algorithm has not': [withRanges(categorical(['sigmoid'])), /holds "sigmoid"/],
  'a continuous range of integers': [
    withRanges(continuous({ Name: 'depth', MinValue: '1' })),
    /the algorithm takes integers/,
  ],
  'fewer combinations than jobs': [
    withRanges(categorical(['rbf', 'poly'])),
    /have 2 combinations .* fewer than MaxNumberOfTrainingJobs, 6/,
  ],
  'static and searched': [
    withDefinition({ StaticHyperParameters: { depth: '3' } }),
    /"depth" is both static and searched/,
  ],
  'a static value that the algorithm refuses': [
    withDefinition({ StaticHyperParameters: { kernel: 'x' } }),
    /must be one of linear/,
  ],
  'another metric as hyperparameter': [
    withDefinition({ StaticHyperParameters: { _tuning_objective_metric: 'loss' } }),
    /must be "accuracy" or left out/,
  ],
  'too many hyperparameters': [
    withDefinition({ StaticHyperParameters: Object.fromEntries(Array.from({ length: 98 }, (_, n) => [`h${n}`, '1'])) }),
    /would have 101 hyperparameters/,
  ],
  'no objective': [withConfig({ HyperParameterTuningJobObjective: undefined }), /An objective metric .* is required/],
  'an objective that the algorithm does not support': [
    withConfig({ HyperParameterTuningJobObjective: { Type: 'Minimize', MetricName: 'accuracy' } }),
    /cannot be tuned to Minimize "accuracy". Its objectives: Maximize accuracy/,
  ],
  'an image without the metric': [
    withDefinition({ AlgorithmSpecification: image }),
    /MetricDefinitions does not define the objective metric "accuracy"/,
  ],
  'no definition': [withConfig({}, {}, { TrainingJobDefinition: undefined }), /Either TrainingJobDefinition or/],
  'an objective in a single definition': [
    withDefinition({ TuningObjective: objective }),
    /given in HyperParameterTuningJobConfig/,
  ],
  'several without a name': [withSeveral([{}, { DefinitionName: 'b' }]), /must have a DefinitionName/],
  'several of one name': [withSeveral([{ DefinitionName: 'a' }, { DefinitionName: 'a' }]), /holds "a" more than once/],
  'several with a common objective': [
    withSeveral([{ DefinitionName: 'a' }], { HyperParameterTuningJobObjective: objective }),
    /each definition has its own/,
  ],
  'several that stop early': [
    withSeveral([{ DefinitionName: 'a' }, { DefinitionName: 'b' }], { TrainingJobEarlyStoppingType: 'Auto' }),
    /must be Off with several/,
  ],
  'a fault in one of several': [
    withSeveral([{ DefinitionName: 'a' }, { DefinitionName: 'b', StaticHyperParameters: { kernel: 'x' } }]),
    /^TrainingJobDefinitions, "b": Hyperparameter "kernel" = "x"/,
  ],
  'a grid of numbers': [
    withConfig({ Strategy: 'Grid' }),
    /searches categorical ranges only; that of "depth" is integer/,
  ],
  'a grid of another size': [
    withRanges(categorical(['rbf', 'poly']), {}, { Strategy: 'Grid' }),
    /is 6, but the grid has 2 combinations/,
  ],
  'Hyperband without a maximum': [
    withConfig({ Strategy: 'Hyperband' }),
    /needs MaxResource, or one of the static hyperparameters epochs/,
  ],
  'Hyperband with too much': [withConfig(hyperband({ MaxResource: 20_001 })), /the most is 20000/],
  'Hyperband the wrong way round': [
    withConfig(hyperband({ MinResource: 9, MaxResource: 3 })),
    /MinResource, 9, is greater than MaxResource, 3/,
  ],
  'Hyperband that also stops early': [
    withConfig({ ...hyperband({ MaxResource: 9 }), TrainingJobEarlyStoppingType: 'Auto' }),
    /must be Off for the strategy Hyperband/,
  ],
  'Hyperband’s configuration elsewhere': [
    withConfig({ StrategyConfig: { HyperbandStrategyConfig: { MaxResource: 9 } } }),
    /is for the strategy Hyperband, not Random/,
  ],
  'too many at a time': [
    withConfig({}, { MaxParallelTrainingJobs: 11 }),
    /MaxParallelTrainingJobs is 11; the limit is 10/,
    'ResourceLimitExceeded',
  ],
  'too many at all': [
    withConfig({}, { MaxNumberOfTrainingJobs: 751 }),
    /would have 751 training jobs; the limit is 750/,
    'ResourceLimitExceeded',
  ],
  'no end': [withConfig({}, { MaxNumberOfTrainingJobs: undefined }), /is needed to end the tuning job/],
  'AutoParameters without Autotune': [
    withRanges({ AutoParameters: [{ Name: 'rate', ValueHint: '0.1' }] }),
    /need Autotune/,
  ],
  'Autotune with nothing to choose': [
    withConfig({}, {}, { Autotune: { Mode: 'Enabled' } }),
    /AutoParameters and nothing else/,
  ],
  'a member that training jobs do not have here': [
    withDefinition({ VpcConfig: { Subnets: ['a'], SecurityGroupIds: ['b'] } }),
    /VpcConfig .*is not supported/,
  ],
  'both kinds of resources': [
    withDefinition({ HyperParameterTuningResourceConfig: { InstanceType: 'ml.m5.large' } }),
    /Either ResourceConfig or/,
  ],
  'an instance type that the algorithm does not support': [
    withDefinition({ ResourceConfig: { InstanceType: 'ml.c5.xlarge', InstanceCount: 1 } }),
    /does not support the instance type/,
  ],
  'a role that is none': [withDefinition({ RoleArn: 'arn:aws:iam::111122223333:role/Nobody' }), /./, 'any'],
}

describe('a tuning job is refused with a reason', () => {
  for (const [title, [change, message, code = 'ValidationException']] of Object.entries(refusals))
    it(title, async () => {
      const error = await house.create(change(house)).then(
        () => assert.fail('it was made'),
        (refused: Error & { code: string }) => refused,
      )
      assert.match(error.message, message)
      assert.ok(code === 'any' || error.code === code, `${error.code}: ${error.message}`)
      await assert.rejects(house.describe('refused'), { code: 'ResourceNotFound' })
    })
})

describe('a tuning job is made', () => {
  it('and described as it was asked for, before it has begun', async () => {
    const input = tuning(house, 'made')
    const { HyperParameterTuningJobArn } = await house.create({ ...input, Tags: [{ Key: 'team', Value: 'a' }] })
    assert.equal(
      HyperParameterTuningJobArn,
      `arn:aws:sagemaker:us-east-1:${house.account}:hyper-parameter-tuning-job/made`,
    )
    const found = await house.describe('made')
    assert.deepEqual(found.HyperParameterTuningJobConfig, input.HyperParameterTuningJobConfig)
    assert.deepEqual(found.TrainingJobDefinition, input.TrainingJobDefinition)
    assert.equal(found.HyperParameterTuningJobStatus, 'InProgress')
    const none = { Completed: 0, InProgress: 0, RetryableError: 0, NonRetryableError: 0, Stopped: 0 }
    assert.deepEqual(found.TrainingJobStatusCounters, none)
    assert.deepEqual(found.ObjectiveStatusCounters, { Succeeded: 0, Pending: 0, Failed: 0 })
    assert.equal(found.BestTrainingJob, undefined)
  })

  it('once under a name', async () => {
    await house.create(tuning(house, 'once'))
    await assert.rejects(house.create(tuning(house, 'once')), { code: 'ResourceInUse', message: /once already exists/ })
  })

  it('with the first of several instance configurations', async () => {
    const InstanceConfigs = [
      { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 2 },
      { InstanceType: 'ml.m5.xlarge', InstanceCount: 1, VolumeSizeInGB: 2 },
    ]
    const resources = {
      ResourceConfig: undefined,
      HyperParameterTuningResourceConfig: { InstanceConfigs, AllocationStrategy: 'Prioritized' },
    }
    await house.create(tuning(house, 'instances', {}, {}, { TrainingJobDefinition: definition(house, resources) }))
    await house.reconcile('instances')
    const [trial] = await house.trials('instances')
    assert.deepEqual(trial && (await house.jobOf(trial)).request.ResourceConfig, InstanceConfigs[0])
  })

  it('with ranges that Autotune chooses within those of the algorithm', async () => {
    const AutoParameters = [
      { Name: 'rate', ValueHint: '0.5' },
      { Name: 'depth', ValueHint: '8' },
      { Name: 'kernel', ValueHint: 'rbf' },
    ]
    await house.create(
      tuning(house, 'auto', {}, { ParameterRanges: { AutoParameters } }, { Autotune: { Mode: 'Enabled' } }),
    )
    await house.reconcile('auto')
    for (const { values } of await house.trials('auto')) {
      assert.ok(Number(values.rate) >= 0.05 && Number(values.rate) <= 1)
      assert.ok(Number.isInteger(Number(values.depth)) && Number(values.depth) >= 1 && Number(values.depth) <= 64)
      assert.ok(['linear', 'rbf', 'poly'].includes(values.kernel as string))
    }
  })
})

describe('lists', () => {
  it('of tuning jobs by name, status and time, in pages', async () => {
    const at = await openTuningHouse()
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
    const at = await openTuningHouse()
    await at.create(tuning(at, 'tune', { MaxParallelTrainingJobs: 6 }))
    await at.reconcile('tune')
    const trials = await at.trials('tune')
    for (const [index, accuracy] of [0.3, 0.9, undefined, 0.3, 0.5].entries())
      await at.end(trials[index] as never, accuracy)
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

describe('an end', () => {
  it('is not asked for twice, nor deletion before it', async () => {
    await house.create(tuning(house, 'ending'))
    await assert.rejects(house.remove('ending'), { code: 'ValidationException', message: /InProgress. Stop it/ })
    await house.stop('ending')
    await house.stop('ending')
    await house.reconcile('ending')
    assert.equal((await house.describe('ending')).HyperParameterTuningJobStatus, 'Stopped')
    await assert.rejects(house.stop('ending'), { code: 'ValidationException', message: /in status Stopped/ })
    await house.remove('ending')
    for (const gone of [house.describe, house.stop, house.remove])
      await assert.rejects(gone('ending'), { code: 'ResourceNotFound' })
  })

  it('leaves the training jobs of a deleted tuning job, and its name free', async () => {
    await house.create(tuning(house, 'again'))
    await house.reconcile('again')
    const [before] = await house.trials('again')
    for (const trial of await house.open('again')) await house.end(trial, 0.5)
    await house.stop('again')
    await house.reconcile('again')
    await house.remove('again')
    assert.deepEqual(await house.trials('again'), [])
    assert.equal(before && (await house.jobOf(before)).status, 'Completed')
    await house.create(tuning(house, 'again'))
    await house.reconcile('again')
    const [after] = await house.trials('again')
    assert.notEqual(after?.name, before?.name)
    assert.deepEqual(after?.values, before?.values)
  })
})
