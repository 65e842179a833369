import assert from 'node:assert/strict'
import { test } from 'node:test'
import { S3 } from '@aws-sdk/client-s3'
import { installation } from './installation.ts'
import { refused } from './parity.ts'
import { userWith } from './user.ts'

const at = installation(async ({ owner: { s3 } }) => {
  await s3.createBucket({ Bucket: 'locked', ObjectLockEnabledForBucket: true })
  await s3.createBucket({ Bucket: 'plain' })
})
const day = 86_400_000
const inDays = (days: number) => new Date(Date.now() + days * day)
const locked = /object protected by object lock/

/** A version of a key in the bucket `locked`. */
async function put(Key: string, more: object = {}) {
  const { VersionId } = await at.owner.s3.putObject({ Bucket: 'locked', Key, Body: Key, ...more })
  return { Bucket: 'locked', Key, VersionId }
}

test('a bucket with Object Lock keeps versions, and never goes without again', async () => {
  const { s3 } = at.owner
  assert.equal((await s3.getBucketVersioning({ Bucket: 'locked' })).Status, 'Enabled')
  const { ObjectLockConfiguration } = await s3.getObjectLockConfiguration({ Bucket: 'locked' })
  assert.deepEqual(ObjectLockConfiguration, { ObjectLockEnabled: 'Enabled' })
  const suspended = { Bucket: 'locked', VersioningConfiguration: { Status: 'Suspended' as const } }
  await refused(s3.putBucketVersioning(suspended), 'InvalidBucketState', /versioning state cannot be changed/)
  const late = { Bucket: 'plain', ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled' as const } }
  await refused(s3.putObjectLockConfiguration(late), 'InvalidBucketState', /Versioning must be 'Enabled'/)
  await s3.createBucket({ Bucket: 'later' })
  await s3.putBucketVersioning({ Bucket: 'later', VersioningConfiguration: { Status: 'Enabled' } })
  await refused(s3.getObjectLockConfiguration({ Bucket: 'later' }), 'ObjectLockConfigurationNotFoundError', /./)
  await s3.putObjectLockConfiguration({ ...late, Bucket: 'later' })
  assert.ok((await s3.getObjectLockConfiguration({ Bucket: 'later' })).ObjectLockConfiguration)
})

test('compliance holds against everybody until its day; only longer is granted', async () => {
  const { s3 } = at.owner
  const RetainUntilDate = inDays(2)
  const version = await put('compliance', { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: RetainUntilDate })
  const head = await s3.headObject(version)
  assert.deepEqual([head.ObjectLockMode, head.ObjectLockRetainUntilDate], ['COMPLIANCE', RetainUntilDate])
  await refused(s3.deleteObject(version), 'AccessDenied', locked)
  await refused(s3.deleteObject({ ...version, BypassGovernanceRetention: true }), 'AccessDenied', locked)
  const retain = (Mode: 'COMPLIANCE' | 'GOVERNANCE', date: Date) =>
    s3.putObjectRetention({
      ...version,
      Retention: { Mode, RetainUntilDate: date },
      BypassGovernanceRetention: true,
    })
  await refused(retain('COMPLIANCE', inDays(1)), 'AccessDenied', locked)
  await refused(retain('GOVERNANCE', inDays(3)), 'AccessDenied', locked)
  const none = s3.putObjectRetention({ ...version, Retention: {}, BypassGovernanceRetention: true })
  await refused(none, 'AccessDenied', locked)
  await retain('COMPLIANCE', inDays(3))
  const { Retention } = await s3.getObjectRetention(version)
  assert.ok((Retention?.RetainUntilDate?.getTime() ?? 0) > RetainUntilDate.getTime())
  assert.equal((await s3.deleteObject({ Bucket: 'locked', Key: 'compliance' })).DeleteMarker, true)
  assert.equal((await s3.getObject(version)).ContentLength, 10)
})

test('governance gives way to those who may bypass it and say so', async () => {
  const { s3 } = at.owner
  const governed = { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: inDays(2) }
  const [first, second, third] = [await put('a', governed), await put('b', governed), await put('c', governed)]
  await refused(s3.deleteObject(first), 'AccessDenied', locked)
  const { Errors, Deleted } = await s3.deleteObjects({ Bucket: 'locked', Delete: { Objects: [first, second] } })
  assert.deepEqual([Errors?.map(({ Code }) => Code), Deleted ?? []], [['AccessDenied', 'AccessDenied'], []])

  const Action = ['s3:DeleteObjectVersion', 's3:GetObjectVersion', 's3:PutObjectRetention']
  const credentials = await userWith(at, 'without-bypass', [{ Effect: 'Allow', Resource: '*', Action }])
  const user = new S3({ endpoint: at.url, region: 'us-east-1', forcePathStyle: true, credentials })
  const bypass = { BypassGovernanceRetention: true }
  await refused(user.deleteObject({ ...first, ...bypass }), 'AccessDenied', /s3:BypassGovernanceRetention/)
  const shorter = { ...second, Retention: { Mode: 'GOVERNANCE' as const, RetainUntilDate: inDays(1) } }
  await refused(user.putObjectRetention(shorter), 'AccessDenied', locked)
  assert.equal((await user.getObject(first)).ObjectLockMode, undefined, 'who may not ask for a lock is not told of it')

  await s3.putObjectRetention({ ...shorter, ...bypass })
  await s3.putObjectRetention({ ...third, Retention: {}, ...bypass })
  await refused(s3.getObjectRetention(third), 'NoSuchObjectLockConfiguration', /./)
  await s3.deleteObject(third)
  await s3.deleteObject({ ...first, ...bypass })
  const all = await s3.deleteObjects({ Bucket: 'locked', Delete: { Objects: [second] }, ...bypass })
  assert.deepEqual([all.Deleted?.length, all.Errors ?? []], [1, []])
})

test('a legal hold holds until it is taken away', async () => {
  const { s3 } = at.owner
  const version = await put('held', { ObjectLockLegalHoldStatus: 'ON' })
  assert.equal((await s3.getObjectLegalHold(version)).LegalHold?.Status, 'ON')
  assert.equal((await s3.getObject(version)).ObjectLockLegalHoldStatus, 'ON')
  await refused(s3.deleteObject({ ...version, BypassGovernanceRetention: true }), 'AccessDenied', locked)
  await s3.putObjectLegalHold({ ...version, LegalHold: { Status: 'OFF' } })
  assert.equal((await s3.headObject(version)).ObjectLockLegalHoldStatus, 'OFF')
  await s3.deleteObject(version)
  const bare = await put('bare')
  await refused(s3.getObjectLegalHold(bare), 'NoSuchObjectLockConfiguration', /./)
  await refused(s3.putObjectLegalHold({ ...bare, LegalHold: {} }), 'MalformedXML', /./)
})

test('a bucket’s default holds for puts, copies and uploads that bring no lock of their own', async () => {
  const { s3 } = at.owner
  const Bucket = 'defaults'
  await s3.createBucket({ Bucket, ObjectLockEnabledForBucket: true })
  const rule = (retention: object) =>
    s3.putObjectLockConfiguration({
      ...{ Bucket, ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: retention } } },
    })
  await refused(rule({ Mode: 'GOVERNANCE', Days: 1, Years: 1 }), 'MalformedXML', /./)
  await refused(rule({ Mode: 'GOVERNANCE' }), 'MalformedXML', /./)
  await refused(rule({ Mode: 'GOVERNANCE', Days: 0 }), 'InvalidArgument', /positive/)
  await refused(rule({ Mode: 'GOVERNANCE', Years: 101 }), 'InvalidArgument', /too large/)
  await rule({ Mode: 'GOVERNANCE', Days: 5 })
  const told = (await s3.getObjectLockConfiguration({ Bucket })).ObjectLockConfiguration?.Rule?.DefaultRetention
  assert.deepEqual([told?.Mode, told?.Days, told?.Years], ['GOVERNANCE', 5, undefined])

  await s3.putObject({ Bucket, Key: 'put', Body: 'x' })
  await s3.copyObject({ Bucket, Key: 'copy', CopySource: `${Bucket}/put` })
  const { UploadId } = await s3.createMultipartUpload({ Bucket, Key: 'parts' })
  const part = { Bucket, Key: 'parts', UploadId, PartNumber: 1 }
  const { ETag } = await s3.uploadPart({ ...part, Body: 'x' })
  await s3.completeMultipartUpload({ ...part, MultipartUpload: { Parts: [{ ETag, PartNumber: 1 }] } })
  for (const Key of ['put', 'copy', 'parts']) {
    const { ObjectLockMode, ObjectLockRetainUntilDate: until } = await s3.headObject({ Bucket, Key })
    assert.equal(ObjectLockMode, 'GOVERNANCE', Key)
    const days = ((until?.getTime() ?? 0) - Date.now()) / day
    assert.ok(days > 4.9 && days <= 5, Key)
  }
  const own = { ObjectLockMode: 'COMPLIANCE' as const, ObjectLockRetainUntilDate: inDays(1) }
  const upload = await s3.createMultipartUpload({ Bucket, Key: 'own', ...own })
  const piece = { Bucket, Key: 'own', UploadId: upload.UploadId, PartNumber: 1 }
  const sent = await s3.uploadPart({ ...piece, Body: 'x' })
  await s3.completeMultipartUpload({ ...piece, MultipartUpload: { Parts: [{ ETag: sent.ETag, PartNumber: 1 }] } })
  assert.equal((await s3.headObject({ Bucket, Key: 'own' })).ObjectLockMode, 'COMPLIANCE')
})

