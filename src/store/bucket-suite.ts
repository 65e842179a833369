import assert from 'node:assert/strict'
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { after, describe, it } from 'node:test'
import { S3 } from '@aws-sdk/client-s3'
import { openBlobCache } from './blob-cache.ts'
import { collect, reference, release } from './blob-references.ts'
import { blobSuite } from './blob-suite.ts'
import type { BlobStore } from './blobs.ts'
import { type BucketKeys, openBucket } from './bucket.ts'
import { type Fault, openFaultyWay } from './bucket-faults.fixture.ts'
import { bucketMarks, removalMs } from './bucket-marks.ts'
import { parseBucketUrl } from './bucket-url.ts'
import { dataDirectory } from './data-directory.ts'
import { openBlobs } from './open-blobs.ts'
import { createS3Blobs } from './s3-blobs.ts'
import { openTestStore } from './store.fixture.ts'

/** A bucket that is there, and nothing else's. */
export interface TestBucket {
  readonly endpoint: string
  readonly bucket: string
  readonly keys: BucketKeys
}

const digestOf = (content: Uint8Array): string => `sha256:${createHash('sha256').update(content).digest('hex')}`
const mebibyte = 1024 ** 2
const roomBytes = 32 * mebibyte

async function listed(blobs: BlobStore): Promise<string[]> {
  const digests: string[] = []
  for await (const { digest } of blobs.list()) digests.push(digest)
  return digests
}

