import assert from 'node:assert/strict'
import { it } from 'node:test'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import type { DeploymentConfig } from '@aws-sdk/client-sagemaker'
import { region } from '../../demo/clients.ts'
import { createEndpoint, endpointSettled, instanceType, makeModel } from './jobs.ts'
import { onEveryEngine } from './on-every-engine.ts'
import type { Party } from './party.ts'
import { until } from './until.ts'

/** Asks without a pause, four at a time, until it is told to end, and then fails if any request did. */
function underLoad(party: Party, EndpointName: string) {
  const answered = { old: 0, new: 0 }
  const failures: unknown[] = []
  let goesOn = true
  const ask = async () => {
    while (goesOn)
      try {
        answered[await whoAnswers(party, EndpointName)] += 1
      } catch (error) {
        failures.push(error)
      }
  }
  const asking = Promise.all([ask(), ask(), ask(), ask()])
  return {
    answered,
    async end() {
      goesOn = false
      await asking
      assert.deepEqual(failures, [])
    },
  }
}

async function whoAnswers({ runtime }: Party, EndpointName: string): Promise<'old' | 'new'> {
  const asked = { EndpointName, Body: Buffer.from('hello'), ContentType: 'text/plain' }
  return (await runtime.invokeEndpoint(asked)).InvokedProductionVariant as 'old' | 'new'
}

/** An endpoint of the old model, and a configuration of the new one. Both take a while to answer. */
async function deployOld(party: Party, EndpointName: string): Promise<void> {
  for (const name of ['old', 'new'])
    await makeModel(party, name, { PROBE_MODE: 'slow', PROBE_DELAY_MS: '300' }).catch(() => {})
  await createEndpoint(party, EndpointName, ['old'])
  const { EndpointStatus, FailureReason } = await endpointSettled(party, EndpointName)
  assert.equal(EndpointStatus, 'InService', FailureReason)
  const variant = { VariantName: 'new', ModelName: 'new', InstanceType: instanceType, InitialInstanceCount: 1 }
  const EndpointConfigName = `${EndpointName}-next`
  await party.sagemaker.createEndpointConfig({ EndpointConfigName, ProductionVariants: [variant] })
}

/** Half of the traffic for so long, then all of it beside the old fleet for so long. */
const canary = (WaitIntervalInSeconds: number, TerminationWaitInSeconds: number): DeploymentConfig => ({
  BlueGreenUpdatePolicy: {
    TrafficRoutingConfiguration: {
      ...{ Type: 'CANARY', WaitIntervalInSeconds, CanarySize: { Type: 'CAPACITY_PERCENT', Value: 50 } },
    },
    TerminationWaitInSeconds,
  },
})

/** What events tell of the stages of deployments, in a log group of their own. */
async function stagesTold({ logs, credentials }: Party, endpoint: string): Promise<() => Promise<string[]>> {
  const logGroupName = '/aws/events/deployments'
  const { logGroups = [] } = await logs
    .createLogGroup({ logGroupName })
    .then(() => logs.describeLogGroups({ logGroupNamePrefix: logGroupName }))
  const events = new EventBridge({ endpoint, region, credentials })
  const detailType = 'SageMaker Endpoint Deployment State Change'
  await events.putRule({ Name: 'deployments', EventPattern: JSON.stringify({ 'detail-type': [detailType] }) })
  const Arn = logGroups[0]?.logGroupArn
  await events.putTargets({ Rule: 'deployments', Targets: [{ Id: 'log', Arn }] })
  return async () => {
    const { events: found = [] } = await logs.filterLogEvents({ logGroupName })
    const details = found.map(({ message = '' }) => JSON.parse(message).detail)
    return details.map(
      ({ PendingDeploymentSummary: pending }) => pending.ProductionVariants[0].VariantStatus[0].StatusMessage,
    )
  }
}

const baking = async ({ sagemaker }: Party, EndpointName: string) => {
  const { PendingDeploymentSummary: pending } = await sagemaker.describeEndpoint({ EndpointName })
  return pending?.ProductionVariants?.[0]?.VariantStatus?.[0]?.StatusMessage ?? ''
}

