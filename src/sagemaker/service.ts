import { load } from '../model/load.ts'
import type { Context } from '../service/context.ts'
import type { Access, Operation, Service } from '../service/operation.ts'
import * as algorithm from './algorithm.ts'
import * as endpoint from './endpoint.ts'
import * as endpointConfig from './endpoint-config.ts'
import * as model from './model.ts'
import * as modelPackage from './model-package.ts'
import * as modelPackageGroup from './model-package-group.ts'
import * as tag from './tag.ts'
import * as trainingJob from './training-job.ts'
import * as transformJob from './transform-job.ts'
import { refuseUnsupported } from './unsupported.ts'

/** Operations that are served, with the ARN type and the input member that names the resource; `*` for those that name none. */
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
  CreateModelPackage: [modelPackage.createModelPackage, 'model-package', 'ModelPackageName'],
  DescribeModelPackage: [modelPackage.describeModelPackage, 'model-package', 'ModelPackageName'],
  UpdateModelPackage: [modelPackage.updateModelPackage, 'arn', 'ModelPackageArn'],
  DeleteModelPackage: [modelPackage.deleteModelPackage, 'model-package', 'ModelPackageName'],
  ListModelPackages: [modelPackage.listModelPackages, '*', ''],
  CreateModel: [model.createModel, 'model', 'ModelName'],
  DescribeModel: [model.describeModel, 'model', 'ModelName'],
  DeleteModel: [model.deleteModel, 'model', 'ModelName'],
  ListModels: [model.listModels, '*', ''],
  CreateEndpointConfig: [endpointConfig.createEndpointConfig, 'endpoint-config', 'EndpointConfigName'],
  DescribeEndpointConfig: [endpointConfig.describeEndpointConfig, 'endpoint-config', 'EndpointConfigName'],
  DeleteEndpointConfig: [endpointConfig.deleteEndpointConfig, 'endpoint-config', 'EndpointConfigName'],
  ListEndpointConfigs: [endpointConfig.listEndpointConfigs, '*', ''],
  CreateEndpoint: [endpoint.createEndpoint, 'endpoint', 'EndpointName'],
  DescribeEndpoint: [endpoint.describeEndpoint, 'endpoint', 'EndpointName'],
  UpdateEndpoint: [endpoint.updateEndpoint, 'endpoint', 'EndpointName'],
  UpdateEndpointWeightsAndCapacities: [endpoint.updateEndpointWeightsAndCapacities, 'endpoint', 'EndpointName'],
  DeleteEndpoint: [endpoint.deleteEndpoint, 'endpoint', 'EndpointName'],
  ListEndpoints: [endpoint.listEndpoints, '*', ''],
  CreateTrainingJob: [trainingJob.createTrainingJob, 'training-job', 'TrainingJobName'],
  DescribeTrainingJob: [trainingJob.describeTrainingJob, 'training-job', 'TrainingJobName'],
  StopTrainingJob: [trainingJob.stopTrainingJob, 'training-job', 'TrainingJobName'],
  DeleteTrainingJob: [trainingJob.deleteTrainingJob, 'training-job', 'TrainingJobName'],
  ListTrainingJobs: [trainingJob.listTrainingJobs, '*', ''],
  CreateTransformJob: [transformJob.createTransformJob, 'transform-job', 'TransformJobName'],
  DescribeTransformJob: [transformJob.describeTransformJob, 'transform-job', 'TransformJobName'],
  StopTransformJob: [transformJob.stopTransformJob, 'transform-job', 'TransformJobName'],
  ListTransformJobs: [transformJob.listTransformJobs, '*', ''],
}

// biome-ignore lint/suspicious/noExplicitAny: each operation has its own shapes; the model checks them at run time
type AnyOperation = Operation<any, any>

/** SageMaker's control plane. */
export function createSageMakerService(): Service {
  const operations = Object.fromEntries(
    Object.entries(served).map(([name, [operation]]) => [name, refusing(name, operation as AnyOperation)]),
  )
  return { model: load('sagemaker'), operations, access: (operation, input, ctx) => [access(operation, input, ctx)] }
}

function refusing(name: string, operation: AnyOperation): AnyOperation {
  return (input, ctx) => {
    refuseUnsupported(name, input)
    return operation(input, ctx)
  }
}

/**
 * What an operation asks leave for. A resource of another account is asked for as if it were the caller's: the operation itself
 * then answers as for one that does not exist, unless the account is subscribed to it as a product.
 */
function access(operation: string, input: Record<string, unknown>, ctx: Context): Access {
  const action = `sagemaker:${operation}`
  const [, type = '*', member = ''] = served[operation] ?? []
  const name = input[member] ?? input.ModelPackageGroupName
  if (type === '*' || typeof name !== 'string') return { action, resource: '*' }
  return { action, resource: name.startsWith('arn:') ? name : ctx.arn(type, name) }
}
