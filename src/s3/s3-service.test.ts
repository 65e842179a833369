import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { chmod, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { after, describe, it } from 'node:test'
import { crc32 } from 'node:zlib'
import { runOperation } from '../service/ask-service.fixture.ts'
import { collect } from '../store/blob-references.ts'
import { anonymous, openS3Fixture } from './s3.fixture.ts'
import { createS3Service } from './s3-service.ts'

const clock = { now: Date.parse('2026-03-01T10:00:00Z') }
const house = await openS3Fixture(() => new Date(clock.now))
after(house.close)
const { owner } = house
const { ask } = owner
const Bucket = 'bucket'
await ask('CreateBucket', { Bucket })

const md5 = (content: Uint8Array, encoding: 'hex' | 'base64' = 'hex') =>
  createHash('md5').update(content).digest(encoding)
const put = (Key: string, Body: string | Uint8Array = 'content', more: object = {}) =>
  ask('PutObject', { Bucket, Key, Body: Buffer.from(Body as string), ...more })
const text = async (Key: string, more: object = {}) =>
  (await ask('GetObject', { Bucket, Key, ...more })).Body.toString()
const freshBucket = async (versioning?: 'Enabled' | 'Suspended') => {
  const name = `bucket-${randomBytes(4).toString('hex')}`
  await ask('CreateBucket', { Bucket: name })
  if (versioning) await ask('PutBucketVersioning', { Bucket: name, VersioningConfiguration: { Status: versioning } })
  return name
}

it('has an operation and an IAM action for all that the model names', () => {
  assert.deepEqual(Object.keys(house.service.operations).sort(), Object.keys(house.service.model.operations).sort())
})

describe('buckets', () => {
  it('are created in their region, once, under valid names', async () => {
    const Bucket = 'made-in-europe'
    const where = { region: 'eu-west-1' }
    const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' }
    await assert.rejects(ask('CreateBucket', { Bucket }, where), { code: 'IllegalLocationConstraintException' })
    await ask('CreateBucket', { Bucket, CreateBucketConfiguration }, where)
    assert.deepEqual(await ask('GetBucketLocation', { Bucket }), { LocationConstraint: 'eu-west-1' })
    assert.equal((await ask('HeadBucket', { Bucket })).BucketRegion, 'eu-west-1')
    const again = ask('CreateBucket', { Bucket, CreateBucketConfiguration }, where)
    await assert.rejects(again, { code: 'BucketAlreadyOwnedByYou', status: 409 })
    const other = await house.openAccount('other-bucket-owner')
    await assert.rejects(other.ask('CreateBucket', { Bucket }), { code: 'BucketAlreadyExists', status: 409 })
    for (const wrong of ['ab', 'UPPER', 'under_score', 'two..dots', '-lead', '192.168.1.1', 'xn--a', 'a'.repeat(64)])
      await assert.rejects(ask('CreateBucket', { Bucket: wrong }), { code: 'InvalidBucketName' })
  })

  it('are listed by name, a page at a time', async () => {
    const someone = await house.openAccount('lister')
    const names = Array.from({ length: 5 }, (_, index) => `listed-${index}`)
    for (const name of names) await someone.ask('CreateBucket', { Bucket: name })
    const first = await someone.ask('ListBuckets', { MaxBuckets: 3 })
    const { ContinuationToken } = first
    const second = await someone.ask('ListBuckets', { MaxBuckets: 3, ContinuationToken })
    const listed = [...first.Buckets, ...second.Buckets].map((bucket: { Name: string }) => bucket.Name)
    assert.deepEqual(listed, names)
    assert.equal(second.ContinuationToken, undefined)
    assert.equal((await someone.ask('ListBuckets', { Prefix: 'listed-4' })).Buckets.length, 1)
    await assert.rejects(ask('ListBuckets', { ContinuationToken }), { code: 'InvalidArgument' })
  })

  it('are deleted only when empty', async () => {
    const Bucket = await freshBucket()
    await ask('PutObject', { Bucket, Key: 'a', Body: Buffer.from('x') })
    await assert.rejects(ask('DeleteBucket', { Bucket }), { code: 'BucketNotEmpty', status: 409 })
    await ask('DeleteObject', { Bucket, Key: 'a' })
    await ask('CreateMultipartUpload', { Bucket, Key: 'b' })
    await ask('DeleteBucket', { Bucket })
    await assert.rejects(ask('HeadBucket', { Bucket }), { code: 'NoSuchBucket', status: 404 })
  })
})

describe('objects', () => {
  it('come back with their bytes, tag and headers', async () => {
    for (const size of [0, 1, 16_384, 16_385, 700_000]) {
      const body = randomBytes(size)
      const headers = {
        ContentType: 'text/x',
        ContentEncoding: 'aws-chunked,gzip',
        CacheControl: 'no-store',
        Metadata: { a: 'b' },
      }
      const stored = await put('round', body, headers)
      assert.equal(stored.ETag, `"${md5(body)}"`)
      const got = await ask('GetObject', { Bucket, Key: 'round' })
      assert.ok(got.Body.equals(body))
      const { ETag, ContentLength, ContentType, ContentEncoding, CacheControl, Metadata, VersionId } = got
      assert.deepEqual(
        { ETag, ContentLength, ContentType, ContentEncoding, CacheControl, Metadata, VersionId },
        { ...headers, ETag: stored.ETag, ContentLength: size, ContentEncoding: 'gzip', VersionId: undefined },
      )
      assert.equal((await ask('HeadObject', { Bucket, Key: 'round' })).ContentLength, size)
    }
  })

  it('may have any key of up to 1,024 bytes', async () => {
    const Bucket = await freshBucket()
    const keys = [
      '..',
      '../../etc/passwd',
      '/lead',
      '//',
      'a//b',
      'nul\0byte',
      '\u0001\n',
      'ü',
      '😀',
      'x'.repeat(1024),
      ' ',
      '.',
      'a b+c%20',
    ]
    for (const Key of keys) await ask('PutObject', { Bucket, Key, Body: Buffer.from(Key) })
    for (const Key of keys) assert.equal((await ask('GetObject', { Bucket, Key })).Body.toString(), Key)
    const listed = (await ask('ListObjectsV2', { Bucket })).Contents.map((object: { Key: string }) => object.Key)
    const inOrder = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    assert.deepEqual(listed, inOrder)
    await assert.rejects(ask('PutObject', { Bucket, Key: 'ü'.repeat(513) }), { code: 'KeyTooLongError' })
  })

  it('are refused and not stored when they are not what was announced', async () => {
    const body = Buffer.from('announced')
    const cases: [object, string][] = [
      [{ ContentMD5: md5(Buffer.from('else'), 'base64') }, 'BadDigest'],
      [{ ContentMD5: 'short' }, 'InvalidDigest'],
      [{ ChecksumSHA256: Buffer.alloc(32).toString('base64') }, 'BadDigest'],
      [{ ChecksumCRC32: 'AAAA' }, 'InvalidRequest'],
      [{ ChecksumCRC32: 'AAAAAA==', ChecksumSHA1: Buffer.alloc(20).toString('base64') }, 'InvalidRequest'],
      [{ ChecksumXXHASH64: 'AAAAAAAAAAA=' }, 'InvalidRequest'],
      [{ ChecksumAlgorithm: 'CRC32' }, 'InvalidRequest'],
      [{ ContentLength: 6 * 2 ** 30 }, 'EntityTooLarge'],
      [{ StorageClass: 'GLACIER' }, 'InvalidStorageClass'],
      [{ SSECustomerAlgorithm: 'AES256' }, 'InvalidArgument'],
      [{ SSECustomerKey: 'AAAA', SSECustomerKeyMD5: 'AAAA' }, 'InvalidArgument'],
      [{ SSECustomerAlgorithm: 'AES256', SSECustomerKey: 'AAAA' }, 'InvalidArgument'],
      [
        { SSECustomerAlgorithm: 'AES256', SSECustomerKey: 'AAAA', SSECustomerKeyMD5: md5(Buffer.alloc(3), 'base64') },
        'InvalidArgument',
      ],
      [
        {
          ...{ SSECustomerAlgorithm: 'AES256', SSECustomerKey: Buffer.alloc(32).toString('base64') },
          SSECustomerKeyMD5: md5(Buffer.alloc(3), 'base64'),
        },
        'InvalidArgument',
      ],
      [{ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'alias/absent' }, 'KMS.NotFoundException'],
      [{ ServerSideEncryption: 'aws:kms:dsse' }, 'NotImplemented'],
      [{ ServerSideEncryption: 'AES256', SSEKMSKeyId: 'x' }, 'InvalidArgument'],
      [{ SSEKMSKeyId: 'x' }, 'InvalidArgument'],
      [{ ObjectLockMode: 'GOVERNANCE' }, 'InvalidArgument'],
      [{ ObjectLockLegalHoldStatus: 'ON' }, 'InvalidRequest'],
      [{ ACL: 'public-read' }, 'AccessControlListNotSupported'],
      [{ Metadata: { a: 'x'.repeat(3000) } }, 'MetadataTooLarge'],
      [{ WebsiteRedirectLocation: 'elsewhere' }, 'InvalidRedirectLocation'],
      [{ Tagging: 'a=1&a=2' }, 'InvalidTag'],
      [{ Tagging: '1&2&3&4&5&6&7&8&9&10&11' }, 'BadRequest'],
    ]
    for (const [more, code] of cases) await assert.rejects(put('refused', body, more), { code }, JSON.stringify(more))
    await assert.rejects(ask('GetObject', { Bucket, Key: 'refused' }), { code: 'NoSuchKey' })
  })

  it('verify each checksum, in the header or the trailer, and return it', async () => {
    const body = randomBytes(40_000)
    const value = Buffer.alloc(4)
    value.writeUInt32BE(crc32(body))
    const CRC32 = value.toString('base64')
    const trailing = Object.assign(Readable.from([body]), { trailers: { 'x-amz-checksum-crc32': CRC32 } })
    const trailer = { headers: { 'x-amz-trailer': 'x-amz-checksum-crc32' } }
    const input = { Bucket, Key: 'sum', ChecksumAlgorithm: 'CRC32' }
    assert.equal((await ask('PutObject', { ...input, Body: trailing }, trailer)).ChecksumCRC32, CRC32)
    const wrong = Object.assign(Readable.from([body]), { trailers: { 'x-amz-checksum-crc32': 'AAAAAA==' } })
    await assert.rejects(ask('PutObject', { ...input, Body: wrong }, trailer), { code: 'BadDigest' })
    const missing = Object.assign(Readable.from([body]), { trailers: {} })
    await assert.rejects(ask('PutObject', { ...input, Body: missing }, trailer), { code: 'MalformedTrailerError' })
    for (const hash of ['sha1', 'sha256', 'sha512', 'md5']) {
      const name = `Checksum${hash.toUpperCase()}`
      const sum = createHash(hash).update(body).digest('base64')
      assert.equal((await put('sum', body, { [name]: sum }))[name], sum)
      const got = await ask('GetObject', { Bucket, Key: 'sum', ChecksumMode: 'ENABLED' })
      assert.deepEqual([got[name], got.ChecksumType], [sum, 'FULL_OBJECT'])
      const part = await ask('GetObject', { Bucket, Key: 'sum', ChecksumMode: 'ENABLED', Range: 'bytes=0-9' })
      assert.equal(part[name], undefined)
    }
    assert.equal((await put('sum', '123456789')).ChecksumCRC64NVME, 'rosUhgp5mIg=')
  })

  it('read and write under conditions', async () => {
    const { ETag } = await put('conditional', 'one')
    const get = (more: object) => ask('GetObject', { Bucket, Key: 'conditional', ...more })
    const earlier = new Date(clock.now - 5000)
    const later = new Date(clock.now + 5000)
    await get({ IfMatch: ETag, IfUnmodifiedSince: earlier })
    await get({ IfNoneMatch: '"else"', IfModifiedSince: later })
    await assert.rejects(get({ IfMatch: '"else"' }), { code: 'PreconditionFailed', status: 412 })
    await assert.rejects(get({ IfUnmodifiedSince: earlier }), { code: 'PreconditionFailed' })
    await assert.rejects(get({ IfNoneMatch: ETag }), { code: 'NotModified', status: 304 })
    await assert.rejects(get({ IfModifiedSince: later }), { code: 'NotModified' })
    await assert.rejects(put('conditional', 'two', { IfNoneMatch: '*' }), { code: 'PreconditionFailed' })
    await assert.rejects(put('conditional', 'two', { IfMatch: '"else"' }), { code: 'PreconditionFailed' })
    await assert.rejects(put('not-there', 'two', { IfMatch: ETag }), { code: 'NoSuchKey' })
    await put('conditional', 'two', { IfMatch: ETag })
    await assert.rejects(ask('DeleteObject', { Bucket, Key: 'conditional', IfMatch: ETag }), {
      code: 'PreconditionFailed',
    })
    const current = (await ask('HeadObject', { Bucket, Key: 'conditional' })).ETag
    const CopySource = `${Bucket}/conditional`
    const { UploadId } = await ask('CreateMultipartUpload', { Bucket, Key: 'parts' })
    const copies = [
      (more: object) => ask('CopyObject', { Bucket, Key: 'copied', CopySource, ...more }),
      (more: object) => ask('UploadPartCopy', { Bucket, Key: 'parts', UploadId, PartNumber: 1, CopySource, ...more }),
    ]
    for (const copy of copies) {
      await copy({ CopySourceIfMatch: current, CopySourceIfUnmodifiedSince: earlier })
      await copy({ CopySourceIfNoneMatch: '"else"', CopySourceIfModifiedSince: earlier })
      for (const unmet of [
        { CopySourceIfMatch: '"else"' },
        { CopySourceIfUnmodifiedSince: earlier },
        { CopySourceIfNoneMatch: current },
        { CopySourceIfModifiedSince: later },
      ])
        await assert.rejects(copy(unmet), { code: 'PreconditionFailed', status: 412 }, Object.keys(unmet)[0])
    }
    const onto = (more: object) => ask('CopyObject', { Bucket, Key: 'copied', CopySource, ...more })
    await assert.rejects(onto({ IfNoneMatch: '*' }), { code: 'PreconditionFailed' })
    await assert.rejects(onto({ IfMatch: '"else"' }), { code: 'PreconditionFailed' })
    await onto({ IfMatch: current })
    const racers = await Promise.allSettled(
      Array.from({ length: 8 }, () => put('race', randomBytes(20_000), { IfNoneMatch: '*' })),
    )
    assert.equal(racers.filter(racer => racer.status === 'fulfilled').length, 1)
  })

  it('are deleted one by one and together, and deleting nothing succeeds', async () => {
    await put('gone-1')
    await put('gone-2')
    assert.deepEqual(await ask('DeleteObject', { Bucket, Key: 'never-there' }), {
      VersionId: undefined,
      DeleteMarker: undefined,
    })
    const Objects = [{ Key: 'gone-1' }, { Key: 'gone-2', ETag: '"else"' }, { Key: 'never-there' }]
    const { Deleted, Errors } = await ask('DeleteObjects', { Bucket, Delete: { Objects } })
    assert.deepEqual(
      Deleted.map((each: { Key: string }) => each.Key),
      ['gone-1', 'never-there'],
    )
    assert.deepEqual(
      Errors.map((each: { Key: string; Code: string }) => [each.Key, each.Code]),
      [['gone-2', 'PreconditionFailed']],
    )
    assert.equal(await text('gone-2'), 'content')
  })

  it('carry tags', async () => {
    await put('tagged', 'x', { Tagging: 'a=1&b=%20' })
    const tags = async () => (await ask('GetObjectTagging', { Bucket, Key: 'tagged' })).TagSet
    assert.deepEqual(await tags(), [
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: ' ' },
    ])
    assert.equal((await ask('HeadObject', { Bucket, Key: 'tagged' })).TagCount, 2)
    await ask('PutObjectTagging', { Bucket, Key: 'tagged', Tagging: { TagSet: [{ Key: 'c', Value: '' }] } })
    assert.deepEqual(await tags(), [{ Key: 'c', Value: '' }])
    await ask('DeleteObjectTagging', { Bucket, Key: 'tagged' })
    assert.deepEqual(await tags(), [])
  })

  it('are encrypted when asked, readable by range, and not as files', async () => {
    const Bucket = await freshBucket()
    const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }]
    await assert.rejects(ask('GetBucketEncryption', { Bucket }), {
      code: 'ServerSideEncryptionConfigurationNotFoundError',
    })
    await ask('PutBucketEncryption', { Bucket, ServerSideEncryptionConfiguration: { Rules } })
    for (const size of [100, 100_000, 200_000]) {
      const body = Buffer.alloc(size, 'clear text ')
      const { ServerSideEncryption, ETag } = await ask('PutObject', { Bucket, Key: 'secret', Body: body })
      assert.deepEqual([ServerSideEncryption, ETag], ['AES256', `"${md5(body)}"`])
      assert.ok((await ask('GetObject', { Bucket, Key: 'secret' })).Body.equals(body))
      for (const [start, end] of [
        [0, 0],
        [5, 40],
        [17, 99],
        [16, 31],
        [size >> 2, size - 2],
        [size - 1, size - 1],
      ] as const) {
        const got = await ask('GetObject', { Bucket, Key: 'secret', Range: `bytes=${start}-${end}` })
        assert.ok(got.Body.equals(body.subarray(start, end + 1)))
      }
      await ask('CopyObject', { Bucket, Key: 'copy', CopySource: `${Bucket}/secret` })
      assert.ok((await ask('GetObject', { Bucket, Key: 'copy' })).Body.equals(body))
    }
    await ask('PutObject', { Bucket, Key: 'empty', Body: Buffer.alloc(0) })
    assert.equal((await ask('GetObject', { Bucket, Key: 'empty' })).Body.length, 0)
    const rows = await house.store.db.selectFrom('s3_version').selectAll().where('bucket', '=', Bucket).execute()
    for (const { digest, data } of rows) {
      const stored = Buffer.from(data ?? (await buffer(house.blobs.open(digest))))
      assert.ok(!stored.includes('clear text'))
    }
  })

  it('are not served when their ciphertext was changed, not even by range', async () => {
    const Bucket = await freshBucket()
    for (const size of [1000, 200_000]) {
      await ask('PutObject', { Bucket, Key: 'k', Body: Buffer.alloc(size, 'x'), ServerSideEncryption: 'AES256' })
      const row = await house.store.db
        .selectFrom('s3_version')
        .select(['digest', 'data'])
        .where('bucket', '=', Bucket)
        .executeTakeFirstOrThrow()
      // As one who can write the disk would do it: the digest is that of what is there.
      const data = Buffer.from(row.data ?? (await buffer(house.blobs.open(row.digest))))
      data.writeUInt8(data.readUInt8(size - 50) ^ 1, size - 50)
      const { digest } = await house.blobs.put(data)
      await house.store.db
        .updateTable('s3_version')
        .set({ digest, ...(row.data && { data }) })
        .where('bucket', '=', Bucket)
        .execute()
      await assert.rejects(ask('GetObject', { Bucket, Key: 'k' }), /not genuine/)
      await assert.rejects(ask('GetObject', { Bucket, Key: 'k', Range: 'bytes=-100' }), /not genuine/)
    }
  })

  it('are encrypted with KMS keys, which their readers need leave for', async () => {
    const Bucket = await freshBucket()
    const stored = await ask('PutObject', {
      Bucket,
      Key: 'k',
      Body: Buffer.from('secret'),
      ServerSideEncryption: 'aws:kms',
    })
    assert.equal(stored.ServerSideEncryption, 'aws:kms')
    assert.match(stored.SSEKMSKeyId, /^arn:aws:kms:us-east-1:\d{12}:key\//)
    const got = await ask('GetObject', { Bucket, Key: 'k' })
    assert.deepEqual([got.Body.toString(), got.SSEKMSKeyId], ['secret', stored.SSEKMSKeyId])
    const reader = await house.openAccount('kms-reader')
    const Action = 's3:GetObject'
    const Statement = [
      { Effect: 'Allow', Principal: { AWS: reader.account }, Action, Resource: `arn:aws:s3:::${Bucket}/*` },
    ]
    await ask('PutBucketPolicy', { Bucket, Policy: JSON.stringify({ Statement }) })
    assert.equal((await reader.ask('HeadObject', { Bucket, Key: 'k' })).ContentLength, 6)
    await assert.rejects(reader.ask('GetObject', { Bucket, Key: 'k' }), { code: 'AccessDenied' })
    const withoutKms = createS3Service({ rootSecret: house.rootSecret }, () => {})
    const ctx = { ...house, principal: owner.principal, headers: {}, now: () => new Date() }
    const input = { Bucket, Key: 'k', Body: Buffer.from('x'), ServerSideEncryption: 'aws:kms' }
    await assert.rejects(
      runOperation(withoutKms, ctx as never, 'PutObject', input),
      { code: 'NotImplemented' },
      'without a KMS',
    )
  })

  it('that rot on disk are not served', async () => {
    for (const size of [100_000, 600_000]) {
      // Not by chance what it is changed to.
      const stored = await put('rotten', Buffer.alloc(size, 'sound'))
      assert.ok(stored.ETag)
      const { digest } = await house.store.db
        .selectFrom('s3_version')
        .selectAll()
        .where('etag', '=', stored.ETag.slice(1, -1))
        .executeTakeFirstOrThrow()
      const path = join(house.directory, 'blobs', 'sha256', digest.slice(7, 9), digest.slice(9))
      await chmod(path, 0o644)
      await writeFile(path, 'x', { flag: 'r+' })
      await assert.rejects(text('rotten'), /damaged/)
      await assert.rejects(ask('GetObject', { Bucket, Key: 'rotten', Range: 'bytes=0-9' }), /damaged/)
      await assert.rejects(
        ask('CopyObject', { Bucket, Key: 'copy', CopySource: `${Bucket}/rotten`, ServerSideEncryption: 'AES256' }),
        /damaged/,
      )
    }
  })

  it('that rot in their row are not served', async () => {
    for (const more of [{}, { ServerSideEncryption: 'AES256' }]) {
      await put('small', randomBytes(100), more)
      const rows = house.store.db.updateTable('s3_version').where('bucket', '=', Bucket)
      await rows
        .set({ data: randomBytes(100) })
        .where('key', '=', Buffer.from('small'))
        .execute()
      await assert.rejects(text('small'), /damaged/)
      await assert.rejects(ask('GetObject', { Bucket, Key: 'small', Range: 'bytes=0-9' }), /damaged/)
    }
  })
})