await onEveryEngine(
  'a deployment that is guarded',
  'contract-probe',
  at => {
    it('shifts traffic by a canary, and no request fails', async () => {
      const { seller, server } = at()
      const EndpointName = 'shifted'
      await deployOld(seller, EndpointName)
      const stages = await stagesTold(seller, server.url)
      const load = underLoad(seller, EndpointName)
      const DeploymentConfig = canary(3, 2)
      const update = { EndpointName, EndpointConfigName: `${EndpointName}-next`, DeploymentConfig }
      await seller.sagemaker.updateEndpoint(update)
      const { EndpointStatus, FailureReason } = await endpointSettled(seller, EndpointName)
      assert.equal(EndpointStatus, 'InService', FailureReason)
      const described = await seller.sagemaker.describeEndpoint({ EndpointName })
      assert.deepEqual(
        [described.EndpointConfigName, described.LastDeploymentConfig, described.PendingDeploymentSummary],
        [`${EndpointName}-next`, DeploymentConfig, undefined],
      )
      assert.equal(await whoAnswers(seller, EndpointName), 'new')
      // Back again, guarded as before.
      const back = { EndpointName, EndpointConfigName: EndpointName, RetainDeploymentConfig: true }
      await seller.sagemaker.updateEndpoint(back)
      const again = await endpointSettled(seller, EndpointName)
      assert.deepEqual(
        [again.EndpointStatus, again.EndpointConfigName, again.LastDeploymentConfig],
        ['InService', EndpointName, DeploymentConfig],
      )
      await load.end()
      assert.ok(load.answered.old > 0 && load.answered.new > 0, JSON.stringify(load.answered))
      const told = [
        'Baking for 3 seconds (WaitIntervalInSeconds) with traffic enabled on canary capacity of 1 instance(s).',
        'Baking for 2 seconds (TerminationWaitInSeconds) with traffic enabled on full capacity of 1 instance(s).',
      ]
      const all = await until('all stages are told', stages, ({ length }) => length >= 4)
      assert.deepEqual(all, [...told, ...told])
      await seller.sagemaker.deleteEndpoint({ EndpointName })
    })

    it('goes on where it was after a kill -9, and is taken back by an alarm', async () => {
      const { seller, server } = at()
      const EndpointName = 'taken-back'
      await deployOld(seller, EndpointName)
      const cloudwatch = new CloudWatch({ endpoint: server.url, region, credentials: seller.credentials })
      await cloudwatch.putMetricAlarm({
        ...{ AlarmName: 'broken', Namespace: 'Nothing', MetricName: 'Errors', Statistic: 'Sum', Period: 60 },
        ...{ EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: 'GreaterThanThreshold' },
        TreatMissingData: 'ignore',
      })
      const DeploymentConfig = {
        ...canary(3600, 0),
        AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'broken' }] },
      }
      const update = { EndpointName, EndpointConfigName: `${EndpointName}-next`, DeploymentConfig }
      await seller.sagemaker.updateEndpoint(update)
      await until(
        'the canary bakes',
        () => baking(seller, EndpointName),
        text => text.startsWith('Baking for 3600 seconds'),
      )
      await server.crash()
      const ask = () => whoAnswers(seller, EndpointName)
      for (const who of ['old', 'new']) await until(`${who} answers`, ask, answer => answer === who)
      assert.match(await baking(seller, EndpointName), /^Baking for 3600 seconds/)

      const load = underLoad(seller, EndpointName)
      await cloudwatch.setAlarmState({ AlarmName: 'broken', StateValue: 'ALARM', StateReason: 'a test' })
      const { EndpointStatus, EndpointConfigName, FailureReason = '' } = await endpointSettled(seller, EndpointName)
      assert.deepEqual([EndpointStatus, EndpointConfigName], ['InService', EndpointName])
      assert.match(
        FailureReason,
        /alarm\(s\) went into ALARM state during the deployment, which was rolled back: broken/,
      )
      for (let n = 0; n < 10; n++) assert.equal(await ask(), 'old')
      await load.end()
      await cloudwatch.deleteAlarms({ AlarmNames: ['broken'] })
      await seller.sagemaker.deleteEndpoint({ EndpointName })
    })
  },
  { concurrency: false },
)
