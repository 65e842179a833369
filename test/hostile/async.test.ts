import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { SageMakerRuntime } from '@aws-sdk/client-sagemaker-runtime'
import { region } from '../../demo/clients.ts'
import { openFixture } from '../e2e/fixture.ts'
import { createEndpoint, endpointSettled, logLines, makeModel } from '../e2e/jobs.ts'
import { inEveryWorld } from '../e2e/on-every-engine.ts'
import type { Party } from '../e2e/party.ts'
import { until } from '../e2e/until.ts'
import { besiege } from './siege.ts'

const atOnce = 50

/** A seller's asynchronous endpoints, whose answers are meant for others or never come, behind a server that is confined to 600 MiB. */
await inEveryWorld(
  'hostile asynchronous endpoints',
  engine => openFixture(engine, 'contract-probe'),
  at => {
    const { confine, besideBuyer, kills } = besiege(at)

    it('write into no bucket of another account, and say so where their owner looks', async context => {
      const { seller, buyer } = at()
      await confine()
      const before = await keysOf(buyer)
      await deploy(seller, 'elsewhere', {}, buyer.bucket)
      await besideBuyer(context, async () => {
        const ask = (InferenceId: string, more: object) =>
          seller.runtime.invokeEndpointAsync({ EndpointName: 'elsewhere', InferenceId, ...more })
        await ask('answered', { Body: Buffer.from('x') })
        await ask('failing', { InputLocation: `s3://${seller.bucket}/none` })
        const told = await until(
          'the log tells both',
          () => logLines(seller, '/aws/sagemaker/Endpoints/elsewhere', 'elsewhere/'),
          lines => ['answered', 'failing'].every(id => lines.some(line => line.startsWith(`[${id}]`))),
        )
        const of = (id: string) => told.filter(line => line.startsWith(`[${id}]`)).join('\n')
        assert.match(of('answered'), /The answer cannot be written to s3:.*AccessDenied/)
        assert.match(of('failing'), /NoSuchKey/)
      })
      assert.deepEqual(await keysOf(buyer), before)
      await seller.sagemaker.deleteEndpoint({ EndpointName: 'elsewhere' })
    })

    it('with thousands that wait for an answer are deleted with all of them, amid more that come', async context => {
      await deploy(at().seller, 'crowded', { PROBE_MODE: 'hang' }, at().seller.bucket)
      await deletedAmid(context, 'crowded', 3000)
    })

    it('with ten thousand that wait for an instance where there is none are deleted with them', async context => {
      const { seller, view } = at()
      await deploy(seller, 'resting', {}, seller.bucket)
      const DesiredWeightsAndCapacities = [{ VariantName: 'resting', DesiredInstanceCount: 0 }]
      const rest = { EndpointName: 'resting', DesiredWeightsAndCapacities }
      await seller.sagemaker.updateEndpointWeightsAndCapacities(rest)
      const { EndpointArn } = await endpointSettled(seller, 'resting')
      const containers = () => view.containers(EndpointArn)
      await until('its container has gone', containers, ({ length }) => length === 0)
      await deletedAmid(context, 'resting', 10_000)
      assert.equal(await kills(), 0)
    })

    /** Asks so often, deletes the endpoint when most of it waits, and makes one of its name, which has nothing to do with them. */
    async function deletedAmid(context: TestContext, EndpointName: string, requests: number): Promise<void> {
      const { seller } = at()
      const { runtime, credentials, sagemaker } = seller
      const endpoint = runtime.config.endpoint as never
      const once = new SageMakerRuntime({ endpoint, region, credentials, maxAttempts: 1 })
      const outcomes = new Map<string, number>()
      const count = (outcome: string) => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      const ask = async () => {
        for (let left = requests / atOnce; left > 0; left--)
          await once.invokeEndpointAsync({ EndpointName, Body: Buffer.alloc(64) }).then(
            () => count('accepted'),
            (error: Error) => count(error.name),
          )
      }
      await besideBuyer(context, async () => {
        const asking = Array.from({ length: atOnce }, ask)
        const accepted = async () => outcomes.get('accepted') ?? 0
        await until('most wait', accepted, now => now > 0.8 * requests)
        await sagemaker.deleteEndpoint({ EndpointName })
        await Promise.all(asking)
        const look = () => sagemaker.describeEndpoint({ EndpointName }).catch((error: Error) => error)
        await until('the endpoint is gone', look, found => found instanceof Error)
      })
      context.diagnostic(JSON.stringify([...outcomes]))
      assert.deepEqual([...outcomes.keys()].toSorted(), ['ValidationError', 'accepted'])
      await sagemaker.createEndpoint({ EndpointName, EndpointConfigName: EndpointName })
      assert.equal((await endpointSettled(seller, EndpointName)).EndpointStatus, 'InService')
      await sagemaker.deleteEndpoint({ EndpointName })
      assert.deepEqual(
        (await keysOf(seller)).filter(key => key.startsWith('async/')),
        [],
      )
    }
  },
  { concurrency: false },
)

/** An asynchronous endpoint whose answers and failures go below `async/` of the bucket. */
async function deploy(party: Party, name: string, environment: Readonly<Record<string, string>>, bucket: string) {
  const OutputConfig = { S3OutputPath: `s3://${bucket}/async/out`, S3FailurePath: `s3://${bucket}/async/failed` }
  await makeModel(party, name, environment)
  await createEndpoint(party, name, [name], {}, { AsyncInferenceConfig: { OutputConfig } })
  const { EndpointStatus, FailureReason } = await endpointSettled(party, name)
  assert.equal(EndpointStatus, 'InService', FailureReason)
}

const keysOf = async ({ s3, bucket }: Party) =>
  ((await s3.listObjectsV2({ Bucket: bucket })).Contents ?? []).map(({ Key = '' }) => Key)
