import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { describe, it } from 'node:test'
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import fc from 'fast-check'
import { ServiceError } from '../ground/errors.ts'
import type { AuthStyle } from './auth-fault.ts'
import { readClaim, type SigV4Claim } from './claim.ts'
import type { WireRequest } from './message.ts'
import { verifySignature } from './sigv4.ts'

const empty = hash('sha256', '')
const s3Secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
const s3Credential = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request'
const s3Day = new Date('2013-05-24T00:00:00Z')

interface Signed {
  readonly request: WireRequest
  readonly secret: string
  readonly payloadHash: string
  readonly now: Date
  readonly style: AuthStyle
}

const verify = ({ request, secret, payloadHash, now, style }: Signed) => {
  const claim = readClaim(request, style) as SigV4Claim
  return verifySignature({ request, claim, secretAccessKey: secret, payloadHash, now, style })
}

const s3 = (
  method: string,
  path: string,
  query: string,
  headers: Record<string, string>,
  signature: string,
): Signed => {
  const payloadHash = headers['x-amz-content-sha256'] ?? empty
  const all: Record<string, string> = {
    host: 'examplebucket.s3.amazonaws.com',
    'x-amz-content-sha256': payloadHash,
    ...('date' in headers ? {} : { 'x-amz-date': '20130524T000000Z' }),
    ...headers,
  }
  const names = Object.keys(all).sort().join(';')
  const authorization = `AWS4-HMAC-SHA256 Credential=${s3Credential},SignedHeaders=${names},Signature=${signature}`
  return {
    request: { method, path, query, headers: { ...all, authorization } },
    secret: s3Secret,
    payloadHash,
    now: s3Day,
    style: 's3',
  }
}

