import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
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
      'x-amzn-sagemaker-new-session-id': 'new',
      'x-amzn-sagemaker-closed-session-id': 'closed',
    }
    response.writeHead(201, headers)
    response.write((await buffer(request)).toString().toUpperCase())
    setTimeout(() => response.end('|end'), 20)
  })
  const asked = {
    ...{ ...body('row'), contentType: 'text/plain', accept: 'text/csv' },
    ...{ customAttributes: 'a', sessionId: 'one' },
  }
  const answer = await invoker.invoke([address], asked, 5000)
  assert.deepEqual(
    { ...answer, body: Buffer.from(answer.body).toString() },
    {
      ...{ status: 201, contentType: 'text/csv', customAttributes: 'b', metering: '{}', body: 'ROW|end' },
      ...{ newSession: 'new', closedSession: 'closed' },
    },
  )
  const [{ method, url, headers } = {} as IncomingMessage] = seen
  assert.deepEqual(
    [method, url, headers['content-type'], headers.accept],
    ['POST', '/invocations', 'text/plain', 'text/csv'],
  )
  assert.equal(headers['x-amzn-sagemaker-custom-attributes'], 'a')
  assert.equal(headers['x-amzn-sagemaker-session-id'], 'one')
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

test('an answer may be as large as the bound, announced or in chunks, and no larger', async () => {
  const bounded = createInvoker(1000)
  after(() => bounded.close())
  const kinds: Record<string, (bytes: number) => RequestListener> = {
    announced: bytes => (_request, response) => response.setHeader('content-length', bytes).end('x'.repeat(bytes)),
    chunked: bytes => (_request, response) => {
      for (let sent = 0; sent < bytes; sent += 100) response.write('x'.repeat(Math.min(100, bytes - sent)))
      response.end()
    },
  }
  for (const [kind, answer] of Object.entries(kinds)) {
    const ask = async (bytes: number) => bounded.invoke([(await container(answer(bytes))).address], body('x'), 5000)
    for (const bytes of [0, 1, 1000]) assert.equal((await ask(bytes)).body.byteLength, bytes, kind)
    await assert.rejects(ask(1001), /^AnswerTooLarge: the container's answer is larger than 1000 bytes/, kind)
  }
})

test('an answer without an end is let go at the bound', async () => {
  const gone = Promise.withResolvers<void>()
  const { address } = await container((_request, response) => {
    const timer = setInterval(() => response.write(Buffer.alloc(1 << 20)), 1)
    response.once('close', () => {
      clearInterval(timer)
      gone.resolve()
    })
  })
  await assert.rejects(invoker.invoke([address], body('x'), 20_000), /larger than 26214400 bytes/)
  await gone.promise
})

test('a stream is sent in chunks as it comes, and the next container gets the answer', async () => {
  const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
  const { address } = await container(async (request, response) =>
    response.end(`${request.headers['content-length'] ?? 'chunked'} ${digest(await buffer(request))}`),
  )
  const chunks = Array.from({ length: 200 }, (_, at) => Buffer.alloc(65_536, at))
  const stream = () => Readable.from(chunks, { objectMode: false })
  const first = `chunked ${digest(Buffer.concat(chunks))}`
  const answer = await invoker.invoke([address], { body: stream() }, 10_000)
  assert.equal(Buffer.from(answer.body).toString(), first)
  const second = await invoker.invoke([address, address], { body: stream() }, 10_000)
  assert.equal(Buffer.from(second.body).toString(), `${first.length} ${digest(Buffer.from(first))}`)
})

test('a stream that fails fails the invocation with its own error, and the next one is not harmed', async () => {
  const { address } = await container(async (request, response) => {
    await buffer(request).catch(() => {})
    response.end('ok')
  })
  const broken = Readable.from(
    (async function* () {
      yield Buffer.alloc(100_000)
      throw new Error('the object is gone')
    })(),
  )
  await assert.rejects(invoker.invoke([address], { body: broken }, 5000), /the object is gone/)
  assert.equal((await invoker.invoke([address], body('x'), 5000)).status, 200)
})

test('an answer that comes byte by byte takes no more memory than its bytes', async () => {
  const bytes = 3 << 20
  // In a process of its own with a small heap, which a chunk kept for each byte would fill.
  const script = `
    import { createServer } from 'node:net'
    import { createInvoker } from '${new URL('./invoke.ts', import.meta.url).href}'
    const piece = '1\\r\\nx\\r\\n'.repeat(4096)
    const server = createServer(socket => {
      socket.once('data', async () => {
        socket.write('HTTP/1.1 200 OK\\r\\ntransfer-encoding: chunked\\r\\n\\r\\n')
        for (let sent = 0; sent < ${bytes}; sent += 4096)
          if (!socket.write(piece)) await new Promise(resolve => socket.once('drain', resolve))
        socket.end('0\\r\\n\\r\\n')
      })
    }).listen(0, '127.0.0.1', async () => {
      const invoker = createInvoker()
      const address = 'http://127.0.0.1:' + server.address().port
      console.log((await invoker.invoke([address], { body: Buffer.from('x') }, 60_000)).body.byteLength)
      await invoker.close()
      server.close()
    })`
  const options = ['--max-old-space-size=64', '--input-type=module', '-e', script]
  assert.equal((await promisify(execFile)(process.execPath, options)).stdout.trim(), String(bytes))
})