describe('copies', () => {
  it('take tags only with leave to read them and to set them', async () => {
    const copier = await house.openAccount('copier')
    const Bucket = await freshBucket()
    await ask('PutObject', { Bucket, Key: 'from', Body: Buffer.from('x'), Tagging: 'a=1' })
    const allowing = (...Action: string[]) => {
      const Resource = `arn:aws:s3:::${Bucket}/*`
      const Statement = [{ Effect: 'Allow', Principal: { AWS: copier.account }, Action, Resource }]
      return ask('PutBucketPolicy', { Bucket, Policy: JSON.stringify({ Statement }) })
    }
    const copy = (more = {}) => copier.ask('CopyObject', { Bucket, Key: 'to', CopySource: `${Bucket}/from`, ...more })
    const needed = ['s3:GetObject', 's3:PutObject', 's3:GetObjectTagging', 's3:PutObjectTagging']
    await allowing(...needed.slice(0, 2))
    await assert.rejects(copy(), /s3:PutObjectTagging/)
    await copy({ TaggingDirective: 'REPLACE' })
    await allowing(...needed.filter(action => action !== 's3:GetObjectTagging'))
    await assert.rejects(copy(), /s3:GetObjectTagging/)
    await allowing(...needed)
    await copy()
    assert.deepEqual((await ask('GetObjectTagging', { Bucket, Key: 'to' })).TagSet, [{ Key: 'a', Value: '1' }])
  })

  it('name the same content and take the metadata that was asked for', async () => {
    const body = randomBytes(50_000)
    await put('from', body, { Metadata: { a: '1' }, ContentType: 'x/y', Tagging: 't=1' })
    const CopySource = `${Bucket}/from`
    const blobs = async () => (await readdir(join(house.directory, 'blobs', 'sha256'), { recursive: true })).length
    const before = await blobs()
    const copied = await ask('CopyObject', { Bucket, Key: 'to', CopySource })
    assert.equal(copied.CopyObjectResult.ETag, `"${md5(body)}"`)
    assert.equal(await blobs(), before)
    const to = await ask('GetObject', { Bucket, Key: 'to' })
    assert.deepEqual([to.Body.equals(body), to.Metadata, to.ContentType, to.TagCount], [true, { a: '1' }, 'x/y', 1])
    await ask('CopyObject', {
      Bucket,
      Key: 'to',
      CopySource,
      MetadataDirective: 'REPLACE',
      Metadata: { b: '2' },
      TaggingDirective: 'REPLACE',
    })
    const replaced = await ask('HeadObject', { Bucket, Key: 'to' })
    assert.deepEqual(
      [replaced.Metadata, replaced.ContentType, replaced.TagCount],
      [{ b: '2' }, 'binary/octet-stream', undefined],
    )
    await assert.rejects(ask('CopyObject', { Bucket, Key: 'from', CopySource }), { code: 'InvalidRequest' })
    await assert.rejects(ask('CopyObject', { Bucket, Key: 'to', CopySource, CopySourceIfNoneMatch: '*' }), {
      code: 'PreconditionFailed',
    })
    await assert.rejects(ask('CopyObject', { Bucket, Key: 'to', CopySource: `${Bucket}/absent` }), {
      code: 'NoSuchKey',
    })
    await ask('CopyObject', { Bucket, Key: 'q?a b', CopySource })
    assert.ok((await ask('CopyObject', { Bucket, Key: 'q', CopySource: `/${Bucket}/q%3Fa%20b` })).CopyObjectResult)
    await ask('DeleteObject', { Bucket, Key: 'from' })
    await collect(house.store, house.blobs, { olderThan: new Date(Date.now() + 60_000) })
    assert.ok((await ask('GetObject', { Bucket, Key: 'to' })).Body.equals(body), 'the copy lives on')
  })
})

