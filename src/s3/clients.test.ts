import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import * as S3 from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import pino from 'pino'
import { testLedger } from '../gateway/call-ledger.fixture.ts'
import { createGateway } from '../gateway/gateway.ts'
import { createAccount } from '../iam/account.ts'
import type { Platform } from '../service/context.ts'
import { corsHeaders } from './cors.ts'
import { openS3Fixture } from './s3.fixture.ts'

const run = promisify(execFile)
const house = await openS3Fixture()
const scratch = await mkdtemp(join(tmpdir(), 's3-clients-'))
const { store, blobs, iam } = house
const credential = await createAccount(store, house.rootSecret, { name: 'client' })
const platform = { url: 'http://localhost', now: () => new Date(), store, blobs, iam } as unknown as Platform
const log = pino({ level: process.env.LOG ?? 'silent' })
const gateway = createGateway({
  ...testLedger,
  checkAnswers: true,
  ...{ platform, services: [house.service], log },
  cors: (bucket, asked) => corsHeaders(store, bucket, asked),
})
await new Promise<void>(resolve => gateway.listen(0, '127.0.0.1', resolve))
const endpoint = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`
const credentials = { accessKeyId: credential.accessKeyId, secretAccessKey: credential.secretAccessKey }
const client = new S3.S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials, maxAttempts: 1 })
const environment = {
  PATH: process.env.PATH,
  HOME: scratch,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_ENDPOINT_URL: endpoint,
}
after(async () => {
  client.destroy()
  gateway.close()
  gateway.closeAllConnections()
  await house.close()
  await rm(scratch, { recursive: true, force: true })
})
const Bucket = 'client-bucket'
await client.send(new S3.CreateBucketCommand({ Bucket }))

const bytesOf = async (Key: string, more: object = {}) => {
  const { Body } = await client.send(new S3.GetObjectCommand({ Bucket, Key, ...more }))
  return Buffer.from((await Body?.transformToByteArray()) ?? [])
}

describe('the AWS SDK for JavaScript', () => {
  it('puts and gets buffers and streams, with the checksums it adds by itself', async () => {
    // S3 takes no chunk of less than 8 KiB but the last, and the SDK sends a stream's chunks as they are.
    for (const size of [0, 1, 20_000, 3_000_000, 9_000_000]) {
      const body = randomBytes(size)
      await client.send(new S3.PutObjectCommand({ Bucket, Key: 'a/b c+d/ü😀', Body: body, Metadata: { m: 'v' } }))
      assert.ok((await bytesOf('a/b c+d/ü😀')).equals(body))
      const stream = Readable.from(
        [body.subarray(0, size >> 1), body.subarray(size >> 1)].filter(part => part.length > 0),
      )
      await client.send(new S3.PutObjectCommand({ Bucket, Key: 'stream', Body: stream, ContentLength: size }))
      assert.ok((await bytesOf('stream')).equals(body))
    }
    const head = await client.send(new S3.HeadObjectCommand({ Bucket, Key: 'a/b c+d/ü😀', ChecksumMode: 'ENABLED' }))
    assert.deepEqual([head.Metadata, head.ChecksumType], [{ m: 'v' }, 'FULL_OBJECT'])
    assert.ok(head.ChecksumCRC32)
  })

  it('uses every checksum algorithm that it can compute', async () => {
    const body = randomBytes(300_000)
    for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
      const put = await client.send(new S3.PutObjectCommand({ Bucket, Key: 'sum', Body: body, ChecksumAlgorithm }))
      assert.ok(put[`Checksum${ChecksumAlgorithm}`], ChecksumAlgorithm)
      const { Body } = await client.send(new S3.GetObjectCommand({ Bucket, Key: 'sum', ChecksumMode: 'ENABLED' }))
      assert.ok(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(body))
    }
  })

  it('uploads in parts by lib-storage', async () => {
    const body = randomBytes(13_000_000)
    const params = {
      Bucket,
      Key: 'parts',
      Body: Readable.from([body.subarray(0, 7_000_000), body.subarray(7_000_000)]),
    }
    const done = await new Upload({ client, params, queueSize: 3, partSize: 5 << 20 }).done()
    assert.match(done.ETag ?? '', /-3"$/)
    assert.ok((await bytesOf('parts')).equals(body))
    assert.ok((await bytesOf('parts', { Range: 'bytes=-100' })).equals(body.subarray(-100)))
  })

  it('understands the errors', async () => {
    const named = (name: string, status: number) => (error: S3.S3ServiceException) => {
      assert.deepEqual([error.name, error.$metadata.httpStatusCode], [name, status])
      return true
    }
    await assert.rejects(bytesOf('absent'), named('NoSuchKey', 404))
    await assert.rejects(client.send(new S3.HeadObjectCommand({ Bucket, Key: 'absent' })), named('NotFound', 404))
    await assert.rejects(client.send(new S3.HeadBucketCommand({ Bucket: 'absent-bucket' })), named('NotFound', 404))
    await client.send(new S3.PutObjectCommand({ Bucket, Key: 'once', Body: 'x' }))
    const again = client.send(new S3.PutObjectCommand({ Bucket, Key: 'once', Body: 'y', IfNoneMatch: '*' }))
    await assert.rejects(again, named('PreconditionFailed', 412))
    await assert.rejects(bytesOf('once', { Range: 'bytes=5-' }), named('InvalidRange', 416))
    await assert.rejects(client.send(new S3.DeleteBucketCommand({ Bucket })), named('BucketNotEmpty', 409))
    const { ETag } = await client.send(new S3.HeadObjectCommand({ Bucket, Key: 'once' }))
    const same = client.send(new S3.GetObjectCommand({ Bucket, Key: 'once', IfNoneMatch: ETag }))
    await assert.rejects(same, (error: S3.S3ServiceException) => error.$metadata.httpStatusCode === 304)
  })

  it('sets and reads what a bucket has', async () => {
    const name = { Bucket: 'configured' }
    await client.send(new S3.CreateBucketCommand(name))
    const VersioningConfiguration = { Status: 'Enabled' } as const
    await client.send(new S3.PutBucketVersioningCommand({ ...name, VersioningConfiguration }))
    assert.equal((await client.send(new S3.GetBucketVersioningCommand(name))).Status, 'Enabled')
    const CORSRules = [{ ID: 'r', AllowedMethods: ['GET'], AllowedOrigins: ['*'], MaxAgeSeconds: 5 }]
    await client.send(new S3.PutBucketCorsCommand({ ...name, CORSConfiguration: { CORSRules } }))
    assert.deepEqual((await client.send(new S3.GetBucketCorsCommand(name))).CORSRules, CORSRules)
    const TagSet = [{ Key: 'a', Value: 'b' }]
    await client.send(new S3.PutBucketTaggingCommand({ ...name, Tagging: { TagSet } }))
    assert.deepEqual((await client.send(new S3.GetBucketTaggingCommand(name))).TagSet, TagSet)
    const Rules = [
      { ID: 'x', Status: 'Enabled', Filter: { Prefix: 'p' }, Expiration: { Days: 3 } },
    ] as S3.LifecycleRule[]
    await client.send(new S3.PutBucketLifecycleConfigurationCommand({ ...name, LifecycleConfiguration: { Rules } }))
    assert.deepEqual((await client.send(new S3.GetBucketLifecycleConfigurationCommand(name))).Rules, Rules)
    const encryption = { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] } as const
    const ServerSideEncryptionConfiguration = encryption as unknown as S3.ServerSideEncryptionConfiguration
    await client.send(new S3.PutBucketEncryptionCommand({ ...name, ServerSideEncryptionConfiguration }))
    const put = await client.send(new S3.PutObjectCommand({ ...name, Key: 'k', Body: 'x', Tagging: 'a=b' }))
    assert.deepEqual([put.ServerSideEncryption, typeof put.VersionId], ['AES256', 'string'])
    assert.deepEqual((await client.send(new S3.GetObjectTaggingCommand({ ...name, Key: 'k' }))).TagSet, TagSet)
    const Policy = JSON.stringify({
      Statement: [{ Effect: 'Deny', Principal: '*', Action: 's3:DeleteObject', Resource: 'arn:aws:s3:::configured/*' }],
    })
    await client.send(new S3.PutBucketPolicyCommand({ ...name, Policy }))
    assert.equal((await client.send(new S3.GetBucketPolicyCommand(name))).Policy, Policy)
    assert.equal((await client.send(new S3.GetBucketPolicyStatusCommand(name))).PolicyStatus?.IsPublic, false)
    const { Errors } = await client.send(new S3.DeleteObjectsCommand({ ...name, Delete: { Objects: [{ Key: 'k' }] } }))
    assert.equal(Errors?.[0]?.Code, 'AccessDenied')
    assert.equal((await client.send(new S3.GetBucketAclCommand(name))).Grants?.length, 1)
    const { Versions } = await client.send(new S3.ListObjectVersionsCommand(name))
    assert.equal(Versions?.[0]?.IsLatest, true)
    const attributes = await client.send(
      new S3.GetObjectAttributesCommand({ ...name, Key: 'k', ObjectAttributes: ['ETag', 'Checksum'] }),
    )
    assert.ok(attributes.Checksum?.ChecksumCRC32)
  })

  it('presigns URLs', async () => {
    const put = await getSignedUrl(client, new S3.PutObjectCommand({ Bucket, Key: 'signed ü' }), { expiresIn: 60 })
    assert.equal((await fetch(put, { method: 'PUT', body: 'by url' })).status, 200)
    const get = await getSignedUrl(
      client,
      new S3.GetObjectCommand({ Bucket, Key: 'signed ü', ResponseContentType: 'text/x' }),
    )
    const answer = await fetch(get)
    assert.deepEqual([await answer.text(), answer.headers.get('content-type')], ['by url', 'text/x'])
    assert.equal((await fetch(get.replace(/Signature=..../, 'Signature=0000'))).status, 403)
  })

  it('completes an upload by the checksum of the whole object', async () => {
    const named = { Bucket, Key: 'full-object' }
    const checksum = { ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'FULL_OBJECT' } as const
    const { UploadId } = await client.send(new S3.CreateMultipartUploadCommand({ ...named, ...checksum }))
    const Body = Buffer.from('123456789')
    const part = { ...named, UploadId, PartNumber: 1, Body, ChecksumAlgorithm: 'CRC64NVME' } as const
    const { ETag } = await client.send(new S3.UploadPartCommand(part))
    const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] }
    const whole = {
      ...named,
      UploadId,
      MultipartUpload,
      ChecksumType: 'FULL_OBJECT',
      ChecksumCRC64NVME: 'rosUhgp5mIg=',
    } as const
    const done = await client.send(new S3.CompleteMultipartUploadCommand(whole))
    assert.deepEqual([done.ChecksumCRC64NVME, done.ChecksumType], ['rosUhgp5mIg=', 'FULL_OBJECT'])
  })

  it('copies and lists', async () => {
    await client.send(new S3.PutObjectCommand({ Bucket, Key: 'list/x/1', Body: 'x' }))
    const CopySource = `${Bucket}/list/x/1`
    await client.send(new S3.CopyObjectCommand({ Bucket, Key: 'list/y', CopySource }))
    // So Go programs send it: percent-encoded whole.
    const encoded = encodeURIComponent(CopySource)
    await client.send(new S3.CopyObjectCommand({ Bucket, Key: 'list/y', CopySource: encoded }))
    const page = await client.send(new S3.ListObjectsV2Command({ Bucket, Prefix: 'list/', Delimiter: '/' }))
    assert.deepEqual([page.CommonPrefixes, page.Contents?.[0]?.Key], [[{ Prefix: 'list/x/' }], 'list/y'])
    assert.equal(await client.send(new S3.ListBucketsCommand({})).then(({ Buckets }) => Buckets?.length), 2)
  })
})

describe('the AWS command line', () => {
  // Said on each call: Debian's version does not read it from the environment.
  const there = ['--endpoint-url', endpoint]
  const aws = async (...args: string[]) =>
    (await run('aws', [...there, ...args], { env: environment, maxBuffer: 1 << 26 })).stdout

  it('copies a large file in parts, and back', async () => {
    const file = join(scratch, 'large')
    const content = randomBytes(40 << 20)
    await writeFile(file, content)
    await aws('s3', 'cp', file, `s3://${Bucket}/cli/large`)
    const { ETag } = await client.send(new S3.HeadObjectCommand({ Bucket, Key: 'cli/large' }))
    assert.match(ETag ?? '', /-5"$/)
    await aws('s3', 'cp', `s3://${Bucket}/cli/large`, `${file}.back`)
    assert.ok((await readFile(`${file}.back`)).equals(content))
    await aws('s3', 'cp', `s3://${Bucket}/cli/large`, `s3://${Bucket}/cli/copy`)
    assert.equal(
      createHash('md5')
        .update(await bytesOf('cli/copy'))
        .digest('hex'),
      createHash('md5').update(content).digest('hex'),
    )
  })

  it('syncs a directory both ways', async () => {
    const from = join(scratch, 'from')
    await mkdir(join(from, 'deep', 'er'), { recursive: true })
    for (const name of ['a', 'deep/b', 'deep/er/ü c']) await writeFile(join(from, name), name)
    await aws('s3', 'sync', from, `s3://${Bucket}/sync`)
    await aws('s3', 'sync', `s3://${Bucket}/sync`, join(scratch, 'to'))
    const files = async (path: string) => (await readdir(path, { recursive: true })).sort()
    assert.deepEqual(await files(join(scratch, 'to')), await files(from))
    assert.equal(await aws('s3', 'sync', from, `s3://${Bucket}/sync`), '')
    assert.match(await aws('s3', 'ls', `s3://${Bucket}/sync/`), /PRE deep\//)
    const presigned = async (env: object) =>
      (await run('aws', [...there, 's3', 'presign', `s3://${Bucket}/sync/a`], { env: { ...environment, ...env } }))
        .stdout
    // Version 1 of the AWS CLI presigns with signature version 2, which AWS retired; version 2 does not.
    const url = (await presigned({})).trim()
    const answer = await fetch(url)
    const told = [answer.status, (await answer.text()).includes('AWS4-HMAC-SHA256')]
    assert.deepEqual(told, url.includes('AWSAccessKeyId=') ? [400, true] : [200, false])
    const config = join(scratch, 'config')
    await writeFile(config, '[default]\ns3 =\n  signature_version = s3v4\n')
    assert.equal(await (await fetch((await presigned({ AWS_CONFIG_FILE: config })).trim())).text(), 'a')
    await aws('s3', 'rm', '--recursive', `s3://${Bucket}/sync`)
    assert.equal((await client.send(new S3.ListObjectsV2Command({ Bucket, Prefix: 'sync/' }))).KeyCount, 0)
  })
})

