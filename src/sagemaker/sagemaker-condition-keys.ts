// biome-ignore-all lint/suspicious/noTemplateCurlyInString: families of keys are written so
import type { ConditionTable, KeySource } from '../service/condition-key.ts'

const off = (path: string): KeySource => ({ path, otherwise: 'false' })
const below = (holders: readonly string[], path: string): string[] => holders.map(holder => `${holder}.${path}`)
const offBelow = (holders: readonly string[], path: string): KeySource[] => below(holders, path).map(off)

const fileSystems = (holders: readonly string[]) => {
  const of = (member: string) => below(holders, `InputDataConfig[].DataSource.FileSystemDataSource.${member}`)
  return {
    'sagemaker:FileSystemId': of('FileSystemId'),
    'sagemaker:FileSystemType': of('FileSystemType'),
    'sagemaker:FileSystemDirectoryPath': of('DirectoryPath'),
    'sagemaker:FileSystemAccessMode': of('FileSystemAccessMode'),
  }
}
const subnets = (holders: readonly string[]) => ({
  'sagemaker:VpcSubnets': below(holders, 'VpcConfig.Subnets[]'),
  'sagemaker:VpcSecurityGroupIds': below(holders, 'VpcConfig.SecurityGroupIds[]'),
})
const ownSubnets = {
  'sagemaker:VpcSubnets': 'VpcConfig.Subnets[]',
  'sagemaker:VpcSecurityGroupIds': 'VpcConfig.SecurityGroupIds[]',
}

const definitions = ['TrainingJobDefinition', 'TrainingJobDefinitions[]']
const variants = ['ProductionVariants[]', 'ShadowProductionVariants[]']
const metadata = {
  'sagemaker:ModelApprovalStatus': 'ModelApprovalStatus',
  'sagemaker:CustomerMetadataProperties/${MetadataKey}': 'CustomerMetadataProperties',
  'sagemaker:ModelLifeCycle:Stage': 'ModelLifeCycle.Stage',
  'sagemaker:ModelLifeCycle:StageStatus': 'ModelLifeCycle.StageStatus',
}

/**
 * What requests tell policies by their inputs (Service Authorization Reference, Amazon SageMaker; SageMaker Developer Guide,
 * Condition keys). A switch that is left out is off. `sagemaker:ModelArn`, tags and what a model package has now are worked out in
 * `sagemaker-access.ts`.
 */
export const sageMakerConditionKeys: ConditionTable = {
  CreateTrainingJob: {
    'sagemaker:InstanceTypes': ['ResourceConfig.InstanceType', 'ResourceConfig.InstanceGroups[].InstanceType'],
    'sagemaker:VolumeKmsKey': 'ResourceConfig.VolumeKmsKeyId',
    'sagemaker:OutputKmsKey': 'OutputDataConfig.KmsKeyId',
    'sagemaker:MaxRuntimeInSeconds': 'StoppingCondition.MaxRuntimeInSeconds',
    'sagemaker:NetworkIsolation': off('EnableNetworkIsolation'),
    'sagemaker:InterContainerTrafficEncryption': off('EnableInterContainerTrafficEncryption'),
    'sagemaker:KeepAlivePeriod': 'ResourceConfig.KeepAlivePeriodInSeconds',
    'sagemaker:EnableRemoteDebug': 'RemoteDebugConfig.EnableRemoteDebug',
    'sagemaker:FileSystemId': 'InputDataConfig[].DataSource.FileSystemDataSource.FileSystemId',
    'sagemaker:FileSystemType': 'InputDataConfig[].DataSource.FileSystemDataSource.FileSystemType',
    'sagemaker:FileSystemDirectoryPath': 'InputDataConfig[].DataSource.FileSystemDataSource.DirectoryPath',
    'sagemaker:FileSystemAccessMode': 'InputDataConfig[].DataSource.FileSystemDataSource.FileSystemAccessMode',
    ...ownSubnets,
  },
  UpdateTrainingJob: {
    'sagemaker:KeepAlivePeriod': 'ResourceConfig.KeepAlivePeriodInSeconds',
    'sagemaker:EnableRemoteDebug': 'RemoteDebugConfig.EnableRemoteDebug',
  },
  CreateHyperParameterTuningJob: {
    'sagemaker:InstanceTypes': [
      ...below(definitions, 'ResourceConfig.InstanceType'),
      ...below(definitions, 'ResourceConfig.InstanceGroups[].InstanceType'),
      ...below(definitions, 'HyperParameterTuningResourceConfig.InstanceType'),
      ...below(definitions, 'HyperParameterTuningResourceConfig.InstanceConfigs[].InstanceType'),
    ],
    'sagemaker:VolumeKmsKey': [
      ...below(definitions, 'ResourceConfig.VolumeKmsKeyId'),
      ...below(definitions, 'HyperParameterTuningResourceConfig.VolumeKmsKeyId'),
    ],
    'sagemaker:OutputKmsKey': below(definitions, 'OutputDataConfig.KmsKeyId'),
    'sagemaker:MaxRuntimeInSeconds': below(definitions, 'StoppingCondition.MaxRuntimeInSeconds'),
    'sagemaker:NetworkIsolation': offBelow(definitions, 'EnableNetworkIsolation'),
    'sagemaker:InterContainerTrafficEncryption': offBelow(definitions, 'EnableInterContainerTrafficEncryption'),
    ...fileSystems(definitions),
    ...subnets(definitions),
  },
  CreateTransformJob: {
    'sagemaker:InstanceTypes': 'TransformResources.InstanceType',
    'sagemaker:VolumeKmsKey': 'TransformResources.VolumeKmsKeyId',
    'sagemaker:OutputKmsKey': 'TransformOutput.KmsKeyId',
  },
  CreateModel: { 'sagemaker:NetworkIsolation': off('EnableNetworkIsolation'), ...ownSubnets },
  CreateEndpointConfig: {
    'sagemaker:InstanceTypes': below(variants, 'InstanceType'),
    'sagemaker:AcceleratorTypes': below(variants, 'AcceleratorType'),
    'sagemaker:ServerlessMaxConcurrency': below(variants, 'ServerlessConfig.MaxConcurrency'),
    'sagemaker:ServerlessMemorySize': below(variants, 'ServerlessConfig.MemorySizeInMB'),
    'sagemaker:VolumeKmsKey': 'KmsKeyId',
    'sagemaker:NetworkIsolation': off('EnableNetworkIsolation'),
    ...ownSubnets,
  },
  CreateModelPackage: metadata,
  UpdateModelPackage: {
    ...metadata,
    'sagemaker:CustomerMetadataPropertiesToRemove': 'CustomerMetadataPropertiesToRemove[]',
  },
  Search: { 'sagemaker:SearchVisibilityCondition/${FilterKey}': 'VisibilityConditions[]' },
}
