import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, it } from 'node:test'
import { sweepLifecycles } from './lifecycle-sweep.ts'
import { openS3Fixture } from './s3.fixture.ts'

const day = 86_400_000
const clock = { now: Date.parse('2026-03-01T10:00:00Z') }
const house = await openS3Fixture(() => new Date(clock.now))
after(house.close)
const { ask } = house.owner
const sweep = () => sweepLifecycles({ store: house.store, now: () => new Date(clock.now) })

async function bucketWith(rule: object, versioned = false): Promise<string> {
  const Bucket = `bucket-${randomBytes(4).toString('hex')}`
  await ask('CreateBucket', { Bucket })
  if (versioned) await ask('PutBucketVersioning', { Bucket, VersioningConfiguration: { Status: 'Enabled' } })
  const Rules = [{ Status: 'Enabled', Filter: {}, ...rule }]
  await ask('PutBucketLifecycleConfiguration', { Bucket, LifecycleConfiguration: { Rules } })
  return Bucket
}
const put = (Bucket: string, Key: string, more: object = {}) =>
  ask('PutObject', { Bucket, Key, Body: Buffer.from('12345'), ...more })
const keys = async (Bucket: string) =>
  (await ask('ListObjectsV2', { Bucket })).Contents.map((object: { Key: string }) => object.Key)

it('deletes objects when their days are over, at midnight', async () => {
  const Bucket = await bucketWith({ Expiration: { Days: 2 }, Filter: { Prefix: 'logs/' } })
  await put(Bucket, 'logs/old')
  await put(Bucket, 'kept')
  clock.now += 2 * day
  await sweep()
  assert.deepEqual(await keys(Bucket), ['kept', 'logs/old'], 'the last day is not over')
  clock.now += 14 * 3_600_000
  await put(Bucket, 'logs/new')
  assert.equal((await sweep()).expired, 1)
  assert.deepEqual(await keys(Bucket), ['kept', 'logs/new'])
})

it('tells when and by which rule an object will expire', async () => {
  const Bucket = await bucketWith({ ID: 'rule ü', Expiration: { Days: 3 }, Filter: { Prefix: 'logs/' } }, true)
  const midnight = new Date((Math.floor(clock.now / day) + 4) * day).toUTCString()
  const expected = `expiry-date="${midnight}", rule-id="rule%20%C3%BC"`
  const first = await put(Bucket, 'logs/k')
  assert.equal(first.Expiration, expected)
  assert.equal((await ask('HeadObject', { Bucket, Key: 'logs/k' })).Expiration, expected)
  const CopySource = `${Bucket}/logs/k`
  assert.equal((await ask('CopyObject', { Bucket, Key: 'logs/copy', CopySource })).Expiration, expected)
  assert.equal((await put(Bucket, 'kept')).Expiration, undefined)
  await put(Bucket, 'logs/k')
  const old = await ask('GetObject', { Bucket, Key: 'logs/k', VersionId: first.VersionId })
  assert.equal(old.Expiration, undefined, 'one that is not current')
})

it('chooses by tags and size, and by date', async () => {
  const Filter = {
    And: { Prefix: 'x', Tags: [{ Key: 'a', Value: '1' }], ObjectSizeGreaterThan: 4, ObjectSizeLessThan: 6 },
  }
  const Date_ = new Date((Math.floor(clock.now / day) + 1) * day)
  const Bucket = await bucketWith({ Filter, Expiration: { Date: Date_ } })
  await put(Bucket, 'x-tagged', { Tagging: 'a=1&b=2' })
  await put(Bucket, 'x-otherwise', { Tagging: 'a=2' })
  await put(Bucket, 'x-small', { Tagging: 'a=1', Body: Buffer.from('1234') })
  await put(Bucket, 'y', { Tagging: 'a=1' })
  await sweep()
  assert.equal((await keys(Bucket)).length, 4)
  clock.now += day
  await sweep()
  assert.deepEqual(await keys(Bucket), ['x-otherwise', 'x-small', 'y'])
  const { Rules } = await ask('GetBucketLifecycleConfiguration', { Bucket })
  assert.deepEqual(Rules[0].Expiration.Date, Date_)
})

it('leaves a delete marker where versions are kept, deletes old versions, then the marker', async () => {
  const rule = {
    Expiration: { Days: 1 },
    NoncurrentVersionExpiration: { NoncurrentDays: 3, NewerNoncurrentVersions: 1 },
  }
  const Bucket = await bucketWith(rule, true)
  for (let version = 0; version < 4; version++) await put(Bucket, 'k')
  const count = async () => {
    const { Versions, DeleteMarkers } = await ask('ListObjectVersions', { Bucket })
    return [Versions.length, DeleteMarkers.length]
  }
  clock.now += 2 * day
  await sweep()
  assert.deepEqual(await count(), [4, 1])
  clock.now += 4 * day
  assert.equal((await sweep()).noncurrent, 3, 'one newer noncurrent version is kept')
  assert.deepEqual(await count(), [1, 1])
  const { VersionId } = (await ask('ListObjectVersions', { Bucket })).Versions[0]
  await ask('DeleteObject', { Bucket, Key: 'k', VersionId })
  assert.equal((await sweep()).deleteMarkers, 1)
  assert.deepEqual(await count(), [0, 0])
})

it('aborts uploads that nobody finishes', async () => {
  const Bucket = await bucketWith({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } })
  const { UploadId } = await ask('CreateMultipartUpload', { Bucket, Key: 'k' })
  assert.equal((await sweep()).uploads, 0)
  clock.now += 2 * day
  assert.equal((await sweep()).uploads, 1)
  await assert.rejects(ask('ListParts', { Bucket, Key: 'k', UploadId }), { code: 'NoSuchUpload' })
})

it('leaves noncurrent versions that are locked until their lock is over', async () => {
  const Bucket = `bucket-${randomBytes(4).toString('hex')}`
  await ask('CreateBucket', { Bucket, ObjectLockEnabledForBucket: true })
  const Rules = [{ Status: 'Enabled', Filter: {}, NoncurrentVersionExpiration: { NoncurrentDays: 1 } }]
  await ask('PutBucketLifecycleConfiguration', { Bucket, LifecycleConfiguration: { Rules } })
  const lock = { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: new Date(clock.now + 10 * day) }
  await put(Bucket, 'kept', lock)
  const held = await put(Bucket, 'held', { ObjectLockLegalHoldStatus: 'ON' })
  for (const key of ['kept', 'held']) await put(Bucket, key)
  clock.now += 5 * day
  assert.equal((await sweep()).noncurrent, 0)
  clock.now += 10 * day
  assert.equal((await sweep()).noncurrent, 1, 'the one whose retention is over')
  await ask('PutObjectLegalHold', { Bucket, Key: 'held', VersionId: held.VersionId, LegalHold: { Status: 'OFF' } })
  assert.equal((await sweep()).noncurrent, 1)
})
