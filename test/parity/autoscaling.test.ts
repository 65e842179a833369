import assert from 'node:assert/strict'
import { ApplicationAutoScaling, type PutScalingPolicyCommandInput } from '@aws-sdk/client-application-auto-scaling'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { clientOf, installation } from './installation.ts'
import { differs, parityOf, refused, verified } from './parity.ts'
import { createModel, variant } from './requests.ts'
import { userWith } from './user.ts'

const at = installation(async ({ owner }) => {
  await createModel(owner, 'scaled')
  await owner.sagemaker.createEndpointConfig({ EndpointConfigName: 'scaled', ProductionVariants: [variant('scaled')] })
  for (const EndpointName of ['scaled', 'guarded'])
    await owner.sagemaker.createEndpoint({ EndpointName, EndpointConfigName: 'scaled' })
})
const parity = parityOf('Application Auto Scaling')
const reference = verified('Application Auto Scaling API Reference')
const scaling = () => clientOf(ApplicationAutoScaling, at)
const { VariantName } = variant('scaled')
const ResourceId = `endpoint/scaled/variant/${VariantName}`
const ServiceNamespace = 'sagemaker' as const
const named = { ServiceNamespace, ScalableDimension: 'sagemaker:variant:DesiredInstanceCount' as const, ResourceId }
const bounds = { MinCapacity: 1, MaxCapacity: 3 }
const tracking = (PolicyName: string): PutScalingPolicyCommandInput => ({
  ...{ ...named, PolicyName, PolicyType: 'TargetTrackingScaling' },
  TargetTrackingScalingPolicyConfiguration: {
    TargetValue: 70,
    PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance' },
    ...{ ScaleInCooldown: 600, ScaleOutCooldown: 60 },
  },
})

parity(
  'RegisterScalableTarget DescribeScalableTargets TagResource UntagResource ListTagsForResource DeregisterScalableTarget',
  reference,
  'a target from its registration to its end, with suspended scaling and tags',
  async () => {
    const client = scaling()
    const { ScalableTargetARN: ResourceARN = '' } = await client.registerScalableTarget({
      ...{ ...named, ...bounds, Tags: { team: 'red' } },
    })
    assert.match(ResourceARN, /^arn:aws:application-autoscaling:us-east-1:123456789012:scalable-target\/[0-9a-f]{32}$/)
    const SuspendedState = { DynamicScalingInSuspended: true }
    await client.registerScalableTarget({ ...named, MaxCapacity: 5, SuspendedState })
    const { ScalableTargets } = await client.describeScalableTargets({ ServiceNamespace, ResourceIds: [ResourceId] })
    const [{ CreationTime, RoleARN, ...target } = {}] = ScalableTargets ?? []
    assert.deepEqual(target, {
      ...{ ...named, MinCapacity: 1, MaxCapacity: 5, ScalableTargetARN: ResourceARN },
      SuspendedState: {
        ...{ DynamicScalingInSuspended: true, DynamicScalingOutSuspended: false, ScheduledScalingSuspended: false },
      },
    })
    assert.ok(CreationTime && RoleARN?.endsWith('AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint'))
    await client.tagResource({ ResourceARN, Tags: { stage: 'test' } })
    await client.untagResource({ ResourceARN, TagKeys: ['team'] })
    assert.deepEqual((await client.listTagsForResource({ ResourceARN })).Tags, { stage: 'test' })
    await client.deregisterScalableTarget(named)
    await refused(client.listTagsForResource({ ResourceARN }), 'ResourceNotFoundException', /scalable-target/)
    await refused(
      client.deregisterScalableTarget(named),
      'ObjectNotFoundException',
      `No scalable target registered for service namespace: sagemaker, resource ID: ${ResourceId}, scalable dimension: ${named.ScalableDimension}`,
    )
  },
)