describe('boto3', () => {
  it('makes forms that a browser may post', async () => {
    const script = `
import boto3, json, os
from botocore.config import Config
s3 = boto3.client('s3', endpoint_url=os.environ['AWS_ENDPOINT_URL'], config=Config(signature_version='s3v4'))
print(json.dumps(s3.generate_presigned_post('${Bucket}', 'posted/\${filename}', Conditions=[['content-length-range', 1, 10]])))
`
    const { stdout } = await run('python3', ['-c', script], { env: environment })
    const { url, fields } = JSON.parse(stdout)
    const send = (file: string) => {
      const form = new FormData()
      for (const [name, value] of Object.entries(fields)) form.append(name, String(value))
      form.append('file', new Blob([file]), 'by form')
      return fetch(url, { method: 'POST', body: form })
    }
    assert.equal((await send('12345')).status, 204)
    assert.equal((await bytesOf('posted/by form')).toString(), '12345')
    assert.match(await (await send('12345678901')).text(), /EntityTooLarge/)
  })

  it('transfers in parts, streams, lists with a paginator and waits', async () => {
    const script = `
import boto3, io, os
from boto3.s3.transfer import TransferConfig
s3 = boto3.client('s3', endpoint_url=os.environ['AWS_ENDPOINT_URL'])
data = os.urandom(12 << 20)
s3.create_bucket(Bucket='boto')
s3.get_waiter('bucket_exists').wait(Bucket='boto')
s3.upload_fileobj(io.BytesIO(data), 'boto', 'big', Config=TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20))
out = io.BytesIO(); s3.download_fileobj('boto', 'big', out); assert out.getvalue() == data
for i in range(25): s3.put_object(Bucket='boto', Key='k/%d \\u00fc\\x01' % i, Body=b'x')
pages = s3.get_paginator('list_objects_v2').paginate(Bucket='boto', Prefix='k/', PaginationConfig={'PageSize': 10})
keys = [o['Key'] for p in pages for o in p['Contents']]; assert len(keys) == 25 and keys[0].endswith('\\u00fc\\x01'), keys
try: s3.head_object(Bucket='boto', Key='absent'); assert False
except s3.exceptions.ClientError as e: assert e.response['Error']['Code'] == '404'
assert s3.get_object(Bucket='boto', Key='big', Range='bytes=5-9')['Body'].read() == data[5:10]
bucket = boto3.resource('s3', endpoint_url=os.environ['AWS_ENDPOINT_URL']).Bucket('boto')
for key in keys: s3.delete_object(Bucket='boto', Key=key)
bucket.objects.all().delete(); bucket.delete()
print('done')
`
    const { stdout } = await run('python3', ['-c', script], { env: environment })
    assert.equal(stdout.trim(), 'done')
  })
})

