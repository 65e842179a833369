import type { Readable } from 'node:stream'
import type { Transaction } from '../store/store.ts'
import type { Principal } from './principal.ts'

export interface ObjectInfo {
  readonly key: string
  readonly size: number
  readonly etag: string
  readonly lastModified: Date
  readonly contentType?: string
}

/**
 * The object store as jobs use it, acting as a principal whose policies decide. Errors are ServiceErrors with S3's codes
 * (NoSuchBucket, NoSuchKey, AccessDenied) and messages that name the bucket and key.
 */
export interface Objects {
  head(as: Principal, bucket: string, key: string): Promise<ObjectInfo>
  /** In key order (UTF-8 bytes), any number. */
  list(as: Principal, bucket: string, prefix: string): AsyncIterable<ObjectInfo>
  /** `range` in bytes, end inclusive. */
  get(
    as: Principal,
    bucket: string,
    key: string,
    range?: { start: number; end?: number },
  ): Promise<ObjectInfo & { body: Readable }>
  /** Durable when it resolves; nothing is visible before. */
  put(
    as: Principal,
    bucket: string,
    key: string,
    body: Readable | Uint8Array,
    options?: PutOptions,
  ): Promise<ObjectInfo>
  /** Writes the object as a file: a hard link or reflink of the blob when the reader cannot write, else a copy. */
  materialize(as: Principal, bucket: string, key: string, path: string): Promise<ObjectInfo>
  /**
   * Throws NoSuchBucket or AccessDenied when a put into the bucket under the prefix would be refused, and KMS's errors when its key
   * cannot be used.
   */
  checkWritable(as: Principal, bucket: string, prefix: string, options?: Pick<PutOptions, 'kmsKeyId'>): Promise<void>
  /**
   * Content that the platform keeps for itself, out of any bucket (escrow): `owner` holds the content until released.
   * Returns a name to open it by.
   */
  hold(as: Principal, bucket: string, key: string, owner: string): Promise<string>
  openHeld(name: string): Promise<{ size: number; body: Readable }>
  release(owner: string): Promise<void>
}

export interface PutOptions {
  /** What the commit that makes the object visible does besides: SQL and nothing else. */
  readonly within?: (tx: Transaction) => Promise<void>
  readonly contentType?: string
  /** Id, ARN or alias of the KMS key that encrypts it; as the bucket says otherwise. */
  readonly kmsKeyId?: string | undefined
}
