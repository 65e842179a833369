import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, it } from 'node:test'
import { crc32 } from 'node:zlib'
import { collect } from '../store/blob-references.ts'
import { openS3Fixture } from './s3.fixture.ts'

const house = await openS3Fixture()
after(house.close)
const { ask } = house.owner
const Bucket = 'uploads'
await ask('CreateBucket', { Bucket })

const least = 5 << 20
const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest()
const base64Crc = (bytes: Uint8Array) =>
  Buffer.from(crc32(bytes).toString(16).padStart(8, '0'), 'hex').toString('base64')
const later = () => new Date(Date.now() + 60_000)

const begin = async (Key: string, more: object = {}) =>
  (await ask('CreateMultipartUpload', { Bucket, Key, ...more })).UploadId
const send = async (Key: string, UploadId: string, PartNumber: number, Body: Buffer, more: object = {}) => {
  const { ETag } = await ask('UploadPart', { Bucket, Key, UploadId, PartNumber, Body, ...more })
  return { ETag, PartNumber }
}
const complete = (Key: string, UploadId: string, Parts: object[], more: object = {}) =>
  ask('CompleteMultipartUpload', { Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more })

it('makes an object of the parts as they are, in the order of their numbers', async () => {
  const [a, b, c] = [randomBytes(least), randomBytes(least + 3), randomBytes(7)]
  const UploadId = await begin('big', { ContentType: 'x/y', Metadata: { m: '1' }, Tagging: 't=1' })
  const last = await send('big', UploadId, 9000, c)
  const second = await send('big', UploadId, 20, b)
  await send('big', UploadId, 3, randomBytes(100))
  const first = await send('big', UploadId, 3, a)
  await send('big', UploadId, 21, randomBytes(5))
  const done = await complete('big', UploadId, [first, second, last])
  assert.equal(done.ETag, `"${md5(Buffer.concat([md5(a), md5(b), md5(c)])).toString('hex')}-3"`)
  const whole = Buffer.concat([a, b, c])
  const got = await ask('GetObject', { Bucket, Key: 'big' })
  assert.ok(got.Body.equals(whole))
  assert.deepEqual([got.ContentType, got.Metadata, got.TagCount], ['x/y', { m: '1' }, 1])
  for (const [start, end] of [
    [0, 0],
    [least - 1, least],
    [least - 5, 2 * least + 5],
    [2 * least, whole.length - 1],
  ] as const) {
    const part = await ask('GetObject', { Bucket, Key: 'big', Range: `bytes=${start}-${end}` })
    assert.ok(part.Body.equals(whole.subarray(start, end + 1)))
  }
  const byNumber = await ask('GetObject', { Bucket, Key: 'big', PartNumber: 20 })
  assert.ok(byNumber.Body.equals(b))
  assert.deepEqual([byNumber.PartsCount, byNumber.ContentRange], [3, `bytes ${least}-${2 * least + 2}/${whole.length}`])
  await assert.rejects(ask('GetObject', { Bucket, Key: 'big', PartNumber: 21 }), {
    code: 'InvalidPartNumber',
    status: 416,
  })
  assert.deepEqual(await complete('big', UploadId, [first, second, last]), done, 'asking again gives the same answer')
  const copied = await ask('CopyObject', { Bucket, Key: 'copy', CopySource: `${Bucket}/big` })
  assert.equal(copied.CopyObjectResult.ETag, `"${md5(whole).toString('hex')}"`)
  await ask('DeleteObject', { Bucket, Key: 'big' })
  await collect(house.store, house.blobs, { olderThan: later() })
  assert.ok((await ask('GetObject', { Bucket, Key: 'copy' })).Body.equals(whole))
  await ask('DeleteObject', { Bucket, Key: 'copy' })
  await collect(house.store, house.blobs, { olderThan: later() })
  assert.deepEqual(await house.store.db.selectFrom('blob_reference').selectAll().execute(), [])
  assert.deepEqual(await house.store.db.selectFrom('s3_part').selectAll().execute(), [])
})

