import assert from 'node:assert/strict'
import { installation } from './installation.ts'
import { eventually, parity, refused, verified } from './parity.ts'
import { tuningJob } from './requests.ts'

const at = installation()
const reference = verified('SageMaker API Reference, CreateHyperParameterTuningJob')
const arn = (name: string) => `arn:aws:sagemaker:us-east-1:123456789012:hyper-parameter-tuning-job/${name}`

parity(
  'CreateHyperParameterTuningJob DescribeHyperParameterTuningJob ListTrainingJobsForHyperParameterTuningJob',
  reference,
  'launches training jobs within its limits',
  async () => {
    const { sagemaker } = at.owner
    const HyperParameterTuningJobName = 'life'
    const made = await sagemaker.createHyperParameterTuningJob(tuningJob(at.owner, 'life'))
    assert.equal(made.HyperParameterTuningJobArn, arn('life'))
    const { TrainingJobSummaries = [] } = await eventually(
      () => sagemaker.listTrainingJobsForHyperParameterTuningJob({ HyperParameterTuningJobName }),
      answer => answer.TrainingJobSummaries?.length === 2,
    )
    const [first] = TrainingJobSummaries
    assert.match(first?.TunedHyperParameters?.depth ?? '', /^[1-9]$/)
    const job = await sagemaker.describeTrainingJob({ TrainingJobName: first?.TrainingJobName })
    assert.equal(job.TuningJobArn, arn('life'))
    assert.deepEqual(job.HyperParameters, {
      rate: '0.5',
      depth: first?.TunedHyperParameters?.depth,
      _tuning_objective_metric: 'loss',
    })
    const tuning = await sagemaker.describeHyperParameterTuningJob({ HyperParameterTuningJobName })
    assert.equal(tuning.HyperParameterTuningJobStatus, 'InProgress')
    assert.equal(tuning.TrainingJobStatusCounters?.InProgress, 2)
    await refused(
      sagemaker.createHyperParameterTuningJob(tuningJob(at.owner, 'life')),
      'ResourceInUse',
      /already exists/,
    )
  },
)

parity(
  'CreateHyperParameterTuningJob',
  reference,
  'objective and ranges of a single definition stand in the configuration',
  async () => {
    const request = tuningJob(at.owner, 'misplaced')
    const { HyperParameterTuningJobObjective: TuningObjective, ParameterRanges: HyperParameterRanges } =
      request.HyperParameterTuningJobConfig ?? {}
    for (const more of [{ TuningObjective }, { HyperParameterRanges }]) {
      const TrainingJobDefinition = {
        ...request.TrainingJobDefinition,
        ...more,
      } as typeof request.TrainingJobDefinition
      const call = at.owner.sagemaker.createHyperParameterTuningJob({ ...request, TrainingJobDefinition })
      await refused(call, 'ValidationException', /are given in HyperParameterTuningJobConfig/)
    }
  },
)

parity(
  'StopHyperParameterTuningJob DeleteHyperParameterTuningJob DescribeHyperParameterTuningJob ListTrainingJobsForHyperParameterTuningJob',
  verified('the model, which names ResourceNotFound for these'),
  'what is not there, and what stops',
  async () => {
    const { sagemaker } = at.owner
    const absent = { HyperParameterTuningJobName: 'absent' }
    await refused(sagemaker.describeHyperParameterTuningJob(absent), 'ResourceNotFound', /absent/)
    await refused(sagemaker.stopHyperParameterTuningJob(absent), 'ResourceNotFound', /absent/)
    await refused(sagemaker.listTrainingJobsForHyperParameterTuningJob(absent), 'ResourceNotFound', /absent/)
    await sagemaker.createHyperParameterTuningJob(tuningJob(at.owner, 'stopping'))
    const HyperParameterTuningJobName = 'stopping'
    await assert.rejects(sagemaker.deleteHyperParameterTuningJob({ HyperParameterTuningJobName }))
    await sagemaker.stopHyperParameterTuningJob({ HyperParameterTuningJobName })
    const { HyperParameterTuningJobStatus } = await sagemaker.describeHyperParameterTuningJob({
      HyperParameterTuningJobName,
    })
    assert.match(HyperParameterTuningJobStatus ?? '', /^Stopp/)
  },
)

parity(
  'ListHyperParameterTuningJobs Search',
  verified('SageMaker API Reference, ListHyperParameterTuningJobs and Search'),
  'lists, filters and finds',
  async () => {
    const { sagemaker } = at.owner
    for (const name of ['list-b', 'list-a']) await sagemaker.createHyperParameterTuningJob(tuningJob(at.owner, name))
    const list = async (more: object) => {
      const answer = await sagemaker.listHyperParameterTuningJobs({ NameContains: 'list-', ...more })
      return answer.HyperParameterTuningJobSummaries?.map(
        ({ HyperParameterTuningJobName }) => HyperParameterTuningJobName,
      )
    }
    assert.deepEqual(await list({}), ['list-a', 'list-b'], 'by name when not asked')
    assert.deepEqual(await list({ SortBy: 'CreationTime', SortOrder: 'Descending' }), ['list-a', 'list-b'])
    assert.deepEqual(await list({ MaxResults: 1 }), ['list-a'])
    assert.deepEqual(await list({ StatusEquals: 'Completed' }), [])
    assert.deepEqual(await list({ CreationTimeAfter: new Date(Date.now() + 60_000) }), [])
    const Filters = [
      { Name: 'HyperParameterTuningJobConfig.Strategy', Value: 'Random' },
      { Name: 'HyperParameterTuningJobName', Operator: 'Contains' as const, Value: 'list-' },
      { Name: 'Tags.colour', Value: 'red' },
    ]
    const { Results } = await sagemaker.search({ Resource: 'HyperParameterTuningJob', SearchExpression: { Filters } })
    assert.equal(Results?.length, 2)
  },
)
