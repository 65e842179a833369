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
import { assertRefused } from './world.ts'

/** Asks without a pause, four at a time, until it is told to end, and then fails if any request did. */
function underLoad(party: Party, EndpointName: string, who = whoAnswers) {
  const answered = { old: 0, new: 0 }
  const failures: unknown[] = []
  let goesOn = true
  const ask = async () => {
    while (goesOn)
      try {
        answered[await who(party, EndpointName)] += 1
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

/** The same of models that are told by what they say, as variants of a rolling update have one name. */
async function ofBody({ runtime }: Party, EndpointName: string): Promise<'old' | 'new'> {
  const asked = { EndpointName, Body: Buffer.from('hello'), ContentType: 'text/plain' }
  const text = (await runtime.invokeEndpoint(asked)).Body?.transformToString()
  return text === 'HELLO' ? 'new' : 'old'
}

/** An endpoint of two instances, and the configuration that is to take its place. */
async function deployPair(party: Party, EndpointName: string): Promise<void> {
  await makeModel(party, 'echo', { PROBE_MODE: 'echo' }).catch(() => {})
  await makeModel(party, 'upper', { PROBE_MODE: 'upper' }).catch(() => {})
  await createConfig(party, EndpointName, { VariantName: 'all', ModelName: 'echo' })
  await createConfig(party, `${EndpointName}-next`, { VariantName: 'all', ModelName: 'upper' })
  await party.sagemaker.createEndpoint({ EndpointName, EndpointConfigName: EndpointName })
  const { EndpointStatus, FailureReason } = await endpointSettled(party, EndpointName)
  assert.equal(EndpointStatus, 'InService', FailureReason)
}

const createConfig = (
  { sagemaker }: Party,
  EndpointConfigName: string,
  variant: { VariantName: string; ModelName: string },
) =>
  sagemaker.createEndpointConfig({
    EndpointConfigName,
    ProductionVariants: [{ ...variant, InstanceType: instanceType, InitialInstanceCount: 2 }],
  })

const rolling = (WaitIntervalInSeconds: number): DeploymentConfig => ({
  RollingUpdatePolicy: {
    MaximumBatchSize: { Type: 'INSTANCE_COUNT', Value: 1 },
    ...{ WaitIntervalInSeconds, RollbackMaximumBatchSize: { Type: 'CAPACITY_PERCENT', Value: 50 } },
  },
})

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

    it('exchanges instances batch by batch, and no request fails', async () => {
      const { seller } = at()
      const EndpointName = 'rolled'
      await deployPair(seller, EndpointName)
      const load = underLoad(seller, EndpointName, ofBody)
      const DeploymentConfig = rolling(2)
      const update = { EndpointName, EndpointConfigName: `${EndpointName}-next`, DeploymentConfig }
      await createConfig(seller, 'of-another-name', { VariantName: 'another', ModelName: 'upper' })
      const another = seller.sagemaker.updateEndpoint({ ...update, EndpointConfigName: 'of-another-name' })
      await assertRefused(another, 'ValidationException', 400, /same variant name in both configurations: "all" serves/)
      await seller.sagemaker.updateEndpoint(update)
      let most = 0
      const settled = await until(
        'the update has ended',
        async () => {
          const told = await seller.sagemaker.describeEndpoint({ EndpointName })
          const pending = told.PendingDeploymentSummary?.ProductionVariants?.[0]
          const current = told.ProductionVariants?.[0]?.CurrentInstanceCount ?? 0
          most = Math.max(most, current + (pending?.CurrentInstanceCount ?? 0))
          if (pending) assert.equal(pending.DesiredInstanceCount, 2)
          return told
        },
        ({ EndpointStatus }) => EndpointStatus !== 'Updating',
      )
      assert.deepEqual(
        [settled.EndpointStatus, settled.EndpointConfigName, settled.FailureReason, settled.LastDeploymentConfig],
        ['InService', `${EndpointName}-next`, undefined, DeploymentConfig],
      )
      assert.equal(settled.ProductionVariants?.[0]?.CurrentInstanceCount, 2)
      // One batch more than it has, never both fleets.
      assert.equal(most, 3)
      for (let n = 0; n < 10; n++) assert.equal(await ofBody(seller, EndpointName), 'new')
      await load.end()
      assert.ok(load.answered.old > 0 && load.answered.new > 0, JSON.stringify(load.answered))
      await seller.sagemaker.deleteEndpoint({ EndpointName })
    })

    it('brings back what has gone when an alarm rings, also after a kill -9', async () => {
      const { seller, server } = at()
      const EndpointName = 'rolled-back'
      await deployPair(seller, EndpointName)
      const cloudwatch = new CloudWatch({ endpoint: server.url, region, credentials: seller.credentials })
      await cloudwatch.putMetricAlarm({
        ...{ AlarmName: 'rolled', Namespace: 'Nothing', MetricName: 'Errors', Statistic: 'Sum', Period: 60 },
        ...{ EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: 'GreaterThanThreshold' },
        TreatMissingData: 'ignore',
      })
      const DeploymentConfig = {
        ...rolling(15),
        AutoRollbackConfiguration: { Alarms: [{ AlarmName: 'rolled' }] },
      }
      const update = { EndpointName, EndpointConfigName: `${EndpointName}-next`, DeploymentConfig }
      await seller.sagemaker.updateEndpoint(update)
      const describe = () => seller.sagemaker.describeEndpoint({ EndpointName })
      await until(
        'one of the old instances has gone',
        describe,
        ({ ProductionVariants = [] }) => ProductionVariants[0]?.CurrentInstanceCount === 1,
      )
      await cloudwatch.setAlarmState({ AlarmName: 'rolled', StateValue: 'ALARM', StateReason: 'a test' })
      await until('it goes back', describe, ({ EndpointStatus }) => EndpointStatus === 'RollingBack')
      const refused = await seller.sagemaker.deleteEndpoint({ EndpointName }).catch((error: Error) => error.message)
      assert.match(String(refused), /^Cannot delete in-progress endpoint/)
      await server.crash()
      const load = underLoad(seller, EndpointName, ofBody)
      const settled = await endpointSettled(seller, EndpointName)
      assert.deepEqual(
        [settled.EndpointStatus, settled.EndpointConfigName, settled.ProductionVariants?.[0]?.CurrentInstanceCount],
        ['InService', EndpointName, 2],
      )
      assert.match(settled.FailureReason ?? '', /alarm\(s\) went into ALARM state .* rolled back: rolled\.$/)
      for (let n = 0; n < 10; n++) assert.equal(await ofBody(seller, EndpointName), 'old')
      await load.end()
      await cloudwatch.deleteAlarms({ AlarmNames: ['rolled'] })
      await seller.sagemaker.deleteEndpoint({ EndpointName })
    })
  },
  { concurrency: false },
)
