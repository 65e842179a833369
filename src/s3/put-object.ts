import type { TrailingBody } from '../ground/body.ts'
import type { Transaction } from '../store/store.ts'
import { askedBucket } from './bucket.ts'
import { encryptionFor } from './bucket-encryption.ts'
import { checksumMembers, requestedChecksum } from './checksum.ts'
import type { WriteConditions } from './conditions.ts'
import { newContentName } from './content.ts'
import { type Encryption, encryptionMembers } from './encryption.ts'
import { doing } from './object-event.ts'
import { type ObjectHeaders, objectHeaders, refuseUnsupported } from './object-headers.ts'
import { type Lock, lockOf, requestedLock } from './object-lock.ts'
import { insertVersion, requireKey } from './object-version.ts'
import { type Body, maximumPutSize, type ReceiveOptions, receive } from './receive-content.ts'
import { s3Error } from './s3-error.ts'
import type { Op, S3Asker, S3Context } from './s3-operation.ts'
import { requireStorage } from './storage-room.ts'
import { type Tag, tagsOfHeader } from './tag-set.ts'

export interface Put extends WriteConditions {
  readonly Bucket: string
  readonly Key: string
  readonly body: Body
  readonly headers: ObjectHeaders
  readonly tags: readonly Tag[]
  readonly lock?: Lock | undefined
  /** What the same commit does besides. */
  readonly within?: ((tx: Transaction) => Promise<void>) | undefined
  readonly ServerSideEncryption?: string
  readonly SSEKMSKeyId?: string
  readonly BucketKeyEnabled?: boolean
  readonly SSECustomerAlgorithm?: string
  readonly SSECustomerKey?: string
  readonly SSECustomerKeyMD5?: string
}

/** Stores an object: the content first, then, in one commit, what makes it visible. */
export async function putContent(asker: S3Asker, put: Put, options: ReceiveOptions) {
  const where = { bucket: put.Bucket, key: requireKey(put.Key) }
  const bucket = await askedBucket(asker, put.Bucket)
  const content = newContentName()
  const encrypted = await encryptionFor(asker, bucket, put, content)
  const cipher = encrypted && { key: encrypted.key, salt: encrypted.encryption.salt }
  await requireStorage(asker.store.db, bucket.account, 'before')
  const received = await receive(asker, put.body, { ...options, cipher })
  const encryption: Encryption | undefined = encrypted?.encryption
  const modified = asker.now().getTime()
  const { headers, tags, lock } = put
  const version = { ...received, content, etag: received.md5, parts: 0, headers, tags, encryption, modified, lock }
  const { versionId, expiration } = await asker.store.transaction(async tx => {
    const inserted = await insertVersion(tx, where, version, put, doing('PutObject', asker))
    await requireStorage(tx.db, bucket.account, 'after')
    await put.within?.(tx)
    return inserted
  })
  return { ...version, versionId, expiration }
}

export const putObject: Op<'PutObject'> = async (input, ctx) => {
  refuseUnsupported(input)
  requireLength(input.ContentLength)
  const headers = objectHeaders(input)
  const lock = requestedLock(input, ctx.now().getTime())
  if (lock) lockOf(await askedBucket(ctx, input.Bucket), lock, 0)
  const put = { ...input, body: bodyOf(input.Body), headers, tags: tagsOfHeader(input.Tagging), lock }
  const stored = await putContent(ctx, put, receiveOptions(input, ctx))
  return {
    ETag: `"${stored.etag}"`,
    VersionId: stored.versionId,
    Expiration: stored.expiration,
    Size: undefined,
    ...checksumMembers(stored.checksum),
    ...encryptionMembers(stored.encryption),
  }
}

export const bodyOf = (body: unknown): Body => body as TrailingBody | Uint8Array | undefined

/** What a request says about its body. */
export const receiveOptions = (
  input: { readonly ContentMD5?: string; readonly ContentLength?: number; readonly ChecksumAlgorithm?: string },
  ctx: S3Context,
): ReceiveOptions => ({
  md5: input.ContentMD5,
  length: input.ContentLength,
  checksum: requestedChecksum(input, ctx.headers['x-amz-trailer']),
})

/** Refuses what is announced as too large before it is sent. */
export function requireLength(length: number | undefined): void {
  if (length !== undefined && length > maximumPutSize)
    throw s3Error('EntityTooLarge', { ProposedSize: length, MaxSizeAllowed: maximumPutSize })
}
