import assert from 'node:assert/strict'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { SNS } from '@aws-sdk/client-sns'
import { openReceiver } from '../../src/sns/sns.fixture.ts'
import { clientOf, installation } from './installation.ts'
import { differs, eventually, parity, refused, unverified, verified } from './parity.ts'
import { container, createEndpointConfig, createModel, variant } from './requests.ts'

const at = installation(({ owner }) => createModel(owner, 'model'))
const arn = (type: string, name: string) => `arn:aws:sagemaker:us-east-1:123456789012:${type}/${name}`
const seen = verified('public issue reports that quote the service, spec/aws-protocols.md')

parity(
  'CreateEndpointConfig DescribeEndpointConfig DeleteEndpointConfig',
  verified('SageMaker API Reference, CreateEndpointConfig'),
  'from its making to its end',
  async () => {
    const { sagemaker } = at.owner
    const variants = [variant('model'), variant('model', { VariantName: 'half', InitialVariantWeight: 0.5 })]
    const made = await createEndpointConfig(at.owner, 'life', variants)
    assert.equal(made.EndpointConfigArn, arn('endpoint-config', 'life'))
    const { ProductionVariants } = await sagemaker.describeEndpointConfig({ EndpointConfigName: 'life' })
    assert.deepEqual(ProductionVariants, [{ ...variants[0], InitialVariantWeight: 1 }, variants[1]])
    await refused(
      createEndpointConfig(at.owner, 'life'),
      'ValidationException',
      `Cannot create already existing endpoint configuration "${arn('endpoint-config', 'life')}".`,
    )
    await sagemaker.deleteEndpointConfig({ EndpointConfigName: 'life' })
    await refused(
      sagemaker.describeEndpointConfig({ EndpointConfigName: 'life' }),
      'ValidationException',
      `Could not find endpoint configuration "${arn('endpoint-config', 'life')}".`,
    )
  },
)

parity(
  'CreateEndpointConfig',
  unverified('the texts are ours, but for a missing model'),
  'rules of variants',
  async () => {
    const refuse = (variants: ReturnType<typeof variant>[], message: RegExp) =>
      refused(createEndpointConfig(at.owner, 'never', variants), 'ValidationException', message)
    await refuse([variant('model'), variant('model')], /"all" more than once/)
    await refuse([variant('absent')], /Could not find model ".*model\/absent"/)
    await refuse([variant('model', { InstanceType: undefined })], /InstanceType/)
    await refuse(
      [variant('model', { ManagedInstanceScaling: { MinInstanceCount: 1 } })],
      /ManagedInstanceScaling is supported with the Status DISABLED only/,
    )
    await refuse([variant('model', { InitialInstanceCount: 0 })], /'productionVariants.1.member.initialInstanceCount'/)
    await refuse(
      Array.from({ length: 11 }, (_, index) => variant('model', { VariantName: `v${index}` })),
      /'productionVariants'.*less than or equal to 10/,
    )
  },
)

parity(
  'CreateEndpointConfig DescribeEndpointConfig',
  verified(
    'SageMaker API Reference, CreateEndpointConfig; Developer Guide, "Exclusions" of shadow tests; texts are ours',
  ),
  'a shadow variant is told, or refused where AWS excludes it',
  async () => {
    const { sagemaker } = at.owner
    const shadow = (ModelName = 'model', VariantName = 'shadow') => variant(ModelName, { VariantName })
    const create = (
      EndpointConfigName: string,
      ShadowProductionVariants: ReturnType<typeof variant>[],
      more: object = {},
    ) =>
      sagemaker.createEndpointConfig({
        ...{ EndpointConfigName, ProductionVariants: [variant('model')], ShadowProductionVariants, ...more },
      })
    await create('shadowed', [shadow()])
    const told = await sagemaker.describeEndpointConfig({ EndpointConfigName: 'shadowed' })
    assert.deepEqual(told.ShadowProductionVariants, [{ ...shadow(), InitialVariantWeight: 1 }])
    const refuse = (message: RegExp, ...given: Parameters<typeof create>) =>
      refused(create(...given), 'ValidationException', message)
    await refuse(/"all" more than once/, 'never', [shadow('model', 'all')])
    await refuse(/only one variant/, 'never', [shadow(), shadow('model', 'another')])
    await refuse(/only one variant/, 'never', [shadow()], {
      ProductionVariants: [variant('model'), variant('model', { VariantName: 'b' })],
    })
    const AsyncInferenceConfig = { OutputConfig: { S3OutputPath: 's3://parity-data/out' } }
    await refuse(/not supported for asynchronous inference/, 'never', [shadow()], { AsyncInferenceConfig })
    await createModel(at.owner, 'in-a-row', {
      PrimaryContainer: undefined,
      Containers: [container(at.owner), container(at.owner)],
    })
    await refuse(/not supported for multi-container endpoints/, 'never', [shadow('in-a-row')])
    await createModel(at.owner, 'several', {
      PrimaryContainer: { ...container(at.owner), ModelDataUrl: 's3://parity-data/models/', Mode: 'MultiModel' },
    })
    await refuse(/not supported for multi-model endpoints/, 'never', [shadow('several')])
  },
)

