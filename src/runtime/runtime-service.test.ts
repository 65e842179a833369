import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRuntimeService } from './runtime-service.ts'

test('who asks an inference component needs leave for it and for its endpoint', async () => {
  const { operations } = createRuntimeService({} as never, () => Promise.reject(new Error('nothing is asked')))
  const asks = async (operation: string, input: object) =>
    operations[operation]?.access(input, { region: 'us-east-1', account: '1' } as never, operation)
  const arn = (rest: string) => `arn:aws:sagemaker:us-east-1:1:${rest}`
  for (const operation of ['InvokeEndpoint', 'InvokeEndpointWithResponseStream']) {
    const action = `sagemaker:${operation}`
    assert.deepEqual(await asks(operation, { EndpointName: 'one' }), [{ action, resource: arn('endpoint/one') }])
    assert.deepEqual(await asks(operation, { EndpointName: 'one', InferenceComponentName: 'ic' }), [
      { action, resource: arn('endpoint/one') },
      { action, resource: arn('inference-component/ic') },
    ])
  }
})