describe('published signatures', () => {
  it('IAM ListUsers ("Signature Version 4 signing process")', () => {
    const headers = {
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      host: 'iam.amazonaws.com',
      'x-amz-date': '20150830T123600Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, ' +
        'Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
    }
    verify({
      request: { method: 'GET', path: '/', query: 'Action=ListUsers&Version=2010-05-08', headers },
      secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
      payloadHash: empty,
      now: new Date('2015-08-30T12:36:00Z'),
      style: 'query',
    })
  })

  it('S3 GET, PUT, subresource and list ("Signature calculations for the Authorization header")', () => {
    verify(
      s3(
        'GET',
        '/test.txt',
        '',
        { range: 'bytes=0-9' },
        'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
      ),
    )
    const put = {
      date: 'Fri, 24 May 2013 00:00:00 GMT',
      'x-amz-date': '20130524T000000Z',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    }
    const content = { ...put, 'x-amz-content-sha256': hash('sha256', 'Welcome to Amazon S3.') }
    verify(
      s3('PUT', '/test%24file.text', '', content, '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd'),
    )
    verify(s3('GET', '/', 'lifecycle', {}, 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'))
    verify(
      s3('GET', '/', 'max-keys=2&prefix=J', {}, '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7'),
    )
  })

  it('a presigned S3 URL ("Authenticating requests: using query parameters")', () => {
    const query =
      'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
      '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
      '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404'
    const request = { method: 'GET', path: '/test.txt', query, headers: { host: 'examplebucket.s3.amazonaws.com' } }
    const signed = { request, secret: s3Secret, payloadHash: 'UNSIGNED-PAYLOAD', style: 's3' } as const
    verify({ ...signed, now: new Date('2013-05-24T23:59:59Z') })
    assert.throws(() => verify({ ...signed, now: new Date('2013-05-25T00:00:01Z') }), {
      code: 'AccessDenied',
      message: 'Request has expired',
    })
    assert.throws(() => verify({ ...signed, now: new Date('2013-05-23T23:00:00Z') }), { code: 'RequestTimeTooSkewed' })
  })
})

const characters = fc.constantFrom(...'abzAZ019-._~ /%+&=?#!\'()*:@,;$"<>\\^`{|}é😀')
const text = fc.string({ unit: characters, maxLength: 12 })

const arbitraryRequest = fc.record({
  isS3: fc.boolean(),
  method: fc.constantFrom('GET', 'PUT', 'POST', 'DELETE'),
  segments: fc.array(
    fc.string({ unit: characters, minLength: 1, maxLength: 8 }).filter(part => !/^\.+$/.test(part)),
    { maxLength: 4 },
  ),
  query: fc.dictionary(
    fc.string({ unit: characters, minLength: 1, maxLength: 6 }).filter(name => !/^x-amz/i.test(name)),
    text,
    { maxKeys: 4 },
  ),
  headers: fc.dictionary(fc.stringMatching(/^x-amz-meta-[a-z]{1,6}$/), fc.stringMatching(/^[!-~]( {0,3}[!-~]){0,8}$/), {
    maxKeys: 3,
  }),
  body: fc.string({ maxLength: 20 }),
  token: fc.option(fc.stringMatching(/^[A-Za-z0-9/+=]{1,20}$/), { nil: undefined }),
})

const encode = (part: string): string =>
  encodeURIComponent(part).replaceAll(/[!'()*]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

/** Signs with the official signer and puts the request on the wire as its HTTP handler does. */
async function sign(
  given: typeof arbitraryRequest extends fc.Arbitrary<infer T> ? T : never,
  presign: boolean,
  region = 'eu-central-1',
) {
  const now = new Date()
  const service = given.isS3 ? 's3' : 'sagemaker'
  const credentials = {
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: 'secret',
    ...(given.token ? { sessionToken: given.token } : {}),
  }
  const signer = new SignatureV4({
    service,
    region,
    credentials,
    sha256: Sha256,
    uriEscapePath: !given.isS3,
    applyChecksum: given.isS3,
  })
  const path = `/${given.segments.map(encode).join('/')}`
  const headers = { host: 'localhost:8600', ...given.headers }
  const unsigned = {
    method: given.method,
    protocol: 'http:',
    hostname: 'localhost',
    path,
    query: given.query,
    headers,
    body: given.body,
  }
  const request = presign
    ? await signer.presign(unsigned, {
        signingDate: now,
        expiresIn: 60,
        unhoistableHeaders: new Set(Object.keys(given.headers)),
      })
    : await signer.sign(unsigned, { signingDate: now })
  const lower = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]))
  const query = Object.entries(request.query ?? {}).map(([name, value]) => `${encode(name)}=${encode(String(value))}`)
  const wire: WireRequest = { method: given.method, path, query: query.join('&'), headers: lower }
  const payloadHash = lower['x-amz-content-sha256'] ?? hash('sha256', given.body)
  return { request: wire, secret: 'secret', payloadHash, now, style: given.isS3 ? 's3' : 'json' } satisfies Signed
}

describe('the official signer as oracle', () => {
  it('accepts whatever it signs and refuses it with one thing changed', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryRequest,
        fc.constantFrom('method', 'path', 'query', 'header', 'hash', 'secret', 'signature'),
        async (given, change) => {
          const signed = await sign(given, false)
          verify(signed)
          assert.throws(
            () => verify(changed(signed, change)),
            (error: unknown) => error instanceof ServiceError && /Signature/.test(error.code),
          )
        },
      ),
      { numRuns: 300 },
    )
  })

  it('accepts what it signs for a region of any length, and refuses it under another key', async () => {
    const [given] = fc.sample(arbitraryRequest, 1) as [Parameters<typeof sign>[0]]
    for (const length of [1, 30, 300, 340, 1000]) {
      const signed = await sign(given, false, `eu-${'c'.repeat(length)}-1`)
      verify(signed)
      assert.throws(() => verify({ ...signed, secret: 'Secret' }), /signature/)
    }
  })

  it('accepts what it presigns', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRequest, async given => {
        const signed = await sign({ ...given, body: '' }, true)
        verify({ ...signed, payloadHash: hash('sha256', '') })
      }),
      { numRuns: 100 },
    )
  })
})

