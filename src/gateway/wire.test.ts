import assert from 'node:assert/strict'
import { createHmac, hash } from 'node:crypto'
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { Sha256 } from '@aws-crypto/sha256-js'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { cbor, dateToTag } from '@smithy/core/cbor'
import { SignatureV4 } from '@smithy/signature-v4'
import pino from 'pino'
import { AccessDenied, ServiceError } from '../ground/errors.ts'
import type { ModelName } from '../model/load.ts'
import type { Context, Platform } from '../service/context.ts'
import type { Iam } from '../service/iam.ts'
import type { Operation } from '../service/operation.ts'
import { allAsk, type Service, service as served } from '../service/service.ts'
import { createGateway } from './gateway.ts'
import { addGauge } from './request-metrics.ts'

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }
const account = '123456789012'
const principal = { kind: 'root', account, arn: `arn:aws:iam::${account}:root`, userId: account } as const

const iam: Iam = {
  credential: async accessKeyId =>
    accessKeyId === credentials.accessKeyId ? { ...credentials, principal } : undefined,
  async authorize(who, { resource }) {
    if (resource.includes('denied')) throw new AccessDenied('no')
    if (who.kind === 'anonymous' && !resource.includes('public')) throw new AccessDenied('Access Denied')
  },
  passRole: async () => {},
  assumeForService: async () => principal,
  endWorkloadSessions: async () => {},
}

// biome-ignore lint/suspicious/noExplicitAny: echoes of many shapes
type Any = any
const service = (name: ModelName, operations: Record<string, Operation<Any, Any>>): Service =>
  served<Any>({
    model: name,
    operations: allAsk<Any>(
      (input, _ctx, operation) => [{ action: `${name}:${operation}`, resource: `${input.Bucket}/${input.Key}` }],
      operations,
    ),
  })

const seen: { input?: Any; ctx?: Context; log: Any[] } = { log: [] }
const aborted = Promise.withResolvers<void>()

