import type { Overrides } from './full-request.ts'
import type { Account } from './installation.ts'

/** A request that gives as much as can be given together, and how what it made is described. */
export interface StoredRequest {
  readonly operation: string
  readonly name: string
  readonly without: readonly string[]
  readonly overrides: Overrides
  readonly describe: Readonly<Record<string, unknown>>
  /** The member of the description that comes to be Completed before others use it. */
  readonly settled?: string
}

const s3 = 's3://parity-data/in/'
const archive = 's3://parity-data/model.tar.gz'
const instances = ['ml.m5.large']

/** The two ways to name the same archive. */
const modelData = {
  ModelDataUrl: { ModelDataUrl: archive, ModelDataSource: undefined },
  ModelDataSource: {
    ModelDataUrl: undefined,
    ModelDataSource: { S3DataSource: { S3Uri: archive, S3DataType: 'S3Object', CompressionType: 'Gzip' } },
  },
} as const

type ModelData = keyof typeof modelData

const container = (at: string, { image, imageDigest }: Account, by: ModelData = 'ModelDataUrl'): Overrides => ({
  [`${at}.Image`]: image,
  [`${at}.ImageDigest`]: imageDigest,
  [`${at}.ModelDataUrl`]: modelData[by].ModelDataUrl,
  [`${at}.ModelDataSource`]: modelData[by].ModelDataSource,
})

const ways = Object.keys(modelData) as ModelData[]

const modelName = (index: number, by: ModelData): string => `image-${index}${by === 'ModelDataUrl' ? '' : '-source'}`

const transform = (at: string): Overrides => ({
  [`${at}TransformInput.DataSource.S3DataSource.S3Uri`]: s3,
  [`${at}TransformInput.ContentType`]: 'text/csv',
  [`${at}TransformInput.SplitType`]: 'Line',
  [`${at}TransformOutput.S3OutputPath`]: 's3://parity-data/out/',
  [`${at}TransformOutput.Accept`]: 'text/csv',
  [`${at}TransformOutput.AssembleWith`]: 'Line',
  [`${at}TransformResources.InstanceType`]: 'ml.m5.large',
})

const channel = (ChannelName: string, source: object, more: object) => ({
  ChannelName,
  ContentType: 'text/csv',
  DataSource: { S3DataSource: { S3Uri: `${s3}${ChannelName}`, S3DataDistributionType: 'ShardedByS3Key', ...source } },
  ...more,
})

/** Channels that together give every member of one. */
const channels = (groups?: readonly string[]) => [
  channel(
    'train',
    { S3DataType: 'S3Prefix', ...(groups && { InstanceGroupNames: groups }) },
    { InputMode: 'File', CompressionType: 'None' },
  ),
  channel(
    'pipe',
    { S3DataType: 'AugmentedManifestFile', AttributeNames: ['line'] },
    { InputMode: 'Pipe', RecordWrapperType: 'RecordIO', ShuffleConfig: { Seed: 7 } },
  ),
]

const training = (at: string): Overrides => ({
  [`${at}InputDataConfig`]: channels(),
  [`${at}OutputDataConfig.S3OutputPath`]: 's3://parity-data/out/',
  [`${at}CheckpointConfig`]: { S3Uri: 's3://parity-data/checkpoints/', LocalPath: '/opt/ml/checkpoints' },
  [`${at}ResourceConfig.InstanceType`]: 'ml.m5.large',
})

const inGroups = (at: string): Overrides => ({
  [`${at}InputDataConfig`]: channels(['first']),
  [`${at}OutputDataConfig.S3OutputPath`]: 's3://parity-data/out/',
  [`${at}CheckpointConfig`]: { S3Uri: 's3://parity-data/checkpoints/', LocalPath: '/opt/ml/checkpoints' },
  [`${at}ResourceConfig.InstanceGroups`]: [
    { InstanceType: 'ml.m5.large', InstanceCount: 1, InstanceGroupName: 'first' },
    { InstanceType: 'ml.m5.xlarge', InstanceCount: 1, InstanceGroupName: 'second' },
  ],
})

