import type * as Sdk from '@aws-sdk/client-sagemaker'
import { AccessDenied } from '../ground/errors.ts'
import { type SdkApi, type ServedOperation, type ServedOperations, type Service, service } from '../service/service.ts'
import * as algorithm from './product/algorithm.ts'
import * as modelPackage from './product/model-package.ts'
import * as modelPackageGroup from './product/model-package-group.ts'
import * as groupPolicy from './product/model-package-group-policy.ts'
import { updateModelPackage } from './product/model-package-update.ts'
import * as modelPackageView from './product/model-package-view.ts'
import * as tag from './resource-tag.ts'
import { anything, askedForEach, on } from './sagemaker-access.ts'
import { search } from './search/search-operation.ts'
import { getSearchSuggestions } from './search/search-suggestions.ts'
import type { EndpointParts } from './serving/endpoint.ts'
import * as endpoint from './serving/endpoint.ts'
import { updateEndpointWeightsAndCapacities } from './serving/endpoint-capacity.ts'
import * as endpointConfig from './serving/endpoint-config.ts'
import * as endpointView from './serving/endpoint-view.ts'
import * as inferenceComponent from './serving/inference-component.ts'
import * as inferenceComponentView from './serving/inference-component-view.ts'
import * as model from './serving/model.ts'
import * as trainingJob from './training/training-job.ts'
import { updateTrainingJob } from './training/training-job-update.ts'
import * as trainingJobView from './training/training-job-view.ts'
import * as transformJob from './transform/transform-job.ts'
import * as tuningJob from './tuning/hyper-parameter-tuning-job.ts'
import * as tuningJobView from './tuning/tuning-job-view.ts'
import { refuseUnsupported } from './unsupported.ts'

type ServingParts = EndpointParts & inferenceComponent.ComponentParts

