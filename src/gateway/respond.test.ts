import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { after, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { guardReader } from './respond.ts'

const broken = Promise.withResolvers<void>()

async function* endless() {
  for (;;) yield Buffer.alloc(1 << 20)
}

async function* slow() {
  for (let piece = 0; piece < 4; piece++) {
    await sleep(150)
    yield Buffer.from('x')
  }
}

const server = createServer((asked: IncomingMessage, response: ServerResponse) => {
  guardReader(response, 100)
  const body = Readable.from(asked.url === '/slow' ? slow() : endless(), { objectMode: false })
  pipeline(body, response).catch(() => broken.resolve())
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo
after(() => server.close())

it('cuts off a client that stops to read, and its source with it', async () => {
  const asking = request({ port, path: '/endless' }).end()
  const [answer] = (await once(asking, 'response')) as [IncomingMessage]
  answer.on('error', () => {})
  answer.pause()
  await broken.promise
})

it('waits for an answer that is slow to come', async () => {
  const [answer] = (await once(request({ port, path: '/slow' }).end(), 'response')) as [IncomingMessage]
  let text = ''
  for await (const piece of answer) text += piece
  assert.equal(text, 'xxxx')
})