const specification = (at: string): Overrides => ({
  [`${at}.SupportedTransformInstanceTypes`]: instances,
  [`${at}.SupportedRealtimeInferenceInstanceTypes`]: instances,
  [`${at}.SupportedContentTypes`]: ['text/csv'],
  [`${at}.SupportedResponseMIMETypes`]: ['text/csv'],
})

const hyperParameters = [
  {
    Name: 'depth',
    Description: 'How deep.',
    Type: 'Integer',
    Range: { IntegerParameterRangeSpecification: { MinValue: '1', MaxValue: '9' } },
    IsTunable: true,
    IsRequired: false,
    DefaultValue: '3',
  },
  {
    Name: 'rate',
    Type: 'Continuous',
    Range: { ContinuousParameterRangeSpecification: { MinValue: '0.1', MaxValue: '0.9' } },
    IsRequired: true,
  },
  { Name: 'kind', Type: 'Categorical', Range: { CategoricalParameterRangeSpecification: { Values: ['a', 'b'] } } },
]

const byImage = (at: string, { image }: Account): Overrides => ({
  [`${at}AlgorithmSpecification.TrainingImage`]: image,
  [`${at}AlgorithmSpecification.MetricDefinitions`]: [{ Name: 'loss', Regex: 'loss=(\\d+)' }],
})

const notByAlgorithm = (at: string): string[] =>
  ['TrainingImage', 'MetricDefinitions', 'ContainerEntrypoint', 'ContainerArguments'].map(
    name => `${at}AlgorithmSpecification.${name}`,
  )

const oneGroup = (at: string): string[] => [`${at}.InstanceType`, `${at}.InstanceCount`]

const ranges = {
  IntegerParameterRanges: [{ Name: 'depth', MinValue: '1', MaxValue: '9', ScalingType: 'Linear' }],
  ContinuousParameterRanges: [{ Name: 'rate', MinValue: '0.1', MaxValue: '0.9', ScalingType: 'Logarithmic' }],
  CategoricalParameterRanges: [{ Name: 'kind', Values: ['a', 'b'] }],
  AutoParameters: [{ Name: 'automatic', ValueHint: '5' }],
}

const config = 'HyperParameterTuningJobConfig'

