import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { installation } from './installation.ts'
import { refused } from './parity.ts'

const at = installation(async ({ owner: { s3 } }) => {
  await s3.createBucket({ Bucket: 'mine' })
})

/** The members that bring a key; the SDK itself would reckon key and MD5 from raw bytes. */
function newKey() {
  const bytes = randomBytes(32)
  const [SSECustomerKey, SSECustomerKeyMD5] = [
    bytes.toString('base64'),
    createHash('md5').update(bytes).digest('base64'),
  ]
  return { SSECustomerAlgorithm: 'AES256', SSECustomerKey, SSECustomerKeyMD5 }
}
const [key, other] = [newKey(), newKey()]
const ofSource = ({ SSECustomerAlgorithm, SSECustomerKey, SSECustomerKeyMD5 }: typeof key) => ({
  CopySourceSSECustomerAlgorithm: SSECustomerAlgorithm,
  CopySourceSSECustomerKey: SSECustomerKey,
  CopySourceSSECustomerKeyMD5: SSECustomerKeyMD5,
})
const missing = /correct parameters must be provided/
const text = async (answer: { Body?: { transformToString(): Promise<string> } }) => answer.Body?.transformToString()

test('what is put with a key of one’s own is read with that key alone', async () => {
  const { s3 } = at.owner
  for (const [Key, size] of [
    ['small', 10],
    ['large', 200_000],
  ] as const) {
    const where = { Bucket: 'mine', Key }
    const Body = 'x'.repeat(size)
    const put = await s3.putObject({ ...where, Body, ...key })
    assert.deepEqual([put.SSECustomerAlgorithm, put.SSECustomerKeyMD5], ['AES256', key.SSECustomerKeyMD5])
    assert.equal(put.ServerSideEncryption, undefined)
    assert.equal(await text(await s3.getObject({ ...where, ...key })), Body)
    assert.equal(await text(await s3.getObject({ ...where, ...key, Range: 'bytes=2-4' })), 'xxx')
    assert.equal((await s3.headObject({ ...where, ...key })).ContentLength, size)
    await refused(s3.getObject(where), 'InvalidRequest', missing)
    await assert.rejects(s3.headObject(where), (error: { $metadata?: { httpStatusCode?: number } }) => {
      assert.equal(error.$metadata?.httpStatusCode, 400)
      return true
    })
    await refused(s3.getObject({ ...where, ...other }), 'AccessDenied', /./)
    const attributes = { ...where, ObjectAttributes: ['ObjectSize' as const] }
    await refused(s3.getObjectAttributes(attributes), 'InvalidRequest', missing)
    assert.equal((await s3.getObjectAttributes({ ...attributes, ...key })).ObjectSize, size)
  }
})

test('a copy opens its source by one key and is stored by another, or by none', async () => {
  const { s3 } = at.owner
  await s3.putObject({ Bucket: 'mine', Key: 'source', Body: 'words', ...key })
  const copy = { Bucket: 'mine', Key: 'copy', CopySource: 'mine/source' }
  await refused(s3.copyObject(copy), 'InvalidRequest', missing)
  await s3.copyObject({ ...copy, ...ofSource(key), ...other })
  assert.equal(await text(await s3.getObject({ Bucket: 'mine', Key: 'copy', ...other })), 'words')
  await s3.copyObject({ ...copy, ...ofSource(key) })
  assert.equal(await text(await s3.getObject({ Bucket: 'mine', Key: 'copy' })), 'words')
  const itself = { Bucket: 'mine', Key: 'source', CopySource: 'mine/source', ...ofSource(key), ...other }
  await s3.copyObject(itself)
  assert.equal(await text(await s3.getObject({ Bucket: 'mine', Key: 'source', ...other })), 'words')
})

test('an upload in parts has one key from its beginning to its end', async () => {
  const { s3 } = at.owner
  const where = { Bucket: 'mine', Key: 'parts' }
  const { UploadId, SSECustomerKeyMD5 } = await s3.createMultipartUpload({ ...where, ...key })
  assert.equal(SSECustomerKeyMD5, key.SSECustomerKeyMD5)
  const part = { ...where, UploadId, PartNumber: 1, Body: 'a'.repeat(5 * 1024 * 1024) }
  await refused(s3.uploadPart(part), 'InvalidRequest', /Subsequent part requests must include/)
  await refused(s3.uploadPart({ ...part, ...other }), 'AccessDenied', /./)
  const first = await s3.uploadPart({ ...part, ...key })
  await s3.putObject({ Bucket: 'mine', Key: 'piece', Body: 'end', ...other })
  const second = await s3.uploadPartCopy({
    ...{ ...where, UploadId, PartNumber: 2, CopySource: 'mine/piece', ...ofSource(other), ...key },
  })
  const Parts = [
    { PartNumber: 1, ETag: first.ETag },
    { PartNumber: 2, ETag: second.CopyPartResult?.ETag },
  ]
  const done = { ...where, UploadId, MultipartUpload: { Parts } }
  await refused(s3.completeMultipartUpload({ ...done, ...other }), 'AccessDenied', /./)
  await s3.completeMultipartUpload(done)
  const end = { ...where, Range: 'bytes=5242878-' }
  assert.equal(await text(await s3.getObject({ ...end, ...key })), 'aaend')
  await refused(s3.getObject(end), 'InvalidRequest', missing)
})

test('keys of another kind, beside another encryption or not wanted are refused', async () => {
  const { s3 } = at.owner
  const put = (members: object) => s3.putObject({ Bucket: 'mine', Key: 'refused', Body: 'x', ...members })
  await refused(put({ ...key, SSECustomerAlgorithm: 'DES' }), 'InvalidEncryptionAlgorithmError', /AES256/)
  await refused(put({ ...key, ServerSideEncryption: 'AES256' }), 'InvalidArgument', /incompatible with the encryption/)
  await s3.putObject({ Bucket: 'mine', Key: 'open', Body: 'x' })
  await refused(
    s3.getObject({ Bucket: 'mine', Key: 'open', ...key }),
    'InvalidRequest',
    /not applicable to this object/,
  )
})
