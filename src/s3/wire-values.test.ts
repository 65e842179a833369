import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, describe, it } from 'node:test'
import * as S3 from '@aws-sdk/client-s3'
import { openS3OverHttp } from './s3-over-http.fixture.ts'

const { client, say, close, endpoint } = await openS3OverHttp()
after(close)
const Bucket = 'values'
await client.send(new S3.CreateBucketCommand({ Bucket }))
const put = (Key: string, more: Partial<S3.PutObjectCommandInput> = {}) =>
  client.send(new S3.PutObjectCommand({ Bucket, Key, Body: 'content', ...more }))
await put('k')

describe('S3 answers as AWS does', () => {
  it('a response header that is asked outside of Latin-1, or in two lines: InvalidArgument', async () => {
    const asking = (value: string) =>
      say({ path: `/values/k?response-content-disposition=${encodeURIComponent(value)}` })
    for (const value of ['attachment; filename="日.txt"', 'a\r\nx-evil: 1', 'a\0']) {
      const { status, code, text: said } = await asking(value)
      assert.deepEqual([status, code], [400, 'InvalidArgument'])
      assert.match(said, /<ArgumentName>response-content-disposition</)
    }
    const { status, headers } = await asking('attachment; filename="é.txt"')
    assert.deepEqual([status, headers['content-disposition']], [200, 'attachment; filename="é.txt"'])
  })

  it('encryption headers where they mean nothing: InvalidArgument, not NotImplemented', async () => {
    const headers = { 'x-amz-server-side-encryption': 'AES256' }
    const { UploadId } = await client.send(new S3.CreateMultipartUploadCommand({ Bucket, Key: 'up' }))
    const part = `/values/up?partNumber=1&uploadId=${UploadId}`
    for (const [method, path, body] of [
      ['GET', '/values/k', undefined],
      ['PUT', part, 'x'],
    ] as const) {
      const { status, code } = await say({ method, path, headers, body })
      assert.deepEqual([status, code], [400, 'InvalidArgument'], path)
    }
    assert.equal((await say({ method: 'HEAD', path: '/values/k', headers })).status, 400)
  })

  it('a part that is read: with the checksum of the part', async () => {
    const upload = { Bucket, Key: 'parts', ChecksumAlgorithm: 'SHA256' } as const
    const { UploadId } = await client.send(new S3.CreateMultipartUploadCommand(upload))
    const bodies = [Buffer.alloc(5 << 20, 'a'), Buffer.from('end')]
    const Parts = await Promise.all(
      bodies.map(async (Body, at) => {
        const sent = await client.send(new S3.UploadPartCommand({ ...upload, UploadId, PartNumber: at + 1, Body }))
        return { PartNumber: at + 1, ETag: sent.ETag, ChecksumSHA256: sent.ChecksumSHA256 }
      }),
    )
    await client.send(new S3.CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload: { Parts } }))
    for (const part of Parts) {
      const asked = { Bucket, Key: 'parts', PartNumber: part.PartNumber, ChecksumMode: 'ENABLED' } as const
      const head = await client.send(new S3.HeadObjectCommand(asked))
      assert.deepEqual([head.ChecksumSHA256, head.ChecksumType, head.PartsCount], [part.ChecksumSHA256, 'COMPOSITE', 2])
    }
  })

  it('a policy: 204 when it is put, a type when it is read', async () => {
    const Statement = [
      { Effect: 'Deny', Principal: '*', Action: 's3:DeleteBucket', Resource: `arn:aws:s3:::${Bucket}` },
    ]
    const body = JSON.stringify({ Version: '2012-10-17', Statement })
    assert.equal((await say({ method: 'PUT', path: '/values?policy', body })).status, 204)
    const read = await say({ path: '/values?policy' })
    assert.deepEqual([read.text, read.headers['content-type']], [body, 'text/plain'])
  })

  it('an expectation that nobody knows: nothing', async () => {
    const { status } = await say({ method: 'PUT', path: '/values/expect', body: 'x', unsigned: { expect: '200-ok' } })
    assert.equal(status, 200)
  })

  it('a list of encodings: as it was sent, without how it travelled', async () => {
    for (const [sent, kept] of [
      ['gzip, deflate', 'gzip, deflate'],
      ['gzip, aws-chunked', 'gzip'],
      ['aws-chunked, gzip', 'gzip'],
      ['aws-chunked', undefined],
    ]) {
      await say({ method: 'PUT', path: '/values/coded', body: 'x', headers: { 'content-encoding': sent as string } })
      assert.equal((await client.send(new S3.HeadObjectCommand({ Bucket, Key: 'coded' }))).ContentEncoding, kept)
    }
  })

  it('the id of a lifecycle rule beyond 255 characters: InvalidArgument', async () => {
    const rule = (ID: string) => ({ ID, Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 1 } }) as const
    const configure = (ID: string) =>
      client.send(
        new S3.PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: [rule(ID)] } }),
      )
    await configure('x'.repeat(255))
    await assert.rejects(configure('x'.repeat(256)), { name: 'InvalidArgument' })
  })

  it('an object without a length: MissingContentLength, and nothing is stored', async () => {
    const { status, code } = await say({ method: 'PUT', path: '/values/nothing' })
    assert.deepEqual([status, code], [411, 'MissingContentLength'])
    await assert.rejects(client.send(new S3.HeadObjectCommand({ Bucket, Key: 'nothing' })), { name: 'NotFound' })
    assert.equal((await say({ method: 'PUT', path: '/values/empty', headers: { 'content-length': '0' } })).status, 200)
  })

  it('metadata in several lines and in UTF-8: signed as they are sent, told as AWS tells them', async () => {
    const bytes = Buffer.from('ÄMÄZÕÑ S3').toString('latin1')
    const repeated = { method: 'PUT', path: '/values/meta', body: 'x', headers: { 'x-amz-meta-list': ['a', 'b'] } }
    assert.equal((await say(repeated)).status, 200)
    const found = await client.send(new S3.HeadObjectCommand({ Bucket, Key: 'meta' }))
    assert.deepEqual(found.Metadata, { list: 'a,b' })
    // The documented example: bytes are taken for Latin-1 and told in RFC 2047.
    await putUnsigned('x-amz-meta-nonascii', bytes)
    const named = { 'x-amz-meta-nonascii': 'ÄMÄZÕÑ S3', 'x-amz-meta-edge': 'à' }
    assert.equal((await say({ method: 'PUT', path: '/values/signed', body: 'x', headers: named })).status, 200)
    for (const key of ['open', 'signed']) {
      const { headers } = await say({ method: 'HEAD', path: `/values/${key}` })
      assert.equal(headers['x-amz-meta-nonascii'], '=?UTF-8?B?w4PChE3Dg8KEWsODwpXDg8KRIFMz?=')
    }
  })
})