/** With one definition objective and ranges are the job's, with several each has its own. */
function tuningJobs(account: Account, member: string): StoredRequest[] {
  const single = member === 'TrainingJobDefinition'
  const objectives = single
    ? { [`${config}.HyperParameterTuningJobObjective.MetricName`]: 'loss', [`${config}.ParameterRanges`]: ranges }
    : { [`${member}.TuningObjective.MetricName`]: 'loss', [`${member}.HyperParameterRanges`]: ranges }
  const elsewhere = single
    ? ['TrainingJobDefinitions', `${member}.TuningObjective`, `${member}.HyperParameterRanges`]
    : ['TrainingJobDefinition', `${config}.HyperParameterTuningJobObjective`, `${config}.ParameterRanges`]
  const resources = `${member}.HyperParameterTuningResourceConfig`
  const cases = {
    one: { without: [resources, `${member}.ResourceConfig.InstanceGroups`], more: training(`${member}.`) },
    groups: { without: [resources, ...oneGroup(`${member}.ResourceConfig`)], more: inGroups(`${member}.`) },
    own: {
      without: [`${member}.ResourceConfig`, `${resources}.InstanceConfigs`],
      more: { ...training(`${member}.`), [`${resources}.InstanceType`]: 'ml.m5.large' },
    },
    several: {
      without: [`${member}.ResourceConfig`, ...oneGroup(resources), `${resources}.VolumeSizeInGB`],
      more: {
        ...training(`${member}.`),
        [`${resources}.InstanceConfigs`]: [{ InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 }],
      },
    },
  }
  const { AutoParameters: _, ContinuousParameterRanges: __, CategoricalParameterRanges: ___, ...integers } = ranges
  const algorithm = {
    without: ['Autotune', resources, `${member}.ResourceConfig.InstanceGroups`, ...notByAlgorithm(`${member}.`)],
    more: {
      ...training(`${member}.`),
      [`${member}.AlgorithmSpecification.AlgorithmName`]: 'plain',
      [`${member}.StaticHyperParameters`]: { rate: '0.5', _tuning_objective_metric: 'loss' },
      [single ? `${config}.ParameterRanges` : `${member}.HyperParameterRanges`]: integers,
    },
  }
  return Object.entries({ ...cases, algorithm }).map(([name, { without, more }]) => ({
    operation: 'CreateHyperParameterTuningJob',
    name: `${name} ${member}`,
    without: [
      'WarmStartConfig',
      ...(name === 'algorithm' ? [] : [`${member}.AlgorithmSpecification.AlgorithmName`]),
      ...[...elsewhere, ...without],
    ],
    overrides: {
      HyperParameterTuningJobName: `${name}-${single}`,
      [`${config}.Strategy`]: 'Hyperband',
      [`${config}.ResourceLimits.MaxNumberOfTrainingJobs`]: 2,
      [`${config}.StrategyConfig.HyperbandStrategyConfig`]: { MinResource: 1, MaxResource: 3 },
      [`${member}.RoleArn`]: account.role,
      [`${member}.StaticHyperParameters`]: { fixed: '1', _tuning_objective_metric: 'loss' },
      ...byImage(`${member}.`, account),
      ...objectives,
      ...more,
    },
    describe: { HyperParameterTuningJobName: `${name}-${single}` },
  }))
}

const profile = 'ValidationSpecification.ValidationProfiles'

/** What variants without instances do not have. */
const ofInstances = [
  ...['InstanceType', 'InitialInstanceCount', 'VolumeSizeInGB', 'RoutingConfig', 'ManagedInstanceScaling'],
  ...['ContainerStartupHealthCheckTimeoutInSeconds', 'ModelDataDownloadTimeoutInSeconds'],
].map(name => `ProductionVariants.${name}`)

