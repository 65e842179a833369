import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Sha256 } from '@aws-crypto/sha256-js'
import { CreateRepositoryCommand, ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr'
import * as S3 from '@aws-sdk/client-s3'
import { SignatureV4 } from '@smithy/signature-v4'
import { type ServerProcess, startServer } from '../../demo/server-process.ts'
import { openRaw, type RawAnswer, singleBytes } from './raw-connection.ts'

const mebibyte = 2 ** 20
/** What the whole process may take at its peak: its heap is confined to less than half of it. */
const mostMemory = 600 * mebibyte

describe('strangers, with a server that is confined in memory', { timeout: 300_000 }, () => {
  let data: string
  let server: ServerProcess
  let key: Awaited<ReturnType<ServerProcess['account']>>
  let s3: S3.S3Client

  before(async () => {
    data = await mkdtemp(join(tmpdir(), 'modelmart-strangers-'))
    server = await startServer({
      data,
      engineSocket: 'unix:///nobody',
      env: { NODE_OPTIONS: '--max-old-space-size=256' },
    })
    key = await server.account('house')
    s3 = new S3.S3Client({ endpoint: server.url, region: 'us-east-1', credentials: key, forcePathStyle: true })
    await s3.send(new S3.CreateBucketCommand({ Bucket: 'house' }))
  })
  after(async () => {
    s3.destroy()
    await server.stop()
    await rm(data, { recursive: true })
  })

  /** The most memory that the server has had, in bytes. */
  const peak = async (): Promise<number> => {
    const status = await readFile(`/proc/${server.pid}/status`, 'utf8')
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024
  }

  const isWell = async () => {
    assert.equal((await fetch(`${server.url}/healthz`)).status, 200)
    assert.ok((await s3.send(new S3.HeadBucketCommand({ Bucket: 'house' }))).BucketRegion)
    const most = await peak()
    assert.ok(most < mostMemory, `${Math.round(most / mebibyte)} MiB`)
  }

  async function say(head: string, body: Iterable<string | Uint8Array>): Promise<RawAnswer> {
    const connection = await openRaw(server.url)
    await connection.send(head)
    let isOpen = true
    for (const piece of body) {
      isOpen &&= await connection.send(piece)
      if (!isOpen) break
    }
    const answer = await connection.answer()
    connection.close()
    return answer
  }

  /** As many chunks of a byte. An answer that comes while they are sent is lost when the connection ends with it before it was read: asked again. */
  async function heard(head: string, bytes: number): Promise<RawAnswer> {
    for (let tries = 1; ; tries++) {
      const answer = await say(head, singleBytes(bytes))
      if (answer.status !== 0 || tries === 5) return answer
    }
  }

  const badlySigned = (service: string) =>
    `Authorization: AWS4-HMAC-SHA256 Credential=${key.accessKeyId}/${day()}/us-east-1/${service}/aws4_request, ` +
    `SignedHeaders=host;x-amz-date;x-amz-target, Signature=${'0'.repeat(64)}\r\nX-Amz-Date: ${now()}\r\n`
  const now = () => `${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
  const day = () => now().slice(0, 8)

  const signedHeaders = async (
    service: string,
    given: {
      method: string
      path: string
      query?: Record<string, string>
      headers?: Record<string, string>
      body?: string | Uint8Array
    },
  ) => {
    const { hostname, port } = new URL(server.url)
    const signer = new SignatureV4({
      credentials: key,
      region: 'us-east-1',
      service,
      sha256: Sha256,
      uriEscapePath: service !== 's3',
    })
    const { method, path, query = {}, headers = {}, body } = given
    const request = {
      method,
      hostname,
      port: Number(port),
      protocol: 'http:',
      path,
      query,
      body,
      headers: { host: `${hostname}:${port}`, ...headers },
    }
    return (await signer.sign(request)).headers
  }

  it('send a policy byte by byte, each in a chunk of its own', async () => {
    const head = 'PUT /nosuchbucket?policy HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n'
    const answer = await heard(head, 3_000_000)
    assert.deepEqual([answer.status, /<Code>(\w+)/.exec(answer.text)?.[1]], [404, 'NoSuchBucket'])
    const known = await heard(head.replace('nosuchbucket', 'house'), 3_000_000)
    assert.deepEqual([known.status, /<Code>(\w+)/.exec(known.text)?.[1]], [403, 'AccessDenied'])
    await isWell()
  })

  it('know a key id, and send bodies in chunks of a byte that it did not sign', async () => {
    const target = 'AmazonEC2ContainerRegistry_V20150921.UploadLayerPart'
    const head = `POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: ${target}\r\n${badlySigned('ecr')}Transfer-Encoding: chunked\r\n\r\n`
    const answers = await Promise.all([1, 2, 3, 4].map(() => say(head, singleBytes(3_000_000))))
    for (const { status, text } of answers) {
      assert.ok(status === 400 || status === 0, text)
      if (status === 400) assert.match(text, /SerializationException/)
    }
    await isWell()
  })

  it('know a key id, and hold many large bodies open', async () => {
    const target = 'AmazonEC2ContainerRegistry_V20150921.UploadLayerPart'
    const head = `POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: ${target}\r\n${badlySigned('ecr')}Content-Length: 20000000\r\n\r\n`
    const piece = Buffer.alloc(mebibyte, 'x')
    const held = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const connection = await openRaw(server.url)
        await connection.send(head)
        for (let sent = 0; sent < 18; sent++) if (!(await connection.send(piece))) break
        return connection
      }),
    )
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    const value = (name: string) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(metrics)?.[1])
    assert.ok(value('modelmart_body_bytes_held') > 0)
    assert.ok(value('modelmart_body_bytes_held') <= 128 * mebibyte)
    assert.ok(value('modelmart_body_bytes_limit') >= 128 * mebibyte)
    assert.ok(value('modelmart_body_refusals_total') > 0)
    for (const connection of held) connection.close()
    await isWell()
  })

  it('send megabytes of XML, signed or not', async () => {
    const xml = `<Delete>${'<Object><Key>a</Key></Object>'.repeat(310_000)}</Delete>`
    const anonymous = await fetch(`${server.url}/house?cors`, { method: 'PUT', body: xml })
    assert.equal(anonymous.status, 403)
    const headers = await signedHeaders('s3', { method: 'POST', path: '/house', query: { delete: '' }, body: xml })
    const tooLarge = await fetch(`${server.url}/house?delete=`, { method: 'POST', body: xml, headers })
    assert.deepEqual(
      [tooLarge.status, /<Code>(\w+)/.exec(await tooLarge.text())?.[1]],
      [400, 'MaxMessageLengthExceeded'],
    )
    const less = xml.slice(0, 3 * mebibyte)
    const again = await signedHeaders('s3', { method: 'POST', path: '/house', query: { delete: '' }, body: less })
    const tooMany = await fetch(`${server.url}/house?delete=`, { method: 'POST', body: less, headers: again })
    assert.deepEqual([tooMany.status, /<Code>(\w+)/.exec(await tooMany.text())?.[1]], [400, 'MalformedXML'])
    await isWell()
  })

  it('send 300,000 parameters in a form', async () => {
    const body = `Action=ListUsers&Version=2010-05-08${'&a=b'.repeat(240_000)}`
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const headers = await signedHeaders('iam', { method: 'POST', path: '/', body, headers: form })
    const answer = await fetch(`${server.url}/`, { method: 'POST', body, headers })
    assert.equal(answer.status, 400, await answer.text())
    const larger = `${body}${'&a=b'.repeat(60_000)}`
    const again = await signedHeaders('iam', { method: 'POST', path: '/', body: larger, headers: form })
    assert.equal((await fetch(`${server.url}/`, { method: 'POST', body: larger, headers: again })).status, 413)
    await isWell()
  })

  it('use names that JavaScript gives a meaning', async () => {
    const authorization = `AWS4-HMAC-SHA256 Credential=${key.accessKeyId}/${day()}/us-east-1/s3/aws4_request, SignedHeaders=__proto__;constructor;host, Signature=${'0'.repeat(64)}`
    for (const service of ['s3', 'sagemaker', 'iam']) {
      const lines = `Authorization: ${authorization.replace('/s3/', `/${service}/`)}\r\nX-Amz-Date: ${now()}\r\n`
      const head = `GET /house HTTP/1.1\r\nHost: x\r\nx-amz-content-sha256: UNSIGNED-PAYLOAD\r\n${lines}__proto__: 1\r\nconstructor: 2\r\n\r\n`
      const { status, text } = await say(head, [])
      assert.ok(status >= 400 && status < 500, text)
    }
    for (const query of ['__proto__=1', 'constructor', 'X-Amz-Signature=__proto__&__proto__=__proto__']) {
      const { status } = await fetch(`${server.url}/house?${query}`)
      assert.ok(status >= 400 && status !== 500, query)
    }
    for (const [service, target, body] of [
      ['sagemaker', 'SageMaker.ListModels', '{"__proto__":{"a":1}}'],
      [
        'sagemaker',
        'SageMaker.CreateModel',
        '{"ModelName":"m","PrimaryContainer":{"Image":"i","Environment":{"__proto__":"x"}}}',
      ],
    ] as const) {
      const headers = await signedHeaders(service, {
        method: 'POST',
        path: '/',
        body,
        headers: { 'x-amz-target': target },
      })
      const { status } = await fetch(`${server.url}/`, { method: 'POST', body, headers })
      assert.ok(status >= 400 && status < 500, body)
    }
    await isWell()
  })

  it('send hundreds of headers, or too long ones', async () => {
    const many = Array.from({ length: 300 }, (_, n) => `h${n}: 1\r\n`).join('')
    const { status, text } = await say(`GET /house HTTP/1.1\r\nHost: x\r\n${many}\r\n`, [])
    assert.deepEqual([status, /<Code>(\w+)/.exec(text)?.[1]], [400, 'RequestHeaderSectionTooLarge'])
    assert.equal((await say(`GET /house HTTP/1.1\r\nHost: x\r\nlong: ${'x'.repeat(40_000)}\r\n\r\n`, [])).status, 431)
    await isWell()
  })

  it('may upload in chunks of a byte what they may upload, and it is whole', async () => {
    const headers = await signedHeaders('s3', {
      method: 'PUT',
      path: '/house/crumbs',
      headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', 'x-amz-decoded-content-length': '600000' },
    })
    const lines = Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')
    const head = `PUT /house/crumbs HTTP/1.1\r\n${lines}Transfer-Encoding: chunked\r\n\r\n`
    const answer = await say(head, singleBytes(600_000))
    assert.equal(answer.status, 200, answer.text)
    const found = await s3.send(new S3.GetObjectCommand({ Bucket: 'house', Key: 'crumbs' }))
    assert.equal(await found.Body?.transformToString(), 'x'.repeat(600_000))
    await isWell()
  })

  it('push to the registry in chunks of a byte: a layer is whole, a manifest is refused', async () => {
    const ecr = new ECRClient({ endpoint: server.url, region: 'us-east-1', credentials: key })
    await ecr.send(new CreateRepositoryCommand({ repositoryName: 'crumbs' }))
    const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}))
    ecr.destroy()
    const authorization = `Basic ${authorizationData?.[0]?.authorizationToken}`
    const repository = `/v2/${key.id}/crumbs`
    const opened = await fetch(`${server.url}${repository}/blobs/uploads/`, {
      method: 'POST',
      headers: { authorization },
    })
    const location = new URL(opened.headers.get('location') ?? '', server.url)
    const head = (method: string, path: string) =>
      `${method} ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nTransfer-Encoding: chunked\r\n\r\n`
    const sent = await say(head('PATCH', location.pathname + location.search), singleBytes(600_000))
    assert.deepEqual([sent.status, /range: 0-599999/i.test(sent.text)], [202, true], sent.text)
    const manifest = await say(head('PUT', `${repository}/manifests/latest`), singleBytes(3_000_000))
    assert.ok(manifest.status === 413 || manifest.status === 0, manifest.text)
    await isWell()
  })
})
