import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import type { BlobStore } from './blobs.ts'

const digestOf = (content: Uint8Array): string => `sha256:${createHash('sha256').update(content).digest('hex')}`
const absent = `sha256:${'0'.repeat(64)}`

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

/** What every blob store must do. `open` makes a new, empty one. */
export function blobSuite(name: string, open: () => Promise<BlobStore>): void {
  describe(`blob store: ${name}`, () => {
    const opened = open()
    const scratch = mkdtemp(join(tmpdir(), 'blob-suite-'))
    after(async () => rm(await scratch, { recursive: true, force: true }))

    it('stores content by its digest, from bytes and from a stream, and returns it', async () => {
      const blobs = await opened
      await fc.assert(
        fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 5000 }), { maxLength: 5 }), async chunks => {
          const content = Buffer.concat(chunks)
          const info = { digest: digestOf(content), size: content.length }
          assert.deepEqual(await blobs.put(Readable.from(chunks)), info)
          assert.deepEqual(await blobs.put(content, info), info)
          assert.ok(await blobs.has(info.digest))
          assert.deepEqual(await buffer(blobs.open(info.digest)), content)
        }),
        { numRuns: 30 },
      )
    })

    it('reads any range, end inclusive, beyond the end cut off', async () => {
      const blobs = await opened
      const content = randomBytes(700_000)
      const { digest } = await blobs.put(content)
      await fc.assert(
        fc.asyncProperty(fc.nat(content.length - 1), fc.nat(content.length + 9), async (start, length) => {
          const found = await buffer(blobs.open(digest, { start, end: start + length }))
          assert.ok(found.equals(content.subarray(start, start + length + 1)))
        }),
        { numRuns: 50 },
      )
    })

    it('refuses content that is not what was announced, and keeps nothing of it', async () => {
      const blobs = await opened
      const content = randomBytes(3000)
      const mismatch = { code: 'DigestMismatch' }
      await assert.rejects(blobs.put(content, { digest: absent }), mismatch)
      await assert.rejects(blobs.put(Readable.from([content]), { size: 2999 }), mismatch)
      assert.equal(await blobs.has(digestOf(content)), false)
    })

    it('keeps nothing of a stream that breaks', async () => {
      const blobs = await opened
      const content = randomBytes(2 << 20)
      const broken = Readable.from(
        (async function* () {
          yield content
          throw new Error('connection reset')
        })(),
      )
      await assert.rejects(blobs.put(broken), /connection reset/)
      assert.equal(await blobs.has(digestOf(content)), false)
    })

    it('says that a blob is not there', async () => {
      const blobs = await opened
      await assert.rejects(buffer(blobs.open(absent)), { code: 'NoSuchBlob' })
      await assert.rejects(blobs.materialize(absent, join(await scratch, 'absent'), true), { code: 'NoSuchBlob' })
      await assert.rejects(async () => blobs.has('sha256:../../etc/passwd'), { code: 'NoSuchBlob' })
    })

    it('writes a copy that may be changed without changing the blob, and a read-only file', async () => {
      const blobs = await opened
      const content = randomBytes(10_000)
      const { digest } = await blobs.put(content)
      const [copy, shared] = [join(await scratch, 'copy'), join(await scratch, 'shared')]
      await blobs.materialize(digest, copy, false)
      await writeFile(copy, 'changed', { flag: 'r+' })
      await blobs.materialize(digest, shared, true)
      assert.deepEqual(await readFile(shared), content)
      assert.equal((await stat(shared)).mode & 0o222, 0)
      assert.deepEqual(await buffer(blobs.open(digest)), content)
      await chmod(shared, 0o444)
      await assert.rejects(blobs.materialize(digest, copy, false), { code: 'EEXIST' })
    })

    it('lists what is stored and removes it, under a condition only what is old', async () => {
      const blobs = await open()
      const stored = await Promise.all([1, 2, 3].map(size => blobs.put(randomBytes(size))))
      const before = new Date(Date.now() - 60_000)
      for (const { digest } of stored) assert.equal(await blobs.remove(digest, { ifOlderThan: before }), false)
      const listed = (await all(blobs.list())).map(({ digest, size }) => ({ digest, size }))
      assert.deepEqual(new Set(listed.map(blob => blob.digest)), new Set(stored.map(blob => blob.digest)))
      assert.equal(
        listed.reduce((sum, blob) => sum + blob.size, 0),
        6,
      )
      const later = new Date(Date.now() + 60_000)
      for (const { digest } of stored) assert.equal(await blobs.remove(digest, { ifOlderThan: later }), true)
      assert.deepEqual(await all(blobs.list()), [])
    })

    it('never loses content that is put while the same content is removed', async () => {
      const blobs = await open()
      const content = randomBytes(5000)
      const { digest } = await blobs.put(content)
      for (let round = 0; round < 30; round++) {
        // As the collector sees it: everything until now is old.
        const cutoff = new Date()
        await new Promise(resolve => setTimeout(resolve, 10))
        await Promise.all([blobs.remove(digest, { ifOlderThan: cutoff }), blobs.put(content)])
        assert.deepEqual(await buffer(blobs.open(digest)), content)
      }
    })
  })
}
