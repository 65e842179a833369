import type { Readable } from 'node:stream'
import type { ByteStream } from '../ground/body.ts'

export interface BlobInfo {
  /** `sha256:` and 64 hex digits. */
  readonly digest: string
  readonly size: number
}

export interface StoredBlob extends BlobInfo {
  /** When it was last put: putting the same content again renews it. */
  readonly modified: Date
}

export interface PutExpectation extends Partial<BlobInfo> {
  /** Asked when all has been read and released; what it throws keeps the content from being stored. */
  readonly verify?: () => Promise<void>
}

/**
 * Content-addressed blobs, immutable. `put` is durable when it resolves: written to a temporary name, synced, renamed, the
 * directory synced. A blob lives while a row of `blob_reference` names it; `collect` (`blob-references.ts`) removes those
 * without one. Errors are `BlobError`s, or the system's own (ENOSPC); after an error nothing of the write is left.
 */
export interface BlobStore {
  /** Stores the content. `expect` throws DigestMismatch before anything is visible. Other hashes are the caller's, on the way. */
  put(body: ByteStream | Uint8Array, expect?: PutExpectation): Promise<BlobInfo>
  has(digest: string): Promise<boolean>
  /**
   * `range` in bytes, end inclusive. Fails with NoSuchBlob at the first read, and with BlobCorrupt when what is to be read next is not
   * what was put, so that a reader never sees wrong content. Its chunks are the reader's. `of` says for the log whose content it is.
   */
  open(digest: string, range?: { start: number; end: number }, of?: string): Readable & Pick<ByteStream, 'release'>
  /** Puts the content at `path`, which must not exist: a hard link when `readOnly`, else a reflink or copy. Throws BlobCorrupt. */
  materialize(digest: string, path: string, readOnly: boolean, of?: string): Promise<void>
  /** For content that is kept elsewhere and was found damaged. */
  noteDamage?(digest: string, problem: string, of: string): void
  /** With `ifOlderThan`, only when the last put was before: decided and done as one step against a put of the same content. True when it is gone. */
  remove(digest: string, condition?: { ifOlderThan: Date }): Promise<boolean>
  /** Every stored blob, for the collector and for sweeps. */
  list(): AsyncIterable<StoredBlob>
  /** Forgets what was noted of blobs that were last put before, and what servers that have died had begun. */
  sweep?(olderThan: Date): Promise<void>
  /** A URL by which whoever has it reads the content for an hour, where clients reach it by themselves. */
  link?(digest: string): Promise<string>
  /** Why content cannot be reached at this moment; undefined when it can. */
  problem?(): Promise<string | undefined>
  close?(): Promise<void>
}

/** What is wrong with a blob: there is none, it is not what its name says, or what was put is not what was announced. */
export class BlobError extends Error {
  readonly code: 'NoSuchBlob' | 'BlobCorrupt' | 'DigestMismatch'

  constructor(code: BlobError['code'], message: string) {
    super(message)
    this.name = code
    this.code = code
  }
}
