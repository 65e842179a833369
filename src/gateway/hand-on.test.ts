import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { after, it } from 'node:test'
import type { PeerCertificate } from 'node:tls'
import { sourceIp } from './asking.ts'
import { openExchange } from './exchange.ts'
import { createHandOn, type HandOn, peerIdentity } from './hand-on.ts'

const secret = randomBytes(32)

async function listening(answer: (incoming: IncomingMessage, response: ServerResponse) => Promise<void>) {
  const server = createServer((incoming, response) => void answer(incoming, response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  after(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Answers by itself what it does not hand on. */
const answering = (handOn: HandOn) =>
  listening(async (incoming, response) => {
    const exchange = openExchange(incoming, response, false)
    try {
      if (!(await handOn.pass(exchange))) response.end('here')
    } catch (error) {
      const { code, status = 500 } = error as { code: string; status?: number }
      response.writeHead(status).end(code)
    }
  })

async function ask(url: string, body = '', headers = {}) {
  const asked = request(url, { method: 'POST', path: '/a%20b?c=d', agent: false, headers, localAddress: '127.0.0.2' })
  asked.end(body)
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  return { status: answer.statusCode, headers: answer.headers, text: (await buffer(answer)).toString() }
}

it('hands a request on as it came, with the address it came from, to whoever works by then', async () => {
  let address: string | undefined = 'http://127.0.0.1:1'
  const works = createHandOn({ secret, isWorking: () => true, working: async () => undefined })
  const there = await listening(async (incoming, response) => {
    works.admit(incoming)
    const { method, url, headers, socket } = incoming
    const seen = { method, url, host: headers.host, given: headers['x-given'], from: sourceIp(socket) }
    assert.equal(headers['x-hop'], undefined)
    const body = await buffer(incoming)
    response.writeHead(201, ['X-Answer', 'one', 'X-Answer', 'two', 'Connection', 'X-Back', 'X-Back', 'no'])
    response.end(JSON.stringify({ ...seen, length: body.length }))
  })
  const here = await answering(createHandOn({ secret, isWorking: () => false, working: async () => address }))
  const hop = { connection: 'close, X-Hop', 'x-hop': 'of this connection' }
  const asked = ask(here, 'x'.repeat(1_000_000), { host: 'market.example', 'x-given': 'as it is', ...hop })
  address = there
  const { status, headers, text } = await asked
  assert.equal(status, 201)
  assert.equal(headers['x-answer'], 'one, two')
  assert.equal(headers['x-back'], undefined)
  assert.deepEqual(JSON.parse(text), {
    ...{ method: 'POST', url: '/a%20b?c=d', host: 'market.example', given: 'as it is' },
    ...{ from: '127.0.0.2', length: 1_000_000 },
  })
})

it('answers itself once it works', async () => {
  let isWorking = false
  const here = await answering(
    createHandOn({
      secret,
      isWorking: () => isWorking,
      working: async () => {
        isWorking = true
        return undefined
      },
    }),
  )
  assert.equal((await ask(here)).text, 'here')
})

it('hands on what is no AWS call', async () => {
  const there = await listening(async (incoming, response) => void response.end(`${incoming.url} is there`))
  const handOn = createHandOn({ secret, isWorking: () => false, working: async () => there })
  const here = await listening(async (incoming, response) => {
    assert.equal(await handOn.pass({ incoming, response }), true)
  })
  assert.equal((await ask(here)).text, '/a%20b?c=d is there')
})

it('says so when nobody works, and when to ask again', async () => {
  const nobody = { secret, isWorking: () => false, working: async () => undefined, waitMs: 1 }
  const { status, headers, text } = await ask(await answering(createHandOn(nobody)))
  assert.deepEqual([status, headers['retry-after'], text], [503, '1', 'ServiceUnavailable'])
})

it('takes a certificate of the peer’s own address, or of the name of all of them', () => {
  const of = (subjectaltname: string) => ({ subject: {}, subjectaltname }) as PeerCertificate
  const isPeer = peerIdentity('10.0.0.1', 'https://market.example:8443')
  assert.equal(isPeer('', of('IP Address:10.0.0.1')), undefined)
  assert.equal(isPeer('', of('DNS:market.example')), undefined)
  assert.ok(isPeer('', of('DNS:other.example, IP Address:10.0.0.2')) instanceof Error)
  assert.ok(peerIdentity('10.0.0.1', undefined)('', of('DNS:market.example')) instanceof Error)
})

it('believes nobody who is none of the servers', async () => {
  const other = createHandOn({ secret: randomBytes(32), isWorking: () => true, working: async () => undefined })
  const there = await listening(async (incoming, response) => {
    assert.throws(() => other.admit(incoming), { code: 'AccessDeniedException' })
    response.end(sourceIp(incoming.socket))
  })
  const here = await answering(createHandOn({ secret, isWorking: () => false, working: async () => there }))
  assert.equal((await ask(here)).text, '127.0.0.1')
})
