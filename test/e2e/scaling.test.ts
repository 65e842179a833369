import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ApplicationAutoScaling } from '@aws-sdk/client-application-auto-scaling'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { region } from '../../demo/clients.ts'
import { createEndpoint, endpointSettled, makeModel } from './jobs.ts'
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
})
