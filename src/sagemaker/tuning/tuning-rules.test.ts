import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import {
  definition,
  objective,
  openTuningFixture,
  ranges,
  type TuningFixture,
  type TuningInput,
  tuning,
} from './tuning.fixture.ts'

let house: TuningFixture
before(async () => {
  house = await openTuningFixture()
})

type Change = (house: TuningFixture) => TuningInput
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
