import assert from 'node:assert/strict'
import { it } from 'node:test'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { SageMakerRuntime } from '@aws-sdk/client-sagemaker-runtime'
import { region } from '../../demo/clients.ts'
import { download, endpointSettled, instanceType, makeModel } from './jobs.ts'
import { onEveryEngine } from './on-every-engine.ts'
import type { Party } from './party.ts'
import { until } from './until.ts'
import { assertRefused } from './world.ts'

/** An endpoint of a model that echoes, of whose requests the other model gets copies; all of both is captured. */
async function deploy(party: Party, name: string, shadow: string): Promise<void> {
  const echo = `${name}-echo`
  await makeModel(party, echo, {})
  const variant = (VariantName: string, ModelName: string) => ({
    ...{ VariantName, ModelName, InstanceType: instanceType, InitialInstanceCount: 1 },
  })
  await party.sagemaker.createEndpointConfig({
    EndpointConfigName: name,
    ProductionVariants: [variant('production', echo)],
    ShadowProductionVariants: [variant('shadow', shadow)],
    DataCaptureConfig: {
      ...{ InitialSamplingPercentage: 100, DestinationS3Uri: `s3://${party.bucket}/capture` },
      CaptureOptions: [{ CaptureMode: 'Input' }, { CaptureMode: 'Output' }],
      CaptureContentTypeHeader: { CsvContentTypes: ['text/plain'] },
    },
  })
  await party.sagemaker.createEndpoint({ EndpointName: name, EndpointConfigName: name })
  const { EndpointStatus, FailureReason } = await endpointSettled(party, name)
  assert.equal(EndpointStatus, 'InService', FailureReason)
}

/** Both doors of the runtime: its workers' port, and the one port. */
const doors = (url: string, { runtime, credentials }: Party) => [
  runtime,
  new SageMakerRuntime({ endpoint: url, region, credentials }),
]

const ask = (runtime: SageMakerRuntime, EndpointName: string, body: string) =>
  runtime.invokeEndpoint({ EndpointName, Body: Buffer.from(body), ContentType: 'text/plain' })

/** What a variant has counted. */
const counter = (url: string, { credentials }: Party, EndpointName: string) => {
  const cloudwatch = new CloudWatch({ endpoint: url, region, credentials })
  return async (VariantName: string, MetricName = 'Invocations') => {
    const { Datapoints = [] } = await cloudwatch.getMetricStatistics({
      ...{ Namespace: 'AWS/SageMaker', MetricName, Period: 60, Statistics: ['Sum'] },
      Dimensions: Object.entries({ EndpointName, VariantName }).map(([Name, Value]) => ({ Name, Value })),
      ...{ StartTime: new Date(Date.now() - 3_600_000), EndTime: new Date(Date.now() + 60_000) },
    })
    return Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0)
  }
}

// One after the other: shadows that never answer take all the places that their account has for copies.
await onEveryEngine(
  'a shadow variant',
  'contract-probe',
  at => {
    it('gets copies by its weight, and its answers are recorded and given to nobody', async () => {
      const { seller, server } = at()
      const { sagemaker } = seller
      await makeModel(seller, 'upper', { PROBE_MODE: 'upper' })
      await deploy(seller, 'copied', 'upper')
      const told = await sagemaker.describeEndpoint({ EndpointName: 'copied' })
      const named = (variants: typeof told.ProductionVariants) =>
        variants?.map(({ VariantName, CurrentInstanceCount }) => [VariantName, CurrentInstanceCount])
      assert.deepEqual(named(told.ProductionVariants), [['production', 1]])
      assert.deepEqual(named(told.ShadowProductionVariants), [['shadow', 1]])
      for (const [door, runtime] of doors(server.url, seller).entries())
        for (let number = 0; number < 3; number++) {
          const { Body, InvokedProductionVariant } = await ask(runtime, 'copied', `door ${door} ${number}`)
          assert.deepEqual(
            [Body?.transformToString(), InvokedProductionVariant],
            [`door ${door} ${number}`, 'production'],
          )
        }
      const count = counter(server.url, seller, 'copied')
      await until(
        'all copies are counted',
        () => count('shadow'),
        sum => sum === 6,
      )
      await until(
        'all requests are counted',
        () => count('production'),
        sum => sum === 6,
      )
      const lines = async () => {
        const Prefix = 'capture/copied/shadow/'
        const { Contents = [] } = await seller.s3.listObjectsV2({ Bucket: seller.bucket, Prefix })
        const files = await Promise.all(Contents.map(({ Key }) => download(seller, `s3://${seller.bucket}/${Key}`)))
        return files.flatMap(file => file.toString().trim().split('\n'))
      }
      const captured = (await until('its answers are captured', lines, ({ length }) => length === 6)).map(
        line => JSON.parse(line).captureData.endpointOutput.data,
      )
      assert.ok(captured.includes('DOOR 0 0') && captured.includes('DOOR 1 2'), captured.join())
      const named1 = seller.runtime.invokeEndpoint({
        EndpointName: 'copied',
        TargetVariant: 'shadow',
        Body: Buffer.from('x'),
      })
      await assertRefused(named1, 'ValidationError', 400, /Variant shadow not found/)

      const DesiredWeightsAndCapacities = [{ VariantName: 'shadow', DesiredWeight: 0 }]
      await sagemaker.updateEndpointWeightsAndCapacities({ EndpointName: 'copied', DesiredWeightsAndCapacities })
      const { ShadowProductionVariants } = await endpointSettled(seller, 'copied')
      assert.equal(ShadowProductionVariants?.[0]?.CurrentWeight, 0)
      await ask(seller.runtime, 'copied', 'alone')
      await until(
        'it is counted',
        () => count('production'),
        sum => sum === 7,
      )
      assert.equal(await count('shadow'), 6)
      await sagemaker.deleteEndpoint({ EndpointName: 'copied' })
    })

    it('holds up nobody when it never answers, and fails nobody when it does so badly', async () => {
      const { seller, server } = at()
      await makeModel(seller, 'hang', { PROBE_MODE: 'hang' })
      await makeModel(seller, 'broken', { PROBE_MODE: 'error-500' })
      await deploy(seller, 'hanging', 'hang')
      for (const runtime of doors(server.url, seller))
        for (let number = 0; number < 200; number++) {
          const { Body } = await ask(runtime, 'hanging', `${number}`)
          assert.equal(Body?.transformToString(), `${number}`)
        }
      const dropped = () => counter(server.url, seller, 'hanging')('shadow', 'ShadowInvocationsDropped')
      await until('what it does not take is counted', dropped, sum => sum > 0)
      await seller.sagemaker.deleteEndpoint({ EndpointName: 'hanging' })

      await deploy(seller, 'failing', 'broken')
      for (const runtime of doors(server.url, seller)) await ask(runtime, 'failing', 'well')
      const failed = () => counter(server.url, seller, 'failing')('shadow', 'Invocation5XXErrors')
      await until('its failures are its own', failed, sum => sum === 2)
      assert.equal(await counter(server.url, seller, 'failing')('production', 'Invocation5XXErrors'), 0)
      await seller.sagemaker.deleteEndpoint({ EndpointName: 'failing' })
    })
  },
  { concurrency: false },
)