async function readAll(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const services: Service[] = [
  service('sagemaker', {
    async DescribeModel(input, ctx) {
      Object.assign(seen, { input, ctx })
      if (input.ModelName === 'broken') throw new Error('secret of the house')
      return { ModelName: input.ModelName }
    },
    async CreateModel(input) {
      seen.input = input
      return { ModelArn: 'arn' }
    },
  }),
  service('cloudwatch', {
    async PutMetricData(input) {
      seen.input = input
    },
    async ListMetrics(input) {
      if (input.Namespace === 'bad') throw new ServiceError('InvalidParameterValueException', 'not so')
      return { Metrics: [{ Namespace: 'n', MetricName: 'm' }], NextToken: 'more' }
    },
  }),
  service('s3', {
    ListBuckets: async () => ({ Buckets: [] }),
    async ListObjectsV2(input) {
      seen.input = input
      return { Name: input.Bucket, Contents: [{ Key: 'a\u0001<b>', Size: 1 }] }
    },
    async PutObject(input, ctx) {
      seen.ctx = ctx
      if (input.Key === 'unread') throw new ServiceError('InvalidArgument', 'not wanted')
      if (input.Key === 'slow') ctx.signal.addEventListener('abort', () => aborted.resolve())
      const body = input.Body instanceof Uint8Array ? Buffer.from(input.Body) : await readAll(input.Body)
      seen.input = { ...input, Body: body.toString() }
      return { ETag: `"${body.length}"` }
    },
    async GetObject(input) {
      seen.input = input
      if (input.Key === 'torn') return { Body: Readable.from(tearing()), ContentLength: 100 }
      const ContentRange = input.Range ? 'bytes 0-3/9' : undefined
      return { Body: Readable.from([Buffer.from('body')]), ContentLength: 4, ContentRange }
    },
    async HeadObject() {
      throw new ServiceError('NoSuchKey', 'none')
    },
    async DeleteObjects(input) {
      seen.input = input
      return {}
    },
  }),
]

async function* tearing() {
  yield Buffer.from('half')
  throw new Error('disk on fire')
}

const platform = { url: 'http://localhost:8600', now: () => new Date(), iam } as unknown as Platform
const log = pino({ level: 'warn' }, { write: (line: string) => void seen.log.push(JSON.parse(line)) })
let unready = (): string | undefined => undefined
const server = createGateway({
  signatureVersion2: true,
  platform,
  services,
  log,
  region: 'eu-north-1',
  registry: async (request, response) => void response.writeHead(200).end(`registry ${request.url}`),
  console: async (request, response) => void response.writeHead(200).end(`console ${request.url}`),
  health: async () => ({ engine: 'here' }),
  unready: async () => unready(),
  addMetrics: registry => addGauge(registry, 'modelmart_extra', 'More.', () => 1),
})
let port = 0
const agent = new Agent({ keepAlive: true, maxSockets: 1 })

before(async () => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
after(() => {
  agent.destroy()
  server.closeAllConnections()
  server.close()
})

interface Ask {
  readonly method?: string
  readonly path?: string
  readonly headers?: Record<string, string>
  readonly body?: string | Uint8Array
  readonly service?: string
  readonly signed?: boolean
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly text: string
}

async function ask({
  method = 'POST',
  path = '/',
  headers = {},
  body = '',
  service = 'sagemaker',
  signed = true,
}: Ask): Promise<Answer> {
  const all = { host: `127.0.0.1:${port}`, ...headers }
  return send(method, path, signed ? await signedHeaders(method, path, all, body, service) : all, body)
}

async function signedHeaders(
  method: string,
  path: string,
  headers: Record<string, string>,
  body: string | Uint8Array,
  name: string,
) {
  const isS3 = name === 's3'
  const signer = new SignatureV4({
    service: name,
    region: 'us-east-1',
    credentials,
    sha256: Sha256,
    uriEscapePath: !isS3,
    applyChecksum: isS3,
  })
  const url = new URL(path, 'http://x')
  const query = Object.fromEntries(url.searchParams)
  return (await signer.sign({ method, protocol: 'http:', hostname: 'x', path: url.pathname, query, headers, body }))
    .headers
}

function send(
  method: string,
  path: string,
  headers: Record<string, string>,
  body: string | Uint8Array,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ agent, host: '127.0.0.1', port, method, path, headers }, async response => {
      const bytes = await readAll(response).catch(() => Buffer.from('torn'))
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: bytes, text: bytes.toString() })
    })
    request.on('error', reject)
    request.end(body)
  })
}

const json = (target: string, body: string): Promise<Answer> =>
  ask({ body, headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target } })

