import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { definition, openTuningFixture, type TuningFixture, tuning } from './tuning.fixture.ts'

let house: TuningFixture
before(async () => {
  house = await openTuningFixture()
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
    const asked = input.TrainingJobDefinition
    // What AWS tells besides: the objective, the algorithm's metrics, and empty texts for what was not given.
    const metrics = ['accuracy', 'loss'].map(Name => ({ Name, Regex: `${Name}=([0-9.]+)` }))
    assert.deepEqual(found.TrainingJobDefinition, {
      ...asked,
      AlgorithmSpecification: { ...asked?.AlgorithmSpecification, TrainingImage: '', MetricDefinitions: metrics },
      OutputDataConfig: { ...asked?.OutputDataConfig, KmsKeyId: '' },
      StaticHyperParameters: { ...asked?.StaticHyperParameters, _tuning_objective_metric: 'accuracy' },
      EnableNetworkIsolation: false,
      EnableInterContainerTrafficEncryption: false,
      EnableManagedSpotTraining: false,
    })
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
