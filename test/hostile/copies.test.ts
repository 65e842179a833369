import assert from 'node:assert/strict'
import { it } from 'node:test'
import { openFixture } from '../e2e/fixture.ts'
import { endpointSettled, instanceType, logLines, makeModel } from '../e2e/jobs.ts'
import { inEveryWorld } from '../e2e/on-every-engine.ts'
import type { Party } from '../e2e/party.ts'
import { until } from '../e2e/until.ts'
import { endless } from './container-answers.ts'
import { besiege } from './siege.ts'

const megabytes = (count: number) => Buffer.alloc(count * 2 ** 20, 'x')

/** A shadow that never ends, and captures that are to go where they may not, behind a server that is confined to 600 MiB. */
await inEveryWorld(
  'hostile copies',
  engine => openFixture(engine, 'contract-probe'),
  at => {
    const { confine, besideBuyer, kills } = besiege(at)
    const keysOfBuyer = async () => {
      const { s3, bucket } = at().buyer
      return (await s3.listObjectsV2({ Bucket: bucket })).Contents ?? []
    }

    it('for a shadow that never ends its answers, and captures of megabytes, keep no invocation', async context => {
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
      // Its workers stand already: each has bounds of its own.
      await confine()
      await besideBuyer(context, async () => {
        const steps = Buffer.from(JSON.stringify(endless))
        await Promise.all(Array.from({ length: 30 }, () => ask(steps)))
        for (let round = 0; round < 5; round++) await Promise.all(Array.from({ length: 6 }, () => ask(megabytes(5))))
        // A copy of these is larger than what is kept, or what a worker may tell its server at once.
        await Promise.all([ask(megabytes(24)), ask(megabytes(24))])
        await until(
          'it is told that nothing can be captured',
          async () => (await logLines(seller, '/aws/sagemaker/Endpoints/copied', 'All')).join('\n'),
          text =>
            /could not be written to s3:.*not authorized/s.test(text) && /invocations were not captured/.test(text),
        )
      })
      assert.deepEqual(await keysOfBuyer(), before)
      await ask(Buffer.from('still there'))
      await seller.sagemaker.deleteEndpoint({ EndpointName: 'copied' })
      assert.equal(await kills(), 0)
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