parity(
  'PutScalingPolicy DescribeScalingPolicies DeleteScalingPolicy DescribeScalingActivities',
  reference,
  'a policy that tracks invocations has its two alarms as long as it is there; one of steps has none',
  async () => {
    const client = scaling()
    const cloudwatch = clientOf(CloudWatch, at)
    await client.registerScalableTarget({ ...named, ...bounds })
    const { PolicyARN, Alarms = [] } = await client.putScalingPolicy(tracking('invocations'))
    const { MetricAlarms = [] } = await cloudwatch.describeAlarms({ AlarmNamePrefix: 'TargetTracking-' })
    assert.deepEqual(
      MetricAlarms.map(({ AlarmArn }) => AlarmArn),
      Alarms.map(({ AlarmARN }) => AlarmARN),
    )
    assert.deepEqual(
      MetricAlarms.map(alarm => [alarm.MetricName, alarm.Statistic, alarm.Period, alarm.Threshold, alarm.AlarmActions]),
      [70, 63].map(threshold => ['InvocationsPerInstance', 'Sum', 60, threshold, [PolicyARN]]),
    )
    const StepScalingPolicyConfiguration = {
      AdjustmentType: 'ChangeInCapacity' as const,
      StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }],
    }
    await client.putScalingPolicy({ ...named, PolicyName: 'steps', StepScalingPolicyConfiguration })
    const { ScalingPolicies = [] } = await client.describeScalingPolicies({ ServiceNamespace, ResourceId })
    assert.deepEqual(
      ScalingPolicies.map(({ PolicyName, PolicyType, Alarms: own }) => [PolicyName, PolicyType, own?.length]),
      [
        ['invocations', 'TargetTrackingScaling', 2],
        ['steps', 'StepScaling', 0],
      ],
    )
    assert.deepEqual(ScalingPolicies[1]?.StepScalingPolicyConfiguration, StepScalingPolicyConfiguration)
    await client.deleteScalingPolicy({ ...named, PolicyName: 'invocations' })
    assert.deepEqual((await cloudwatch.describeAlarms({ AlarmNamePrefix: 'TargetTracking-' })).MetricAlarms, [])
    await refused(
      client.deleteScalingPolicy({ ...named, PolicyName: 'invocations' }),
      'ObjectNotFoundException',
      /No scaling policy found .*policy name: invocations/,
    )
    assert.deepEqual((await client.describeScalingActivities({ ServiceNamespace })).ScalingActivities, [])
    await client.deregisterScalableTarget(named)
  },
)

parity(
  'PutScheduledAction DescribeScheduledActions DeleteScheduledAction',
  reference,
  'scheduled actions are put, changed and deleted',
  async () => {
    const client = scaling()
    await client.registerScalableTarget({ ...named, ...bounds })
    const action = { ...named, ScheduledActionName: 'morning', ScalableTargetAction: { MinCapacity: 2 } }
    await client.putScheduledAction({ ...action, Schedule: 'cron(0 8 ? * MON-FRI *)', Timezone: 'Europe/Berlin' })
    await client.putScheduledAction({
      ...named,
      ScheduledActionName: 'morning',
      ScalableTargetAction: { MaxCapacity: 4 },
    })
    const { ScheduledActions = [] } = await client.describeScheduledActions({ ServiceNamespace })
    const [{ ScheduledActionARN, CreationTime, ...told } = {}] = ScheduledActions
    assert.deepEqual(told, {
      ...{ ...named, ScheduledActionName: 'morning', Schedule: 'cron(0 8 ? * MON-FRI *)', Timezone: 'Europe/Berlin' },
      ScalableTargetAction: { MinCapacity: 2, MaxCapacity: 4 },
    })
    assert.match(
      ScheduledActionARN ?? '',
      /:scheduledAction:.*:resource\/sagemaker\/endpoint\/.*:scheduledActionName\/morning$/,
    )
    assert.ok(CreationTime)
    await client.deleteScheduledAction({ ...named, ScheduledActionName: 'morning' })
    await refused(
      client.deleteScheduledAction({ ...named, ScheduledActionName: 'morning' }),
      'ObjectNotFoundException',
      /No scheduled action found/,
    )
    await client.deregisterScalableTarget(named)
  },
)