it('makes an object of ten thousand parts, and of no more', async () => {
  const part = randomBytes(least)
  const UploadId = await begin('many')
  const first = await send('many', UploadId, 1, part)
  await assert.rejects(send('many', UploadId, 10_001, part), { code: 'InvalidArgument' })
  await assert.rejects(
    ask('UploadPart', { Bucket, Key: 'many', UploadId, PartNumber: 2, ContentLength: 5 * 2 ** 30 + 1 }),
    {
      code: 'EntityTooLarge',
    },
  )
  // The others as they would have come: the same content under other numbers.
  const { db } = house.store
  const row = await db.selectFrom('s3_part').selectAll().where('content', '=', UploadId).executeTakeFirstOrThrow()
  const others = Array.from({ length: 9999 }, (_, index) => ({ ...row, number: index + 2 }))
  for (let from = 0; from < others.length; from += 1000)
    await db
      .insertInto('s3_part')
      .values(others.slice(from, from + 1000))
      .execute()
  const Parts = Array.from({ length: 10_000 }, (_, index) => ({ ...first, PartNumber: index + 1 }))
  await assert.rejects(complete('many', UploadId, [...Parts, { ...first, PartNumber: 10_001 }]), {
    code: 'MalformedXML',
  })
  const { ETag } = await complete('many', UploadId, Parts)
  assert.match(ETag, /-10000"$/)
  const size = 10_000 * least
  const end = await ask('GetObject', { Bucket, Key: 'many', Range: `bytes=${size - 7}-` })
  assert.deepEqual([end.Body, end.ContentRange], [part.subarray(-7), `bytes ${size - 7}-${size - 1}/${size}`])
  const told = await ask('GetObjectAttributes', {
    Bucket,
    Key: 'many',
    ObjectAttributes: ['ObjectParts', 'ObjectSize'],
  })
  assert.deepEqual([told.ObjectSize, told.ObjectParts.TotalPartsCount], [size, 10_000])
})

it('refuses parts that are missing, changed, out of order or too small', async () => {
  const UploadId = await begin('k')
  const one = await send('k', UploadId, 1, randomBytes(10))
  const two = await send('k', UploadId, 2, randomBytes(10))
  const refused = (parts: object[], code: string, more: object = {}) =>
    assert.rejects(complete('k', UploadId, parts, more), { code })
  await refused([], 'MalformedXML')
  await refused([two, one], 'InvalidPartOrder')
  await refused([one, one], 'InvalidPartOrder')
  await refused([one, { ...two, ETag: '"else"' }], 'InvalidPart')
  await refused([one, { ...two, PartNumber: 3 }], 'InvalidPart')
  await refused([one, two], 'EntityTooSmall')
  await refused([one], 'InvalidRequest', { MpuObjectSize: 11 })
  await refused([one], 'BadDigest', { ChecksumCRC64NVME: 'AAAAAAAAAAA=' })
  await assert.rejects(complete('else', UploadId, [one]), { code: 'NoSuchUpload', status: 404 })
  await assert.rejects(send('k', UploadId, 10_001, Buffer.alloc(1)), { code: 'InvalidArgument' })
  await assert.rejects(send('k', UploadId, 0, Buffer.alloc(1)), { code: 'InvalidArgument' })
  await ask('PutObject', { Bucket, Key: 'k', Body: Buffer.from('x') })
  await refused([one], 'PreconditionFailed', { IfNoneMatch: '*' })
  await complete('k', UploadId, [one])
  assert.equal((await ask('HeadObject', { Bucket, Key: 'k' })).ContentLength, 10)
})

it('makes the checksum of the parts, composite or of the whole', async () => {
  const [a, b] = [randomBytes(least), randomBytes(9)]
  const whole = Buffer.concat([a, b])
  const upload = async (ChecksumType: string) => {
    const UploadId = await begin('sum', { ChecksumAlgorithm: 'CRC32', ChecksumType })
    const parts = []
    for (const [index, bytes] of [a, b].entries())
      parts.push({
        ...(await send('sum', UploadId, index + 1, bytes, { ChecksumCRC32: base64Crc(bytes) })),
        ChecksumCRC32: base64Crc(bytes),
      })
    await assert.rejects(send('sum', UploadId, 3, b, { ChecksumSHA1: createHash('sha1').update(b).digest('base64') }), {
      code: 'InvalidRequest',
    })
    const bare = parts.map(({ ETag, PartNumber }) => ({ ETag, PartNumber }))
    if (ChecksumType === 'COMPOSITE')
      await assert.rejects(complete('sum', UploadId, bare), {
        code: 'InvalidRequest',
        message: /missing for part 1 in/,
      })
    return complete('sum', UploadId, parts)
  }
  assert.equal((await upload('FULL_OBJECT')).ChecksumCRC32, base64Crc(whole))
  const composite = `${base64Crc(Buffer.concat([a, b].map(bytes => Buffer.from(base64Crc(bytes), 'base64'))))}-2`
  assert.equal((await upload('COMPOSITE')).ChecksumCRC32, composite)
  const { Checksum, ObjectParts, ETag, ObjectSize } = await ask('GetObjectAttributes', {
    Bucket,
    Key: 'sum',
    ObjectAttributes: ['ETag', 'Checksum', 'ObjectParts', 'ObjectSize'],
  })
  assert.deepEqual([Checksum.ChecksumCRC32, ObjectParts.TotalPartsCount, ObjectSize], [composite, 2, whole.length])
  assert.equal(ObjectParts.Parts[1].ChecksumCRC32, base64Crc(b))
  assert.match(ETag, /-2$/)
  await assert.rejects(begin('sum', { ChecksumAlgorithm: 'SHA1', ChecksumType: 'FULL_OBJECT' }), {
    code: 'InvalidRequest',
  })
})

it('copies objects and ranges of them as parts', async () => {
  const source = randomBytes(least + 100)
  await ask('PutObject', { Bucket, Key: 'source', Body: source })
  const UploadId = await begin('assembled')
  const CopySource = `${Bucket}/source`
  const copy = async (PartNumber: number, CopySourceRange?: string) => {
    const input = { Bucket, Key: 'assembled', UploadId, PartNumber, CopySource, CopySourceRange }
    return { PartNumber, ETag: (await ask('UploadPartCopy', input)).CopyPartResult.ETag }
  }
  const parts = [await copy(1), await copy(2, `bytes=10-${least + 9}`), await copy(3, 'bytes=0-0')]
  await assert.rejects(copy(4, 'bytes=0-99999999'), { code: 'InvalidArgument' })
  await complete('assembled', UploadId, parts)
  const wanted = Buffer.concat([source, source.subarray(10, least + 10), source.subarray(0, 1)])
  assert.ok((await ask('GetObject', { Bucket, Key: 'assembled' })).Body.equals(wanted))
})

it('encrypts each part by itself', async () => {
  const [a, b] = [randomBytes(least), randomBytes(33)]
  const UploadId = await begin('secret', { ServerSideEncryption: 'AES256' })
  const parts = [await send('secret', UploadId, 1, a), await send('secret', UploadId, 2, b)]
  assert.equal((await complete('secret', UploadId, parts)).ServerSideEncryption, 'AES256')
  const whole = Buffer.concat([a, b])
  assert.ok((await ask('GetObject', { Bucket, Key: 'secret' })).Body.equals(whole))
  const range = `bytes=${least - 3}-${least + 20}`
  const { Body } = await ask('GetObject', { Bucket, Key: 'secret', Range: range })
  assert.ok(Body.equals(whole.subarray(least - 3, least + 21)))
})

it('lists uploads and parts, and forgets what is aborted', async () => {
  const keys = ['a/1', 'a/1', 'a/2', 'b', 'c']
  const ids = []
  for (const key of keys) ids.push(await begin(`list/${key}`, { ChecksumAlgorithm: 'CRC32' }))
  const all: string[] = []
  let next: object = {}
  for (let more = true; more; ) {
    const page = await ask('ListMultipartUploads', { Bucket, Prefix: 'list/', MaxUploads: 2, ...next })
    all.push(...page.Uploads.map((upload: { UploadId: string }) => upload.UploadId))
    next = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
    more = page.IsTruncated
  }
  const sameKey = all.slice(0, 2)
  assert.deepEqual(new Set(sameKey), new Set(ids.slice(0, 2)))
  assert.deepEqual(all.slice(2), ids.slice(2))
  const { CommonPrefixes, Uploads } = await ask('ListMultipartUploads', { Bucket, Prefix: 'list/', Delimiter: '/' })
  assert.deepEqual([CommonPrefixes, Uploads.length], [[{ Prefix: 'list/a/' }], 2])

  const UploadId = ids[4]
  for (const number of [3, 1, 2]) await send('list/c', UploadId, number, randomBytes(number))
  const page = await ask('ListParts', { Bucket, Key: 'list/c', UploadId, MaxParts: 2 })
  assert.deepEqual(
    [page.Parts.map((part: { Size: number }) => part.Size), page.IsTruncated, page.NextPartNumberMarker],
    [[1, 2], true, 2],
  )
  const rest = await ask('ListParts', { Bucket, Key: 'list/c', UploadId, PartNumberMarker: page.NextPartNumberMarker })
  assert.equal(rest.Parts[0].PartNumber, 3)
  await ask('AbortMultipartUpload', { Bucket, Key: 'list/c', UploadId })
  await assert.rejects(ask('ListParts', { Bucket, Key: 'list/c', UploadId }), { code: 'NoSuchUpload' })
  await assert.rejects(send('list/c', UploadId, 1, randomBytes(1)), { code: 'NoSuchUpload' })
})