/** What is served. `on` names the ARN type and the input member that names the resource. */
const operations: ServedOperations<SdkApi<typeof Sdk>, ServingParts> = {
  AddTags: { run: tag.addTags, access: on('arn', 'ResourceArn') },
  DeleteTags: { run: tag.deleteTags, access: on('arn', 'ResourceArn') },
  ListTags: { run: tag.listTags, access: on('arn', 'ResourceArn') },
  CreateAlgorithm: { run: algorithm.createAlgorithm, access: on('algorithm', 'AlgorithmName') },
  DescribeAlgorithm: { run: algorithm.describeAlgorithm, access: on('algorithm', 'AlgorithmName') },
  DeleteAlgorithm: { run: algorithm.deleteAlgorithm, access: on('algorithm', 'AlgorithmName') },
  ListAlgorithms: { run: algorithm.listAlgorithms, access: anything },
  CreateModelPackageGroup: {
    run: modelPackageGroup.createModelPackageGroup,
    access: on('model-package-group', 'ModelPackageGroupName'),
  },
  DescribeModelPackageGroup: {
    run: modelPackageGroup.describeModelPackageGroup,
    access: on('model-package-group', 'ModelPackageGroupName'),
  },
  DeleteModelPackageGroup: {
    run: modelPackageGroup.deleteModelPackageGroup,
    access: on('model-package-group', 'ModelPackageGroupName'),
  },
  ListModelPackageGroups: { run: modelPackageGroup.listModelPackageGroups, access: anything },
  PutModelPackageGroupPolicy: {
    run: groupPolicy.putModelPackageGroupPolicy,
    access: on('model-package-group', 'ModelPackageGroupName'),
  },
  GetModelPackageGroupPolicy: {
    run: groupPolicy.getModelPackageGroupPolicy,
    access: on('model-package-group', 'ModelPackageGroupName'),
  },
  DeleteModelPackageGroupPolicy: {
    run: groupPolicy.deleteModelPackageGroupPolicy,
    access: on('model-package-group', 'ModelPackageGroupName'),
  },
  CreateModelPackage: { run: modelPackage.createModelPackage, access: on('model-package', 'ModelPackageName') },
  DescribeModelPackage: { run: modelPackageView.describeModelPackage, access: on('model-package', 'ModelPackageName') },
  BatchDescribeModelPackage: { run: modelPackageView.batchDescribeModelPackage, access: askedForEach },
  UpdateModelPackage: { run: updateModelPackage, access: on('model-package', 'ModelPackageArn') },
  DeleteModelPackage: { run: modelPackage.deleteModelPackage, access: on('model-package', 'ModelPackageName') },
  ListModelPackages: { run: modelPackageView.listModelPackages, access: anything },
  CreateModel: { run: model.createModel, access: on('model', 'ModelName') },
  DescribeModel: { run: model.describeModel, access: on('model', 'ModelName') },
  DeleteModel: { run: model.deleteModel, access: on('model', 'ModelName') },
  ListModels: { run: model.listModels, access: anything },
  CreateEndpointConfig: {
    run: endpointConfig.createEndpointConfig,
    access: on('endpoint-config', 'EndpointConfigName'),
  },
  DescribeEndpointConfig: {
    run: endpointConfig.describeEndpointConfig,
    access: on('endpoint-config', 'EndpointConfigName'),
  },
  DeleteEndpointConfig: {
    run: endpointConfig.deleteEndpointConfig,
    access: on('endpoint-config', 'EndpointConfigName'),
  },
  ListEndpointConfigs: { run: endpointConfig.listEndpointConfigs, access: anything },
  CreateEndpoint: { run: endpoint.createEndpoint, access: on('endpoint', 'EndpointName') },
  DescribeEndpoint: { run: endpointView.describeEndpoint, access: on('endpoint', 'EndpointName') },
  UpdateEndpoint: { run: endpoint.updateEndpoint, access: on('endpoint', 'EndpointName') },
  UpdateEndpointWeightsAndCapacities: {
    run: updateEndpointWeightsAndCapacities,
    access: on('endpoint', 'EndpointName'),
  },
  DeleteEndpoint: { run: endpoint.deleteEndpoint, access: on('endpoint', 'EndpointName') },
  ListEndpoints: { run: endpointView.listEndpoints, access: anything },
  CreateInferenceComponent: {
    run: inferenceComponent.createInferenceComponent,
    access: on('inference-component', 'InferenceComponentName'),
  },
  DescribeInferenceComponent: {
    run: inferenceComponentView.describeInferenceComponent,
    access: on('inference-component', 'InferenceComponentName'),
  },
  UpdateInferenceComponent: {
    run: inferenceComponent.updateInferenceComponent,
    access: on('inference-component', 'InferenceComponentName'),
  },
  UpdateInferenceComponentRuntimeConfig: {
    run: inferenceComponent.updateInferenceComponentRuntimeConfig,
    access: on('inference-component', 'InferenceComponentName'),
  },
  DeleteInferenceComponent: {
    run: inferenceComponent.deleteInferenceComponent,
    access: on('inference-component', 'InferenceComponentName'),
  },
  ListInferenceComponents: { run: inferenceComponentView.listInferenceComponents, access: anything },
  CreateTrainingJob: { run: trainingJob.createTrainingJob, access: on('training-job', 'TrainingJobName') },
  DescribeTrainingJob: { run: trainingJobView.describeTrainingJob, access: on('training-job', 'TrainingJobName') },
  UpdateTrainingJob: { run: updateTrainingJob, access: on('training-job', 'TrainingJobName') },
  StopTrainingJob: { run: trainingJob.stopTrainingJob, access: on('training-job', 'TrainingJobName') },
  DeleteTrainingJob: { run: trainingJob.deleteTrainingJob, access: on('training-job', 'TrainingJobName') },
  ListTrainingJobs: { run: trainingJobView.listTrainingJobs, access: anything },
  CreateHyperParameterTuningJob: {
    run: tuningJob.createHyperParameterTuningJob,
    access: on('hyper-parameter-tuning-job', 'HyperParameterTuningJobName'),
  },
  DescribeHyperParameterTuningJob: {
    run: tuningJobView.describeHyperParameterTuningJob,
    access: on('hyper-parameter-tuning-job', 'HyperParameterTuningJobName'),
  },
  StopHyperParameterTuningJob: {
    run: tuningJob.stopHyperParameterTuningJob,
    access: on('hyper-parameter-tuning-job', 'HyperParameterTuningJobName'),
  },
  DeleteHyperParameterTuningJob: {
    run: tuningJob.deleteHyperParameterTuningJob,
    access: on('hyper-parameter-tuning-job', 'HyperParameterTuningJobName'),
  },
  ListHyperParameterTuningJobs: { run: tuningJobView.listHyperParameterTuningJobs, access: anything },
  ListTrainingJobsForHyperParameterTuningJob: {
    run: tuningJobView.listTrainingJobsForHyperParameterTuningJob,
    access: on('hyper-parameter-tuning-job', 'HyperParameterTuningJobName'),
  },
  CreateTransformJob: { run: transformJob.createTransformJob, access: on('transform-job', 'TransformJobName') },
  DescribeTransformJob: { run: transformJob.describeTransformJob, access: on('transform-job', 'TransformJobName') },
  StopTransformJob: { run: transformJob.stopTransformJob, access: on('transform-job', 'TransformJobName') },
  ListTransformJobs: { run: transformJob.listTransformJobs, access: anything },
  Search: { run: search, access: anything },
  GetSearchSuggestions: { run: getSearchSuggestions, access: anything },
}

/** SageMaker's control plane. */
export const createSageMakerService = (
  parts: ServingParts = { endRoute: async () => {}, endComponent: async () => {} },
): Service =>
  service<SdkApi<typeof Sdk>, ServingParts>({
    model: 'sagemaker',
    parts: () => parts,
    operations: Object.fromEntries(Object.entries(operations).map(([name, served]) => [name, refusing(name, served)])),
  })

// biome-ignore lint/suspicious/noExplicitAny: each operation has its own shapes
type AnyOperation = ServedOperation<any, any, any>

function refusing(name: string, { run, access }: AnyOperation): AnyOperation {
  return {
    access,
    run: async (input, ctx) => {
      refuseUnsupported(name, input)
      try {
        return await run(input, ctx)
      } catch (error) {
        // What IAM or S3 deny on the way carries their code; SageMaker's clients know its own.
        throw error instanceof AccessDenied ? new AccessDenied(error.message) : error
      }
    },
  }
}
