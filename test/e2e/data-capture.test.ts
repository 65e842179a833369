import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { DataCaptureConfig } from '@aws-sdk/client-sagemaker'
import { download, endpointSettled, instanceType, invoke, makeModel } from './jobs.ts'
import { onEveryEngine } from './on-every-engine.ts'
import { until } from './until.ts'

await onEveryEngine('an endpoint that captures', 'contract-probe', at => {
  it('writes what was asked and answered to its owner’s bucket, and stops when it is told', async () => {
    const { seller } = at()
    const { sagemaker, s3, bucket } = seller
    await makeModel(seller, 'captured', { PROBE_MODE: 'upper' })
    const ProductionVariants = [
      { VariantName: 'captured', ModelName: 'captured', InstanceType: instanceType, InitialInstanceCount: 1 },
    ]
    const configure = (EndpointConfigName: string, more: Partial<DataCaptureConfig>) =>
      sagemaker.createEndpointConfig({
        ...{ EndpointConfigName, ProductionVariants },
        DataCaptureConfig: {
          ...{ InitialSamplingPercentage: 100, DestinationS3Uri: `s3://${bucket}/capture` },
          CaptureOptions: [{ CaptureMode: 'Input' }, { CaptureMode: 'Output' }],
          CaptureContentTypeHeader: { CsvContentTypes: ['text/plain'] },
          ...more,
        },
      })
    await configure('captured', {})
    await configure('off', { EnableCapture: false })
    await sagemaker.createEndpoint({ EndpointName: 'captured', EndpointConfigName: 'captured' })
    assert.equal((await endpointSettled(seller, 'captured')).EndpointStatus, 'InService')
    for (const body of ['one', 'two']) await invoke(seller, 'captured', 'captured', body)
    const lines = async () => {
      const { Contents = [] } = await s3.listObjectsV2({ Bucket: bucket, Prefix: 'capture/captured/captured/' })
      const files = await Promise.all(Contents.map(({ Key }) => download(seller, `s3://${bucket}/${Key}`)))
      return files.flatMap(file => file.toString().trim().split('\n'))
    }
    const found = (await until('both are written', lines, ({ length }) => length === 2)).map(line => JSON.parse(line))
    assert.deepEqual(
      found.map(({ captureData: { endpointInput, endpointOutput } }) => [endpointInput.data, endpointOutput.data]),
      [
        ['one', 'ONE'],
        ['two', 'TWO'],
      ],
    )
    const { DataCaptureConfig } = await sagemaker.describeEndpoint({ EndpointName: 'captured' })
    assert.deepEqual([DataCaptureConfig?.EnableCapture, DataCaptureConfig?.CaptureStatus], [true, 'Started'])

    await sagemaker.updateEndpoint({ EndpointName: 'captured', EndpointConfigName: 'off' })
    const settled = await endpointSettled(seller, 'captured')
    assert.equal(settled.EndpointConfigName, 'off', settled.FailureReason)
    assert.equal(settled.DataCaptureConfig?.CaptureStatus, 'Stopped')
    await invoke(seller, 'captured', 'captured', 'three')
    // What is kept is written before the server has ended.
    await at().server.stop()
    await at().server.crash()
    await endpointSettled(seller, 'captured')
    assert.equal((await lines()).length, 2)
    await sagemaker.deleteEndpoint({ EndpointName: 'captured' })
  })
})