/** In an order in which each finds what it names. Two names per kind: what is made first serves those that follow. */
export const storedRequests = (account: Account): readonly StoredRequest[] => [
  ...['full', 'plain'].map(name => ({
    operation: 'CreateAlgorithm',
    name,
    without: name === 'full' ? [] : ['ValidationSpecification', 'CertifyForMarketplace'],
    overrides: {
      AlgorithmName: name,
      'TrainingSpecification.TrainingImage': account.image,
      'TrainingSpecification.TrainingImageDigest': account.imageDigest,
      'TrainingSpecification.SupportedHyperParameters': hyperParameters,
      'TrainingSpecification.SupportedTrainingInstanceTypes': instances,
      'TrainingSpecification.MetricDefinitions': [{ Name: 'loss', Regex: 'loss=(\\d+)' }],
      'TrainingSpecification.SupportedTuningJobObjectiveMetrics.MetricName': 'loss',
      'TrainingSpecification.TrainingChannels': ['train', 'pipe'].map(Name => ({
        Name,
        Description: 'What it learns.',
        IsRequired: true,
        SupportedContentTypes: ['text/csv'],
        SupportedCompressionTypes: ['None'],
        SupportedInputModes: ['File', 'Pipe'],
      })),
      ...container('InferenceSpecification.Containers', account),
      ...specification('InferenceSpecification'),
      'ValidationSpecification.ValidationRole': account.role,
      [`${profile}.TrainingJobDefinition.HyperParameters`]: { rate: '0.5' },
      ...training(`${profile}.TrainingJobDefinition.`),
      ...transform(`${profile}.TransformJobDefinition.`),
    },
    describe: { AlgorithmName: name },
    ...(name === 'plain' && { settled: 'AlgorithmStatus' }),
  })),
  {
    operation: 'CreateModelPackageGroup',
    name: 'full',
    without: [],
    overrides: { ModelPackageGroupName: 'full' },
    describe: { ModelPackageGroupName: 'full' },
  },
  {
    operation: 'CreateModelPackage',
    name: 'certified',
    without: [
      ...[
        'ModelPackageGroupName',
        'ModelApprovalStatus',
        'ModelPackageRegistrationType',
        'SourceAlgorithmSpecification',
      ],
      'AdditionalInferenceSpecifications',
    ],
    overrides: {
      ModelPackageName: 'certified',
      ClientToken: 'certified',
      ...container('InferenceSpecification.Containers', account),
      ...specification('InferenceSpecification'),
      'ValidationSpecification.ValidationRole': account.role,
      ...transform(`${profile}.TransformJobDefinition.`),
    },
    describe: { ModelPackageName: 'certified' },
  },
  ...ways.map((by, index) => ({
    operation: 'CreateModelPackage',
    name: `version by ${by}`,
    without: [
      'ModelPackageName',
      'CertifyForMarketplace',
      'SourceAlgorithmSpecification',
      'ValidationSpecification',
      'Tags',
    ],
    overrides: {
      ModelPackageGroupName: 'full',
      ClientToken: by,
      ...container('InferenceSpecification.Containers', account, by),
      ...specification('InferenceSpecification'),
      'AdditionalInferenceSpecifications.Name': 'other',
      ...container('AdditionalInferenceSpecifications.Containers', account, by),
      ...specification('AdditionalInferenceSpecifications'),
    },
    describe: { ModelPackageName: `full/${index + 1}` },
    settled: 'ModelPackageStatus',
  })),
  ...ways.map((by, index) => ({
    operation: 'CreateModelPackage',
    name: `algorithm by ${by}`,
    without: [
      ...['ModelPackageGroupName', 'ModelApprovalStatus', 'ModelPackageRegistrationType', 'InferenceSpecification'],
      ...['AdditionalInferenceSpecifications', 'ValidationSpecification', 'CertifyForMarketplace'],
    ],
    overrides: {
      ModelPackageName: `algorithm-${index}`,
      ClientToken: `algorithm-${by}`,
      'SourceAlgorithmSpecification.SourceAlgorithms': [{ AlgorithmName: 'plain', ...modelData[by] }],
    },
    describe: { ModelPackageName: `algorithm-${index}` },
  })),
  ...ways.map((by, index) => ({
    operation: 'UpdateModelPackage',
    name: `version by ${by}`,
    without: [],
    overrides: {
      ModelPackageArn: `arn:aws:sagemaker:us-east-1:${account.id}:model-package/full/${index + 1}`,
      ClientToken: `update-${by}`,
      ModelApprovalStatus: 'Approved',
      ModelPackageRegistrationType: 'Registered',
      CustomerMetadataProperties: { more: 'yes' },
      CustomerMetadataPropertiesToRemove: ['a'],
      ...container('InferenceSpecification.Containers', account, by),
      ...specification('InferenceSpecification'),
      'AdditionalInferenceSpecificationsToAdd.Name': 'third',
      ...container('AdditionalInferenceSpecificationsToAdd.Containers', account, by),
      ...specification('AdditionalInferenceSpecificationsToAdd'),
    },
    describe: { ModelPackageName: `full/${index + 1}` },
  })),
  ...['PrimaryContainer', 'Containers'].flatMap((member, index) => {
    const other = ['Containers', 'PrimaryContainer'][index] as string
    const inMember = (name: string) => `${member}.${name}`
    return [
      ...ways.map(by => ({
        operation: 'CreateModel',
        name: `image in ${member} by ${by}`,
        without: [
          ...[other, `${member}.ModelPackageName`, `${member}.InferenceSpecificationName`],
          `${member}.MultiModelConfig`,
        ],
        overrides: {
          ModelName: modelName(index, by),
          ExecutionRoleArn: account.role,
          ...container(member, account, by),
        },
        describe: { ModelName: modelName(index, by) },
      })),
      {
        operation: 'CreateModel',
        name: `models in ${member}`,
        without: [other, ...['ModelPackageName', 'InferenceSpecificationName', 'ModelDataSource'].map(inMember)],
        overrides: {
          ModelName: `models-${index}`,
          ExecutionRoleArn: account.role,
          ...container(member, account, 'ModelDataUrl'),
          [inMember('Mode')]: 'MultiModel',
          [inMember('ModelDataUrl')]: 's3://bucket/models/',
        },
        describe: { ModelName: `models-${index}` },
      },
      {
        operation: 'CreateModel',
        name: `package in ${member}`,
        // Serverless variants take no isolated model.
        without: [
          ...[other, 'EnableNetworkIsolation'],
          ...['Image', 'ImageConfig', 'ModelDataUrl', 'ModelDataSource', 'Mode', 'MultiModelConfig'].map(inMember),
        ],
        overrides: {
          ModelName: `package-${index}`,
          ExecutionRoleArn: account.role,
          [`${member}.ModelPackageName`]: 'full/1',
          [`${member}.InferenceSpecificationName`]: 'other',
        },
        describe: { ModelName: `package-${index}` },
      },
    ]
  }),
  {
    operation: 'CreateEndpointConfig',
    name: 'full',
    // Topics that must be there: `endpoint.test.ts`. Shadows are of those that answer at once.
    without: [
      ...['AsyncInferenceConfig.OutputConfig.NotificationConfig', 'ShadowProductionVariants'],
      'ProductionVariants.ServerlessConfig',
    ],
    overrides: {
      EndpointConfigName: 'full',
      KmsKeyId: 'alias/aws/sagemaker',
      ExecutionRoleArn: account.role,
      'DataCaptureConfig.EnableCapture': false,
      'AsyncInferenceConfig.OutputConfig.S3OutputPath': 's3://bucket/answers',
      'AsyncInferenceConfig.OutputConfig.S3FailurePath': 's3://bucket/failures',
      'ProductionVariants.ModelName': 'image-0',
      'ProductionVariants.InstanceType': 'ml.m5.large',
    },
    describe: { EndpointConfigName: 'full' },
  },
  {
    operation: 'CreateEndpointConfig',
    name: 'shadowed',
    without: ['AsyncInferenceConfig', 'ProductionVariants.ServerlessConfig'],
    overrides: {
      EndpointConfigName: 'shadowed',
      KmsKeyId: 'alias/aws/sagemaker',
      ExecutionRoleArn: account.role,
      'ProductionVariants.ModelName': 'image-0',
      'ProductionVariants.InstanceType': 'ml.m5.large',
      'ShadowProductionVariants.VariantName': 'shadow',
      'ShadowProductionVariants.ModelName': 'image-0',
      'ShadowProductionVariants.InstanceType': 'ml.m5.large',
    },
    describe: { EndpointConfigName: 'shadowed' },
  },
  {
    operation: 'CreateEndpointConfig',
    name: 'serverless',
    without: ['AsyncInferenceConfig', 'ShadowProductionVariants', 'DataCaptureConfig', ...ofInstances],
    overrides: {
      EndpointConfigName: 'serverless',
      KmsKeyId: 'alias/aws/sagemaker',
      ExecutionRoleArn: account.role,
      'ProductionVariants.ModelName': 'package-0',
      'ProductionVariants.ServerlessConfig.MemorySizeInMB': 3072,
    },
    describe: { EndpointConfigName: 'serverless' },
  },
  {
    operation: 'CreateEndpoint',
    name: 'full',
    // Alarms that must be there, and parameters that exclude one another: `endpoint.test.ts`.
    without: ['DeploymentConfig'],
    overrides: { EndpointName: 'full', EndpointConfigName: 'full' },
    describe: { EndpointName: 'full' },
  },
  {
    operation: 'CreateEndpointConfig',
    name: 'for-components',
    without: [
      ...['AsyncInferenceConfig', 'ShadowProductionVariants', 'DataCaptureConfig', 'KmsKeyId'],
      ...['ProductionVariants.ServerlessConfig', 'ProductionVariants.ModelName', 'ProductionVariants.VolumeSizeInGB'],
    ],
    overrides: {
      EndpointConfigName: 'for-components',
      ExecutionRoleArn: account.role,
      'ProductionVariants.VariantName': 'all',
      'ProductionVariants.InstanceType': 'ml.m5.large',
    },
    describe: { EndpointConfigName: 'for-components' },
  },
  {
    operation: 'CreateEndpoint',
    name: 'for-components',
    without: ['DeploymentConfig'],
    overrides: { EndpointName: 'for-components', EndpointConfigName: 'for-components' },
    describe: { EndpointName: 'for-components' },
  },
  ...(['ModelName', 'Container'] as const).map(other => ({
    operation: 'CreateInferenceComponent',
    name: `without ${other}`,
    without: [`Specification.${other}`],
    overrides: {
      InferenceComponentName: `without-${other}`,
      EndpointName: 'for-components',
      VariantName: 'all',
      'Specification.ModelName': 'image-0',
      'Specification.Container.Image': account.image,
      'Specification.Container.ArtifactUrl': `s3://${account.bucket}/model.tar.gz`,
      'Specification.ComputeResourceRequirements.MaxMemoryRequiredInMb': 2048,
    },
    describe: { InferenceComponentName: `without-${other}` },
  })),
  {
    operation: 'CreateTrainingJob',
    name: 'image',
    without: ['AlgorithmSpecification.AlgorithmName', 'ResourceConfig.InstanceGroups'],
    overrides: { TrainingJobName: 'image', RoleArn: account.role, ...byImage('', account), ...training('') },
    describe: { TrainingJobName: 'image' },
  },
  {
    operation: 'CreateTrainingJob',
    name: 'groups',
    without: ['AlgorithmSpecification.AlgorithmName', ...oneGroup('ResourceConfig')],
    overrides: { TrainingJobName: 'groups', RoleArn: account.role, ...byImage('', account), ...inGroups('') },
    describe: { TrainingJobName: 'groups' },
  },
  {
    operation: 'CreateTrainingJob',
    name: 'algorithm',
    without: [...notByAlgorithm(''), 'ResourceConfig.InstanceGroups'],
    overrides: {
      TrainingJobName: 'algorithm',
      RoleArn: account.role,
      'AlgorithmSpecification.AlgorithmName': 'plain',
      HyperParameters: { rate: '0.5', depth: '4', kind: 'b' },
      ...training(''),
    },
    describe: { TrainingJobName: 'algorithm' },
  },
  ...['TrainingJobDefinition', 'TrainingJobDefinitions'].flatMap(member => tuningJobs(account, member)),
  {
    operation: 'UpdateTrainingJob',
    name: 'image',
    without: [],
    overrides: { TrainingJobName: 'image' },
    describe: { TrainingJobName: 'image' },
  },
  {
    operation: 'CreateTransformJob',
    name: 'full',
    without: [],
    overrides: {
      TransformJobName: 'full',
      ModelName: 'image-0',
      MaxPayloadInMB: 6,
      ...transform(''),
      'DataProcessing.InputFilter': '$[1:]',
      'DataProcessing.OutputFilter': '$[0,-1]',
      'DataProcessing.JoinSource': 'Input',
    },
    describe: { TransformJobName: 'full' },
  },
]