describe('a page of another origin', () => {
  const origin = 'https://app.example.com'
  const ask = (url: string, method: string, headers: Record<string, string>) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const asking = request(url, { method, headers: { origin, ...headers } }, answer => resolve(answer.resume()))
      asking.once('error', reject).end(method === 'PUT' ? 'from a page' : undefined)
    })
  const preflight = async (Bucket: string, method: string, names: string) => {
    const asked = { 'access-control-request-method': method, 'access-control-request-headers': names }
    return ask(`${endpoint}/${Bucket}/key`, 'OPTIONS', asked)
  }
  const name = { Bucket: 'cross-origin' }
  before(async () => {
    await client.send(new S3.CreateBucketCommand(name))
    const rule = { AllowedMethods: ['PUT', 'GET'], AllowedOrigins: [origin], AllowedHeaders: ['x-amz-*'] }
    const CORSConfiguration = { CORSRules: [{ ...rule, ExposeHeaders: ['ETag'], MaxAgeSeconds: 60 }] }
    await client.send(new S3.PutBucketCorsCommand({ ...name, CORSConfiguration }))
  })

  it('may send what a preflight was granted, and read the answer', async () => {
    const granted = await preflight(name.Bucket, 'PUT', 'x-amz-date, X-Amz-Meta-A')
    assert.equal(granted.statusCode, 200)
    assert.equal(granted.headers['access-control-allow-origin'], origin)
    assert.equal(granted.headers['access-control-allow-headers'], 'x-amz-date, X-Amz-Meta-A')
    assert.equal(granted.headers['access-control-max-age'], '60')
    const put = await ask(await getSignedUrl(client, new S3.PutObjectCommand({ ...name, Key: 'key' })), 'PUT', {})
    assert.deepEqual([put.statusCode, put.headers['access-control-allow-origin']], [200, origin])
    assert.equal(put.headers['access-control-expose-headers'], 'ETag')
    const missing = await getSignedUrl(client, new S3.GetObjectCommand({ ...name, Key: 'none' }))
    const refused = await ask(missing, 'GET', {})
    assert.deepEqual([refused.statusCode, refused.headers['access-control-allow-origin']], [404, origin])
  })

  it('is granted nothing by a bucket that says nothing of it', async () => {
    assert.equal((await preflight(name.Bucket, 'DELETE', '')).statusCode, 403)
    assert.equal((await preflight(name.Bucket, 'PUT', 'authorization')).statusCode, 403)
    assert.equal((await preflight(Bucket, 'GET', '')).statusCode, 403)
    assert.equal((await ask(`${endpoint}/${name.Bucket}/key`, 'OPTIONS', {})).statusCode, 400)
    const signed = await getSignedUrl(client, new S3.PutObjectCommand({ Bucket, Key: 'key' }))
    const put = await ask(signed, 'PUT', {})
    assert.deepEqual([put.statusCode, put.headers['access-control-allow-origin']], [200, undefined])
  })
})