describe('versions', () => {
  it('are kept while versioning is enabled', async () => {
    const Bucket = await freshBucket()
    const putOne = async (body: string) =>
      (await ask('PutObject', { Bucket, Key: 'k', Body: Buffer.from(body) })).VersionId
    const get = async (VersionId?: string) => (await ask('GetObject', { Bucket, Key: 'k', VersionId })).Body.toString()
    assert.equal(await putOne('zero'), undefined)
    await ask('PutBucketVersioning', { Bucket, VersioningConfiguration: { Status: 'Enabled' } })
    const [one, two] = [await putOne('one'), await putOne('two')]
    assert.deepEqual([await get('null'), await get(one), await get(two), await get()], ['zero', 'one', 'two', 'two'])
    const { VersionId: marker, DeleteMarker } = await ask('DeleteObject', { Bucket, Key: 'k' })
    assert.ok(DeleteMarker)
    await assert.rejects(get(), (error: { code: string; fields: object }) => {
      assert.equal(error.code, 'NoSuchKey')
      assert.deepEqual(error.fields, { Key: 'k', 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker })
      return true
    })
    await assert.rejects(get(marker), { code: 'MethodNotAllowed', status: 405 })
    await assert.rejects(get('nonsense'), { code: 'InvalidArgument', message: 'Invalid version id specified' })
    await assert.rejects(get('x'.repeat(32)), { code: 'NoSuchVersion', status: 404 })
    const CopySource = `${Bucket}/k?versionId=${marker}`
    await assert.rejects(ask('CopyObject', { Bucket, Key: 'copied', CopySource }), { code: 'InvalidRequest' })
    const { Versions, DeleteMarkers } = await ask('ListObjectVersions', { Bucket })
    assert.deepEqual(
      Versions.map((version: { VersionId: string; IsLatest: boolean }) => [version.VersionId, version.IsLatest]),
      [
        [two, false],
        [one, false],
        ['null', false],
      ],
    )
    assert.deepEqual(
      DeleteMarkers.map((each: { VersionId: string; IsLatest: boolean }) => [each.VersionId, each.IsLatest]),
      [[marker, true]],
    )
    assert.equal((await ask('ListObjectsV2', { Bucket })).KeyCount, 0)
    assert.deepEqual(await ask('DeleteObject', { Bucket, Key: 'k', VersionId: marker }), {
      VersionId: marker,
      DeleteMarker: true,
    })
    assert.equal(await get(), 'two')
    assert.equal((await ask('ListObjectsV2', { Bucket })).KeyCount, 1)
    await ask('DeleteObject', { Bucket, Key: 'k', VersionId: two })
    assert.equal(await get(), 'one')
    await ask('PutBucketVersioning', { Bucket, VersioningConfiguration: { Status: 'Suspended' } })
    await putOne('three')
    assert.deepEqual([await get(), await get('null'), await get(one)], ['three', 'three', 'one'])
    assert.equal((await ask('DeleteObject', { Bucket, Key: 'k' })).VersionId, 'null')
    assert.equal((await ask('ListObjectVersions', { Bucket })).Versions.length, 1)
    await putOne('four')
    assert.equal((await ask('ListObjectVersions', { Bucket })).DeleteMarkers.length, 0)
  })

  it('are listed newest first, page by page', async () => {
    const Bucket = await freshBucket('Enabled')
    for (let round = 0; round < 4; round++)
      for (const Key of ['a', 'b/1', 'b/2', 'c'])
        await ask('PutObject', { Bucket, Key, Body: Buffer.from(`${Key}${round}`) })
    const whole = await ask('ListObjectVersions', { Bucket })
    const paged = []
    let next: { KeyMarker?: string; VersionIdMarker?: string } = {}
    for (let page = 0; page < 10; page++) {
      const found = await ask('ListObjectVersions', { Bucket, MaxKeys: 3, ...next })
      paged.push(...found.Versions)
      next = { KeyMarker: found.NextKeyMarker, VersionIdMarker: found.NextVersionIdMarker }
      if (!found.IsTruncated) break
    }
    assert.deepEqual(paged, whole.Versions)
    const { Versions, CommonPrefixes } = await ask('ListObjectVersions', { Bucket, Delimiter: '/' })
    assert.deepEqual([Versions.length, CommonPrefixes], [8, [{ Prefix: 'b/' }]])
  })
})

