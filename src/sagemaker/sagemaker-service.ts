import { AccessDenied } from '../ground/errors.ts'
import { load } from '../model/load.ts'
import type { Operation, Service } from '../service/operation.ts'
import * as algorithm from './product/algorithm.ts'
import * as modelPackage from './product/model-package.ts'
import * as modelPackageGroup from './product/model-package-group.ts'
import * as groupPolicy from './product/model-package-group-policy.ts'
import { updateModelPackage } from './product/model-package-update.ts'
import * as modelPackageView from './product/model-package-view.ts'
import * as tag from './resource-tag.ts'
import { access, type Named } from './sagemaker-access.ts'
import { search } from './search/search-operation.ts'
import { getSearchSuggestions } from './search/search-suggestions.ts'
import * as endpoint from './serving/endpoint.ts'
import * as endpointConfig from './serving/endpoint-config.ts'
import * as endpointView from './serving/endpoint-view.ts'
import * as model from './serving/model.ts'
import * as trainingJob from './training/training-job.ts'
import { updateTrainingJob } from './training/training-job-update.ts'
import * as trainingJobView from './training/training-job-view.ts'
import * as transformJob from './transform/transform-job.ts'
import * as tuningJob from './tuning/hyper-parameter-tuning-job.ts'
import * as tuningJobView from './tuning/tuning-job-view.ts'
import { refuseUnsupported } from './unsupported.ts'

/**
 * Operations that are served, with the ARN type and the input member that names the resource; `*` for those that name none, `each`
 * for those that ask leave for each of many themselves.
 */