parity(
  'CreateEndpointConfig DescribeEndpointConfig CreateEndpoint DescribeEndpoint DeleteEndpoint',
  verified(
    'SageMaker API Reference, ProductionVariantServerlessConfig; Developer Guide, "Deploy models with Amazon SageMaker Serverless Inference"; texts are ours',
  ),
  'a serverless variant is told, or refused where AWS excludes it',
  async () => {
    const { sagemaker } = at.owner
    const ServerlessConfig = { MemorySizeInMB: 2048, MaxConcurrency: 5 }
    const serverless = (more: object = {}, ModelName = 'model') => ({
      ...{ VariantName: 'all', ModelName, ServerlessConfig },
      ...more,
    })
    const create = (EndpointConfigName: string, ProductionVariants: object[], more: object = {}) =>
      sagemaker.createEndpointConfig({ EndpointConfigName, ProductionVariants: ProductionVariants as never, ...more })
    await create('serverless', [serverless()], {
      DataCaptureConfig: {
        ...{ EnableCapture: false, InitialSamplingPercentage: 1, DestinationS3Uri: 's3://parity-data/captured' },
        CaptureOptions: [{ CaptureMode: 'Input' }],
      },
    })
    const told = await sagemaker.describeEndpointConfig({ EndpointConfigName: 'serverless' })
    assert.deepEqual(told.ProductionVariants, [{ ...serverless(), InitialVariantWeight: 1 }])
    const EndpointName = 'serverless'
    await sagemaker.createEndpoint({ EndpointName, EndpointConfigName: 'serverless' })
    const { PendingDeploymentSummary } = await sagemaker.describeEndpoint({ EndpointName })
    const [pending] = PendingDeploymentSummary?.ProductionVariants ?? []
    assert.deepEqual(
      [pending?.CurrentServerlessConfig, pending?.InstanceType, pending?.DesiredInstanceCount],
      [ServerlessConfig, undefined, undefined],
    )
    await sagemaker.deleteEndpoint({ EndpointName })

    const refuse = (message: RegExp, ...given: [object[], object?]) =>
      refused(create('never', ...given), 'ValidationException', message)
    const sized = (more: object) => [serverless({ ServerlessConfig: { ...ServerlessConfig, ...more } })]
    await refuse(/MemorySizeInMB must be one of 1024, 2048/, sized({ MemorySizeInMB: 1500 }))
    await refuse(/'productionVariants.1.member.serverlessConfig.memorySizeInMB'/, sized({ MemorySizeInMB: 7168 }))
    await refuse(/'productionVariants.1.member.serverlessConfig.maxConcurrency'/, sized({ MaxConcurrency: 201 }))
    await refuse(/ProvisionedConcurrency is not supported/, sized({ ProvisionedConcurrency: 1 }))
    for (const given of [
      { InstanceType: 'ml.m5.large' },
      { InitialInstanceCount: 1 },
      { VolumeSizeInGB: 1 },
      { RoutingConfig: { RoutingStrategy: 'RANDOM' } },
      { ContainerStartupHealthCheckTimeoutInSeconds: 60 },
      { ModelDataDownloadTimeoutInSeconds: 60 },
    ])
      await refuse(new RegExp(`${Object.keys(given)[0]} cannot be given beside ServerlessConfig`), [serverless(given)])
    await refuse(/Multiple production variants/, [serverless(), serverless({ VariantName: 'b' })])
    const AsyncInferenceConfig = { OutputConfig: { S3OutputPath: 's3://parity-data/out' } }
    await refuse(/AsyncInferenceConfig is not supported/, [serverless()], { AsyncInferenceConfig })
    const DataCaptureConfig = {
      ...{ EnableCapture: true, InitialSamplingPercentage: 1, DestinationS3Uri: 's3://parity-data/captured' },
      CaptureOptions: [{ CaptureMode: 'Input' }],
    }
    await refuse(/DataCaptureConfig with EnableCapture/, [serverless()], { DataCaptureConfig })
    const ShadowProductionVariants = [variant('model', { VariantName: 'shadow' })]
    await refuse(/ShadowProductionVariants are not supported/, [serverless()], { ShadowProductionVariants })
    await refuse(/not supported for inference pipelines/, [serverless({}, 'in-a-row')])
    await refuse(/not supported for multi-model endpoints/, [serverless({}, 'several')])
    await createModel(at.owner, 'alone', { EnableNetworkIsolation: true })
    await refuse(/not supported for models with EnableNetworkIsolation/, [serverless({}, 'alone')])
  },
)