it('sends and takes bodies that are streams of unknown size without holding them', async () => {
  const size = 200 << 20
  const chunk = randomBytes(1 << 20)
  const before = process.memoryUsage().rss
  let peak = 0
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss)
  }, 20)
  async function* chunks() {
    for (let sent = 0; sent < size; sent += chunk.length) yield chunk
  }
  const body = Readable.from(chunks())
  await client.send(new S3.PutObjectCommand({ Bucket, Key: 'flat', Body: body, ContentLength: size }))
  const { Body } = await client.send(new S3.GetObjectCommand({ Bucket, Key: 'flat' }))
  let received = 0
  for await (const part of Body as Readable) received += part.length
  clearInterval(watch)
  assert.equal(received, size)
  assert.ok(peak - before < 150 << 20, `memory grew by ${(peak - before) >> 20} MiB`)
})

it('asks leave for each key of a deletion as from where the request comes', async () => {
  const Resource = `arn:aws:s3:::${Bucket}/guarded/*`
  const Condition = { NotIpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }
  const Statement = [{ Effect: 'Deny', Principal: '*', Action: 's3:DeleteObject', Resource, Condition }]
  await client.send(new S3.PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Statement }) }))
  await client.send(new S3.PutObjectCommand({ Bucket, Key: 'guarded/k', Body: 'x' }))
  const Delete = { Objects: [{ Key: 'guarded/k' }] }
  const { Deleted, Errors } = await client.send(new S3.DeleteObjectsCommand({ Bucket, Delete }))
  assert.deepEqual([Deleted?.length, Errors], [1, undefined])
  await client.send(new S3.DeleteBucketPolicyCommand({ Bucket }))
})