test('half a lock, one that is over, and one where there is no Object Lock are refused', async () => {
  const { s3 } = at.owner
  const half = put('half', { ObjectLockMode: 'GOVERNANCE' })
  await refused(half, 'InvalidArgument', /must both be supplied/)
  const over = put('over', { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: inDays(-1) })
  await refused(over, 'InvalidArgument', /must be in the future/)
  const full = { ObjectLockMode: 'GOVERNANCE' as const, ObjectLockRetainUntilDate: inDays(1) }
  const missing = /Bucket is missing Object Lock Configuration/
  const plain = { Bucket: 'plain', Key: 'a' }
  await refused(s3.putObject({ ...plain, Body: 'x', ...full }), 'InvalidRequest', missing)
  await refused(s3.createMultipartUpload({ ...plain, ...full }), 'InvalidRequest', missing)
  await s3.putObject({ ...plain, Body: 'x' })
  await refused(s3.copyObject({ ...plain, CopySource: 'plain/a', Key: 'b', ...full }), 'InvalidRequest', missing)
  await refused(s3.getObjectRetention(plain), 'InvalidRequest', missing)
  const Retention = { Mode: 'GOVERNANCE' as const, RetainUntilDate: inDays(1) }
  await refused(s3.putObjectRetention({ ...plain, Retention }), 'InvalidRequest', missing)
})