parity(
  'CreateEndpoint',
  differs('AWS does not say what becomes of a configuration whose model is another by then'),
  'a model that took the name of another is looked at as that one was',
  async () => {
    const { sagemaker } = at.owner
    const named = (ModelName: string, more: object = {}) => variant(ModelName, { VariantName: ModelName, ...more })
    const AsyncInferenceConfig = { OutputConfig: { S3OutputPath: 's3://parity-data/out' } }
    const configurations = {
      'for-shadows': { ProductionVariants: [named('model')], ShadowProductionVariants: [named('taken')] },
      'for-later': { ProductionVariants: [named('taken')], AsyncInferenceConfig },
      'for-routing': { ProductionVariants: [named('taken', { RoutingConfig: { RoutingStrategy: 'RANDOM' } })] },
    }
    await createModel(at.owner, 'taken', {})
    for (const [EndpointConfigName, given] of Object.entries(configurations))
      await sagemaker.createEndpointConfig({ EndpointConfigName, ...given })
    await sagemaker.deleteModel({ ModelName: 'taken' })
    await createModel(at.owner, 'taken', {
      PrimaryContainer: { ...container(at.owner), ModelDataUrl: 's3://parity-data/models/', Mode: 'MultiModel' },
    })
    const deploy = (EndpointConfigName: string) =>
      sagemaker.createEndpoint({ EndpointName: EndpointConfigName, EndpointConfigName })
    await refused(deploy('for-shadows'), 'ValidationException', /not supported for multi-model endpoints/)
    await refused(deploy('for-later'), 'ValidationException', /asynchronous requests name no model/)
    await refused(
      deploy('for-routing'),
      'ValidationException',
      /RoutingConfig is not supported for the Mode MultiModel/,
    )
  },
)

parity('CreateEndpoint DescribeEndpoint DeleteEndpoint', seen, 'from its making to its end', async () => {
  const { sagemaker } = at.owner
  await createEndpointConfig(at.owner, 'config')
  const endpoint = { EndpointName: 'life', EndpointConfigName: 'config' }
  const { EndpointArn } = await sagemaker.createEndpoint(endpoint)
  assert.equal(EndpointArn, arn('endpoint', 'life'))
  const { EndpointStatus, EndpointConfigName, ...told } = await sagemaker.describeEndpoint({ EndpointName: 'life' })
  assert.deepEqual([EndpointStatus, EndpointConfigName], ['Creating', 'config'])
  const { EndpointConfigName: pending, ProductionVariants } = told.PendingDeploymentSummary ?? {}
  assert.deepEqual([pending, ProductionVariants?.[0]?.VariantStatus?.[0]?.Status], ['config', 'Creating'])
  await refused(
    sagemaker.createEndpoint(endpoint),
    'ValidationException',
    `Cannot create already existing endpoint "${EndpointArn}".`,
  )
  await refused(
    sagemaker.createEndpoint({ EndpointName: 'other', EndpointConfigName: 'absent' }),
    'ValidationException',
    `Could not find endpoint configuration "${arn('endpoint-config', 'absent')}".`,
  )
  await sagemaker.deleteEndpoint({ EndpointName: 'life' })
  const { EndpointStatus: leaving } = await sagemaker.describeEndpoint({ EndpointName: 'life' })
  assert.equal(leaving, 'Deleting')
  await refused(
    sagemaker.deleteEndpoint({ EndpointName: 'absent' }),
    'ValidationException',
    `Could not find endpoint "${arn('endpoint', 'absent')}".`,
  )
})

