import assert from 'node:assert/strict'
import { it, type TestContext } from 'node:test'
import { openFixture } from '../e2e/fixture.ts'
import { endpointSettled, instanceType, logLines, makeModel } from '../e2e/jobs.ts'
import { inEveryWorld } from '../e2e/on-every-engine.ts'
import type { Party } from '../e2e/party.ts'
import { until } from '../e2e/until.ts'
import { beside } from './beside.ts'
import { type Confinement, confine } from './confine.ts'
import { endless } from './container-answers.ts'

const memoryBytes = 600 * 2 ** 20
const megabytes = (count: number) => Buffer.alloc(count * 2 ** 20, 'x')

/** Endpoints whose answers, copies and captures are to go where they may not, behind a server that is confined to 600 MiB. */
await inEveryWorld(
  'answers for buckets of others',
  engine => openFixture(engine, 'contract-probe'),
  at => {
    let confinement: Confinement | undefined

    const besideBuyer = (context: TestContext, attack: () => Promise<unknown>): Promise<void> => {
      const { buyer, server } = at()
      const ask = () => buyer.ecr.describeRepositories({ repositoryNames: ['probe'] })
      return beside(context, { server, confinement, ask }, attack)
    }
    const keysOfBuyer = async () => {
      const { s3, bucket } = at().buyer
      return (await s3.listObjectsV2({ Bucket: bucket })).Contents ?? []
    }

    it('that come later are told as failures, and nothing waits or is written', async context => {
      const { seller, buyer, server } = at()
      const before = await keysOfBuyer()
      const theirs = `s3://${buyer.bucket}/theirs`
      await deploy(seller, 'later', {
        AsyncInferenceConfig: { OutputConfig: { S3OutputPath: theirs, S3FailurePath: `${theirs}/failed` } },
      })
      // Its workers stand already: each has bounds of its own.
      confinement = await confine(server.pid, memoryBytes)
      await besideBuyer(context, async () => {
        const EndpointName = 'later'
        const asks = Array.from({ length: 50 }, (_, n) =>
          seller.runtime.invokeEndpointAsync({ EndpointName, Body: `${n}` }),
        )
        const ids = (await Promise.all(asks)).map(({ InferenceId }) => InferenceId as string)
        await until(
          'each is told as a failure',
          async () => (await logLines(seller, '/aws/sagemaker/Endpoints/later', 'All')).join('\n'),
          text => ids.every(id => text.includes(id)) && /cannot be written to s3:/.test(text),
        )
      })
      assert.deepEqual(await keysOfBuyer(), before)
      await seller.sagemaker.deleteEndpoint({ EndpointName: 'later' })
    })

    it('of a shadow that never end, and captures of megabytes, keep no invocation', async context => {
      const { seller, buyer } = at()
      const before = await keysOfBuyer()
      const shadow = { VariantName: 'shadow', ModelName: 'raw', InstanceType: instanceType, InitialInstanceCount: 1 }
      await makeModel(seller, 'raw', { PROBE_MODE: 'raw' })
      await deploy(seller, 'copied', {
        ShadowProductionVariants: [shadow],
        DataCaptureConfig: {
          ...{ EnableCapture: true, InitialSamplingPercentage: 100, DestinationS3Uri: `s3://${buyer.bucket}/captured` },
          CaptureOptions: [{ CaptureMode: 'Input' }, { CaptureMode: 'Output' }],
        },
      })
      const ask = async (Body: Buffer) => {
        const answer = await seller.runtime.invokeEndpoint({ EndpointName: 'copied', Body })
        assert.equal(answer.Body?.byteLength, Body.byteLength)
      }
      await besideBuyer(context, async () => {
        const steps = Buffer.from(JSON.stringify(endless))
        await Promise.all(Array.from({ length: 30 }, () => ask(steps)))
        for (let round = 0; round < 5; round++) await Promise.all(Array.from({ length: 6 }, () => ask(megabytes(5))))
        await until(
          'it is told that nothing can be captured',
          async () => (await logLines(seller, '/aws/sagemaker/Endpoints/copied', 'All')).join('\n'),
          text => /could not be written to s3:.*not authorized/s.test(text),
        )
      })
      assert.deepEqual(await keysOfBuyer(), before)
      await ask(Buffer.from('still there'))
      await seller.sagemaker.deleteEndpoint({ EndpointName: 'copied' })
      assert.equal((await confinement?.kills()) ?? 0, 0)
    })
  },
  { concurrency: false },
)

/** An endpoint of a model that echoes, with more in its configuration. */
async function deploy(party: Party, name: string, more: object): Promise<void> {
  await makeModel(party, name, {})
  const variant = { VariantName: 'All', ModelName: name, InstanceType: instanceType, InitialInstanceCount: 1 }
  await party.sagemaker.createEndpointConfig({ EndpointConfigName: name, ProductionVariants: [variant], ...more })
  await party.sagemaker.createEndpoint({ EndpointName: name, EndpointConfigName: name })
  const { EndpointStatus, FailureReason } = await endpointSettled(party, name)
  assert.equal(EndpointStatus, 'InService', FailureReason)
}