describe('access', () => {
  it('does not tell what is there to one who may not list', async () => {
    const other = await house.openAccount('stranger')
    const Bucket = await freshBucket()
    await ask('PutObject', { Bucket, Key: 'there', Body: Buffer.from('x') })
    const get = (Key: string) => other.ask('GetObject', { Bucket, Key })
    await assert.rejects(get('there'), { code: 'AccessDenied' })
    const policy = (Action: string, Resource: string) =>
      ask('PutBucketPolicy', {
        Bucket,
        Policy: JSON.stringify({
          Statement: [{ Effect: 'Allow', Principal: { AWS: other.account }, Action, Resource }],
        }),
      })
    await policy('s3:GetObject', `arn:aws:s3:::${Bucket}/*`)
    assert.ok(await get('there'))
    await assert.rejects(get('absent'), { code: 'AccessDenied', status: 403 })
    await assert.rejects(other.ask('GetObject', { Bucket: 'no-such-bucket', Key: 'x' }), { code: 'NoSuchBucket' })
    await assert.rejects(ask('GetObject', { Bucket, Key: 'there', ExpectedBucketOwner: other.account }), {
      code: 'AccessDenied',
    })
    const Delete = { Objects: [{ Key: 'there' }] }
    const { Deleted, Errors } = await other.ask('DeleteObjects', { Bucket, Delete })
    assert.deepEqual([Deleted.length, Errors[0].Code], [0, 'AccessDenied'])
  })

  it('is public only by a policy that is not blocked', async () => {
    const Bucket = await freshBucket()
    await ask('PutObject', { Bucket, Key: 'k', Body: Buffer.from('x') })
    const Statement = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` }
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
    await assert.rejects(ask('PutBucketPolicy', { Bucket, Policy }), { code: 'AccessDenied' })
    const PublicAccessBlockConfiguration = { BlockPublicPolicy: false, RestrictPublicBuckets: true }
    await ask('PutPublicAccessBlock', { Bucket, PublicAccessBlockConfiguration })
    await ask('PutBucketPolicy', { Bucket, Policy })
    assert.equal((await ask('GetBucketPolicy', { Bucket })).Policy, Policy)
    assert.ok((await ask('GetBucketPolicyStatus', { Bucket })).PolicyStatus.IsPublic)
    const read = () => house.ask(anonymous, 'GetObject', { Bucket, Key: 'k' })
    await assert.rejects(read(), { code: 'AccessDenied' })
    await ask('DeletePublicAccessBlock', { Bucket })
    assert.equal((await read()).Body.toString(), 'x')
    await assert.rejects(house.ask(anonymous, 'PutObject', { Bucket, Key: 'k' }), { code: 'AccessDenied' })
    await ask('DeleteBucketPolicy', { Bucket })
    await assert.rejects(read(), { code: 'AccessDenied' })
    await assert.rejects(ask('GetBucketPolicy', { Bucket }), { code: 'NoSuchBucketPolicy' })
  })

  it('refuses policies that are wrong or could not be honoured', async () => {
    const Bucket = await freshBucket()
    const good = {
      Effect: 'Allow',
      Principal: { AWS: owner.account },
      Action: 's3:*',
      Resource: `arn:aws:s3:::${Bucket}/*`,
    }
    const wrong = [
      { ...good, Effect: 'Maybe' },
      { ...good, Principal: undefined },
      { ...good, Action: 'ec2:*' },
      { ...good, Resource: 'arn:aws:s3:::elsewhere/*' },
      { ...good, Condition: { StringEquals: { 's3:TlsVersion': '1.3' } } },
      { ...good, Surprise: 1 },
    ]
    for (const Statement of wrong)
      await assert.rejects(ask('PutBucketPolicy', { Bucket, Policy: JSON.stringify({ Statement }) }), {
        code: 'MalformedPolicy',
      })
    await assert.rejects(ask('PutBucketPolicy', { Bucket, Policy: '{' }), { code: 'MalformedPolicy' })
    const unknown = { Statement: [{ ...good, Condition: { StringMatches: { 'aws:username': 'x' } } }] }
    await assert.rejects(ask('PutBucketPolicy', { Bucket, Policy: JSON.stringify(unknown) }), {
      code: 'MalformedPolicy',
      message: /StringMatches/,
    })
    await ask('PutBucketPolicy', { Bucket, Policy: JSON.stringify({ Statement: good }) })
    const Deny = { ...good, Effect: 'Deny', Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`] }
    await ask('PutBucketPolicy', { Bucket, Policy: JSON.stringify({ Statement: Deny }) })
    await assert.rejects(ask('ListObjectsV2', { Bucket }), { code: 'AccessDenied' })
    await ask('DeleteBucketPolicy', { Bucket })
  })
})

describe('settings', () => {
  it('of a new bucket answer as at AWS', async () => {
    const Bucket = await freshBucket()
    const failing: Record<string, string> = {
      GetBucketCors: 'NoSuchCORSConfiguration',
      GetBucketTagging: 'NoSuchTagSet',
      GetBucketLifecycleConfiguration: 'NoSuchLifecycleConfiguration',
      GetBucketReplication: 'ReplicationConfigurationNotFoundError',
      GetBucketWebsite: 'NoSuchWebsiteConfiguration',
      GetObjectLockConfiguration: 'ObjectLockConfigurationNotFoundError',
    }
    for (const [operation, code] of Object.entries(failing))
      await assert.rejects(ask(operation, { Bucket }), { code, status: 404 })
    for (const operation of [
      'GetBucketVersioning',
      'GetBucketLogging',
      'GetBucketNotificationConfiguration',
      'GetBucketAccelerateConfiguration',
    ])
      assert.deepEqual(await ask(operation, { Bucket }), {})
    assert.deepEqual(await ask('GetBucketRequestPayment', { Bucket }), { Payer: 'BucketOwner' })
    assert.equal((await ask('GetBucketAcl', { Bucket })).Grants[0].Permission, 'FULL_CONTROL')
    const { PublicAccessBlockConfiguration } = await ask('GetPublicAccessBlock', { Bucket })
    assert.ok(Object.values(PublicAccessBlockConfiguration).every(Boolean))
    const { OwnershipControls } = await ask('GetBucketOwnershipControls', { Bucket })
    assert.deepEqual(OwnershipControls, { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] })
  })

  it('are stored or refused', async () => {
    const Bucket = await freshBucket()
    const TagSet = [{ Key: 'team', Value: 'ml' }]
    await ask('PutBucketTagging', { Bucket, Tagging: { TagSet } })
    assert.deepEqual(await ask('GetBucketTagging', { Bucket }), { TagSet })
    const CORSRules = [{ AllowedMethods: ['GET'], AllowedOrigins: ['https://*.example.com'] }]
    await ask('PutBucketCors', { Bucket, CORSConfiguration: { CORSRules } })
    assert.deepEqual(await ask('GetBucketCors', { Bucket }), { CORSRules })
    await ask('PutBucketAcl', { Bucket, ACL: 'private' })
    await ask('PutBucketAcl', { Bucket, AccessControlPolicy: await ask('GetBucketAcl', { Bucket }) })
    await assert.rejects(ask('PutBucketAcl', { Bucket, ACL: 'public-read' }), { code: 'AccessControlListNotSupported' })
    const ObjectWriter = { Rules: [{ ObjectOwnership: 'ObjectWriter' }] }
    await assert.rejects(ask('PutBucketOwnershipControls', { Bucket, OwnershipControls: ObjectWriter }), {
      code: 'NotImplemented',
    })
    const Transitions = [{ Days: 1, StorageClass: 'GLACIER' }]
    const LifecycleConfiguration = { Rules: [{ Status: 'Enabled', Filter: {}, Transitions }] }
    await assert.rejects(ask('PutBucketLifecycleConfiguration', { Bucket, LifecycleConfiguration }), {
      code: 'NotImplemented',
    })
  })
})
