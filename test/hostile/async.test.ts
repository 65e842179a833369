import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { SageMakerRuntime } from '@aws-sdk/client-sagemaker-runtime'
import { region } from '../../demo/clients.ts'
import { openFixture } from '../e2e/fixture.ts'
import { createEndpoint, endpointSettled, logLines, makeModel } from '../e2e/jobs.ts'
import { inEveryWorld } from '../e2e/on-every-engine.ts'
import type { Party } from '../e2e/party.ts'
import { until } from '../e2e/until.ts'
import { beside } from './beside.ts'
import { type Confinement, confine } from './confine.ts'

const memoryBytes = 600 * 2 ** 20
const requests = 3000
const atOnce = 60

/** A seller's asynchronous endpoints, whose answers are meant for others or never come, behind a server that is confined to 600 MiB. */
await inEveryWorld(
  'hostile asynchronous endpoints',
  engine => openFixture(engine, 'contract-probe'),
  at => {
    let confinement: Confinement | undefined

    const besideBuyer = (context: TestContext, attack: () => Promise<unknown>): Promise<void> => {
      const { buyer, server } = at()
      const ask = () => buyer.ecr.describeRepositories({ repositoryNames: ['probe'] })
      return beside(context, { server, confinement, ask }, attack)
    }

    it('write into no bucket of another account, and say so where their owner looks', async context => {
      const { seller, buyer, server } = at()
      confinement = await confine(server.pid, memoryBytes)
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

    it('with thousands that wait are deleted with all of them, amid more that come', async context => {
      const { seller } = at()
      const { runtime, credentials, sagemaker, bucket } = seller
      await deploy(seller, 'crowded', { PROBE_MODE: 'hang' }, bucket)
      const once = new SageMakerRuntime({
        endpoint: runtime.config.endpoint as never,
        region,
        credentials,
        maxAttempts: 1,
      })
      let accepted = 0
      const refusals = new Set<string>()
      const ask = async () => {
        for (let left = requests / atOnce; left > 0; left--)
          await once.invokeEndpointAsync({ EndpointName: 'crowded', Body: Buffer.alloc(64) }).then(
            () => accepted++,
            (error: Error) => refusals.add(error.name),
          )
      }
      await besideBuyer(context, async () => {
        const asking = Array.from({ length: atOnce }, ask)
        await until(
          'most wait',
          async () => accepted,
          now => now > requests / 2,
        )
        await sagemaker.deleteEndpoint({ EndpointName: 'crowded' })
        await Promise.all(asking)
        await until(
          'the endpoint is gone',
          () => sagemaker.describeEndpoint({ EndpointName: 'crowded' }).catch((error: Error) => error),
          found => found instanceof Error,
        )
      })
      context.diagnostic(`${accepted} of ${requests} were accepted`)
      assert.deepEqual([...refusals], ['ValidationError'])
      // One of the same name has nothing to do with them.
      await sagemaker.createEndpoint({ EndpointName: 'crowded', EndpointConfigName: 'crowded' })
      assert.equal((await endpointSettled(seller, 'crowded')).EndpointStatus, 'InService')
      await sagemaker.deleteEndpoint({ EndpointName: 'crowded' })
      assert.deepEqual(
        (await keysOf(seller)).filter(key => key.startsWith('async/')),
        [],
      )
      assert.equal((await confinement?.kills()) ?? 0, 0)
    })
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
