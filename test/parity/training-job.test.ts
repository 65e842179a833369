import assert from 'node:assert/strict'
import { installation } from './installation.ts'
import { eventually, parity, refused, unverified, verified } from './parity.ts'
import { algorithm, trainingJob } from './requests.ts'

const at = installation(async ({ owner }) => {
  await owner.sagemaker.createAlgorithm(algorithm(owner, 'trees'))
  await eventually(
    () => owner.sagemaker.describeAlgorithm({ AlgorithmName: 'trees' }),
    ({ AlgorithmStatus }) => AlgorithmStatus === 'Completed',
  )
})
const arn = (name: string) => `arn:aws:sagemaker:us-east-1:123456789012:training-job/${name}`
const seen = verified('public issue reports that quote the service, spec/aws-protocols.md')
const missing = 'Requested resource not found.'

parity('CreateTrainingJob DescribeTrainingJob', seen, 'a name is taken once, also by one that ended', async () => {
  const { sagemaker } = at.owner
  const { TrainingJobArn } = await sagemaker.createTrainingJob(trainingJob(at.owner, 'once'))
  assert.equal(TrainingJobArn, arn('once'))
  const job = await sagemaker.describeTrainingJob({ TrainingJobName: 'once' })
  assert.equal(job.TrainingJobStatus, 'InProgress')
  assert.equal(job.SecondaryStatus, job.SecondaryStatusTransitions?.at(-1)?.Status)
  await refused(
    sagemaker.createTrainingJob(trainingJob(at.owner, 'once')),
    'ResourceInUse',
    `Training job names must be unique within an AWS account and region, and a training job with this name already exists (${arn('once')})`,
  )
})

parity(
  'DescribeTrainingJob StopTrainingJob UpdateTrainingJob DeleteTrainingJob',
  seen,
  'what is not there',
  async () => {
    const { sagemaker } = at.owner
    const TrainingJobName = 'absent'
    await refused(sagemaker.describeTrainingJob({ TrainingJobName }), 'ValidationException', missing)
    await refused(sagemaker.stopTrainingJob({ TrainingJobName }), 'ValidationException', missing)
    await refused(sagemaker.deleteTrainingJob({ TrainingJobName }), 'ValidationException', missing)
    const off = { TrainingJobName, ProfilerConfig: { DisableProfiler: true } }
    await refused(sagemaker.updateTrainingJob(off), 'ValidationException', missing)
  },
)

const spot = unverified('users quote the refusal without spot; the text for too short a wait was not found')

parity('CreateTrainingJob', spot, 'a spot job says how long it waits, and no other job does', async () => {
  const { sagemaker } = at.owner
  const create = (EnableManagedSpotTraining: boolean | undefined, MaxWaitTimeInSeconds?: number) =>
    sagemaker.createTrainingJob({
      ...trainingJob(at.owner, 'spot'),
      EnableManagedSpotTraining,
      StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds },
    })
  const invalid = 'Invalid MaxWaitTimeInSeconds. It'
  const much = `${invalid} must be present and be greater than or equal to MaxRuntimeInSeconds`
  const only = `${invalid} is only supported when EnableManagedSpotTraining is set to true`
  await refused(create(true), 'ValidationException', much)
  await refused(create(true, 59), 'ValidationException', much)
  for (const off of [false, undefined]) await refused(create(off, 60), 'ValidationException', only)
  await create(true, 60)
  const { EnableManagedSpotTraining } = await sagemaker.describeTrainingJob({ TrainingJobName: 'spot' })
  assert.equal(EnableManagedSpotTraining, true)
})

parity(
  'CreateTrainingJob',
  verified('SageMaker API Reference, ResourceConfig'),
  'a volume is encrypted by a key unless the instance has disks of its own',
  async () => {
    const { sagemaker } = at.owner
    const create = (name: string, changes: object) => {
      const { ResourceConfig, ...job } = trainingJob(at.owner, name)
      const config = { ...ResourceConfig, VolumeKmsKeyId: 'alias/volumes', ...changes }
      return sagemaker.createTrainingJob({ ...job, ResourceConfig: config as typeof ResourceConfig })
    }
    await refused(create('sealed', { InstanceType: 'ml.g5.xlarge' }), 'ValidationException', /has local storage/)
    await create('sealed', {})
    const { ResourceConfig } = await sagemaker.describeTrainingJob({ TrainingJobName: 'sealed' })
    assert.equal(ResourceConfig?.VolumeKmsKeyId, 'alias/volumes')
  },
)

parity(
  'StopTrainingJob DeleteTrainingJob',
  verified('SageMaker API Reference, DeleteTrainingJob'),
  'only what has ended is deleted',
  async () => {
    const { sagemaker } = at.owner
    const TrainingJobName = 'stopping'
    await sagemaker.createTrainingJob(trainingJob(at.owner, TrainingJobName))
    await refused(sagemaker.deleteTrainingJob({ TrainingJobName }), 'ResourceInUse', /Stop it before/)
    await sagemaker.stopTrainingJob({ TrainingJobName })
    const { TrainingJobStatus } = await sagemaker.describeTrainingJob({ TrainingJobName })
    assert.match(TrainingJobStatus ?? '', /^Stopp/)
  },
)

