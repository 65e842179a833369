import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { clock } from '../../src/ground/clock.ts'
import { BlobError, type BlobStore, type StoredBlob } from '../../src/store/blobs.ts'
import type { Step } from './stubs.ts'

/** Contents by their digests: they outlive servers. */
export type Blobs = Map<string, { readonly content: Buffer; readonly modified: Date }>

/** As one server sees them. */
export function memoryBlobs(blobs: Blobs, step: Step): BlobStore {
  const stored = (): StoredBlob[] =>
    [...blobs].map(([digest, { content, modified }]) => ({ digest, size: content.length, modified }))
  return {
    async put(body, { verify } = {}) {
      const content = body instanceof Uint8Array ? Buffer.from(body) : await buffer(body)
      await verify?.()
      const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`
      return step('put blob', async () => {
        blobs.set(digest, { content, modified: new Date(clock.now()) })
        return { digest, size: content.length }
      })
    },
    has: digest => step('look for blob', async () => blobs.has(digest)),
    open(digest) {
      const found = blobs.get(digest)
      if (!found) throw new BlobError('NoSuchBlob', `There is no blob ${digest}`)
      return Object.assign(Readable.from([found.content]), { release: () => {} })
    },
    materialize: () => Promise.reject(new Error('files are not simulated')),
    remove: (digest, condition) =>
      step('remove blob', async () => {
        const found = blobs.get(digest)
        if (!found || (condition && found.modified >= condition.ifOlderThan)) return false
        return blobs.delete(digest)
      }),
    async *list() {
      yield* await step('list blobs', async () => stored())
    },
  }
}
