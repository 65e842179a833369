import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createEndpoint, endpointSettled, makeModel } from './jobs.ts'
import { onEveryEngine } from './on-every-engine.ts'

const EndpointName = 'unhurried'
const lines = ['one\n', 'two\n', 'three\n', 'four\n']

await onEveryEngine('a server that is told to end', 'contract-probe', at => {
  it('answers an inference of a quarter of a minute that was under way, and takes none any more', async () => {
    const { seller, server } = at()
    await makeModel(seller, 'slow', { PROBE_MODE: 'stream', PROBE_DELAY_MS: '4000' })
    await createEndpoint(seller, EndpointName, ['slow'])
    const { EndpointStatus, FailureReason } = await endpointSettled(seller, EndpointName)
    assert.equal(EndpointStatus, 'InService', FailureReason)

    const asked = { EndpointName, ContentType: 'text/plain', Body: Buffer.from(lines.join('')) }
    const { Body } = await seller.runtime.invokeEndpointWithResponseStream(asked)
    let [text, ended]: [string, Promise<void> | undefined] = ['', undefined]
    for await (const { PayloadPart } of Body ?? []) {
      text += Buffer.from(PayloadPart?.Bytes ?? []).toString()
      // The first part is there, the last comes after the ten seconds that servers are often given.
      ended ??= server.stop()
    }
    assert.equal(text, lines.join(''))
    await ended
    await assert.rejects(fetch(`${server.url}/healthz`), 'it has ended')

    await server.crash()
    assert.equal((await endpointSettled(seller, EndpointName)).EndpointStatus, 'InService')
    await seller.sagemaker.deleteEndpoint({ EndpointName })
  })
})