const served: Readonly<Record<string, readonly [operation: unknown, type: string, member: string]>> = {
  AddTags: [tag.addTags, 'arn', 'ResourceArn'],
  DeleteTags: [tag.deleteTags, 'arn', 'ResourceArn'],
  ListTags: [tag.listTags, 'arn', 'ResourceArn'],
  CreateAlgorithm: [algorithm.createAlgorithm, 'algorithm', 'AlgorithmName'],
  DescribeAlgorithm: [algorithm.describeAlgorithm, 'algorithm', 'AlgorithmName'],
  DeleteAlgorithm: [algorithm.deleteAlgorithm, 'algorithm', 'AlgorithmName'],
  ListAlgorithms: [algorithm.listAlgorithms, '*', ''],
  CreateModelPackageGroup: [modelPackageGroup.createModelPackageGroup, 'model-package-group', 'ModelPackageGroupName'],
  DescribeModelPackageGroup: [
    modelPackageGroup.describeModelPackageGroup,
    'model-package-group',
    'ModelPackageGroupName',
  ],
  DeleteModelPackageGroup: [modelPackageGroup.deleteModelPackageGroup, 'model-package-group', 'ModelPackageGroupName'],
  ListModelPackageGroups: [modelPackageGroup.listModelPackageGroups, '*', ''],
  PutModelPackageGroupPolicy: [groupPolicy.putModelPackageGroupPolicy, 'model-package-group', 'ModelPackageGroupName'],
  GetModelPackageGroupPolicy: [groupPolicy.getModelPackageGroupPolicy, 'model-package-group', 'ModelPackageGroupName'],
  DeleteModelPackageGroupPolicy: [
    groupPolicy.deleteModelPackageGroupPolicy,
    'model-package-group',
    'ModelPackageGroupName',
  ],
  CreateModelPackage: [modelPackage.createModelPackage, 'model-package', 'ModelPackageName'],
  DescribeModelPackage: [modelPackageView.describeModelPackage, 'model-package', 'ModelPackageName'],
  BatchDescribeModelPackage: [modelPackageView.batchDescribeModelPackage, 'each', ''],
  UpdateModelPackage: [updateModelPackage, 'model-package', 'ModelPackageArn'],
  DeleteModelPackage: [modelPackage.deleteModelPackage, 'model-package', 'ModelPackageName'],
  ListModelPackages: [modelPackageView.listModelPackages, '*', ''],
  CreateModel: [model.createModel, 'model', 'ModelName'],
  DescribeModel: [model.describeModel, 'model', 'ModelName'],
  DeleteModel: [model.deleteModel, 'model', 'ModelName'],
  ListModels: [model.listModels, '*', ''],
  CreateEndpointConfig: [endpointConfig.createEndpointConfig, 'endpoint-config', 'EndpointConfigName'],
  DescribeEndpointConfig: [endpointConfig.describeEndpointConfig, 'endpoint-config', 'EndpointConfigName'],
  DeleteEndpointConfig: [endpointConfig.deleteEndpointConfig, 'endpoint-config', 'EndpointConfigName'],
  ListEndpointConfigs: [endpointConfig.listEndpointConfigs, '*', ''],
  CreateEndpoint: [endpoint.createEndpoint, 'endpoint', 'EndpointName'],
  DescribeEndpoint: [endpointView.describeEndpoint, 'endpoint', 'EndpointName'],
  UpdateEndpoint: [endpoint.updateEndpoint, 'endpoint', 'EndpointName'],
  UpdateEndpointWeightsAndCapacities: [endpoint.updateEndpointWeightsAndCapacities, 'endpoint', 'EndpointName'],
  DeleteEndpoint: [endpoint.deleteEndpoint, 'endpoint', 'EndpointName'],
  ListEndpoints: [endpointView.listEndpoints, '*', ''],
  CreateTrainingJob: [trainingJob.createTrainingJob, 'training-job', 'TrainingJobName'],
  DescribeTrainingJob: [trainingJobView.describeTrainingJob, 'training-job', 'TrainingJobName'],
  UpdateTrainingJob: [updateTrainingJob, 'training-job', 'TrainingJobName'],
  StopTrainingJob: [trainingJob.stopTrainingJob, 'training-job', 'TrainingJobName'],
  DeleteTrainingJob: [trainingJob.deleteTrainingJob, 'training-job', 'TrainingJobName'],
  ListTrainingJobs: [trainingJobView.listTrainingJobs, '*', ''],
  CreateHyperParameterTuningJob: [
    tuningJob.createHyperParameterTuningJob,
    'hyper-parameter-tuning-job',
    'HyperParameterTuningJobName',
  ],
  DescribeHyperParameterTuningJob: [
    tuningJobView.describeHyperParameterTuningJob,
    'hyper-parameter-tuning-job',
    'HyperParameterTuningJobName',
  ],
  StopHyperParameterTuningJob: [
    tuningJob.stopHyperParameterTuningJob,
    'hyper-parameter-tuning-job',
    'HyperParameterTuningJobName',
  ],
  DeleteHyperParameterTuningJob: [
    tuningJob.deleteHyperParameterTuningJob,
    'hyper-parameter-tuning-job',
    'HyperParameterTuningJobName',
  ],
  ListHyperParameterTuningJobs: [tuningJobView.listHyperParameterTuningJobs, '*', ''],
  ListTrainingJobsForHyperParameterTuningJob: [
    tuningJobView.listTrainingJobsForHyperParameterTuningJob,
    'hyper-parameter-tuning-job',
    'HyperParameterTuningJobName',
  ],
  CreateTransformJob: [transformJob.createTransformJob, 'transform-job', 'TransformJobName'],
  DescribeTransformJob: [transformJob.describeTransformJob, 'transform-job', 'TransformJobName'],
  StopTransformJob: [transformJob.stopTransformJob, 'transform-job', 'TransformJobName'],
  ListTransformJobs: [transformJob.listTransformJobs, '*', ''],
  Search: [search, '*', ''],
  GetSearchSuggestions: [getSearchSuggestions, '*', ''],
}

// biome-ignore lint/suspicious/noExplicitAny: each operation has its own shapes; the model checks them at run time
type AnyOperation = Operation<any, any>

/** SageMaker's control plane. */
export function createSageMakerService(): Service {
  const operations = Object.fromEntries(
    Object.entries(served).map(([name, [operation]]) => [name, refusing(name, operation as AnyOperation)]),
  )
  return { model: load('sagemaker'), operations, access: accessOf }
}

function refusing(name: string, operation: AnyOperation): AnyOperation {
  return async (input, ctx) => {
    refuseUnsupported(name, input)
    try {
      return await operation(input, ctx)
    } catch (error) {
      // What IAM or S3 deny on the way carries their code; SageMaker's clients know its own.
      throw error instanceof AccessDenied ? new AccessDenied(error.message) : error
    }
  }
}

const accessOf: Service['access'] = (operation, input, ctx) => {
  const [, type = '*', member = ''] = served[operation] ?? []
  if (type === 'each') return []
  return access(operation, type === '*' ? undefined : ([type, member] as Named), input, ctx)
}
