import { cliLine } from '../kit/cli-line.ts'
import { pathTo } from '../route/path-table.ts'

/** A way to use a product: the form that begins it, and the same from a shell. */
export interface Launch {
  readonly id: 'training' | 'endpoint' | 'transform'
  readonly href: string
  readonly lines: readonly string[]
}

const role = 'ROLE_ARN'

/** What may be begun with a product of this ARN: an algorithm is trained with, a model package is served. */
export function launchesOf(arn: string): readonly Launch[] {
  if (arn === '') return []
  const given = encodeURIComponent(arn)
  if (arn.includes(':algorithm/')) {
    const href = `${pathTo('createTrainingJob')}?algorithm=${given}`
    return [{ id: 'training', href, lines: [trainingLine(arn)] }]
  }
  const model = cliLine('sagemaker', 'CreateModel', {
    ...{ ModelName: 'my-model', ExecutionRoleArn: role, EnableNetworkIsolation: true },
    PrimaryContainer: { ModelPackageName: arn },
  })
  const href = `${pathTo('createModel')}?package=${given}`
  return [
    { id: 'endpoint', href: `${href}&then=endpoint`, lines: [model, ...endpointLines] },
    { id: 'transform', href: `${href}&then=transform`, lines: [model, transformLine] },
  ]
}

const trainingLine = (arn: string): string =>
  cliLine('sagemaker', 'CreateTrainingJob', {
    ...{ TrainingJobName: 'my-job', RoleArn: role, EnableNetworkIsolation: true },
    AlgorithmSpecification: { AlgorithmName: arn, TrainingInputMode: 'File' },
    OutputDataConfig: { S3OutputPath: 's3://BUCKET/models' },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 5 },
    StoppingCondition: { MaxRuntimeInSeconds: 3600 },
  })

const endpointLines = [
  cliLine('sagemaker', 'CreateEndpointConfig', {
    EndpointConfigName: 'my-config',
    ProductionVariants: [
      { VariantName: 'AllTraffic', ModelName: 'my-model', InstanceType: 'ml.m5.large', InitialInstanceCount: 1 },
    ],
  }),
  cliLine('sagemaker', 'CreateEndpoint', { EndpointName: 'my-endpoint', EndpointConfigName: 'my-config' }),
]

const transformLine = cliLine('sagemaker', 'CreateTransformJob', {
  ...{ TransformJobName: 'my-job', ModelName: 'my-model' },
  TransformInput: { DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://BUCKET/rows/' } } },
  TransformOutput: { S3OutputPath: 's3://BUCKET/answers' },
  TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
})