describe("malformed JSON is the caller's mistake", () => {
  const cases: [body: string, message: RegExp][] = [
    ['{', /not valid JSON/],
    ['[]', /Expected a structure at ''/],
    ['{"ModelName":1}', /Expected a string at 'ModelName', found a value of type number/],
    ['{"ModelName":{}}', /Expected a string at 'ModelName'/],
    ['{"modelName":"m"}', /Unknown member 'modelName'/],
    ['{"ModelName":"m","constructor":1}', /Unknown member 'constructor'/],
    ['{"ModelName":"m","__proto__":{}}', /Unknown member '__proto__'/],
    [`{"ModelName":"m","Tags":${'['.repeat(40_000)}${']'.repeat(40_000)}}`, /Unknown member 'Tags'/],
  ]
  for (const [body, message] of cases) {
    it(`${body.slice(0, 40)}`, async () => {
      const { status, text } = await json('SageMaker.DescribeModel', body)
      assert.equal(status, 400)
      assert.equal(JSON.parse(text).__type, 'SerializationException')
      assert.match(JSON.parse(text).message, message)
    })
  }

  it('names the path of a nested mistake', async () => {
    const body = '{"ModelName":"m","Containers":[{"Environment":{"A":"b"}},{"Environment":{"A":["b"]}}]}'
    const { text } = await json('SageMaker.CreateModel', body)
    assert.match(JSON.parse(text).message, /Expected a string at 'Containers\[1\]\.Environment\.A', found a list/)
  })

  it('takes __proto__ as a map key and null as absent', async () => {
    const { status } = await json(
      'SageMaker.CreateModel',
      '{"ModelName":"m","ExecutionRoleArn":null,"PrimaryContainer":{"Environment":{"__proto__":"x"}}}',
    )
    assert.equal(status, 200)
    assert.deepEqual(Object.keys(seen.input), ['ModelName', 'PrimaryContainer'])
    assert.deepEqual(Object.entries(seen.input.PrimaryContainer.Environment), [['__proto__', 'x']])
  })

  it('refuses a body beyond the bound and keeps the connection', async () => {
    const { status, text } = await json('SageMaker.DescribeModel', ' '.repeat(11 * 1024 * 1024))
    assert.equal(status, 413)
    assert.equal(JSON.parse(text).__type, 'RequestEntityTooLargeException')
    assert.equal((await json('SageMaker.DescribeModel', '{"ModelName":"m"}')).status, 200)
  })

  it('refuses a body that is announced beyond the bound before a byte of it is sent', async () => {
    const { port } = server.address() as AddressInfo
    const socket = connect(port, '127.0.0.1')
    after(() => socket.destroy())
    const type = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'SageMaker.DescribeModel' }
    const headers = { host: `127.0.0.1:${port}`, ...type }
    const signed = await signedHeaders('POST', '/', headers, '{}', 'sagemaker')
    const lines = Object.entries({ ...signed, 'content-length': 11 * 1024 * 1024 }).map(([n, v]) => `${n}: ${v}\r\n`)
    socket.write(`POST / HTTP/1.1\r\n${lines.join('')}\r\n`)
    let answer = ''
    for await (const chunk of socket) {
      answer += chunk
      if (answer.includes('RequestEntityTooLarge')) break
    }
    assert.match(answer, /^HTTP\/1.1 413 /)
  })
})

