import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import test, { after } from 'node:test'
import { executionParameters } from './execution-parameters.ts'

let answer = ''
const server = createServer((_request, response) => response.end(answer)).listen(0, '127.0.0.1')
await once(server, 'listening')
after(() => {
  server.closeAllConnections()
  server.close()
})

const told = (text: string) => {
  answer = text
  return executionParameters(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
}
const stated = { MaxConcurrentTransforms: 4, BatchStrategy: 'SINGLE_RECORD', MaxPayloadInMB: 0 }

test('what a container states is taken, nonsense is none', async () => {
  assert.deepEqual(await told(JSON.stringify({ ...stated, More: 1 })), stated)
  for (const nonsense of ['', '<html>', '[]', 'null', '{"MaxConcurrentTransforms":0,"BatchStrategy":"ALL"}'])
    assert.deepEqual(await told(nonsense), {})
})

test('an answer of more than 64 KiB is refused by name', async () => {
  assert.deepEqual(await told(JSON.stringify(stated).padEnd(65_536)), stated)
  const reason = { code: 'ClientError', message: /GET \/execution-parameters is larger than 65536 bytes/ }
  await assert.rejects(told(JSON.stringify(stated).padEnd(65_537)), reason)
})

test('an answer that never ends, a byte now and then, is none', async () => {
  const trickle = createTcpServer(socket => {
    socket.on('error', () => {}).write('HTTP/1.1 200 OK\r\n\r\n')
    const more = setInterval(() => socket.write(' '), 10)
    socket.on('close', () => clearInterval(more))
  }).listen(0, '127.0.0.1')
  await once(trickle, 'listening')
  assert.deepEqual(await executionParameters(`http://127.0.0.1:${(trickle.address() as AddressInfo).port}`, 200), {})
  trickle.close()
  await once(trickle, 'close')
})