/** A put that anybody may make, since the SDK's signer refuses such values. */
async function putUnsigned(name: string, value: string): Promise<void> {
  const open = { BlockPublicPolicy: false, RestrictPublicBuckets: false, BlockPublicAcls: true, IgnorePublicAcls: true }
  await client.send(new S3.PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: open }))
  const Statement = [
    { Effect: 'Allow', Principal: '*', Action: 's3:PutObject', Resource: `arn:aws:s3:::${Bucket}/open` },
  ]
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  await client.send(new S3.PutBucketPolicyCommand({ Bucket, Policy }))
  const { hostname, port } = new URL(endpoint)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  const lines = ['PUT /values/open HTTP/1.1', 'Host: x', 'Content-Length: 1', 'Connection: close', `${name}: ${value}`]
  socket.write(Buffer.from(`${lines.join('\r\n')}\r\n\r\nx`, 'latin1'))
  assert.match(await text(socket), /^HTTP\/1.1 200/)
}

describe('copies of what was uploaded in parts', () => {
  it('may be copied again, and changed in place twice', async () => {
    const CopySource = `${Bucket}/parts`
    await client.send(new S3.CopyObjectCommand({ Bucket, Key: 'copy', CopySource }))
    await client.send(new S3.CopyObjectCommand({ Bucket, Key: 'copy of copy', CopySource: `${Bucket}/copy` }))
    for (const note of ['1', '2', '3']) {
      const itself = { Bucket, Key: 'copy', CopySource: `${Bucket}/copy`, MetadataDirective: 'REPLACE' } as const
      await client.send(new S3.CopyObjectCommand({ ...itself, Metadata: { note } }))
    }
    for (const Key of ['copy', 'copy of copy']) {
      const { Body, ContentLength } = await client.send(new S3.GetObjectCommand({ Bucket, Key }))
      const bytes = Buffer.from((await Body?.transformToByteArray()) ?? [])
      assert.deepEqual(
        [ContentLength, bytes.length, bytes.subarray(-4).toString()],
        [(5 << 20) + 3, (5 << 20) + 3, 'aend'],
      )
    }
    assert.equal((await client.send(new S3.HeadObjectCommand({ Bucket, Key: 'copy' }))).Metadata?.note, '3')
  })
})
