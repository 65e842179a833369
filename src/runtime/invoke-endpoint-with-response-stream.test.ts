import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { after, describe, it } from 'node:test'
import { createInvoker } from '../workload/invoke.ts'
import { invokeEndpointWithResponseStream } from './invoke-endpoint-with-response-stream.ts'
import type { InvocationContext } from './runtime-operation.ts'

/** A container that says that a session has ended, begins an answer, and never ends it. */
const connections = new Set<Socket>()
const container = createServer(socket => {
  connections.add(socket.on('error', () => {}).on('close', () => connections.delete(socket)))
  socket.once('data', () => {
    socket.write('HTTP/1.1 200 OK\r\nX-Amzn-SageMaker-Closed-Session-Id: held\r\nTransfer-Encoding: chunked\r\n\r\n')
    socket.write('3\r\nabc\r\n')
  })
}).listen(0, '127.0.0.1')
await once(container, 'listening')
const invoker = createInvoker()
after(async () => {
  await invoker.close()
  container.close()
})

/** Whoever asks, an instance of a product that counts what it has not answered, and what is metered. */
function scene() {
  const address = `http://127.0.0.1:${(container.address() as AddressInfo).port}`
  const variant = { name: 'v', instances: [{}] }
  const seen = { busy: 0, metered: 0 }
  const target = {
    ...{ route: { arn: 'arn', account: '1', region: 'r', name: 'e' }, variant, instance: { logStream: 's' } },
    ...{ addresses: [address], containers: [{ name: 'primary', logStream: 's' }], products: ['product'] },
    ended: () => seen.busy--,
  }
  const gone = new AbortController()
  const ctx = {
    ...{ account: '1', region: 'r', signal: gone.signal, invoker, metrics: { put: () => {} }, log: { warn: () => {} } },
    sessions: { close: () => Promise.reject(new Error('the store is away')) },
    journal: { record: async () => void seen.metered++ },
    chooseTarget: () => {
      seen.busy++
      return target
    },
  } as unknown as InvocationContext
  const ask = (SessionId?: string) =>
    invokeEndpointWithResponseStream(
      { EndpointName: 'e', Body: Buffer.from('x'), ...(SessionId && { SessionId }) },
      ctx,
    )
  return { ask, gone, seen }
}

async function isLeft(): Promise<void> {
  while (connections.size > 0) await new Promise(resolve => setTimeout(resolve, 5))
}

describe('the instance of a stream is asked no more, and its connection closed', { timeout: 60_000 }, () => {
  it('when the session that its container has ended cannot be closed now', async () => {
    const { ask, seen } = scene()
    await assert.rejects(ask('held'), /the store is away/)
    await isLeft()
    assert.deepEqual(seen, { busy: 0, metered: 0 })
  })

  it('when the caller goes before a part of it is sent: the answer is metered', async () => {
    const { ask, gone, seen } = scene()
    const { Body } = await ask()
    gone.abort()
    await isLeft()
    assert.deepEqual(seen, { busy: 0, metered: 1 })
    for await (const part of Body as AsyncIterable<unknown>) assert.fail(`a part came: ${JSON.stringify(part)}`)
    assert.deepEqual(seen, { busy: 0, metered: 1 })
  })

  it('when the caller goes amid it', async () => {
    const { ask, gone, seen } = scene()
    const { Body } = await ask()
    for await (const part of Body as AsyncIterable<unknown>) {
      assert.ok(part)
      gone.abort()
      break
    }
    await isLeft()
    assert.deepEqual(seen, { busy: 0, metered: 1 })
  })
})
