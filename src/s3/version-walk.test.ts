import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { unlessSqlite } from '../store/own-database.fixture.ts'
import { sweepLifecycles } from './lifecycle-sweep.ts'
import { openS3Fixture } from './s3.fixture.ts'
import { insertRow } from './version-row.ts'
import { walkPage, walkVersions } from './version-walk.ts'

const Bucket = 'large'
const count = 12_000
const nothing = {
  etag: '',
  content: '',
  digest: '',
  parts: 0,
  headers: '{}',
  tags: '',
  checksum: '',
  encryption: '',
  lock: '',
}
const keyOf = (n: number) => Buffer.from(`k/${String(n).padStart(8, '0')}`)

describe('a bucket of many objects', () => {
  let house: Awaited<ReturnType<typeof openS3Fixture>>
  before(async () => {
    house = await openS3Fixture()
    await house.owner.ask('CreateBucket', { Bucket })
    await house.store.transaction(async ({ db }) => {
      for (let n = 0; n < count; n++) {
        const common = { ...nothing, bucket: Bucket, key: keyOf(n), version_id: 'null', delete_marker: 0, size: 1 }
        await insertRow(db, { ...common, ordinal: 0, current: 1, modified: Date.now(), data: Buffer.from('x') })
      }
    })
  })
  after(() => house.close())

  it('is walked whole and in order, and others have their turn', async () => {
    let turns = 0
    const ticking = setInterval(() => turns++, 0)
    const keys: string[] = []
    for await (const row of walkVersions(house.store.db, {
      bucket: Bucket,
      prefix: Buffer.from('k/'),
      only: 'current',
    }))
      keys.push(Buffer.from(row.key).toString())
    clearInterval(ticking)
    assert.equal(keys.length, count)
    assert.deepEqual(keys, [...keys].sort())
    assert.ok(turns >= 5, `${turns} turns`)
  })

  it('is sought at the end of the page before, not at its prefix', { skip: unlessSqlite }, async () => {
    const last = { key: keyOf(9000), ordinal: 0 }
    for (const only of ['current', 'all'] as const) {
      const walk = { bucket: Bucket, prefix: Buffer.from('k/'), only }
      const plan = await walkPage(house.store.db, walk, last).explain<{ detail: string }>(undefined, sql`query plan`)
      const said = plan.map(({ detail }) => detail).join('\n')
      assert.match(said, /^SEARCH s3_version USING .*\(bucket=\? AND \(?key/)
      assert.doesNotMatch(said, /SCAN|TEMP B-TREE/)
      const statement = walkPage(house.store.db, walk, last).compile().sql
      assert.equal(statement.match(/>/g)?.length, 1, statement)
    }
  })

  it('is swept, and read by others meanwhile', async () => {
    const Rules = [{ ID: 'r', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 1 } }]
    await house.owner.ask('PutBucketLifecycleConfiguration', { Bucket, LifecycleConfiguration: { Rules } })
    let reads = 0
    let isSwept = false
    const sweeping = sweepLifecycles({ store: house.store, now: () => new Date() }).finally(() => {
      isSwept = true
    })
    while (!isSwept) {
      await house.owner.ask('HeadBucket', { Bucket })
      reads++
      await new Promise(resolve => setImmediate(resolve))
    }
    assert.equal((await sweeping).expired, 0)
    assert.ok(reads >= 10, `${reads} reads`)
  })

  it('loses a thousand objects at once, and the others have their turn', async () => {
    let turns = 0
    const ticking = setInterval(() => turns++, 0)
    const Objects = Array.from({ length: 1000 }, (_, n) => ({ Key: keyOf(n).toString() }))
    const { Deleted, Errors } = await house.owner.ask('DeleteObjects', { Bucket, Delete: { Objects } })
    clearInterval(ticking)
    assert.deepEqual([Deleted.length, Errors.length], [1000, 0])
    assert.ok(turns >= 10, `${turns} turns`)
    assert.equal((await house.owner.ask('ListObjectsV2', { Bucket })).Contents[0].Key, 'k/00001000')
  })
})