it('keeps nothing of a large body that is not what was announced', async () => {
  const Body = randomBytes(9_000_000)
  const wrong = [
    { ContentMD5: Buffer.alloc(16).toString('base64') },
    { ChecksumCRC64NVME: Buffer.alloc(8).toString('base64') },
    { ChecksumSHA256: Buffer.alloc(32).toString('base64') },
  ]
  for (const announced of wrong) {
    const put = client.send(new S3.PutObjectCommand({ Bucket, Key: 'wrong', Body, ...announced }))
    await assert.rejects(put, { name: 'BadDigest' })
  }
  await assert.rejects(bytesOf('wrong'), { name: 'NoSuchKey' })
  const digest = createHash('sha256').update(Body).digest('hex')
  assert.equal(await house.blobs.has(`sha256:${digest}`), false)
  assert.deepEqual(await readdir(join(house.directory, 'blobs', 'incoming')), [])
})

it('keeps nothing of a body that the client does not finish', async () => {
  const url = await getSignedUrl(client, new S3.GetObjectCommand({ Bucket, Key: 'unfinished' }))
  const put = await getSignedUrl(client, new S3.PutObjectCommand({ Bucket, Key: 'unfinished' }))
  await new Promise<void>(resolve => {
    const sending = request(put, { method: 'PUT', headers: { 'content-length': 5_000_000 } })
    sending.once('error', () => {}).once('close', resolve)
    sending.write(randomBytes(2_000_000), () => setTimeout(() => sending.destroy(), 50))
  })
  const incoming = join(house.directory, 'blobs', 'incoming')
  while ((await readdir(incoming)).length > 0) await new Promise(resolve => setTimeout(resolve, 10))
  assert.equal((await fetch(url)).status, 404)
})
