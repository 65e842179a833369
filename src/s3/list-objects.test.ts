import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, it } from 'node:test'
import fc from 'fast-check'
import { openS3Fixture } from './s3.fixture.ts'

const house = await openS3Fixture()
after(house.close)
const { ask } = house.owner

/** Keys go straight into the table: the listing is what is tested. */
async function bucketOf(keys: readonly string[]): Promise<string> {
  const Bucket = `bucket-${randomBytes(4).toString('hex')}`
  await ask('CreateBucket', { Bucket })
  const row = { bucket: Bucket, ordinal: -1, version_id: 'null', current: 1, delete_marker: 0, modified: 0, size: 1 }
  const rest = {
    etag: 'e',
    content: 'c',
    digest: '',
    parts: 0,
    headers: '{}',
    tags: '',
    checksum: '',
    encryption: '',
    lock: '',
  }
  for (let start = 0; start < keys.length; start += 1000)
    await house.store.transaction(async ({ db }) => {
      const rows = keys.slice(start, start + 1000).map(key => ({ ...row, ...rest, key: Buffer.from(key), data: null }))
      await db.insertInto('s3_version').values(rows).execute()
    })
  return Bucket
}

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** The whole listing at once, from the definition: keys and shared prefixes in byte order. */
function oracle(keys: readonly string[], prefix: string, delimiter: string, startAfter: string): string[] {
  const entries = keys
    .filter(key => key.startsWith(prefix) && byBytes(key, startAfter) > 0)
    .map(key => {
      const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
      return at < 0 ? key : `${key.slice(0, at + delimiter.length)}|`
    })
    .filter(entry => entry !== `${startAfter}|`)
  return [...new Set(entries)].sort((a, b) => byBytes(a.replace(/\|$/, ''), b.replace(/\|$/, '')))
}

interface Found {
  Contents: { Key: string }[]
  CommonPrefixes: { Prefix: string }[]
  IsTruncated: boolean
  NextContinuationToken?: string
  NextMarker?: string
}

const entriesOf = (page: Found): string[] =>
  [...page.Contents.map(({ Key }) => Key), ...page.CommonPrefixes.map(({ Prefix }) => `${Prefix}|`)].sort((a, b) =>
    byBytes(a.replace(/\|$/, ''), b.replace(/\|$/, '')),
  )

const piece = fc.constantFrom('a', 'b', '/', '//', 'ü', '\u{1f600}', '\uffee', '0', '\u0001', 'é/', '-')
const key = fc.array(piece, { minLength: 1, maxLength: 5 }).map(pieces => pieces.join(''))

it('lists as the definition says, whatever the page size', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(key, { maxLength: 40 }),
      fc.constantFrom('', 'a', '/', 'a/', 'ü', '\u{1f600}'),
      fc.constantFrom('', '/', '//', 'b', 'ü'),
      fc.option(key, { nil: '' }),
      fc.integer({ min: 1, max: 7 }),
      async (keys, Prefix, Delimiter, StartAfter, MaxKeys) => {
        const Bucket = await bucketOf(keys)
        const wanted = oracle(keys, Prefix, Delimiter, StartAfter)
        const two: string[] = []
        const one: string[] = []
        const input = { Bucket, Prefix, Delimiter, MaxKeys }
        for (let token: string | undefined, more = true; more; ) {
          const page: Found = await ask('ListObjectsV2', { ...input, StartAfter, ContinuationToken: token })
          assert.ok(entriesOf(page).length <= MaxKeys)
          two.push(...entriesOf(page))
          token = page.NextContinuationToken
          more = page.IsTruncated
        }
        for (let marker = StartAfter, more = true; more; ) {
          const page: Found = await ask('ListObjects', { ...input, Marker: marker })
          one.push(...entriesOf(page))
          marker = page.NextMarker ?? page.Contents.at(-1)?.Key ?? ''
          more = page.IsTruncated
        }
        assert.deepEqual(two, wanted)
        assert.deepEqual(one, wanted)
      },
    ),
    { numRuns: 60 },
  )
})

it('encodes keys when asked', async () => {
  const Bucket = await bucketOf(['a b/ü\u0001'])
  const page = await ask('ListObjectsV2', { Bucket, EncodingType: 'url', Prefix: 'a b', StartAfter: 'a ' })
  assert.deepEqual([page.Contents[0].Key, page.Prefix, page.StartAfter], ['a%20b/%C3%BC%01', 'a%20b', 'a%20'])
})

it('refuses a token of another listing', async () => {
  const Bucket = await bucketOf(['a', 'b', 'c'])
  const { NextContinuationToken } = await ask('ListObjectsV2', { Bucket, MaxKeys: 1 })
  const other = ask('ListObjectsV2', { Bucket, Prefix: 'x', ContinuationToken: NextContinuationToken })
  await assert.rejects(other, { code: 'InvalidArgument' })
})

it('seeks over what a prefix hides, so that depth costs nothing', async () => {
  const keys = Array.from({ length: 40_000 }, (_, index) => `d${index % 4}/${String(index).padStart(6, '0')}`)
  const Bucket = await bucketOf(keys)
  const rowsRead: number[] = []
  const db = house.store.db.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      rowsRead.push(result.rows.length)
      return result
    },
  })
  const store = { ...house.store, db }
  const page = await ask('ListObjectsV2', { Bucket, Delimiter: '/' }, { store })
  assert.deepEqual(
    page.CommonPrefixes.map(({ Prefix }: { Prefix: string }) => Prefix),
    ['d0/', 'd1/', 'd2/', 'd3/'],
  )
  assert.ok(rowsRead.reduce((sum, count) => sum + count, 0) < 200, `read ${rowsRead} rows`)
})
