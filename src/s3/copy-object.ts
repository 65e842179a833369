import { requireBucket } from './bucket.ts'
import { encryptionFor } from './bucket-encryption.ts'
import { type Checksum, checksumMembers, requireAlgorithm } from './checksum.ts'
import { checkCopyConditions } from './conditions.ts'
import { contentOwner, newContentName, openContent } from './content.ts'
import { parseCopySource } from './copy-source.ts'
import { sourceKey, unlocked } from './customer-key.ts'
import { type Encryption, encryptionMembers } from './encryption.ts'
import { measure } from './measure.ts'
import { doing } from './object-event.ts'
import { objectHeaders, refuseUnsupported } from './object-headers.ts'
import { lockOf, requestedLock } from './object-lock.ts'
import { insertVersion, type ObjectVersion, requireKey, requireSource } from './object-version.ts'
import { copyParts } from './part-store.ts'
import { maximumPutSize, receive } from './receive-content.ts'
import { s3Error } from './s3-error.ts'
import type { In, Op, S3Context } from './s3-operation.ts'
import { requireStorage } from './storage-room.ts'
import { tagsOfHeader } from './tag-set.ts'

export const copyObject: Op<'CopyObject'> = async (input, ctx) => {
  refuseUnsupported(input)
  requireKey(input.Key)
  const named = parseCopySource(input.CopySource)
  const found = await requireSource(ctx, named)
  const source = unlocked(found, sourceKey(input))
  checkCopyConditions(input, source)
  if (source.size > maximumPutSize)
    throw s3Error(
      'InvalidRequest',
      {},
      `The specified copy source is larger than the maximum allowable size for a copy source: ${maximumPutSize}`,
    )
  requireChange(input, source)
  const content = newContentName()
  const bucket = await requireBucket(ctx.store.db, input.Bucket)
  const lock = requestedLock(input, ctx.now().getTime())
  lockOf(bucket, lock, 0)
  const encrypted = await encryptionFor(ctx, bucket, input, content)
  const stored =
    encrypted || source.encryption ? await rewrite(ctx, input, source, encrypted) : await share(ctx, input, source)
  const version = {
    ...stored,
    content,
    headers: input.MetadataDirective === 'REPLACE' ? objectHeaders(input) : copiedHeaders(input, source),
    tags: input.TaggingDirective === 'REPLACE' ? tagsOfHeader(input.Tagging) : source.tags,
    modified: ctx.now().getTime(),
    encryption: encrypted?.encryption,
    lock,
  }
  const { versionId, expiration } = await ctx.store.transaction(async tx => {
    if (stored.digest === '') await copyParts(tx.db, source, content, contentOwner(content))
    const where = { bucket: input.Bucket, key: input.Key }
    const inserted = await insertVersion(tx, where, version, input, doing('CopyObject', ctx))
    await requireStorage(tx.db, bucket.account, 'after')
    return inserted
  })
  return {
    CopyObjectResult: {
      ETag: `"${version.etag}"`,
      LastModified: new Date(version.modified),
      ...checksumMembers(version.checksum),
    },
    CopySourceVersionId: source.shownId,
    VersionId: versionId,
    Expiration: expiration,
    ...encryptionMembers(version.encryption),
  }
}

/** The headers of the source; only the redirect is never copied. */
function copiedHeaders(input: In<'CopyObject'>, source: ObjectVersion) {
  const { WebsiteRedirectLocation: _, ...headers } = source.headers
  const redirect = input.WebsiteRedirectLocation
  return redirect === undefined ? headers : { ...headers, WebsiteRedirectLocation: redirect }
}

function requireChange(input: In<'CopyObject'>, source: ObjectVersion): void {
  const itself = source.bucket === input.Bucket && source.key === input.Key && !input.CopySource.includes('?versionId=')
  const encrypts = input.ServerSideEncryption ?? input.SSECustomerAlgorithm
  const changes = input.MetadataDirective === 'REPLACE' || input.WebsiteRedirectLocation || encrypts
  if (itself && !changes)
    throw s3Error(
      'InvalidRequest',
      {},
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    )
}

/** The copy names the same blobs. It is an object put whole, so its tag and checksum are those of all bytes: read if they are not known. */
async function share(ctx: S3Context, input: In<'CopyObject'>, source: ObjectVersion) {
  const { size, digest, data } = source
  const algorithm = wantedAlgorithm(input, source)
  const known = source.parts === 0 && source.checksum?.algorithm === algorithm && source.checksum
  const { md5, checksum } = known
    ? { md5: source.etag, checksum: known }
    : await measure(await openContent(ctx, ctx.principal, source), algorithm)
  return { size, digest, data, etag: md5, checksum, parts: 0 }
}

async function rewrite(
  ctx: S3Context,
  input: In<'CopyObject'>,
  source: ObjectVersion,
  encrypted: { encryption: Encryption; key: Uint8Array } | undefined,
) {
  const cipher = encrypted && { key: encrypted.key, salt: encrypted.encryption.salt }
  const body = await openContent(ctx, ctx.principal, source)
  const algorithm = wantedAlgorithm(input, source)
  const { size, digest, data, md5, checksum } = await receive(ctx, body, { cipher, compute: algorithm })
  return { size, digest, data, etag: md5, checksum, parts: 0 }
}

const wantedAlgorithm = (input: In<'CopyObject'>, source: ObjectVersion): Checksum['algorithm'] =>
  input.ChecksumAlgorithm === undefined
    ? (source.checksum?.algorithm ?? 'CRC64NVME')
    : requireAlgorithm(input.ChecksumAlgorithm)
