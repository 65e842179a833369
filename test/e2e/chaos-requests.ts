import type { CreateAlgorithmCommandInput, CreateHyperParameterTuningJobCommandInput } from '@aws-sdk/client-sagemaker'
import { type channel, instanceType } from './jobs.ts'
import type { Party } from './party.ts'

const resources = { InstanceType: instanceType as 'ml.m5.large', InstanceCount: 1 }

/** An algorithm of the party's image whose profile trains and transforms on one source of data. */
export const algorithmRequest = (
  party: Party,
  name: string,
  source: ReturnType<typeof channel>,
): CreateAlgorithmCommandInput => ({
  AlgorithmName: name,
  TrainingSpecification: {
    TrainingImage: party.image,
    SupportedTrainingInstanceTypes: [instanceType as 'ml.m5.large'],
    TrainingChannels: [
      { Name: 'training', SupportedContentTypes: ['text/plain'], SupportedInputModes: ['File'], IsRequired: true },
    ],
  },
  InferenceSpecification: {
    Containers: [{ Image: party.image }],
    SupportedTransformInstanceTypes: [instanceType as 'ml.m5.large'],
    SupportedRealtimeInferenceInstanceTypes: [instanceType as 'ml.m5.large'],
    SupportedContentTypes: ['text/plain'],
    SupportedResponseMIMETypes: ['text/plain'],
  },
  ValidationSpecification: {
    ValidationRole: party.role,
    ValidationProfiles: [
      {
        ProfileName: 'chaos',
        TrainingJobDefinition: {
          TrainingInputMode: 'File',
          InputDataConfig: [{ ...source, ChannelName: 'training', ContentType: 'text/plain' }],
          OutputDataConfig: { S3OutputPath: `s3://${party.bucket}/certified` },
          ResourceConfig: { ...resources, VolumeSizeInGB: 1 },
          StoppingCondition: { MaxRuntimeInSeconds: 300 },
        },
        TransformJobDefinition: {
          TransformInput: { SplitType: 'Line', ContentType: 'text/plain', DataSource: source.DataSource },
          TransformOutput: { S3OutputPath: `s3://${party.bucket}/out/${name}`, AssembleWith: 'Line' },
          TransformResources: resources,
        },
      },
    ],
  },
})

/** Tunes what the probe prints as its accuracy, by so many trainings of a second each, two at a time. */
export const tuningRequest = (
  party: Party,
  name: string,
  trials: number,
): CreateHyperParameterTuningJobCommandInput => ({
  HyperParameterTuningJobName: name,
  HyperParameterTuningJobConfig: {
    Strategy: 'Random',
    HyperParameterTuningJobObjective: { Type: 'Maximize', MetricName: 'accuracy' },
    ParameterRanges: { ContinuousParameterRanges: [{ Name: 'accuracy', MinValue: '0.1', MaxValue: '0.9' }] },
    ResourceLimits: { MaxNumberOfTrainingJobs: trials, MaxParallelTrainingJobs: 2 },
  },
  TrainingJobDefinition: {
    AlgorithmSpecification: {
      TrainingImage: party.image,
      TrainingInputMode: 'File',
      MetricDefinitions: [{ Name: 'accuracy', Regex: 'accuracy=([0-9.]+);' }],
    },
    RoleArn: party.role,
    StaticHyperParameters: { mode: 'slow', seconds: '1' },
    OutputDataConfig: { S3OutputPath: `s3://${party.bucket}/out` },
    ResourceConfig: { InstanceType: instanceType as 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 300 },
  },
})