parity(
  'DeleteEndpoint',
  differs('AWS refuses while it is being created; here a deployment that cannot succeed need not be waited for'),
  'an endpoint may be deleted while it is being created',
  async () => {
    const { sagemaker } = at.owner
    await createEndpointConfig(at.owner, 'hasty')
    await sagemaker.createEndpoint({ EndpointName: 'hasty', EndpointConfigName: 'hasty' })
    await sagemaker.deleteEndpoint({ EndpointName: 'hasty' })
    const answer = await eventually(
      () => sagemaker.describeEndpoint({ EndpointName: 'hasty' }),
      ({ EndpointStatus }) => EndpointStatus === 'Deleting',
    )
    assert.equal(answer.FailureReason, undefined)
  },
)

parity(
  'CreateEndpointConfig DescribeEndpointConfig CreateEndpoint',
  verified('SageMaker Developer Guide, "Create an Asynchronous Inference Endpoint"'),
  'topics of an asynchronous endpoint get a test notification; where its role may not publish it is not made',
  async () => {
    const { sagemaker, iam } = at.owner
    const sns = clientOf(SNS, at)
    using receiver = await openReceiver()
    const { TopicArn = '' } = await sns.createTopic({ Name: 'answers' })
    await sns.subscribe({ TopicArn, Protocol: 'http', Endpoint: receiver.url })
    const of = (type: string) =>
      eventually(
        async () => receiver.documents(type),
        found => found.length > 0,
      )
    await sns.confirmSubscription({ TopicArn, Token: (await of('SubscriptionConfirmation'))[0]?.Token })
    const configure = (EndpointConfigName: string, SuccessTopic: string) =>
      sagemaker.createEndpointConfig({
        EndpointConfigName,
        ProductionVariants: [variant('model')],
        AsyncInferenceConfig: {
          OutputConfig: {
            S3OutputPath: 's3://parity-data/out',
            NotificationConfig: { SuccessTopic, ErrorTopic: SuccessTopic },
          },
        },
      })
    await configure('told', TopicArn)
    const { AsyncInferenceConfig } = await sagemaker.describeEndpointConfig({ EndpointConfigName: 'told' })
    assert.equal(AsyncInferenceConfig?.OutputConfig?.NotificationConfig?.SuccessTopic, TopicArn)
    const told = { EndpointName: 'told', EndpointConfigName: 'told' }
    await refused(
      sagemaker.createEndpoint(told),
      'ValidationException',
      /^The endpoint cannot notify .*:answers: User: arn:aws:sts::123456789012:assumed-role\/Worker\/told is not authorized to perform: SNS:Publish/,
    )
    const Statement = { Effect: 'Allow', Action: 'sns:Publish', Resource: '*' }
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    await iam.putRolePolicy({ RoleName: 'Worker', PolicyName: 'notify', PolicyDocument })
    await eventually(
      () =>
        sagemaker.createEndpoint(told).then(
          () => true,
          () => false,
        ),
      isMade => isMade,
    )
    const [notification] = await of('Notification')
    assert.deepEqual(JSON.parse(notification?.Message ?? ''), {
      ...{ eventVersion: '1.0', eventSource: 'aws:sagemaker', eventName: 'TestNotification' },
    })
    await configure('absent', TopicArn.replace('answers', 'nothing'))
    const absent = sagemaker.createEndpoint({ EndpointName: 'absent', EndpointConfigName: 'absent' })
    await refused(absent, 'ValidationException', /:nothing does not exist/)
    const elsewhere = configure('elsewhere', TopicArn.replace('us-east-1', 'eu-west-1'))
    await refused(elsewhere, 'ValidationException', /is no standard topic of SNS in us-east-1/)
    await sagemaker.deleteEndpoint({ EndpointName: 'told' })
  },
)

