import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { createInvoker } from './invoke.ts'

const invoker = createInvoker()
after(() => invoker.close())

/** A model container of this process. */
async function container(answer: (request: IncomingMessage, response: ServerResponse) => unknown) {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const body = (text: string) => ({ body: Buffer.from(text) })

test('sends what is set and gives back status, headers and body', async () => {
  const seen: IncomingMessage[] = []
  const { address } = await container(async (request, response) => {
    seen.push(request)
    const headers = {
      'content-type': 'text/csv',
      'x-amzn-sagemaker-custom-attributes': 'b',
      'x-amzn-inference-metering': '{}',
    }
    response.writeHead(201, headers)
    response.write((await buffer(request)).toString().toUpperCase())
    setTimeout(() => response.end('|end'), 20)
  })
  const asked = { ...body('row'), contentType: 'text/plain', accept: 'text/csv', customAttributes: 'a' }
  const answer = await invoker.invoke([address], asked, 5000)
  assert.deepEqual(
    { ...answer, body: Buffer.from(answer.body).toString() },
    { status: 201, contentType: 'text/csv', customAttributes: 'b', metering: '{}', body: 'ROW|end' },
  )
  const [{ method, url, headers } = {} as IncomingMessage] = seen
  assert.deepEqual(
    [method, url, headers['content-type'], headers.accept],
    ['POST', '/invocations', 'text/plain', 'text/csv'],
  )
  assert.equal(headers['x-amzn-sagemaker-custom-attributes'], 'a')
  assert.equal(headers['content-length'], '3')
})

test('hands each answer to the next container, and stops at the first that is no success', async () => {
  const add = (status: number, text: string) =>
    container(async (request, response) =>
      response
        .writeHead(status, { 'content-type': text })
        .end(`${await buffer(request)}${request.headers['content-type']}>`),
    )
  const [first, second, third] = await Promise.all([add(200, 'one'), add(400, 'two'), add(200, 'three')])
  const addresses = [first, second, third].map(({ address }) => address)
  const answer = await invoker.invoke(addresses, { ...body(''), contentType: 'zero' }, 5000)
  assert.equal(answer.status, 400)
  assert.equal(Buffer.from(answer.body).toString(), 'zero>one>')
})

test('gives up with a TimeoutError when the time is over, before the head or amid the body', async () => {
  const silent = await container(() => {})
  const stalls = await container((_, response) => response.writeHead(200).write('half'))
  for (const { address } of [silent, stalls])
    await assert.rejects(invoker.invoke([address], body('x'), 100), { name: 'TimeoutError' })
})

test('ends with the signal, and the container sees its connection go', async () => {
  const gone = Promise.withResolvers<void>()
  const { address, server } = await container(request => request.on('close', gone.resolve))
  const abort = new AbortController()
  const answer = invoker.invoke([address], body('x'), 5000, abort.signal)
  await once(server, 'request')
  abort.abort(new Error('no longer wanted'))
  await assert.rejects(answer, /no longer wanted/)
  await gone.promise
  await assert.rejects(invoker.invoke([address], body('x'), 5000, abort.signal), /no longer wanted/)
})

test('says so when nobody listens or the connection breaks', async () => {
  const { address } = await container(request => request.socket.destroy())
  await assert.rejects(invoker.invoke([address], body('x'), 5000), /closed|reset/)
  await assert.rejects(invoker.invoke(['http://127.0.0.1:1'], body('x'), 5000), /ECONNREFUSED/)
})
