import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { SageMakerRuntime } from '@aws-sdk/client-sagemaker-runtime'
import { packTar } from 'modern-tar'
import { region } from '../../demo/clients.ts'
import type { Fixture } from './fixture.ts'
import { createEndpoint, endpointSettled, instanceType, logLines, makeModel } from './jobs.ts'
import { onEveryEngine } from './on-every-engine.ts'
import { until } from './until.ts'
import { workersOf } from './workers.ts'
import { assertRefused } from './world.ts'

// A container stops a second after it was asked.
process.env.MODELMART_SERVERLESS_IDLE = '1'

const ServerlessConfig = { MemorySizeInMB: 1024, MaxConcurrency: 2 }
const bare = { InstanceType: undefined, InitialInstanceCount: undefined, ServerlessConfig }

/** An endpoint of one container that serves as it is told. */
async function deploy({ seller }: Fixture, name: string, mode: Record<string, string>, data?: string): Promise<string> {
  await makeModel(seller, name, mode, data)
  await createEndpoint(seller, name, [name], bare)
  const { EndpointStatus, FailureReason, EndpointArn } = await endpointSettled(seller, name)
  assert.equal(EndpointStatus, 'InService', FailureReason)
  return EndpointArn as string
}

/** Asks once: the SDK repeats what is refused for a while. */
function ask({ seller: { runtime, credentials } }: Fixture, EndpointName: string, body = 'hello') {
  const { endpoint } = runtime.config
  const once = new SageMakerRuntime({ ...(endpoint && { endpoint }), region, credentials, maxAttempts: 1 })
  return once.invokeEndpoint({ EndpointName, Body: Buffer.from(body), ContentType: 'text/plain' })
}

const rests = ({ view }: Fixture, arn: string) =>
  until(
    `the container of ${arn} has gone`,
    () => view.containers(arn),
    ({ length }) => length === 0,
  )

/** Waits until a container that was not there before is being started. */
const starts = ({ view }: Fixture, arn: string) =>
  until(
    `a container of ${arn} is there`,
    () => view.containers(arn),
    ({ length }) => length > 0,
  )

