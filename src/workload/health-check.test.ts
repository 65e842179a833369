import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type TestContext } from 'node:test'
import { ping, waitUntilHealthy } from './health-check.ts'

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('200 on /ping is healthy, anything else says what it was', async t => {
  const address = await serve(t, ({ url }, response) => {
    response.statusCode = url === '/ping' ? 200 : 404
    response.end()
  })
  const healthy = await ping(address)
  assert.equal(healthy.healthy, true)
  assert.match(healthy.outcome, /^200 after \d+ ms$/)
  const failing = await serve(t, (_, response) => response.writeHead(503).end(`loading ${'x'.repeat(5000)}`))
  const { healthy: up, outcome } = await ping(failing)
  assert.equal(up, false)
  assert.match(outcome, /^503 after \d+ ms: loading x{192}$/)
})

test('no one there and no answer are told apart', async t => {
  const silent = await serve(t, () => {})
  assert.match((await ping(silent)).outcome, /^no answer after (19|20|21)\d\d ms$/)
  assert.match((await ping('http://127.0.0.1:1')).outcome, /^connection refused after \d+ ms$/)
})

test('an answer that never ends is neither waited for nor kept', async t => {
  const endless = await serve(t, (_, response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(1 << 16, 0x61)));
    }
    response.on('drain', more)
    more()
  })
  assert.equal((await ping(endless)).healthy, true)
})

test('waiting ends with the first healthy answer and keeps the history', async t => {
  let asked = 0
  const address = await serve(t, (_, response) => response.writeHead(++asked < 4 ? 500 : 200).end())
  const { healthy, attempts, seconds } = await waitUntilHealthy(
    address,
    600,
    async () => false,
    new AbortController().signal,
  )
  assert.equal(healthy, true)
  assert.deepEqual(
    attempts.map(attempt => attempt.slice(0, 3)),
    ['500', '500', '500', '200'],
  )
  assert.ok(seconds < 600)
})

test('waiting ends when the time is over, when the container has ended, and when it is aborted', async () => {
  const nobody = 'http://127.0.0.1:1'
  const never = new AbortController().signal
  const late = await waitUntilHealthy(nobody, 0.5, async () => false, never)
  assert.equal(late.healthy, false)
  assert.ok(late.seconds >= 0.5 && late.attempts.length <= 10 && late.attempts.length > 0)
  assert.equal((await waitUntilHealthy(nobody, 60, async () => true, never)).attempts.length, 1)
  await assert.rejects(
    waitUntilHealthy(nobody, 60, async () => false, AbortSignal.timeout(50)),
    { name: 'AbortError' },
  )
})