parity('UpdateEndpoint UpdateEndpointWeightsAndCapacities', seen, 'an endpoint in progress is left alone', async () => {
  const { sagemaker } = at.owner
  await createEndpointConfig(at.owner, 'busy')
  await sagemaker.createEndpoint({ EndpointName: 'busy', EndpointConfigName: 'busy' })
  const message = `Cannot update in-progress endpoint "${arn('endpoint', 'busy')}".`
  const update = sagemaker.updateEndpoint({ EndpointName: 'busy', EndpointConfigName: 'busy' })
  await refused(update, 'ValidationException', message)
  const weights = [{ VariantName: 'all', DesiredWeight: 2 }]
  const change = { EndpointName: 'busy', DesiredWeightsAndCapacities: weights }
  await refused(sagemaker.updateEndpointWeightsAndCapacities(change), 'ValidationException', message)
  await refused(
    sagemaker.updateEndpointWeightsAndCapacities({ ...change, EndpointName: 'absent' }),
    'ValidationException',
    /Could not find endpoint/,
  )
})

parity(
  'CreateEndpoint DescribeEndpoint',
  verified(
    'SageMaker API Reference, DeploymentConfig, TrafficRoutingConfig, BlueGreenUpdatePolicy, RollingUpdatePolicy; texts are unverified',
  ),
  'a deployment configuration is kept, or refused by what is wrong with it',
  async () => {
    const { sagemaker } = at.owner
    await clientOf(CloudWatch, at).putMetricAlarm({
      ...{ AlarmName: 'guards', Namespace: 'n', MetricName: 'm', Statistic: 'Sum', Period: 60, EvaluationPeriods: 1 },
      ...{ Threshold: 1, ComparisonOperator: 'GreaterThanThreshold' },
    })
    await createEndpointConfig(at.owner, 'guarded')
    const routing = (more: object, rest: object = {}) => ({
      BlueGreenUpdatePolicy: {
        TrafficRoutingConfiguration: { Type: 'LINEAR' as const, WaitIntervalInSeconds: 60, ...more },
        ...rest,
      },
    })
    const LinearStepSize = { Type: 'CAPACITY_PERCENT' as const, Value: 25 }
    const DeploymentConfig = {
      ...routing({ LinearStepSize }, { TerminationWaitInSeconds: 30, MaximumExecutionTimeoutInSeconds: 600 }),
      AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'guards' }] },
    }
    const create = (EndpointName: string, config: object) =>
      sagemaker.createEndpoint({ EndpointName, EndpointConfigName: 'guarded', DeploymentConfig: config })
    await create('guarded', DeploymentConfig)
    const { LastDeploymentConfig } = await sagemaker.describeEndpoint({ EndpointName: 'guarded' })
    assert.deepEqual(LastDeploymentConfig, DeploymentConfig)
    const refuse = (config: object, message: RegExp) => refused(create('never', config), 'ValidationException', message)
    await refuse(routing({}), /LinearStepSize is required/)
    await refuse(routing({ Type: 'CANARY', LinearStepSize }), /CanarySize is required/)
    await refuse(routing({ LinearStepSize: { Type: 'CAPACITY_PERCENT', Value: 60 } }), /10 to 50 percent/)
    await refuse(
      routing({ LinearStepSize, WaitIntervalInSeconds: 300 }, { MaximumExecutionTimeoutInSeconds: 600 }),
      /must be greater than/,
    )
    const rolling = (MaximumBatchSize: object) => ({
      RollingUpdatePolicy: { MaximumBatchSize, WaitIntervalInSeconds: 0 },
    })
    await refuse(rolling({ Type: 'INSTANCE_COUNT', Value: 1 }), /5 to 50 percent .* 1 instance\(s\), not 100 percent/)
    await refuse({ ...DeploymentConfig, ...rolling(LinearStepSize) }, /not both/)
    await refuse(
      { AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'absent' }] } },
      /alarms that do not exist: absent/,
    )
  },
)