await onEveryEngine(
  'a serverless endpoint',
  'contract-probe',
  at => {
    describe('one beside another', { concurrency: true }, () => {
      it('has no container while nobody asks, is in service all the same, and takes as many at once as it may', async () => {
        const world = at()
        const { seller, server } = world
        const arn = await deploy(world, 'brief', { PROBE_MODE: 'slow' })
        await rests(world, arn)
        const told = await seller.sagemaker.describeEndpoint({ EndpointName: 'brief' })
        const { CurrentServerlessConfig, CurrentInstanceCount } = told.ProductionVariants?.[0] ?? {}
        assert.deepEqual(
          [told.EndpointStatus, CurrentServerlessConfig, CurrentInstanceCount],
          ['InService', ServerlessConfig, undefined],
        )
        const answers = await Promise.allSettled(['a', 'b', 'c'].map(body => ask(world, 'brief', body)))
        const refused = answers.filter(({ status }) => status === 'rejected')
        assert.deepEqual([answers.length, refused.length], [3, 1])
        const late = Promise.reject((refused[0] as PromiseRejectedResult).reason)
        await assertRefused(late, 'ThrottlingException', 400, /invoked 2 times at once, as often as its MaxConcurrency/)
        await assertRefused(
          seller.runtime.invokeEndpoint({ EndpointName: 'brief', Body: 'a', SessionId: 'NEW_SESSION' }),
          'ValidationError',
          400,
          /endpoint brief is serverless, and keeps no container/,
        )

        const DesiredWeightsAndCapacities = [{ VariantName: 'brief', ServerlessUpdateConfig: { MaxConcurrency: 3 } }]
        await seller.sagemaker.updateEndpointWeightsAndCapacities({
          EndpointName: 'brief',
          DesiredWeightsAndCapacities,
        })
        const { ProductionVariants } = await endpointSettled(seller, 'brief')
        assert.deepEqual(ProductionVariants?.[0]?.CurrentServerlessConfig, { ...ServerlessConfig, MaxConcurrency: 3 })
        await Promise.all(['a', 'b', 'c'].map(body => ask(world, 'brief', body)))
        const instances = [{ VariantName: 'brief', DesiredInstanceCount: 2 }]
        await assertRefused(
          seller.sagemaker.updateEndpointWeightsAndCapacities({
            ...{ EndpointName: 'brief', DesiredWeightsAndCapacities: instances },
          }),
          'ValidationException',
          400,
          /"brief", which is serverless and has no instances/,
        )
        await rests(world, arn)

        const metrics = new CloudWatch({ endpoint: server.url, region, credentials: seller.credentials })
        const Dimensions = [{ Name: 'EndpointName', Value: 'brief' }]
        const names = async () => {
          const { Metrics = [] } = await metrics.listMetrics({ Namespace: 'AWS/SageMaker', Dimensions })
          return new Set(Metrics.map(({ MetricName }) => MetricName))
        }
        const wanted = ['Invocations', 'OverheadLatency', 'ModelSetupTime', 'ServerlessConcurrentExecutionsUtilization']
        const found = await until('its metrics are there', names, has => wanted.every(name => has.has(name)))
        assert.ok(!found.has('InvocationsPerInstance'))
        await seller.sagemaker.deleteEndpoint({ EndpointName: 'brief' })
      })

      it('tells who asks, and its owner, why its container could not be started, and starts it when it can', async () => {
        const world = at()
        const { seller } = world
        const data = { Bucket: seller.bucket, Key: 'rested.tar.gz' }
        const Body = gzipSync(await packTar([{ header: { name: 'weights', size: 1 }, body: 'w' }]))
        await seller.s3.putObject({ ...data, Body })
        const arn = await deploy(world, 'rested', { PROBE_MODE: 'upper' }, `s3://${data.Bucket}/${data.Key}`)
        await rests(world, arn)
        await seller.s3.deleteObject(data)
        await assertRefused(
          ask(world, 'rested'),
          'ModelError',
          424,
          /Received server error \(0\) from primary.*NoSuchKey/,
        )
        const told = await endpointSettled(seller, 'rested')
        assert.equal(told.EndpointStatus, 'InService')
        assert.match(told.FailureReason ?? '', /NoSuchKey/)
        await seller.s3.putObject({ ...data, Body })
        const { Body: answer } = await ask(world, 'rested')
        assert.equal(Buffer.from(answer).toString(), 'HELLO')
        // It may be asked a moment before its row says so.
        const reason = async () => (await endpointSettled(seller, 'rested')).FailureReason
        await until('nothing is told any more', reason, found => found === undefined)
        await seller.sagemaker.deleteEndpoint({ EndpointName: 'rested' })
      })

      it('becomes one of instances, and none of instances becomes serverless', async () => {
        const world = at()
        const { seller } = world
        await rests(world, await deploy(world, 'grown', { PROBE_MODE: 'upper' }))
        const config = (EndpointConfigName: string, more: object) =>
          seller.sagemaker.createEndpointConfig({
            EndpointConfigName,
            ProductionVariants: [{ VariantName: 'grown', ModelName: 'grown', ...more }],
          })
        await config('instances', { InstanceType: instanceType, InitialInstanceCount: 1 })
        const update = (EndpointConfigName: string, more: object = {}) =>
          seller.sagemaker.updateEndpoint({ EndpointName: 'grown', EndpointConfigName, ...more })
        const guard = {
          BlueGreenUpdatePolicy: {
            TrafficRoutingConfiguration: { Type: 'ALL_AT_ONCE' as const, WaitIntervalInSeconds: 0 },
          },
        }
        const guarded = update('instances', { DeploymentConfig: guard })
        await assertRefused(guarded, 'ValidationException', 400, /DeploymentConfig is not supported for serverless/)
        // While its container is started for somebody, who is answered by the one or by the other.
        const asked = ask(world, 'grown')
        await update('instances', { RetainAllVariantProperties: true })
        assert.equal(Buffer.from((await asked).Body).toString(), 'HELLO')
        const { ProductionVariants, EndpointConfigName } = await endpointSettled(seller, 'grown')
        assert.deepEqual([EndpointConfigName, ProductionVariants?.[0]?.CurrentInstanceCount], ['instances', 1])
        await config('again', { ServerlessConfig })
        await assertRefused(
          update('again'),
          'ValidationException',
          400,
          /has instances, to the serverless configuration/,
        )
        await seller.sagemaker.deleteEndpoint({ EndpointName: 'grown' })
      })

      it('that is deleted while its container is started refuses who waits', async () => {
        const world = at()
        const { seller } = world
        await rests(world, await deploy(world, 'hasty', { PROBE_MODE: 'upper' }))
        const asked = ask(world, 'hasty').then(
          () => undefined,
          (error: Error) => error,
        )
        await seller.sagemaker.deleteEndpoint({ EndpointName: 'hasty' })
        const refused = await asked
        // It may have been answered before.
        if (refused) assert.match(refused.message, /not found/)
      })
    })

    // After the others: it kills their server.
    it('starts again though its server was killed, at rest or in the midst of a start, or its workers were, and rests after', async () => {
      const world = at()
      const { seller, server } = world
      const arn = await deploy(world, 'killed', { PROBE_MODE: 'upper' })
      await rests(world, arn)
      await server.crash()
      const answered = async () => Buffer.from((await ask(world, 'killed')).Body).toString()
      assert.equal(await answered(), 'HELLO')
      await rests(world, arn)
      const killWorkers = async () => {
        for (const pid of workersOf(server.data)) process.kill(pid, 'SIGKILL')
      }
      // Who asked may have been answered before, or not at all.
      for (const kill of [() => server.crash(), killWorkers]) {
        const lost = ask(world, 'killed').catch((error: Error) => error)
        await starts(world, arn)
        await kill()
        await lost
        const again = await until(
          'it answers',
          () => answered().catch(() => ''),
          text => text !== '',
        )
        assert.equal(again, 'HELLO')
        await rests(world, arn)
      }
      const [{ EndpointStatus }, lines] = await Promise.all([
        seller.sagemaker.describeEndpoint({ EndpointName: 'killed' }),
        logLines(seller, '/aws/sagemaker/Endpoints/killed', 'killed/'),
      ])
      assert.equal(EndpointStatus, 'InService')
      assert.ok(lines.includes('probe serves in mode upper'), lines.join('\n'))
      await seller.sagemaker.deleteEndpoint({ EndpointName: 'killed' })
    })
  },
  { concurrency: false },
)