/** What blobs in a bucket must do besides what all blobs must, whichever S3 it is. */
export function bucketSuite(name: string, find: () => Promise<TestBucket>): void {
  describe(`blobs in a bucket ${name}`, () => {
    const found = find()
    const way = found.then(({ endpoint }) => openFaultyWay(endpoint))
    const scratch = mkdtemp(join(tmpdir(), 's3-blobs-'))
    const closing: (() => unknown)[] = []
    after(async () => {
      for (const close of closing) await close()
      ;(await way).close()
      await rm(await scratch, { recursive: true, force: true })
    })

    const raw = async () => {
      const { endpoint, keys: credentials } = await found
      return new S3({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true })
    }
    const store = openTestStore()
    closing.push(async () => (await store).close())

    /** A server's view of a place; two of one prefix are two servers on one database. */
    async function open(prefix = `${randomUUID()}/`, limits: { idleMs?: number; tries?: number } = {}) {
      const { bucket, keys } = await found
      const place = { bucket, prefix, endpoint: (await way).endpoint, region: 'us-east-1', pathStyle: true }
      const opened = openBucket({ place, keys, ...limits })
      closing.push(opened.close)
      const cache = await openBlobCache(await mkdtemp(join(await scratch, 'cache-')), roomBytes)
      const parts = { bucket: opened, marks: bucketMarks(await store), cache }
      return {
        prefix,
        cache,
        blobs: createS3Blobs(parts),
        past: createS3Blobs({ ...parts, past: 'cache', links: true }),
      }
    }
    const keyOf = (prefix: string, digest: string) => `${prefix}sha256/${digest.slice(7, 9)}/${digest.slice(9)}`

    async function keysBelow(Prefix: string): Promise<string[]> {
      const { Contents = [] } = await (await raw()).listObjectsV2({ Bucket: (await found).bucket, Prefix })
      return Contents.map(({ Key = '' }) => Key.slice(Prefix.length)).sort()
    }

    /** The first so many requests that match go wrong so. */
    async function wrong(fault: Fault, times: number, which: RegExp): Promise<void> {
      let left = times
      const meets = (method: string, path: string) => which.test(`${method} ${path}`) && left-- > 0
      ;(await way).set(({ method, path }) => (meets(method, path) ? fault : undefined))
    }

    blobSuite(`${name}, from the cache`, async () => (await open()).blobs)
    blobSuite(`${name}, past the cache`, async () => (await open()).past)

    it('keeps large content in parts, reads any range of it, and leaves no upload', async () => {
      const { past, prefix } = await open()
      const content = randomBytes(21 * mebibyte + 12_345)
      const { digest, size } = await past.put(Readable.from([content.subarray(0, 100), content.subarray(100)]))
      assert.deepEqual([digest, size], [digestOf(content), content.length])
      const { bucket } = await found
      const { ETag } = await (await raw()).headObject({ Bucket: bucket, Key: keyOf(prefix, digest) })
      assert.match(ETag ?? '', /-3"$/, 'it came in three parts')
      for (const [start, end] of [
        [0, 0],
        [8 * mebibyte - 1, 8 * mebibyte],
        [content.length - 5, content.length + 5],
        [3, content.length - 3],
      ] as const)
        assert.ok((await buffer(past.open(digest, { start, end }))).equals(content.subarray(start, end + 1)))
      assert.ok((await buffer(past.open(digest))).equals(content))
      const { Uploads = [] } = await (await raw()).listMultipartUploads({ Bucket: bucket, Prefix: prefix })
      assert.deepEqual(Uploads, [])
    })

    it('gives nothing that is not what was put, and what is whole around it', async () => {
      const { past, blobs, prefix } = await open()
      const { bucket: Bucket } = await found
      const client = await raw()
      for (const size of [5000, 700_000]) {
        const content = randomBytes(size)
        const { digest } = await blobs.put(content)
        const Key = keyOf(prefix, digest)
        const other = await open(prefix)
        const damaged = Buffer.from(content)
        damaged[size - 10] = (damaged[size - 10] as number) ^ 4
        await client.putObject({ Bucket, Key, Body: damaged })
        await assert.rejects(buffer(past.open(digest)), { code: 'BlobCorrupt' }, `${size} bytes`)
        const path = join(await scratch, randomUUID())
        await assert.rejects(other.blobs.materialize(digest, path, true), { code: 'BlobCorrupt' })
        await assert.rejects(stat(path), { code: 'ENOENT' })
        if (size > 500_000) {
          assert.deepEqual(await buffer(past.open(digest, { start: 3, end: 9 })), content.subarray(3, 10))
          await client.deleteObject({ Bucket, Key: `${Key}.sums` })
          await assert.rejects(buffer(past.open(digest, { start: 3, end: 9 })), { code: 'BlobCorrupt' }, 'without sums')
        }
        await client.putObject({ Bucket, Key, Body: content.subarray(1) })
        await assert.rejects(buffer(past.open(digest)), { code: 'BlobCorrupt' }, 'cut off')
        await blobs.put(content)
        assert.deepEqual(await buffer(other.blobs.open(digest)), content, 'putting it again heals it')
      }
    })

    it('reads on where an answer breaks off, and again where it was changed on the way', async () => {
      const { past } = await open()
      const content = randomBytes(3 * mebibyte)
      const { digest } = await past.put(content)
      for (const fault of [
        { kind: 'cut', after: 1_300_000 },
        // Of sums this is beyond their end: what a flip there does is told below.
        { kind: 'flip', at: 1_300_000 },
        { kind: 'refuse', status: 503, code: 'SlowDown' },
        { kind: 'reset' },
      ] as const) {
        await wrong(fault, 1, /^GET .*sha256\/..\/\w+(\?|$)/)
        assert.ok((await buffer(past.open(digest))).equals(content), fault.kind)
        await wrong(fault.kind === 'cut' ? { kind: 'cut', after: 20 } : fault, 1, /^GET .*sums/)
        const part = past.open(digest, { start: 5, end: 9 })
        assert.deepEqual(await buffer(part), content.subarray(5, 10), `sums, ${fault.kind}`)
      }
      ;(await way).set(() => undefined)
    })

    it('tells of a bucket that refuses, hangs or goes on breaking off, in words, and stores nothing', async () => {
      const { past, blobs, prefix } = await open(undefined, { idleMs: 1000, tries: 1 })
      const content = randomBytes(17 * mebibyte)
      const { digest } = await past.put(randomBytes(700_000))
      const faults: [Fault, RegExp][] = [
        [{ kind: 'refuse', status: 503, code: 'SlowDown' }, /SlowDown/],
        [{ kind: 'refuse', status: 403, code: 'AccessDenied' }, /as asked \(AccessDenied\)/],
        [{ kind: 'hang' }, /\(TimeoutError\)/],
        [{ kind: 'reset' }, /ECONNRESET|EPIPE/],
      ]
      for (const [fault, words] of faults) {
        await wrong(fault, 1000, /^GET /)
        const failure = { code: 'BucketError', message: words }
        await assert.rejects(buffer(past.open(digest)), failure)
        await wrong(fault, 1000, /^PUT .*partNumber=2/)
        await assert.rejects(blobs.put(content), failure)
      }
      await wrong({ kind: 'cut', after: 100_000 }, 1000, /^GET .*sha256\/..\/\w+(\?|$)/)
      await assert.rejects(buffer(past.open(digest)), { code: 'BucketError', message: /broke off/ })
      ;(await way).set(() => undefined)
      assert.equal(await blobs.has(digestOf(content)), false)
      assert.equal((await keysBelow(prefix)).length, 2, 'one content and its sums')
      const { bucket: Bucket } = await found
      const { Uploads = [] } = await (await raw()).listMultipartUploads({ Bucket, Prefix: prefix })
      assert.deepEqual(Uploads, [])
    })

    it('writes files from the cache, from the bucket where it lacks them, and again where its file is damaged', async () => {
      const [one, two] = [await open(), await open()]
      const content = randomBytes(2 * mebibyte)
      const { digest } = await one.blobs.put(content)
      const other = await open(one.prefix)
      const paths = [1, 2, 3].map(async number => join(await scratch, `${digest.slice(7)}-${number}`))
      const [first, second, third] = (await Promise.all(paths)) as [string, string, string]
      ;(await way).set(() => undefined)
      await one.blobs.materialize(digest, first, true)
      assert.deepEqual((await way).asked, [], 'what was put here is here')
      await Promise.all([other.blobs.materialize(digest, second, true), other.blobs.materialize(digest, third, false)])
      for (const path of [first, second, third]) assert.deepEqual(await readFile(path), content)
      assert.equal((await stat(second)).nlink, 2, 'a link to the file of the cache')
      await assert.rejects(two.blobs.materialize(digest, join(await scratch, 'none'), true), { code: 'NoSuchBlob' })
    })

    it('keeps no more files than its room, and what was used last', async () => {
      const { blobs, cache } = await open()
      const [kept, ...others] = await Promise.all([...Array(10)].map(() => blobs.put(randomBytes(4 * mebibyte))))
      await new Promise(resolve => setTimeout(resolve, 1100))
      await blobs.materialize(kept?.digest as string, join(await scratch, randomUUID()), true)
      const left = await listed(cache.files)
      assert.ok(left.length <= 8, `${left.length} of 4 MiB each in 32 MiB`)
      assert.ok(left.includes(kept?.digest as string))
      for (const { digest } of others) assert.ok(await blobs.has(digest))
    })

    it('two servers: what is put at one is never lost by what the other collects', async () => {
      const one = await open()
      const two = await open(one.prefix)
      const content = randomBytes(400_000)
      const { digest } = await one.blobs.put(content)
      for (let round = 0; round < 15; round++) {
        const cutoff = new Date()
        await new Promise(resolve => setTimeout(resolve, 5))
        await Promise.all([
          two.blobs.remove(digest, { ifOlderThan: cutoff }),
          one.blobs.remove(digest, { ifOlderThan: cutoff }),
          one.blobs.put(content),
          two.blobs.put(content),
        ])
        assert.deepEqual(await buffer(two.past.open(digest)), content, `round ${round}`)
      }
    })

    it('sends content again that was removed while it was sent', async () => {
      const one = await open()
      const two = await open(one.prefix)
      const content = randomBytes(1000)
      const digest = digestOf(content)
      let removed: boolean | undefined
      ;(await way).set(async ({ method, path }) => {
        if (method === 'PUT' && path.includes(digest.slice(9)) && removed === undefined) {
          removed = false
          removed = await two.blobs.remove(digest)
        }
        return undefined
      })
      await one.blobs.put(content)
      assert.equal(removed, true)
      assert.equal((await way).asked.filter(({ method }) => method === 'PUT').length, 2)
      ;(await way).set(() => undefined)
      assert.deepEqual(await buffer(two.past.open(digest)), content)
    })

    it('waits for no removal that the bucket refuses', async () => {
      const { blobs, prefix } = await open()
      const content = randomBytes(400_000)
      const { digest } = await blobs.put(content)
      for (const status of [403, 400]) {
        const code = 'AccessDenied'
        ;(await way).set(({ method }) => (method === 'DELETE' ? { kind: 'refuse', status, code } : undefined))
        await assert.rejects(blobs.remove(digest), { code: 'BucketError', refused: true })
        const marks = (await store).db.selectFrom('blob_mark').selectAll().where('digest', '=', digest)
        assert.deepEqual(await marks.execute(), [])
        await blobs.put(content)
      }
      ;(await way).set(() => undefined)
      assert.deepEqual(await buffer((await open(prefix)).past.open(digest)), content)
    })

    it('waits for no removal whose server died', async () => {
      const { blobs } = await open()
      const { db } = await store
      const content = randomBytes(100)
      const digest = digestOf(content)
      const until = Date.now() + 300
      const removing = until - removalMs
      await db.insertInto('blob_mark').values({ digest, generation: 'dead', put: 0, removing }).execute()
      assert.equal(await blobs.remove(digest), false, 'another one removes it')
      await blobs.put(content)
      assert.ok(Date.now() > until)
      assert.deepEqual(await buffer(blobs.open(digest)), content)
    })

    it('collects what nobody holds with its sums, and what servers left that died', async () => {
      const { blobs, prefix } = await open()
      const { bucket: Bucket } = await found
      const [held, garbage] = await Promise.all([blobs.put(randomBytes(300_000)), blobs.put(randomBytes(300_000))])
      const rows = await store
      await reference(rows.db, held.digest, 'test:one')
      const later = () => new Date(Date.now() + 60_000)
      const past = new Date(Date.now() - 60_000)
      assert.deepEqual(await collect(rows, blobs, { olderThan: past }), { removed: 0, bytes: 0 })
      assert.deepEqual(await collect(rows, blobs, { olderThan: later() }), { removed: 1, bytes: 300_000 })
      const key = keyOf('', held.digest)
      assert.deepEqual(await keysBelow(prefix), [key, `${key}.sums`])
      assert.equal(await blobs.has(garbage.digest), false)
      const young = await (await raw()).createMultipartUpload({ Bucket, Key: `${prefix}young` })
      await release(rows.db, 'test:one')
      assert.equal((await collect(rows, blobs, { olderThan: later() })).removed, 1)
      assert.deepEqual(await keysBelow(prefix), [])
      const { Uploads = [] } = await (await raw()).listMultipartUploads({ Bucket, Prefix: prefix })
      assert.deepEqual(
        Uploads.map(({ UploadId }) => UploadId),
        [young.UploadId],
        'a day has not passed',
      )
      const marks = await rows.db
        .selectFrom('blob_mark')
        .select('digest')
        .where('digest', 'in', [held.digest, garbage.digest])
        .execute()
      assert.deepEqual(marks, [])
    })

    it('gives a URL that anybody may read for a while', async () => {
      const { past } = await open()
      const content = randomBytes(3000)
      const { digest } = await past.put(content)
      const answer = await fetch((await past.link?.(digest)) ?? '')
      assert.deepEqual(Buffer.from(await answer.arrayBuffer()), content)
    })

    it('is one installation’s, which remembers it', async () => {
      const { bucket, keys } = await found
      const prefix = randomUUID()
      const url = `s3://${bucket}/${prefix}?endpoint=${encodeURIComponent((await way).endpoint)}`
      const at = async (name: string) => {
        const store = await openTestStore()
        closing.push(store.close)
        await store.db.updateTable('setting').set({ value: name }).where('name', '=', 'installation').execute()
        return { directory: dataDirectory(join(await scratch, name)), store }
      }
      const [one, two] = [await at(randomUUID()), await at(randomUUID())]
      const opened = await openBlobs({ ...one, objects: { url, keys } })
      assert.equal(await opened.problem?.(), undefined)
      await assert.rejects(openBlobs({ ...two, objects: { url, keys } }), /is of another installation/)
      const other = `s3://${bucket}/${randomUUID()}?endpoint=${encodeURIComponent((await way).endpoint)}`
      const filled = openBucket({ place: parseBucketUrl(other), keys })
      await filled.put('installation', Buffer.alloc(1025, 'x'))
      filled.close()
      await assert.rejects(openBlobs({ ...two, objects: { url: other, keys } }), /an object installation of 1025 bytes/)
      const { digest } = await opened.put(Buffer.from('content'))
      const again = await openBlobs({ ...one, objects: { keys }, guest: true })
      assert.equal(String(await buffer(again.open(digest))), 'content')
      const elsewhere = { url: `s3://${bucket}/other`, keys }
      await assert.rejects(
        openBlobs({ ...one, objects: elsewhere }),
        /has its content in s3:\/\/\w+\/[\w-]+\/, not there/,
      )
      await reference(two.store.db, digest, 'test:files')
      await assert.rejects(
        openBlobs({ ...two, objects: { url: `${url}&region=eu-west-1`, keys } }),
        /in files of its data directory/,
      )
      const stranger = { accessKeyId: 'AKIASTRANGERSTRANGE', secretAccessKey: 'secret' }
      await assert.rejects(openBlobs({ ...one, objects: { keys: stranger } }), { code: 'BucketError' })
      for (const blobs of [opened, again]) await blobs.close?.()
    })
  })
}