function changed(signed: Signed, change: string): Signed {
  const { request } = signed
  const authorization = request.headers.authorization ?? ''
  const withRequest = (part: Partial<WireRequest>): Signed => ({ ...signed, request: { ...request, ...part } })
  switch (change) {
    case 'method':
      return withRequest({ method: 'PATCH' })
    case 'path':
      return withRequest({ path: `${request.path}x` })
    case 'query':
      return withRequest({ query: `${request.query}&zz=1` })
    case 'header':
      return withRequest({ headers: { ...request.headers, host: 'elsewhere' } })
    case 'hash':
      return { ...signed, payloadHash: hash('sha256', 'other') }
    case 'secret':
      return { ...signed, secret: 'Secret' }
    default:
      return withRequest({
        headers: { ...request.headers, authorization: authorization.replace(/.$/, last => (last === '0' ? '1' : '0')) },
      })
  }
}

describe('what is refused', () => {
  const good = () =>
    s3(
      'GET',
      '/test.txt',
      '',
      { range: 'bytes=0-9' },
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    )
  const at = (minutes: number): Date => new Date(s3Day.getTime() + minutes * 60_000)

  it('old and early requests, in each style', () => {
    verify({ ...good(), now: at(15) })
    verify({ ...good(), now: at(-15) })
    assert.throws(() => verify({ ...good(), now: at(16) }), { code: 'RequestTimeTooSkewed', status: 403 })
    assert.throws(() => verify({ ...good(), now: at(16), style: 'json' }), {
      code: 'InvalidSignatureException',
      message: 'Signature expired: 20130524T000000Z is now earlier than 20130524T000100Z (20130524T001600Z - 15 min.)',
    })
    assert.throws(() => verify({ ...good(), now: at(-16), style: 'query' }), {
      code: 'SignatureDoesNotMatch',
      message: /^Signature not yet current/,
    })
  })

  it('an unsigned x-amz header of S3', () => {
    const { request, ...rest } = good()
    const headers = { ...request.headers, 'x-amz-acl': 'public-read' }
    assert.throws(() => verify({ ...rest, request: { ...request, headers } }), {
      code: 'AccessDenied',
      fields: { HeadersNotSigned: 'x-amz-acl' },
    })
  })

  it('claims that cannot be read', () => {
    const read = (authorization: string, style: AuthStyle = 'json', time = '20130524T000000Z') =>
      readClaim(
        { method: 'GET', path: '/', query: '', headers: { authorization, host: 'h', 'x-amz-date': time } },
        style,
      )
    const whole = `AWS4-HMAC-SHA256 Credential=${s3Credential}, SignedHeaders=host, Signature=00`
    assert.equal(read(whole)?.version, 4)
    assert.throws(() => read('Basic abc'), { code: 'IncompleteSignatureException' })
    assert.throws(() => read('AWS key:signature', 's3'), { code: 'InvalidRequest' })
    assert.throws(() => read(whole.replace('Signature=00', '')), {
      code: 'IncompleteSignatureException',
      message: /requires 'Signature'/,
    })
    assert.throws(() => read(whole.replace('SignedHeaders=host', 'SignedHeaders=range')), {
      message: /'Host' must be a signed header/,
    })
    assert.throws(() => read(whole.replace('us-east-1', 'nowhere')), {
      code: 'InvalidSignatureException',
      message: /region/,
    })
    assert.throws(() => read(whole.replace('us-east-1', '../etc'), 's3'), { code: 'AuthorizationHeaderMalformed' })
    assert.throws(() => read(whole, 'json', '20130525T000000Z'), { message: /does not match/ })
    assert.throws(() => read(whole, 'query', 'yesterday'), { code: 'IncompleteSignature' })
  })
})
