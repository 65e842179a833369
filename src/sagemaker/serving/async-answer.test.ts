import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { AccessDenied } from '../../ground/errors.ts'
import type { Waiting } from '../../runtime/async-backlog.ts'
import type { Platform } from '../../service/context.ts'
import { createInvoker } from '../../workload/invoke.ts'
import { answerAsync, mostToldBytes } from './async-answer.ts'
import { AsyncFailure } from './async-failure.ts'
import type { Slot } from './async-slots.ts'
import type { EndpointRow } from './endpoint.ts'

/** What the container answers. */
let answer = Buffer.alloc(0)
const container = createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(500).end(answer))
})
container.listen(0, '127.0.0.1')
await once(container, 'listening')
const invoker = createInvoker()
after(async () => {
  await invoker.close()
  container.close()
})

const platform = { iam: { assumeForService: async () => ({}) } } as unknown as Platform
const row = { account: '111122223333', name: 'later', live: { variants: [] } } as unknown as EndpointRow
const waiting: Waiting = {
  ...{ sequence: 1, created: 0 },
  invocation: {
    inferenceId: 'i',
    input: { inline: 'YQ==' },
    outputLocation: 's3://b/out',
    expires: 0,
    timeoutMs: 9000,
  },
}
const addresses = [`http://127.0.0.1:${(container.address() as AddressInfo).port}`]
const slot = { variant: { name: 'v' }, instance: { addresses } } as unknown as Slot

const failure = async () => {
  const asked = answerAsync({ platform, invoker }, row, waiting, slot, AbortSignal.timeout(60_000))
  const failed = await asked.catch(error => error)
  assert.ok(failed instanceof AsyncFailure, String(failed))
  return failed
}

test('of what a container says when it fails no more is kept than can be told', async () => {
  answer = Buffer.alloc(mostToldBytes, 'ö')
  const kept = await failure()
  assert.deepEqual(kept.content, answer)
  assert.equal(kept.message, `Received server error (500) from model with message "${'ö'.repeat(1024)}".`)
  answer = Buffer.alloc(20 * 1024 ** 2, 'ö')
  const left = await failure()
  assert.deepEqual([left.content, left.status, left.message], [undefined, 500, kept.message])
})

test('an answer that may not be written is not kept open', { timeout: 60_000 }, async () => {
  const endless = createServer((_, response) => void response.writeHead(200).write('begun'))
  endless.listen(0, '127.0.0.1')
  await once(endless, 'listening')
  const denied = async (...[, , , body]: Parameters<Platform['objects']['put']>) => {
    if (body instanceof Readable) body.destroy()
    throw new AccessDenied('not yours')
  }
  const refusing = { ...platform, objects: { put: denied } } as unknown as Platform
  const there = [`http://127.0.0.1:${(endless.address() as AddressInfo).port}`]
  const { signal } = new AbortController()
  const patient = { ...waiting, invocation: { ...waiting.invocation, timeoutMs: 3_600_000 } }
  const asked = answerAsync(
    { platform: refusing, invoker },
    row,
    patient,
    { ...slot, instance: { addresses: there } } as never,
    signal,
  )
  await assert.rejects(asked, { metric: 'ResponseUploadFailures' })
  while ((await promisify(endless.getConnections).call(endless)) > 0)
    await new Promise(resolve => setTimeout(resolve, 5))
  endless.close()
})
