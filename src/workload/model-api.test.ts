import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createModelApi } from './model-api.ts'

/** A container that says this to whatever it is asked, and then goes on with the second for as long as somebody listens. */
async function saying(t: TestContext, first: string, forEver = '') {
  const sockets = new Set<Socket>()
  let bytes = 0
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    const more = () => {
      if (forEver === '' || socket.destroyed) return
      bytes += forEver.length
      if (socket.write(forEver)) setImmediate(more)
      else socket.once('drain', more)
    }
    socket.once('data', () => socket.write(first, more))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { api: createModelApi(`http://127.0.0.1:${port}`), sockets, bytes: () => bytes }
}

async function gone(sockets: ReadonlySet<Socket>): Promise<void> {
  for (const end = Date.now() + 10_000; sockets.size > 0; await new Promise(resolve => setTimeout(resolve, 10)))
    assert.ok(Date.now() < end, 'the connection is still held')
}

const chunked = (status: string) => `HTTP/1.1 ${status}\r\nTransfer-Encoding: chunked\r\n\r\n`
const mebibyte = 2 ** 20

for (const [what, forEver] of [
  ['a byte at a time', '1\r\nx\r\n'],
  ['64 KiB at a time', `10000\r\n${'x'.repeat(65_536)}\r\n`],
  ['in control characters', `400\r\n${'\0'.repeat(1024)}\r\n`],
] as const)
  test(`an answer without an end, ${what}, is read as far as it is told, and its connection closed`, async t => {
    const { api, sockets, bytes } = await saying(t, chunked('507 Full'), forEver)
    for (const ask of [api.load, api.unload]) {
      const { status, words } = await ask('name', 'target')
      assert.equal(status, 507)
      assert.ok(words.length <= 1024)
    }
    await gone(sockets)
    assert.ok(bytes() < 32 * mebibyte, `${bytes()} bytes came`)
  })

for (const [what, first, forEver] of [
  ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: words\r\nConnection: Upgrade\r\n\r\n', ''],
  ['headers without an end', 'HTTP/1.1 200 OK\r\n', 'X-A: b\r\n'],
  ['no HTTP', 'loaded\r\n\r\n', ''],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok', ''],
] as const)
  test(`${what} is no answer to a load, and nothing is held of it`, { timeout: 20_000 }, async t => {
    const { api, sockets } = await saying(t, first, forEver)
    await assert.rejects(api.load('name', 'target'))
    await gone(sockets)
  })