describe('who is asked', () => {
  it('refuses unknown targets, wrong scopes, unknown services and unsigned calls', async () => {
    const unknown = await json('SageMaker.MakeTea', '{}')
    assert.deepEqual([unknown.status, JSON.parse(unknown.text).__type], [404, 'UnknownOperationException'])
    const inherited = await json('SageMaker.constructor', '{}')
    assert.equal(inherited.status, 404)
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'SageMaker.DescribeModel' }
    const foreign = await ask({ headers, body: '{}', service: 'kms' })
    assert.deepEqual([foreign.status, JSON.parse(foreign.text).__type], [400, 'InvalidSignatureException'])
    assert.match(JSON.parse(foreign.text).message, /correct service: 'sagemaker'/)
    const ec2 = await ask({
      service: 'ec2',
      body: 'Action=RunInstances',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    assert.deepEqual([ec2.status, /<Code>(\w+)/.exec(ec2.text)?.[1]], [404, 'UnknownOperationException'])
    const unsigned = await ask({ headers, body: '{}', signed: false })
    assert.deepEqual([unsigned.status, JSON.parse(unsigned.text).__type], [400, 'MissingAuthenticationTokenException'])
  })

  it('tells nothing of an internal failure but its number, and logs it', async () => {
    const { status, text, headers } = await json('SageMaker.DescribeModel', '{"ModelName":"broken"}')
    assert.equal(status, 500)
    assert.match(text, /InternalFailure/)
    assert.doesNotMatch(text, /secret/)
    assert.match(seen.log.at(-1).err.stack, /secret of the house/)
    assert.equal(seen.log.at(-1).requestId, headers['x-amzn-requestid'])
  })

  it("accepts a body hash only when it is the body's", async () => {
    const headers = {
      host: `127.0.0.1:${port}`,
      'x-amz-target': 'SageMaker.DescribeModel',
      'x-amz-content-sha256': hash('sha256', '{"ModelName":"m"}'),
    }
    const signed = await signedHeaders('POST', '/', headers, '{"ModelName":"m"}', 'sagemaker')
    assert.equal((await send('POST', '/', signed, '{"ModelName":"m"}')).status, 200)
    const { status, text } = await send('POST', '/', signed, '{"ModelName":"n"}')
    assert.deepEqual([status, JSON.parse(text).__type], [400, 'InvalidSignatureException'])
  })
})

describe('CloudWatch', () => {
  it('by CBOR', async () => {
    const headers = { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' }
    const call = (operation: string, input: unknown) =>
      ask({
        path: `/service/GraniteServiceVersion20100801/operation/${operation}`,
        headers,
        body: cbor.serialize(input),
        service: 'monitoring',
      })
    const Timestamp = new Date(1_700_000_000_000)
    const put = await call('PutMetricData', {
      Namespace: 'n',
      MetricData: [{ MetricName: 'm', Value: 0.1, Timestamp: dateToTag(Timestamp) }],
    })
    assert.equal(put.status, 200)
    assert.equal(put.headers['smithy-protocol'], 'rpc-v2-cbor')
    assert.deepEqual(seen.input.MetricData, [{ MetricName: 'm', Value: 0.1, Timestamp }])
    assert.deepEqual(cbor.deserialize((await call('ListMetrics', {})).body).Metrics, [
      { Namespace: 'n', MetricName: 'm' },
    ])
    const bad = await call('ListMetrics', { Namespace: 'bad' })
    assert.equal(cbor.deserialize(bad.body).__type, 'InvalidParameterValueException')
    assert.equal(bad.headers['x-amzn-query-error'], 'InvalidParameterValue;Sender')
    assert.equal((await call('ListMetrics', { Namespace: 7 })).status, 400)
    const path = '/service/GraniteServiceVersion20100801/operation/ListMetrics'
    for (const body of [
      Buffer.from([0xff]),
      Buffer.alloc(50_000, 0x81),
      Buffer.from([0x9b, 0, 0, 0, 255, 0, 0, 0, 0]),
    ]) {
      assert.equal((await ask({ path, headers, body, service: 'monitoring' })).status, 400)
    }
  })

  it('by query', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const form = (body: string) => ask({ headers, body: `Version=2010-08-01&${body}`, service: 'monitoring' })
    const data =
      'MetricData.member.1.MetricName=a%20b+c&MetricData.member.1.Value=1e3&MetricData.member.1.Dimensions.member.1.Name=x&MetricData.member.1.Dimensions.member.1.Value=y'
    const put = await form(`Action=PutMetricData&Namespace=n&${data}`)
    assert.equal(put.status, 200)
    assert.deepEqual(seen.input, {
      Namespace: 'n',
      MetricData: [{ MetricName: 'a b c', Value: 1000, Dimensions: [{ Name: 'x', Value: 'y' }] }],
    })
    assert.match(put.text, /^<PutMetricDataResponse xmlns="[^"]+"><ResponseMetadata><RequestId>[0-9a-f-]{36}</)
    assert.match(
      (await form('Action=ListMetrics')).text,
      /<ListMetricsResult><Metrics><member><Namespace>n<.*<NextToken>more</,
    )
    const bad = await form('Action=ListMetrics&Namespace=bad')
    assert.match(bad.text, /<Error><Type>Sender<\/Type><Code>InvalidParameterValue<\/Code><Message>not so</)
    assert.match(
      (await form('Action=ListMetrics&Nope=1')).text,
      /<Code>MalformedInput<\/Code><Message>Nope is not a parameter/,
    )
    assert.match((await form('Action=MakeTea')).text, /<Code>InvalidAction</)
    assert.match((await form('')).text, /<Code>InvalidAction</)
    const unsigned = await ask({ headers, body: 'Action=ListMetrics', signed: false })
    assert.equal(unsigned.status, 403)
  })

  it('by query in a URL, but not for a page that has a browser ask', async () => {
    const get = (site?: string, mode = '', dest = '') =>
      ask({
        ...{ method: 'GET', path: '/?Action=ListMetrics&Version=2010-08-01', service: 'monitoring' },
        headers: site === undefined ? {} : { 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest },
      })
    assert.equal((await get()).status, 200, 'a program')
    assert.equal((await get('same-origin', 'cors', 'empty')).status, 200, 'a script of this origin')
    for (const [site, mode, dest] of [
      ['cross-site', 'no-cors', 'image'],
      ['cross-site', 'cors', 'empty'],
      ['same-site', 'navigate', 'document'],
      ['same-origin', 'no-cors', 'image'],
      ['none', 'navigate', 'document'],
    ] as const) {
      const { status, text } = await get(site, mode, dest)
      assert.deepEqual([status, /<Code>(\w+)/.exec(text)?.[1]], [403, 'AccessDenied'], `${site} ${mode} ${dest}`)
    }
  })

  it('answers of APIs are kept by no cache, and S3 leaves that to the owner of an object', async () => {
    const json = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'SageMaker.DescribeModel' }
    const described = await ask({ headers: json, body: '{"ModelName":"m"}', service: 'sagemaker' })
    assert.equal(described.headers['cache-control'], 'no-store')
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const listed = await ask({ headers: form, body: 'Version=2010-08-01&Action=ListMetrics', service: 'monitoring' })
    assert.equal(listed.headers['cache-control'], 'no-store')
    const read = await ask({ method: 'GET', path: '/public/x', service: 's3' })
    assert.deepEqual([read.status, read.headers['cache-control']], [200, undefined])
  })
})

