/**
 * What a member of a document may be: text, a number, yes or no, one of a few words, a list of something, a map of texts, or an object of
 * members.
 */
export type DocumentShape =
  | 'string'
  | 'number'
  | 'boolean'
  | 'map'
  | readonly string[]
  | { readonly list: DocumentShape }
  | { readonly [member: string]: DocumentShape }

/** The interface facts of validation profiles, as the server has them; a test holds the two together. */
export const transformJobDefinition: DocumentShape = {
  MaxConcurrentTransforms: 'number',
  MaxPayloadInMB: 'number',
  BatchStrategy: ['MultiRecord', 'SingleRecord'],
  Environment: 'map',
  TransformInput: {
    DataSource: {
      S3DataSource: { S3DataType: ['ManifestFile', 'S3Prefix', 'AugmentedManifestFile', 'Converse'], S3Uri: 'string' },
    },
    ContentType: 'string',
    CompressionType: ['None', 'Gzip'],
    SplitType: ['None', 'Line', 'RecordIO', 'TFRecord'],
  },
  TransformOutput: { S3OutputPath: 'string', Accept: 'string', AssembleWith: ['None', 'Line'], KmsKeyId: 'string' },
  TransformResources: {
    InstanceType: 'string',
    InstanceCount: 'number',
    VolumeKmsKeyId: 'string',
    TransformAmiVersion: 'string',
  },
}

export const trainingJobDefinition: DocumentShape = {
  TrainingInputMode: ['Pipe', 'File', 'FastFile'],
  HyperParameters: 'map',
  InputDataConfig: {
    list: {
      ChannelName: 'string',
      DataSource: {
        S3DataSource: {
          S3DataType: ['ManifestFile', 'S3Prefix', 'AugmentedManifestFile', 'Converse'],
          S3Uri: 'string',
          S3DataDistributionType: ['FullyReplicated', 'ShardedByS3Key'],
          AttributeNames: { list: 'string' },
          InstanceGroupNames: { list: 'string' },
          ModelAccessConfig: { AcceptEula: 'boolean' },
          HubAccessConfig: { HubContentArn: 'string' },
        },
        FileSystemDataSource: {
          FileSystemId: 'string',
          FileSystemAccessMode: ['rw', 'ro'],
          FileSystemType: ['EFS', 'FSxLustre'],
          DirectoryPath: 'string',
        },
        DatasetSource: { DatasetArn: 'string' },
      },
      ContentType: 'string',
      CompressionType: ['None', 'Gzip'],
      RecordWrapperType: ['None', 'RecordIO'],
      InputMode: ['Pipe', 'File', 'FastFile'],
      ShuffleConfig: { Seed: 'number' },
    },
  },
  OutputDataConfig: { KmsKeyId: 'string', S3OutputPath: 'string', CompressionType: ['GZIP', 'NONE'] },
  ResourceConfig: {
    InstanceType: 'string',
    InstanceCount: 'number',
    VolumeSizeInGB: 'number',
    VolumeKmsKeyId: 'string',
    KeepAlivePeriodInSeconds: 'number',
    InstanceGroups: { list: { InstanceType: 'string', InstanceCount: 'number', InstanceGroupName: 'string' } },
    TrainingPlanArn: 'string',
    InstancePlacementConfig: {
      EnableMultipleJobs: 'boolean',
      PlacementSpecifications: { list: { UltraServerId: 'string', InstanceCount: 'number' } },
    },
  },
  StoppingCondition: {
    MaxRuntimeInSeconds: 'number',
    MaxWaitTimeInSeconds: 'number',
    MaxPendingTimeInSeconds: 'number',
  },
}

export const hyperParameterSpecifications: DocumentShape = {
  list: {
    Name: 'string',
    Description: 'string',
    Type: ['Integer', 'Continuous', 'Categorical', 'FreeText'],
    Range: {
      IntegerParameterRangeSpecification: { MinValue: 'string', MaxValue: 'string' },
      ContinuousParameterRangeSpecification: { MinValue: 'string', MaxValue: 'string' },
      CategoricalParameterRangeSpecification: { Values: { list: 'string' } },
    },
    IsTunable: 'boolean',
    IsRequired: 'boolean',
    DefaultValue: 'string',
  },
}
