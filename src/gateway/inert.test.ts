import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { after, describe, it } from 'node:test'
import pino from 'pino'
import type { Platform } from '../service/context.ts'
import type { Iam } from '../service/iam.ts'
import { allAsk, service } from '../service/service.ts'
import { createGateway } from './gateway.ts'

const principal = { kind: 'root', account: '123456789012', arn: 'arn:aws:iam::123456789012:root', userId: 'r' } as const
/** Lets everybody do everything. */
const iam: Iam = {
  credential: async () => undefined,
  authorize: async () => {},
  passRole: async () => {},
  assumeForService: async () => principal,
  endWorkloadSessions: async () => {},
}
const platform = { url: 'http://localhost:8600', now: () => new Date(), iam } as unknown as Platform
const page = '<script>document.title = "it runs"</script>'

// biome-ignore lint/suspicious/noExplicitAny: two operations stand for a service
const s3 = service<any>({
  model: 's3',
  // biome-ignore lint/suspicious/noExplicitAny: the same
  operations: allAsk<any>(() => [{ action: 's3:GetObject', resource: '*' }], {
    GetObject: async input =>
      (input as { Key: string }).Key === 'stream'
        ? { Body: Readable.from([page]), ContentLength: page.length, ContentType: 'text/html' }
        : { Body: Buffer.from(page), ContentType: 'image/svg+xml', ContentDisposition: 'inline; filename="ü.svg"' },
    HeadObject: async () => ({ ContentLength: page.length, ContentType: 'text/html' }),
  }),
})
const gateway = createGateway({
  platform,
  services: [s3],
  log: pino({ level: 'silent' }),
  registry: async (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end(page),
  console: async (_, response) => void response.writeHead(200, { 'content-security-policy': 'its own' }).end(),
  cors: async () => ({ 'access-control-allow-origin': '*' }),
})
gateway.listen(0, '127.0.0.1')
await once(gateway, 'listening')
after(() => gateway.close())

const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`

const answers: readonly (readonly [what: string, path: string, status: number, init?: RequestInit])[] = [
  ['a stored page that is streamed', '/bucket/stream', 200],
  ['a stored picture', '/bucket/picture.svg', 200],
  ['the head of a stored page', '/bucket/stream', 200, { method: 'HEAD' }],
  ['a refusal', '/', 400, { method: 'POST', headers: { 'content-type': 'application/x-amz-json-1.1' } }],
  ['what is not served', '/bucket/x?cors', 501],
  [
    'a preflight',
    '/bucket/x',
    200,
    { method: 'OPTIONS', headers: { origin: 'http://a', 'access-control-request-method': 'GET' } },
  ],
  ['a layer of an image', '/v2/team/image/blobs/sha256:0', 200],
  ['health', '/healthz', 200],
  ['readiness', '/readyz', 200],
  ['metrics', '/metrics', 200],
]

describe('what the server answers and is not its console', () => {
  for (const [what, path, status, init = {}] of answers)
    it(`runs nothing when a browser opens it: ${what}`, async () => {
      const answer = await fetch(`${url}${path}`, init)
      assert.equal(answer.headers.get('content-security-policy'), "sandbox; default-src 'none'")
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
      assert.equal(answer.status, status, await answer.text())
    })

  it('has no say over the console', async () => {
    const answer = await fetch(`${url}/console/`)
    assert.equal(answer.headers.get('content-security-policy'), 'its own')
  })
})
