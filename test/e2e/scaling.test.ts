import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ApplicationAutoScaling } from '@aws-sdk/client-application-auto-scaling'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { region } from '../../demo/clients.ts'
import { createEndpoint, download, endpointSettled, instanceType, makeModel } from './jobs.ts'
import { onEveryEngine } from './on-every-engine.ts'
import { until } from './until.ts'

const EndpointName = 'scaled'
const VariantName = 'model'
const named = {
  ServiceNamespace: 'sagemaker' as const,
  ScalableDimension: 'sagemaker:variant:DesiredInstanceCount' as const,
  ResourceId: `endpoint/${EndpointName}/variant/${VariantName}`,
}

await onEveryEngine('an endpoint that is scaled', 'contract-probe', at => {
  it('grows when it is asked, shrinks by its schedule, and answers all the while', async () => {
    const { seller, server } = at()
    const options = { endpoint: server.url, region, credentials: seller.credentials }
    const [scaling, cloudwatch] = [new ApplicationAutoScaling(options), new CloudWatch(options)]
    await makeModel(seller, VariantName, { PROBE_MODE: 'inspect' })
    await createEndpoint(seller, EndpointName, [VariantName])
    const { EndpointStatus, FailureReason } = await endpointSettled(seller, EndpointName)
    assert.equal(EndpointStatus, 'InService', FailureReason)

    await scaling.registerScalableTarget({ ...named, MinCapacity: 1, MaxCapacity: 2 })
    const { PolicyARN = '' } = await scaling.putScalingPolicy({
      ...{ ...named, PolicyName: 'asked' },
      StepScalingPolicyConfiguration: {
        AdjustmentType: 'ChangeInCapacity',
        StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }],
      },
    })
    const Dimensions = Object.entries({ EndpointName, VariantName }).map(([Name, Value]) => ({ Name, Value }))
    await cloudwatch.putMetricAlarm({
      ...{ AlarmName: 'asked', Namespace: 'AWS/SageMaker', MetricName: 'Invocations', Dimensions, Statistic: 'Sum' },
      ...{ Period: 60, EvaluationPeriods: 1, Threshold: 0, ComparisonOperator: 'GreaterThanThreshold' },
      AlarmActions: [PolicyARN],
    })

    const instances = async () => {
      const asked = { EndpointName, Body: Buffer.from('hello'), ContentType: 'text/plain' }
      await seller.runtime.invokeEndpoint(asked)
      const [variant] = (await seller.sagemaker.describeEndpoint({ EndpointName })).ProductionVariants ?? []
      return variant?.CurrentInstanceCount
    }
    await until('there are two instances', instances, count => count === 2)
    const activities = async () =>
      (await scaling.describeScalingActivities({ ...named, MaxResults: 10 })).ScalingActivities ?? []
    const [grown] = await until('the activity has ended', activities, ([newest]) => newest?.EndTime)
    assert.deepEqual(
      [grown?.StatusCode, grown?.Description, grown?.Cause],
      [
        'Successful',
        'Setting desired instance count to 2.',
        'monitor alarm asked in state ALARM triggered policy asked',
      ],
    )

    // A time that is over is refused, should anything hold this up.
    const schedule = async () => {
      const soon = new Date(Date.now() + 3000).toISOString().slice(0, 19)
      const action = { ...named, ScheduledActionName: 'less', ScalableTargetAction: { MaxCapacity: 1 } }
      return scaling.putScheduledAction({ ...action, Schedule: `at(${soon})` }).catch((error: Error) => error)
    }
    await until('the action is scheduled', schedule, answer => !(answer instanceof Error))
    await until('there is one instance again', instances, count => count === 1)
    const [shrunk] = await until('the activity has ended', activities, ([newest]) => newest?.EndTime)
    assert.deepEqual([shrunk?.StatusCode, shrunk?.Cause], ['Successful', 'maximum capacity was set to 1'])

    await scaling.deregisterScalableTarget(named)
    await cloudwatch.deleteAlarms({ AlarmNames: ['asked'] })
    await endpointSettled(seller, EndpointName)
    await seller.sagemaker.deleteEndpoint({ EndpointName })
  })

  it('has no instance while nothing is asked of it later, and is woken by what waits', async () => {
    const { seller, server } = at()
    const options = { endpoint: server.url, region, credentials: seller.credentials }
    const [scaling, cloudwatch] = [new ApplicationAutoScaling(options), new CloudWatch(options)]
    const target = { ...named, ResourceId: 'endpoint/resting/variant/all' }
    await makeModel(seller, 'resting', { PROBE_MODE: 'upper' })
    await seller.sagemaker.createEndpointConfig({
      EndpointConfigName: 'resting',
      ProductionVariants: [
        { VariantName: 'all', ModelName: 'resting', InstanceType: instanceType, InitialInstanceCount: 1 },
      ],
      AsyncInferenceConfig: { OutputConfig: { S3OutputPath: `s3://${seller.bucket}/resting` } },
    })
    await seller.sagemaker.createEndpoint({ EndpointName: 'resting', EndpointConfigName: 'resting' })
    const { EndpointStatus, FailureReason } = await endpointSettled(seller, 'resting')
    assert.equal(EndpointStatus, 'InService', FailureReason)

    await scaling.registerScalableTarget({ ...target, MinCapacity: 0, MaxCapacity: 1 })
    const { PolicyARN = '' } = await scaling.putScalingPolicy({
      ...{ ...target, PolicyName: 'wake' },
      StepScalingPolicyConfiguration: {
        AdjustmentType: 'ChangeInCapacity',
        StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }],
      },
    })
    await cloudwatch.putMetricAlarm({
      ...{ AlarmName: 'wake', Namespace: 'AWS/SageMaker', MetricName: 'HasBacklogWithoutCapacity' },
      ...{ Dimensions: [{ Name: 'EndpointName', Value: 'resting' }], Statistic: 'Average', Period: 60 },
      ...{ EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold' },
      ...{ TreatMissingData: 'missing', AlarmActions: [PolicyARN] },
    })
    const count = async () =>
      (await seller.sagemaker.describeEndpoint({ EndpointName: 'resting' })).ProductionVariants?.[0]
        ?.CurrentInstanceCount
    const DesiredWeightsAndCapacities = [{ VariantName: 'all', DesiredInstanceCount: 0 }]
    await seller.sagemaker.updateEndpointWeightsAndCapacities({ EndpointName: 'resting', DesiredWeightsAndCapacities })
    await until('there is no instance', count, instances => instances === 0)
    const { EndpointArn } = await endpointSettled(seller, 'resting')
    await until(
      'its container has gone',
      () => at().view.containers(EndpointArn),
      ({ length }) => length === 0,
    )

    const { OutputLocation = '' } = await seller.runtime.invokeEndpointAsync({
      ...{ EndpointName: 'resting', Body: Buffer.from('are you there'), ContentType: 'text/plain' },
    })
    const answer = await until(
      'it is answered',
      () => download(seller, OutputLocation).catch((error: Error) => error),
      found => !(found instanceof Error),
    )
    assert.equal(String(answer), 'ARE YOU THERE')
    assert.equal(await count(), 1)
    const { ScalingActivities = [] } = await scaling.describeScalingActivities(target)
    assert.match(ScalingActivities[0]?.Cause ?? '', /alarm wake in state ALARM triggered policy wake/)

    await scaling.deregisterScalableTarget(target)
    await cloudwatch.deleteAlarms({ AlarmNames: ['wake'] })
    await seller.sagemaker.deleteEndpoint({ EndpointName: 'resting' })
  })
})