parity(
  'RegisterScalableTarget DescribeScalableTargets',
  verified(
    'Service Authorization Reference, Application Auto Scaling; SageMaker Developer Guide, "Prerequisites for auto scaling"',
  ),
  'who sets rules has to be allowed to set the number of instances',
  async () => {
    const guarded = { ...named, ResourceId: `endpoint/guarded/variant/${VariantName}` }
    const allow = (Action: string | string[], Resource = '*', Condition?: object) => ({
      ...{ Effect: 'Allow', Action, Resource },
      ...(Condition && { Condition }),
    })
    const credentials = await userWith(at, 'scaler', [
      allow('application-autoscaling:*', '*', {
        StringEqualsIfExists: { 'application-autoscaling:service-namespace': 'sagemaker' },
      }),
      allow(
        'sagemaker:UpdateEndpointWeightsAndCapacities',
        'arn:aws:sagemaker:us-east-1:123456789012:endpoint/guarded',
      ),
    ])
    const user = clientOf(ApplicationAutoScaling, at, { credentials })
    await user.registerScalableTarget({ ...guarded, ...bounds })
    await refused(
      user.registerScalableTarget({ ...named, ...bounds }),
      'AccessDeniedException',
      /not authorized to perform: sagemaker:UpdateEndpointWeightsAndCapacities on resource: .*endpoint\/scaled/,
    )
    await refused(
      user.registerScalableTarget({ ...guarded, ...bounds, ServiceNamespace: 'ecs' }),
      'AccessDeniedException',
      /application-autoscaling:RegisterScalableTarget/,
    )
    const stranger = clientOf(ApplicationAutoScaling, at, { credentials: at.stranger.credentials })
    assert.deepEqual((await stranger.describeScalableTargets({ ServiceNamespace })).ScalableTargets, [])
    await user.deregisterScalableTarget(guarded)
  },
)

parity(
  'RegisterScalableTarget PutScalingPolicy',
  differs('only instances of variants are scaled, one at least, by invocations or a metric of one’s own'),
  'what is not served is refused by its name',
  async () => {
    const client = scaling()
    const ecs = {
      ServiceNamespace: 'ecs' as const,
      ResourceId: 'service/a/b',
      ScalableDimension: 'ecs:service:DesiredCount' as const,
    }
    await refused(
      client.registerScalableTarget({ ...ecs, ...bounds }),
      'ValidationException',
      /ServiceNamespace ecs is not served/,
    )
    const serverless = { ...named, ScalableDimension: 'sagemaker:variant:DesiredProvisionedConcurrency' as const }
    await refused(
      client.registerScalableTarget({ ...serverless, ...bounds }),
      'ValidationException',
      /DesiredProvisionedConcurrency is not served/,
    )
    await refused(
      client.registerScalableTarget({ ...named, MinCapacity: 0, MaxCapacity: 1 }),
      'ValidationException',
      /MinCapacity 0 is for variants of asynchronous endpoints only/,
    )
    const ServerlessConfig = { MemorySizeInMB: 1024, MaxConcurrency: 1 }
    const EndpointConfigName = 'serverless'
    await at.owner.sagemaker.createEndpointConfig({
      ...{ EndpointConfigName, ProductionVariants: [{ VariantName: 'all', ModelName: 'scaled', ServerlessConfig }] },
    })
    await at.owner.sagemaker.createEndpoint({ EndpointName: 'serverless', EndpointConfigName })
    const ofServerless = { ...named, ResourceId: 'endpoint/serverless/variant/all' }
    await refused(
      client.registerScalableTarget({ ...ofServerless, ...bounds }),
      'ValidationException',
      /variant all of endpoint serverless is serverless and has no instances/,
    )
    await client.registerScalableTarget({ ...named, ...bounds })
    const PredictiveScalingPolicyConfiguration = { MetricSpecifications: [{ TargetValue: 1 }] }
    const predictive = {
      ...named,
      PolicyName: 'p',
      PolicyType: 'PredictiveScaling' as const,
      PredictiveScalingPolicyConfiguration,
    }
    await refused(client.putScalingPolicy(predictive), 'ValidationException', /PredictiveScaling is not served/)
    const other = tracking('p')
    const config = other.TargetTrackingScalingPolicyConfiguration
    const PredefinedMetricSpecification = {
      PredefinedMetricType: 'SageMakerVariantConcurrentRequestsPerModelHighResolution' as const,
    }
    const TargetTrackingScalingPolicyConfiguration = { TargetValue: 1, ...config, PredefinedMetricSpecification }
    await refused(
      client.putScalingPolicy({ ...other, TargetTrackingScalingPolicyConfiguration }),
      'ValidationException',
      /SageMakerVariantConcurrentRequestsPerModelHighResolution is not served/,
    )
    await client.deregisterScalableTarget(named)
  },
)
