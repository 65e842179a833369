import type { Readable } from 'node:stream'

export interface BlobInfo {
  /** `sha256:` and 64 hex digits. */
  readonly digest: string
  readonly size: number
}

/**
 * Content-addressed blobs, immutable. `put` is durable when it resolves: written to a temporary name, synced, renamed, the
 * directory synced. A blob lives while a row of `blob_reference` names it; `collect` removes those without one.
 */
export interface BlobStore {
  /** Stores the stream. `expect` throws DigestMismatch before anything is visible. Other hashes are the caller's transforms. */
  put(body: Readable | Uint8Array, expect?: Partial<BlobInfo>): Promise<BlobInfo>
  has(digest: string): Promise<boolean>
  /** `range` in bytes, end inclusive. Reading a whole blob checks its digest and fails with BlobCorrupt at the end. */
  open(digest: string, range?: { start: number; end: number }): Readable
  /** Puts the content at `path`: a hard link when `readOnly`, else a reflink or copy. */
  materialize(digest: string, path: string, readOnly: boolean): Promise<void>
  remove(digest: string): Promise<void>
  /** Every stored digest, for the collector and for sweeps. */
  list(): AsyncIterable<BlobInfo>
}
