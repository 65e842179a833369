import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { AddressRefused, type OutgoingRequest, Unreachable } from './outgoing-request.ts'
import { createWayOutThread } from './way-out-thread.ts'

async function listening(answer: RequestListener) {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => void server.close().closeAllConnections())
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}
const open = (allowed: readonly string[]) => {
  const way = createWayOutThread({ allowed, ownPorts: [] })
  after(() => way.close())
  return way
}
const post = (url: string, body = 'né'): OutgoingRequest => ({ method: 'POST', url, headers: { 'x-one': 'two' }, body })
const local = ['127.0.0.0/8']

test('what came of each request is told in their order', async () => {
  const { url } = await listening(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    response.writeHead(text === '7' ? 503 : 200).end(`${text} ${request.headers['x-one']}`)
  })
  const numbers = Array.from({ length: 20 }, (_, index) => `${index}`)
  const sent = await open(local).sendEach(
    numbers.map(number => post(url, number)),
    new AbortController().signal,
  )
  assert.deepEqual(
    sent,
    numbers.map(number => ({ status: number === '7' ? 503 : 200, text: `${number} two` })),
  )
})

test('why nobody was reached is told by its class', async () => {
  const { signal } = new AbortController()
  const { server, url } = await listening((_, response) => response.end())
  await assert.rejects(open([]).send(post(url), signal), AddressRefused)
  const [refused] = await open([]).sendEach([post(url)], signal)
  assert.ok(refused instanceof AddressRefused)
  await new Promise(resolve => server.close(resolve))
  const sent = await open(local).sendEach([post(url), post(url)], signal)
  assert.ok(sent.every(one => one instanceof Unreachable && !(one instanceof AddressRefused)))
})

test('a stop ends what waits for its answer; what was answered before stays told', async () => {
  const stop = new AbortController()
  const { url } = await listening(async (request, response) => {
    if (request.url === '/first') return response.end('first')
    stop.abort(new Error('the server stops'))
    return undefined
  })
  const way = open(local)
  const sent = await way.sendEach([post(`${url}first`)], stop.signal)
  assert.deepEqual(sent, [{ status: 200, text: 'first' }])
  const cut = await way.sendEach([post(url), post(url)], stop.signal)
  assert.deepEqual(cut, ['untried', 'untried'])
  await assert.rejects(way.send(post(url), stop.signal), /the server stops/)
})

test('a way out that is closed leaves untried what it was asked', async () => {
  const way = open(local)
  const { url } = await listening(() => way.close())
  const { signal } = new AbortController()
  assert.deepEqual(await way.sendEach([post(url)], signal), ['untried'])
  await assert.rejects(way.send(post(url), signal), /closed/)
})
