import assert from 'node:assert/strict'
import { installation } from './installation.ts'
import { eventually, parity, refused, unverified, verified } from './parity.ts'
import { algorithm } from './requests.ts'

const at = installation()
const arn = (name: string) => `arn:aws:sagemaker:us-east-1:123456789012:algorithm/${name}`
const guide = verified('SageMaker Developer Guide, "Create an Algorithm Resource"')

parity('CreateAlgorithm DescribeAlgorithm DeleteAlgorithm', guide, 'from its making to its end', async () => {
  const { sagemaker, imageDigest } = at.owner
  const { AlgorithmArn } = await sagemaker.createAlgorithm(algorithm(at.owner, 'life'))
  assert.equal(AlgorithmArn, arn('life'))
  const described = await eventually(
    () => sagemaker.describeAlgorithm({ AlgorithmName: 'life' }),
    ({ AlgorithmStatus }) => AlgorithmStatus === 'Completed',
  )
  assert.equal(described.TrainingSpecification?.TrainingImageDigest, imageDigest, 'the digest is filled in')
  assert.equal(described.CertifyForMarketplace, false)
  await refused(sagemaker.createAlgorithm(algorithm(at.owner, 'life')), 'ValidationException', /already existing/)
  assert.equal((await sagemaker.describeAlgorithm({ AlgorithmName: arn('life') })).AlgorithmName, 'life')
  await sagemaker.deleteAlgorithm({ AlgorithmName: 'life' })
  for (const gone of [
    () => sagemaker.describeAlgorithm({ AlgorithmName: 'life' }),
    () => sagemaker.deleteAlgorithm({ AlgorithmName: 'life' }),
  ])
    await refused(gone(), 'ValidationException', /does not exist/)
})

parity('CreateAlgorithm', guide, 'the rules of a training specification', async () => {
  const { sagemaker, role, bucket } = at.owner
  const { TrainingSpecification: right } = algorithm(at.owner, 'never')
  const refuse = (change: object, message: RegExp, more: object = {}) =>
    refused(
      sagemaker.createAlgorithm({
        AlgorithmName: 'never',
        TrainingSpecification: { ...right, ...change } as typeof right,
        ...more,
      }),
      'ValidationException',
      message,
    )
  const parameter = (more: object) => ({ SupportedHyperParameters: [{ Name: 'p', Type: 'Integer', ...more }] })
  const integers = (MinValue: string, MaxValue: string) => ({
    Range: { IntegerParameterRangeSpecification: { MinValue, MaxValue } },
  })
  await refuse(parameter({ IsRequired: true, DefaultValue: '1' }), /cannot have a default/)
  await refuse(parameter({ DefaultValue: 'one' }), /must be a number/)
  await refuse(parameter({ ...integers('1', '5'), DefaultValue: '9' }), /between 1 and 5/)
  await refuse(parameter(integers('5', '1')), /greater than its MaxValue/)
  await refuse(parameter(integers('a', '1')), /must be a number/)
  await refuse(parameter({ Type: 'Continuous', ...integers('1', '2') }), /its range is IntegerParameterRange/)
  await refuse(parameter({ Type: 'FreeText', IsTunable: true }), /cannot be tunable/)
  const [first] = right?.TrainingChannels ?? []
  await refuse({ TrainingChannels: [first, first] }, /TrainingChannels holds "train" more than once/)
  await refuse(
    { TrainingChannels: Array.from({ length: 9 }, (_, index) => ({ ...first, Name: `c${index}` })) },
    /less than or equal to 8/,
  )
  await refuse({ SupportedTrainingInstanceTypes: [] }, /SupportedTrainingInstanceTypes/)
  await refuse({ MetricDefinitions: [{ Name: 'loss', Regex: '(' }] }, /Regex of metric definition loss/)
  const objective = { SupportedTuningJobObjectiveMetrics: [{ Type: 'Minimize', MetricName: 'loss' }] }
  await refuse(objective, /"loss", which MetricDefinitions does not define/)
  await refuse({ TrainingImageDigest: `sha256:${'0'.repeat(64)}` }, /TrainingImageDigest is/)

  await refuse({}, /ValidationSpecification is required/, { CertifyForMarketplace: true })
  const job = {
    TrainingInputMode: 'File',
    InputDataConfig: [
      { ChannelName: 'other', DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${bucket}/in/` } } },
    ],
    OutputDataConfig: { S3OutputPath: `s3://${bucket}/out/` },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 60 },
  }
  const validation = { ValidationRole: role, ValidationProfiles: [{ ProfileName: 'p', TrainingJobDefinition: job }] }
  await refuse({}, /no channel "other"/, { ValidationSpecification: validation })
  const nobody = { ...validation, ValidationRole: role.replace('Worker', 'Nobody') }
  await refuse({}, /Could not assume role/, { ValidationSpecification: nobody })
})

parity(
  'DescribeAlgorithm',
  unverified('AWS tells a stranger nothing else'),
  'another account’s is not told of',
  async () => {
    await at.owner.sagemaker.createAlgorithm(algorithm(at.owner, 'mine'))
    for (const name of ['mine', 'absent'])
      await refused(
        at.stranger.sagemaker.describeAlgorithm({ AlgorithmName: arn(name) }),
        'AccessDeniedException',
        /is not authorized to perform: sagemaker:DescribeAlgorithm on resource: .*algorithm/,
      )
  },
)
