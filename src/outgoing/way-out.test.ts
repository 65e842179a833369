import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { after, test } from 'node:test'
import { systemClock, useClock } from '../ground/clock.ts'
import { createAddressRules, parseNetworks } from './address-rules.ts'
import { AddressRefused, Unreachable } from './outgoing-request.ts'
import { createWayOut } from './way-out.ts'

const listening = async (answer: RequestListener) => {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => void server.close().closeAllConnections())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}
const open = (allowed: readonly string[], ownPorts: readonly number[] = []) => {
  const way = createWayOut({ allowed, ownPorts })
  after(() => way.close())
  return way
}
const post = (url: string) => ({ method: 'POST', url, headers: { 'x-one': 'two' }, body: 'né' })
const { signal } = new AbortController()
const local = ['127.0.0.0/8', '::1']

test('what is sent arrives as it is, and the answer comes back', async () => {
  const seen: unknown[] = []
  const url = await listening(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    seen.push([request.method, request.headers['x-one'], Buffer.concat(chunks).toString()])
    response.writeHead(202).end('thanks')
  })
  const way = open(local)
  assert.deepEqual(await way.send(post(url), signal), { status: 202, text: 'thanks' })
  assert.deepEqual(await way.send(post(url.replace('127.0.0.1', 'localhost')), signal), { status: 202, text: 'thanks' })
  assert.deepEqual(seen, Array(2).fill(['POST', 'two', 'né']))
})

test('addresses of this machine and of inner networks are refused, by name and however they are written', async () => {
  let isAsked = false
  const url = await listening((_, response) => {
    isAsked = true
    response.end()
  })
  const way = open([])
  const { port } = new URL(url)
  const hosts = [
    '127.0.0.1',
    '0x7f.1',
    '2130706433',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
    '10.0.0.1',
    '169.254.169.254',
  ]
  for (const host of hosts) {
    assert.match(way.problem(`http://${host}:${port}/`) ?? '', /--allow-outgoing/, host)
    await assert.rejects(way.send(post(`http://${host}:${port}/`), signal), AddressRefused, host)
  }
  // A name tells nothing by itself: what it leads to is looked at as the connection is made.
  assert.equal(way.problem(`http://localhost:${port}/`), undefined)
  await assert.rejects(way.send(post(`http://localhost:${port}/`), signal), AddressRefused)
  assert.equal(isAsked, false)
})

test('the platform itself is refused whatever the operator allows', async () => {
  const url = await listening((_, response) => response.end())
  const { port } = new URL(url)
  const way = open(['0.0.0.0/0', '::/0'], [Number(port)])
  for (const host of ['127.0.0.1', 'localhost', '[::ffff:7f00:1]', '0.0.0.0'])
    await assert.rejects(way.send(post(`http://${host}:${port}/`), signal), /is this platform itself/, host)
})

test('a public address may be asked, an address of this machine only with leave', () => {
  const rules = createAddressRules({ allowed: ['192.168.7.0/24'], ownPorts: [] })
  assert.equal(rules.problem('8.8.8.8', 443), undefined)
  assert.equal(rules.problem('2606:4700::1111', 443), undefined)
  assert.equal(rules.problem('192.168.7.9', 80), undefined)
  assert.match(rules.problem('192.168.8.9', 80) ?? '', /not a public address/)
  assert.match(rules.problem('127.0.0.1', 80) ?? '', /address of this machine/)
})

test('what is no network is told', () => {
  for (const network of ['10.0.0.0/33', 'example.com', '10.0.0.0/8/1', '10.0.0.0/x', '', '::/129'])
    assert.throws(() => parseNetworks([network]), /is no network/, network)
})

test('other schemes and user names are refused', async () => {
  const way = open(local)
  for (const url of ['ftp://example.com/', 'file:///etc/passwd', 'nothing', 'http://me:secret@example.com/'])
    await assert.rejects(way.send(post(url), signal), AddressRefused, url)
})

test('a redirect is not followed', async () => {
  let isFollowed = false
  const beyond = await listening((_, response) => {
    isFollowed = true
    response.end()
  })
  const url = await listening((_, response) => response.writeHead(307, { location: beyond }).end())
  assert.equal((await open(local).send(post(url), signal)).status, 307)
  assert.equal(isFollowed, false)
})

test('of an answer without an end 1,024 characters are kept, and the connection is given up', async () => {
  const closed = Promise.withResolvers<void>()
  const url = await listening((request, response) => {
    request.socket.on('close', () => closed.resolve())
    response.writeHead(200)
    const more = () => void (response.writableEnded || response.write('x'.repeat(1000), () => setImmediate(more)))
    more()
  })
  assert.equal((await open(local).send(post(url), signal)).text, 'x'.repeat(1024))
  await closed.promise
})

test('whoever does not answer in time is not waited for', async () => {
  let callback = () => {}
  using _ = useClock({
    ...systemClock,
    after(ms, late) {
      assert.equal(ms, 15_000)
      callback = late
      return { [Symbol.dispose]() {} }
    },
  })
  const url = await listening(() => callback())
  await assert.rejects(open(local).send(post(url), signal), { message: 'no answer within 15 seconds' })
})

test('where nobody listens, and where no name leads, nobody was reached', async () => {
  const probe = createTcpServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  await new Promise(resolve => probe.close(resolve))
  await assert.rejects(open(local).send(post(`http://127.0.0.1:${port}/`), signal), Unreachable)
  await assert.rejects(open(local).send(post('http://nowhere.invalid/'), signal), Unreachable)
})

test('a connection that was kept and closed meanwhile costs no delivery', async () => {
  const server = createServer((_, response) => response.end('ok'))
  server.on('connection', socket => {
    let requests = 0
    socket.on('data', () => {
      // The second request on a connection finds it reset.
      if (++requests === 2) socket.resetAndDestroy()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => void server.close().closeAllConnections())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const way = open(local)
  for (let times = 0; times < 3; times++) assert.equal((await way.send(post(url), signal)).text, 'ok')
})