describe('S3', () => {
  const s3 = (given: Ask) => ask({ method: 'GET', service: 's3', ...given })
  const code = ({ text }: Answer) => /<Code>(\w+)/.exec(text)?.[1]
  const client = (host = `http://127.0.0.1:${port}`, forcePathStyle = true) =>
    new S3Client({ endpoint: host, region: 'us-east-1', credentials, forcePathStyle })

  it('names the root of a listing and escapes keys', async () => {
    const { text, headers } = await s3({ path: '/bucket?list-type=2&prefix=p' })
    assert.equal(headers['content-type'], 'application/xml')
    assert.match(
      text,
      /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<ListBucketResult xmlns="http:\/\/s3\.amazonaws\.com\/doc\/2006-03-01\/"><Name>bucket<\/Name><Contents><Key>a&#x1;&lt;b&gt;</,
    )
  })

  it('knows buckets by host name', async () => {
    for (const host of [
      'my.bucket.localhost:8600',
      'my.bucket.s3.localhost',
      'my.bucket.s3.eu-west-1.amazonaws.com',
      'my.bucket.s3.amazonaws.com',
    ]) {
      assert.equal((await s3({ path: '/?list-type=2', headers: { host } })).status, 200)
      assert.equal(seen.input.Bucket, 'my.bucket')
      await s3({ path: '/a/b', headers: { host } })
      assert.deepEqual([seen.input.Bucket, seen.input.Key], ['my.bucket', 'a/b'])
    }
    for (const host of ['localhost:8600', 's3.localhost', '127.0.0.1']) {
      assert.match((await s3({ path: '/', headers: { host } })).text, /<ListAllMyBucketsResult /)
    }
  })

  it('takes presigned URLs with the headers that were moved into them', async () => {
    const get = await getSignedUrl(client(), new GetObjectCommand({ Bucket: 'b', Key: 'a/ü+ &' }), { expiresIn: 60 })
    assert.equal(await (await fetch(get)).text(), 'body')
    assert.equal(seen.input.Key, 'a/ü+ &')
    const put = await getSignedUrl(client(), new PutObjectCommand({ Bucket: 'b', Key: 'k', Metadata: { a: 'b' } }), {
      expiresIn: 60,
    })
    assert.equal((await fetch(put, { method: 'PUT', body: 'hello' })).status, 200)
    assert.deepEqual([seen.input.Body, seen.input.Metadata], ['hello', { a: 'b' }])
    assert.equal(
      (await fetch(put.replace('x-id=PutObject', 'x-id=Other'), { method: 'PUT', body: 'hello' })).status,
      403,
    )
    assert.equal(
      (await fetch(put, { method: 'PUT', body: 'hello', headers: { 'x-amz-acl': 'public-read' } })).status,
      403,
    )
  })

  it('takes URLs presigned with signature version 2, as botocore makes them', async () => {
    const presign = (method: string, path: string, headers: Record<string, string>, expires: number) => {
      const type = headers['content-type'] ?? ''
      const amz = Object.entries(headers)
        .filter(([name]) => name.startsWith('x-amz-'))
        .map(([name, value]) => `${name}:${value}\n`)
      const toSign = `${method}\n\n${type}\n${expires}\n${amz.join('')}${path}`
      const Signature = createHmac('sha1', credentials.secretAccessKey).update(toSign).digest('base64')
      const query = new URLSearchParams({
        AWSAccessKeyId: credentials.accessKeyId,
        Signature,
        ...headers,
        Expires: String(expires),
      })
      return `http://127.0.0.1:${port}${path}${path.includes('?') ? '&' : '?'}${query}`
    }
    const soon = Math.floor(Date.now() / 1000) + 60
    assert.equal(await (await fetch(presign('GET', '/b/a%20b', {}, soon))).text(), 'body')
    assert.equal(seen.input.Key, 'a b')
    const put = presign('PUT', '/b/k', { 'content-type': 'text/plain', 'x-amz-meta-q': 'r' }, soon)
    assert.equal(
      (await fetch(put, { method: 'PUT', body: 'x', headers: { 'content-type': 'text/plain' } })).status,
      200,
    )
    assert.deepEqual([seen.input.ContentType, seen.input.Metadata], ['text/plain', { q: 'r' }])
    assert.equal(seen.ctx?.region, 'eu-north-1')
    assert.match(await (await fetch(presign('GET', '/b/k', {}, soon - 100))).text(), /Request has expired/)
    assert.match(
      await (await fetch(presign('GET', '/b/k', {}, soon).replace('/b/k', '/b/l'))).text(),
      /SignatureDoesNotMatch/,
    )
    // It signs no other parameters, so anybody could add one.
    const added = await fetch(`${presign('GET', '/b/k', {}, soon)}&prefix=x`)
    assert.deepEqual([added.status, /<Code>(\w+)/.exec(await added.text())?.[1]], [403, 'AccessDenied'])
  })

  it('takes no request whose operation or members anybody could have put in', async () => {
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'SageMaker.DescribeModel' }
    const signed = await signedHeaders(
      'POST',
      '/',
      { host: `127.0.0.1:${port}`, ...headers },
      '{"ModelName":"m"}',
      'sagemaker',
    )
    const other = { ...signed, 'x-amz-target': 'SageMaker.CreateModel' }
    assert.match((await send('POST', '/', other, '{"ModelName":"m"}')).text, /InvalidSignatureException/)
    const { 'x-amz-target': target = '', ...bare } = headers
    const without = await signedHeaders(
      'POST',
      '/',
      { host: `127.0.0.1:${port}`, ...bare },
      '{"ModelName":"m"}',
      'sagemaker',
    )
    const added = await send('POST', '/', { ...without, 'x-amz-target': target }, '{"ModelName":"m"}')
    assert.equal(added.status, 400)
    assert.match(added.text, /InvalidSignatureException.*not signed: x-amz-target/)
  })

  it('lets anonymous callers ask, and policies decide', async () => {
    assert.equal((await ask({ method: 'GET', path: '/public/x', signed: false })).text, 'body')
    const headers = { 'content-type': 'application/json' }
    const put = await ask({ method: 'PUT', path: '/public/x', signed: false, headers, body: '{}' })
    assert.deepEqual([put.status, seen.input.Body], [200, '{}'])
    const denied = await ask({ method: 'GET', path: '/private/x', signed: false })
    assert.deepEqual([denied.status, code(denied)], [403, 'AccessDenied'])
  })

  it('answers ranges with 206, HEAD errors without a body, and its own words for what it cannot do', async () => {
    assert.equal((await s3({ path: '/b/k', headers: { range: 'bytes=0-3' } })).status, 206)
    const head = await s3({ method: 'HEAD', path: '/b/k' })
    assert.deepEqual([head.status, head.text], [404, ''])
    const refused = async (given: Ask) => [(await s3(given)).status, code(await s3(given))]
    assert.deepEqual(await refused({ path: '/b/k', headers: { 'x-amz-made-up': '1' } }), [501, 'NotImplemented'])
    assert.deepEqual(await refused({ path: '/b?inventory=1&list-type=2' }), [501, 'NotImplemented'])
    assert.deepEqual(await refused({ path: '/b?list-type=2&max-keys=many' }), [400, 'InvalidArgument'])
    assert.deepEqual(await refused({ method: 'PATCH', path: '/b/k' }), [405, 'MethodNotAllowed'])
    assert.deepEqual(await refused({ path: '/b/%zz', signed: false }), [400, 'InvalidURI'])
  })

  it('refuses XML that is malformed, unknown or dangerous', async () => {
    const entity =
      '<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]><Delete><Object><Key>&e;</Key></Object></Delete>'
    const bodies = [
      '<Delete>',
      '<Other/>',
      '<Delete><Object><Key>a</Key><What/></Object></Delete>',
      '<Delete>text</Delete>',
      '<a>'.repeat(200_000),
      entity,
    ]
    for (const body of bodies) {
      const answer = await s3({ method: 'POST', path: '/b?delete=', body })
      assert.deepEqual([answer.status, code(answer)], [400, 'MalformedXML'], body.slice(0, 80))
    }
    const good =
      '<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>a&amp;&#x1F600;&#13;</Key></Object></Delete>'
    assert.equal((await s3({ method: 'POST', path: '/b?delete=', body: good })).status, 200)
    assert.deepEqual(seen.input.Delete, { Objects: [{ Key: 'a&😀\r' }] })
    const digest = { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' }
    assert.equal(code(await s3({ method: 'POST', path: '/b?delete=', body: good, headers: digest })), 'BadDigest')
    for (const name of ['crc32', 'crc32c', 'crc64nvme']) {
      const crc = { [`x-amz-checksum-${name}`]: 'AAAAAA==' }
      assert.equal(code(await s3({ method: 'POST', path: '/b?delete=', body: good, headers: crc })), 'BadDigest')
    }
  })

  it('answers on a connection whose body nobody wants, and keeps it', async () => {
    const big = Buffer.alloc(3_000_000, 'x')
    const unread = await s3({ method: 'PUT', path: '/b/unread', body: big })
    assert.deepEqual([unread.status, code(unread)], [400, 'InvalidArgument'])
    const denied = await s3({ method: 'PUT', path: '/denied/k', body: big })
    assert.deepEqual([denied.status, code(denied)], [403, 'AccessDenied'])
    const headers = await signedHeaders(
      'PUT',
      '/b/k',
      { host: `127.0.0.1:${port}`, 'x-amz-content-sha256': hash('sha256', 'other') },
      'other',
      's3',
    )
    const forged = await send('PUT', '/b/k', headers, big)
    assert.deepEqual([forged.status, code(forged)], [400, 'XAmzContentSHA256Mismatch'])
    assert.equal((await s3({ path: '/b/k' })).text, 'body')
  })

  it('fails the stream of a client that goes away and ends the signal', async () => {
    const headers = await signedHeaders(
      'PUT',
      '/b/slow',
      { host: `127.0.0.1:${port}`, 'content-length': '100000', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
      '',
      's3',
    )
    const socket = connect(port, '127.0.0.1')
    socket.write(
      `PUT /b/slow HTTP/1.1\r\n${Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')}\r\nhalf`,
    )
    setTimeout(() => socket.destroy(), 50)
    await aborted.promise
  })

  it('cuts the connection when its own stream breaks', async () => {
    assert.equal((await s3({ path: '/b/torn' })).text, 'torn')
    assert.equal((await s3({ path: '/b/k' })).text, 'body')
  })

  it('asks for the body only of those it knows', async () => {
    const talk = async (key: string): Promise<string> => {
      const headers = { host: `127.0.0.1:${port}`, 'content-length': '5', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }
      const signed = await signedHeaders('PUT', '/b/k', headers, '', 's3')
      const lines = Object.entries({ ...signed, expect: '100-continue' }).map(
        ([name, value]) => `${name}: ${value.replace('AKIDEXAMPLE', key)}\r\n`,
      )
      const socket = connect(port, '127.0.0.1')
      let heard = ''
      socket.on('data', data => {
        heard += data
        if (heard === 'HTTP/1.1 100 Continue\r\n\r\n') socket.write('hello')
        if (heard.includes('"5"')) socket.end()
      })
      socket.write(`PUT /b/k HTTP/1.1\r\n${lines.join('')}\r\n`)
      await new Promise(resolve => socket.on('close', resolve))
      return heard
    }
    assert.match(await talk('AKIDEXAMPLE'), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/)
    const refused = await talk('AKIDNOBODY')
    assert.match(refused, /^HTTP\/1\.1 403 Forbidden/)
    assert.match(refused, /connection: close/i)
    assert.match(refused, /InvalidAccessKeyId/)
  })
})

describe('what is not AWS', () => {
  const get = (path: string) => ask({ method: 'GET', path, signed: false })

  it('health, metrics, the registry and the console', async () => {
    assert.deepEqual(JSON.parse((await get('/healthz')).text), { status: 'ok', engine: 'here' })
    assert.deepEqual(JSON.parse((await get('/readyz')).text), { status: 'ready' })
    assert.equal((await get('/v2/')).text, 'registry /v2/')
    assert.equal((await get('/v2')).text, 'registry /v2')
    assert.equal((await get('/console/a?b')).text, 'console /console/a?b')
    await json('SageMaker.DescribeModel', '{"ModelName":"m"}')
    const { text } = await get('/metrics')
    assert.match(text, /modelmart_requests_total\{service="SageMaker",operation="DescribeModel",status="200"\} [1-9]/)
    assert.match(
      text,
      /modelmart_request_duration_seconds_bucket\{le="\+Inf",service="SageMaker",operation="DescribeModel"\} [1-9]/,
    )
    assert.match(text, /\nmodelmart_extra 1\n/)
  })

  it('readiness tells why there is none, and when even that fails', async () => {
    unready = () => 'it is draining'
    const { status, text } = await get('/readyz')
    assert.deepEqual([status, JSON.parse(text)], [503, { status: 'not ready', reason: 'it is draining' }])
    unready = () => {
      throw new Error('nobody knows')
    }
    assert.deepEqual(JSON.parse((await get('/readyz')).text), { status: 'not ready', reason: 'nobody knows' })
    unready = () => undefined
    assert.equal((await get('/readyz')).status, 200)
  })

  it('but signed requests are, whatever the bucket is called', async () => {
    await ask({ method: 'GET', service: 's3', path: '/metrics/k' })
    assert.equal(seen.input.Bucket, 'metrics')
    assert.match((await ask({ method: 'GET', service: 's3', path: '/console/?list-type=2' })).text, /<ListBucketResult/)
  })
})

describe('a service that the model does not fit', () => {
  it('is refused at once', () => {
    assert.throws(
      () => createGateway({ platform, log, services: [service('kms', { MakeTea: async () => ({}) })] }),
      /KMS has no operation MakeTea/,
    )
  })
})
