import assert from 'node:assert/strict'
import { installation } from './installation.ts'
import { parity, refused, unverified, verified } from './parity.ts'
import { createModel, trainingJob, transformJob, tuningJob, variant } from './requests.ts'

const at = installation(({ owner }) => createModel(owner, 'model'))
const sent = verified(
  'what the SageMaker Python SDK 2.257 sends unasked, and what it reads of the answers without asking',
)
const collection = { CollectionName: 'losses', CollectionParameters: { 'train.save_interval': '10' } }

parity(
  'CreateTrainingJob DescribeTrainingJob',
  sent,
  'what fit() sends of debugging and profiling is given back, real work is refused by its name',
  async () => {
    const { sagemaker, bucket } = at.owner
    const S3OutputPath = `s3://${bucket}/out/`
    const DebugHookConfig = { S3OutputPath, CollectionConfigurations: [] }
    const ProfilerConfig = { S3OutputPath, DisableProfiler: false }
    await sagemaker.createTrainingJob({ ...trainingJob(at.owner, 'unasked'), DebugHookConfig, ProfilerConfig })
    const job = await sagemaker.describeTrainingJob({ TrainingJobName: 'unasked' })
    assert.deepEqual([job.DebugHookConfig, job.ProfilerConfig], [DebugHookConfig, ProfilerConfig])
    assert.equal(job.ProfilingStatus, 'Disabled', 'nothing is profiled here')
    assert.equal(job.OutputDataConfig?.KmsKeyId, '')
    for (const [member, more] of Object.entries({
      'DebugHookConfig.CollectionConfigurations': {
        DebugHookConfig: { S3OutputPath, CollectionConfigurations: [collection] },
      },
      'DebugHookConfig.HookParameters': { DebugHookConfig: { S3OutputPath, HookParameters: { save_interval: '5' } } },
      'ProfilerConfig.ProfilingIntervalInMilliseconds': { ProfilerConfig: { ProfilingIntervalInMilliseconds: 500 } },
      DebugRuleConfigurations: {
        DebugRuleConfigurations: [{ RuleConfigurationName: 'r', RuleEvaluatorImage: at.owner.image }],
      },
    })) {
      const asking = sagemaker.createTrainingJob({ ...trainingJob(at.owner, 'asking'), ...more })
      await refused(asking, 'ValidationException', new RegExp(`^${member.replaceAll('.', '\\.')} `))
    }
  },
)

parity(
  'CreateHyperParameterTuningJob DescribeHyperParameterTuningJob',
  sent,
  'a tuning job is described with what its training jobs get',
  async () => {
    const { sagemaker } = at.owner
    const { TrainingJobDefinition: given, ...request } = tuningJob(at.owner, 'described')
    const { ResourceConfig: HyperParameterTuningResourceConfig, ...rest } = given as NonNullable<typeof given>
    const TrainingJobDefinition = { ...rest, HyperParameterTuningResourceConfig }
    await sagemaker.createHyperParameterTuningJob({ ...request, TrainingJobDefinition } as typeof request)
    const told = await sagemaker.describeHyperParameterTuningJob({ HyperParameterTuningJobName: 'described' })
    const { StaticHyperParameters, OutputDataConfig, ResourceConfig } = told.TrainingJobDefinition ?? {}
    assert.equal(StaticHyperParameters?._tuning_objective_metric, 'loss')
    assert.equal(OutputDataConfig?.KmsKeyId, '')
    assert.deepEqual(ResourceConfig, HyperParameterTuningResourceConfig)
    await sagemaker.stopHyperParameterTuningJob({ HyperParameterTuningJobName: 'described' })
  },
)

parity(
  'CreateTransformJob DescribeTransformJob',
  verified('SageMaker API Reference, TransformInput, TransformOutput and DataProcessing: their defaults'),
  'a transform job is described with the defaults that it runs by',
  async () => {
    const { sagemaker } = at.owner
    await sagemaker.createTransformJob(transformJob(at.owner, 'defaults'))
    const { TransformInput, TransformOutput, DataProcessing } = await sagemaker.describeTransformJob({
      TransformJobName: 'defaults',
    })
    assert.deepEqual([TransformInput?.CompressionType, TransformInput?.SplitType], ['None', 'None'])
    assert.equal(TransformOutput?.AssembleWith, 'None')
    assert.deepEqual(DataProcessing, { InputFilter: '$', OutputFilter: '$', JoinSource: 'None' })
  },
)

parity(
  'CreateEndpointConfig DescribeEndpointConfig CreateEndpoint DescribeEndpoint',
  verified('SageMaker API Reference, DataCaptureConfig'),
  'data capture is given back, and is on unless it is switched off',
  async () => {
    const { sagemaker, bucket } = at.owner
    const ProductionVariants = [variant('model')]
    const capture = {
      InitialSamplingPercentage: 100,
      DestinationS3Uri: `s3://${bucket}/capture`,
      CaptureOptions: [{ CaptureMode: 'Input' as const }],
    }
    const create = (EndpointConfigName: string, DataCaptureConfig: typeof capture & { EnableCapture?: boolean }) =>
      sagemaker.createEndpointConfig({ EndpointConfigName, ProductionVariants, DataCaptureConfig })
    await create('off', { ...capture, EnableCapture: false })
    const { DataCaptureConfig } = await sagemaker.describeEndpointConfig({ EndpointConfigName: 'off' })
    assert.deepEqual(DataCaptureConfig, { ...capture, EnableCapture: false })
    await sagemaker.createEndpoint({ EndpointName: 'off', EndpointConfigName: 'off' })
    const { DataCaptureConfig: summary } = await sagemaker.describeEndpoint({ EndpointName: 'off' })
    assert.deepEqual([summary?.EnableCapture, summary?.CaptureStatus], [false, 'Stopped'])
    await create('default', capture)
    await sagemaker.createEndpoint({ EndpointName: 'default', EndpointConfigName: 'default' })
    const { DataCaptureConfig: told } = await sagemaker.describeEndpoint({ EndpointName: 'default' })
    assert.deepEqual([told?.EnableCapture, told?.CaptureStatus], [true, 'Started'])
    const elsewhere = create('elsewhere', { ...capture, DestinationS3Uri: 'https://example.com/x' })
    await refused(elsewhere, 'ValidationException', /s3/i)
  },
)

parity(
  'CreateEndpointConfig CreateModel',
  unverified('the texts are ours'),
  'a variant without a model, and model data that are named twice, are told what is wrong',
  async () => {
    const { sagemaker, image, role, bucket } = at.owner
    const ProductionVariants = [{ ...variant('model'), ModelName: undefined }]
    const config = sagemaker.createEndpointConfig({ EndpointConfigName: 'components', ProductionVariants })
    await refused(config, 'ValidationException', /^ExecutionRoleArn is required for variants without ModelName/)
    const ModelDataUrl = `s3://${bucket}/model.tar.gz`
    const S3DataSource = { S3Uri: ModelDataUrl, S3DataType: 'S3Object', CompressionType: 'Gzip' } as const
    const PrimaryContainer = { Image: image, ModelDataUrl, ModelDataSource: { S3DataSource } }
    const twice = sagemaker.createModel({ ModelName: 'twice', ExecutionRoleArn: role, PrimaryContainer })
    await refused(twice, 'ValidationException', /^Either ModelDataUrl or ModelDataSource/)
  },
)