parity(
  'UpdateTrainingJob',
  verified('SageMaker API Reference, UpdateTrainingJob'),
  'switches off what is off',
  async () => {
    const { sagemaker } = at.owner
    await sagemaker.createTrainingJob(trainingJob(at.owner, 'updated'))
    const change = { TrainingJobName: 'updated', ProfilerConfig: { DisableProfiler: true } }
    assert.equal((await sagemaker.updateTrainingJob(change)).TrainingJobArn, arn('updated'))
    const { ProfilerConfig } = await sagemaker.describeTrainingJob({ TrainingJobName: 'updated' })
    assert.deepEqual(ProfilerConfig, { DisableProfiler: true })
    const nothing = sagemaker.updateTrainingJob({ TrainingJobName: 'updated' })
    await refused(nothing, 'ValidationException', /something to update/)
  },
)

parity(
  'CreateTrainingJob',
  verified('SageMaker Developer Guide, "Create an Algorithm Resource"'),
  'an algorithm’s specification holds',
  async () => {
    const { sagemaker, bucket } = at.owner
    const { AlgorithmSpecification: _, ...job } = trainingJob(at.owner, 'by-algorithm')
    const channel = (more: object = {}) => ({
      ChannelName: 'train',
      ContentType: 'text/csv',
      DataSource: { S3DataSource: { S3DataType: 'S3Prefix' as const, S3Uri: `s3://${bucket}/in/` } },
      ...more,
    })
    const right = {
      ...job,
      AlgorithmSpecification: { AlgorithmName: 'trees', TrainingInputMode: 'File' as const },
      InputDataConfig: [channel()],
      HyperParameters: { kind: 'a' },
    }
    const refuse = (more: object, message: RegExp) =>
      refused(sagemaker.createTrainingJob({ ...right, ...more }), 'ValidationException', message)
    await refuse({ HyperParameters: {} }, /requires the hyperparameter "kind"/)
    await refuse({ HyperParameters: { kind: 'c' } }, /must be one of a, b/)
    await refuse({ HyperParameters: { kind: 'a', depth: '10' } }, /must be between 1 and 9/)
    await refuse({ HyperParameters: { kind: 'a', depth: '1.5' } }, /must be an integer/)
    await refuse({ HyperParameters: { kind: 'a', other: '1' } }, /no hyperparameter "other"/)
    await refuse({ InputDataConfig: undefined }, /requires the channel "train"/)
    await refuse({ InputDataConfig: [channel(), channel({ ChannelName: 'more' })] }, /no channel "more"/)
    await refuse({ InputDataConfig: [channel(), channel()] }, /"train" more than once/)
    await refuse({ InputDataConfig: [channel({ ContentType: 'text/plain' })] }, /content type text\/plain/)
    await refuse({ InputDataConfig: [channel({ InputMode: 'FastFile' })] }, /input mode FastFile/)
    const other = { ...job.ResourceConfig, InstanceType: 'ml.m5.xlarge' }
    await refuse({ ResourceConfig: other }, /instance type ml.m5.xlarge/)
    await refuse({ ResourceConfig: { ...job.ResourceConfig, InstanceCount: 2 } }, /distributed training/)
    const regex = [{ Name: 'loss', Regex: 'x' }]
    await refuse(
      { AlgorithmSpecification: { ...right.AlgorithmSpecification, MetricDefinitions: regex } },
      /MetricDefinitions/,
    )
    await refuse(
      { AlgorithmSpecification: { AlgorithmName: 'absent', TrainingInputMode: 'File' } },
      /absent does not exist/,
    )
    await sagemaker.createTrainingJob(right)
    const { HyperParameters } = await sagemaker.describeTrainingJob({ TrainingJobName: 'by-algorithm' })
    assert.deepEqual(HyperParameters, { depth: '3', kind: 'a' }, 'with defaults filled in')
  },
)

parity('CreateTrainingJob', unverified('the texts are ours'), 'rules of a request', async () => {
  const { sagemaker, role } = at.owner
  const right = trainingJob(at.owner, 'never')
  const refuse = (more: object, message: RegExp) =>
    refused(sagemaker.createTrainingJob({ ...right, ...more }), 'ValidationException', message)
  await refuse({ AlgorithmSpecification: undefined }, /AlgorithmSpecification/)
  await refuse({ AlgorithmSpecification: { TrainingInputMode: 'File' } }, /Either AlgorithmName or TrainingImage/)
  const both = { ...right.AlgorithmSpecification, AlgorithmName: 'trees' }
  await refuse({ AlgorithmSpecification: both }, /Either AlgorithmName or TrainingImage/)
  await refuse({ ResourceConfig: undefined }, /ResourceConfig/)
  await refuse({ OutputDataConfig: { S3OutputPath: 'https://elsewhere/' } }, /s3Output|S3/i)
  await refuse({ RoleArn: role.replace('Worker', 'Nobody') }, /Could not assume role/)
})
