import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { CompiledQuery } from 'kysely'
import { unlessSqlite } from '../store/own-database.fixture.ts'
import { sweepLifecycles } from './lifecycle-sweep.ts'
import { openS3Fixture } from './s3.fixture.ts'

let house: Awaited<ReturnType<typeof openS3Fixture>>
const asked = new Map<string, readonly unknown[]>()
const Bucket = 'plans'

before(async () => {
  house = await openS3Fixture()
  const { ask } = house.owner
  await ask('CreateBucket', { Bucket })
  await ask('PutBucketVersioning', { Bucket, VersioningConfiguration: { Status: 'Enabled' } })
  for (let n = 0; n < 6; n++)
    for (const version of [1, 2]) await ask('PutObject', { Bucket, Key: `a/${n}`, Body: Buffer.from(`${version}`) })
  await ask('DeleteObject', { Bucket, Key: 'a/5' })
  for (let n = 0; n < 3; n++) await ask('CreateMultipartUpload', { Bucket, Key: `up/${n}` })
  const rule = {
    Status: 'Enabled',
    Filter: { Prefix: 'a/' },
    Expiration: { Days: 1 },
    NoncurrentVersionExpiration: { NoncurrentDays: 1 },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
  }
  await ask('PutBucketLifecycleConfiguration', { Bucket, LifecycleConfiguration: { Rules: [rule] } })
  const executor = house.store.db.getExecutor()
  const execute = executor.executeQuery.bind(executor)
  executor.executeQuery = query => {
    asked.set(query.sql, query.parameters)
    return execute(query)
  }
})
after(() => house.close())

/** The bucket names of all accounts are read by the sweep alone, a few hundred rows. */
const whole = /^select "name" from "s3_bucket"$/

/** Beside a second one SQLite may seek at the first, and pass over all pages before. */
const lowerBounds = (text: string): number => text.match(/ >=? \(?\?/g)?.length ?? 0

it('each statement that reads many rows seeks in an index, on each page', { skip: unlessSqlite }, async () => {
  assert.equal(lowerBounds('"key" >= ? and "key" < ? and ("key", "ordinal") > (?, ?)'), 2)
  const { ask } = house.owner
  for (const Delimiter of [undefined, '/'])
    for (const Prefix of ['', 'a/']) {
      let page = await ask('ListObjectsV2', { Bucket, Prefix, Delimiter, MaxKeys: 2 })
      while (page.NextContinuationToken)
        page = await ask('ListObjectsV2', {
          Bucket,
          Prefix,
          Delimiter,
          MaxKeys: 2,
          ContinuationToken: page.NextContinuationToken,
        })
      const objects = await ask('ListObjects', { Bucket, Prefix, Delimiter, MaxKeys: 2 })
      if (objects.IsTruncated)
        await ask('ListObjects', { Bucket, Prefix, Delimiter, Marker: objects.Contents.at(-1).Key })
      let versions = await ask('ListObjectVersions', { Bucket, Prefix, Delimiter, MaxKeys: 3 })
      while (versions.IsTruncated) {
        const { NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = versions
        versions = await ask('ListObjectVersions', {
          Bucket,
          Prefix,
          Delimiter,
          MaxKeys: 3,
          KeyMarker,
          VersionIdMarker,
        })
      }
    }
  const uploads = await ask('ListMultipartUploads', { Bucket, MaxUploads: 2 })
  await ask('ListMultipartUploads', {
    Bucket,
    KeyMarker: uploads.NextKeyMarker,
    UploadIdMarker: uploads.NextUploadIdMarker,
  })
  await ask('ListParts', { Bucket, Key: 'up/0', UploadId: uploads.Uploads[0].UploadId })
  await ask('ListBuckets', { MaxBuckets: 1 })
  await sweepLifecycles({ store: house.store, now: () => new Date() })
  assert.ok(asked.size > 15, `${asked.size} statements`)
  for (const [text, parameters] of [...asked]) {
    if (whole.test(text)) continue
    const { rows } = await house.store.db.executeQuery<{ detail: string }>(
      CompiledQuery.raw(`explain query plan ${text}`, [...parameters]),
    )
    const plan = rows.map(({ detail }) => detail).join('; ')
    assert.doesNotMatch(plan, /SCAN (?!CONSTANT)|TEMP B-TREE/, `${text}: ${plan}`)
    assert.ok(lowerBounds(text) <= 1, `two lower bounds: ${text}`)
  }
})
