import { createHash } from 'node:crypto'
import type { Kysely } from 'kysely'
import { randomness } from '../ground/randomness.ts'
import type { Database } from '../store/database.ts'
import type { Transaction } from '../store/store.ts'
import { requireBucket } from './bucket.ts'
import { encryptionFor } from './bucket-encryption.ts'
import { checksumMembers, checksumTypes, combineChecksums, requireAlgorithm } from './checksum.ts'
import { customerKeyOf, unlocked } from './customer-key.ts'
import { encryptionMembers } from './encryption.ts'
import { doing } from './object-event.ts'
import { objectHeaders, refuseUnsupported } from './object-headers.ts'
import { lockOf, requestedLock } from './object-lock.ts'
import { findVersion, insertVersion, type ObjectVersion, requireKey } from './object-version.ts'
import { dropParts, findUpload, type Part, partsOf, removeUpload, requireUpload, type Upload } from './part-store.ts'
import { s3Error } from './s3-error.ts'
import type { In, Op, Out, S3Context } from './s3-operation.ts'
import { tagsOfHeader } from './tag-set.ts'
import { keyBytes } from './version-row.ts'

/** S3 User Guide, "Amazon S3 multipart upload limits". */
const minimumPartSize = 5 << 20
export const maximumParts = 10_000

export const createMultipartUpload: Op<'CreateMultipartUpload'> = async (input, ctx) => {
  refuseUnsupported(input)
  const bucket = await requireBucket(ctx.store.db, input.Bucket)
  const checksum = uploadChecksum(input)
  const lock = requestedLock(input, ctx.now().getTime())
  lockOf(bucket, lock, 0)
  const initiated = ctx.now().getTime()
  const id = `${initiated.toString(16).padStart(12, '0')}${randomness.bytes(24).toString('base64url')}`
  const encrypted = await encryptionFor(ctx, bucket, input, id)
  await ctx.store.transaction(async ({ db }) => {
    await requireBucket(db, input.Bucket)
    const row = {
      id,
      bucket: input.Bucket,
      key: keyBytes(requireKey(input.Key)),
      initiated,
      initiator: ctx.principal.arn,
      checksum: JSON.stringify(checksum),
      headers: JSON.stringify(objectHeaders(input)),
      tags: JSON.stringify(tagsOfHeader(input.Tagging)),
      encryption: encrypted ? JSON.stringify(encrypted.encryption) : '',
      lock: lock ? JSON.stringify(lock) : '',
    }
    await db.insertInto('s3_upload').values(row).execute()
  })
  return {
    Bucket: input.Bucket,
    Key: input.Key,
    UploadId: id,
    ...(checksum.asked && { ChecksumAlgorithm: checksum.algorithm, ChecksumType: checksum.type }),
    ...encryptionMembers(encrypted?.encryption),
  }
}

function uploadChecksum(input: In<'CreateMultipartUpload'>): Upload['checksum'] {
  if (input.ChecksumAlgorithm === undefined) {
    if (input.ChecksumType !== undefined)
      throw s3Error(
        'InvalidRequest',
        {},
        'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
      )
    return { algorithm: 'CRC64NVME', type: 'FULL_OBJECT', asked: false }
  }
  const algorithm = requireAlgorithm(input.ChecksumAlgorithm)
  const types = checksumTypes(algorithm)
  const type = input.ChecksumType ?? types[0] ?? 'COMPOSITE'
  if (types.includes(type)) return { algorithm, type, asked: true }
  throw s3Error(
    'InvalidRequest',
    {},
    `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
  )
}

export const completeMultipartUpload: Op<'CompleteMultipartUpload'> = async (input, ctx) => {
  const { version, versionId, expiration } = await ctx.store.transaction(tx => complete(tx, input, ctx))
  return {
    Bucket: input.Bucket,
    Key: input.Key,
    Location: `${ctx.url}/${input.Bucket}/${encodeURIComponent(input.Key).replaceAll('%2F', '/')}`,
    ETag: `"${version.etag}"`,
    VersionId: versionId,
    Expiration: expiration,
    ...checksumMembers(version.checksum),
    ...encryptionMembers(version.encryption),
  } satisfies Out<'CompleteMultipartUpload'>
}

/** The parts become the object as they are: not a byte is copied. */
async function complete(tx: Transaction, input: In<'CompleteMultipartUpload'>, ctx: S3Context) {
  const { db } = tx
  const upload = await findUpload(db, input)
  if (!upload) return completedBefore(db, input)
  if (customerKeyOf(input)) unlocked(upload, input)
  const uploaded = await partsOf(db, upload.id)
  const parts = chooseParts(input, upload, uploaded)
  const size = parts.reduce((sum, part) => sum + part.size, 0)
  if (input.MpuObjectSize !== undefined && Number(input.MpuObjectSize) !== size)
    throw s3Error(
      'InvalidRequest',
      {},
      `The provided 'x-amz-mp-object-size' header value ${input.MpuObjectSize} does not match what was computed: ${size}`,
    )
  const { algorithm, type } = upload.checksum
  const checksum = combineChecksums(algorithm, type, parts)
  requireChecksum(input, checksum)
  const { headers, tags, encryption, lock } = upload
  const version = {
    content: upload.id,
    size,
    digest: '',
    data: null,
    etag: etagOf(parts),
    parts: parts.length,
    checksum,
    headers,
    tags,
    encryption,
    lock,
    modified: ctx.now().getTime(),
  }
  const where = { bucket: input.Bucket, key: input.Key }
  const inserted = await insertVersion(tx, where, version, input, doing('CompleteMultipartUpload', ctx))
  const kept = new Set(parts.map(part => part.number))
  await dropParts(
    db,
    upload.id,
    uploaded.filter(part => !kept.has(part.number)),
  )
  await db.deleteFrom('s3_upload').where('id', '=', upload.id).execute()
  return { version, ...inserted }
}

/** A client whose answer was lost asks again: as long as the object is what this upload made, the answer is the same. */
async function completedBefore(db: Kysely<Database>, input: In<'CompleteMultipartUpload'>) {
  const bucket = await requireBucket(db, input.Bucket)
  const version: ObjectVersion | undefined = await findVersion(db, bucket, input.Key)
  if (version?.content !== input.UploadId) throw s3Error('NoSuchUpload', { UploadId: input.UploadId })
  const versionId = bucket.versioning === 'Enabled' ? version.versionId : undefined
  return { version, versionId, expiration: version.expiration }
}

/** Throws MalformedXML, InvalidPartOrder, InvalidRequest, InvalidPart or EntityTooSmall. */
function chooseParts(input: In<'CompleteMultipartUpload'>, upload: Upload, uploaded: readonly Part[]): Part[] {
  const named = input.MultipartUpload?.Parts ?? []
  if (named.length === 0 || named.length > maximumParts) throw s3Error('MalformedXML')
  const byNumber = new Map(uploaded.map(part => [part.number, part]))
  const chosen = named.map((name, index) => {
    const previous = named[index - 1]?.PartNumber ?? 0
    if (name.PartNumber === undefined) throw s3Error('MalformedXML')
    if (name.PartNumber <= previous) throw s3Error('InvalidPartOrder', { UploadId: upload.id })
    const part = byNumber.get(name.PartNumber)
    const etag = name.ETag?.replaceAll('"', '')
    const checksum = name[`Checksum${upload.checksum.algorithm}` as 'ChecksumCRC32']
    requirePartChecksum(upload.checksum, name.PartNumber, checksum)
    if (!part || part.etag !== etag || (checksum !== undefined && checksum !== part.checksum))
      throw s3Error('InvalidPart', { UploadId: upload.id, PartNumber: name.PartNumber, ETag: etag })
    return part
  })
  const small = chosen.slice(0, -1).find(part => part.size < minimumPartSize)
  if (!small) return chosen
  throw s3Error('EntityTooSmall', {
    ProposedSize: small.size,
    MinSizeAllowed: minimumPartSize,
    PartNumber: small.number,
    ETag: small.etag,
  })
}

/** A checksum of checksums that the client asked for is made of those that it names. */
function requirePartChecksum({ algorithm, type, asked }: Upload['checksum'], part: number, checksum?: string): void {
  if (!asked || type !== 'COMPOSITE' || checksum !== undefined) return
  throw s3Error(
    'InvalidRequest',
    {},
    `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${part} in the request.`,
  )
}

function etagOf(parts: readonly Part[]): string {
  const md5 = createHash('md5')
  for (const part of parts) md5.update(Buffer.from(part.etag, 'hex'))
  return `${md5.digest('hex')}-${parts.length}`
}

function requireChecksum(input: In<'CompleteMultipartUpload'>, computed: ReturnType<typeof combineChecksums>): void {
  const { algorithm, type, value } = computed
  if (input.ChecksumType !== undefined && input.ChecksumType !== type)
    throw s3Error(
      'InvalidRequest',
      {},
      `The upload was created with checksum type ${type} and the complete request says ${input.ChecksumType}.`,
    )
  const expected = input[`Checksum${algorithm}` as 'ChecksumCRC32']
  if (expected === undefined || expected === value || expected === value.replace(/-\d+$/, '')) return
  throw s3Error(
    'BadDigest',
    { ExpectedDigest: expected, CalculatedDigest: value },
    `The ${algorithm} you specified did not match the calculated checksum.`,
  )
}

export const abortMultipartUpload: Op<'AbortMultipartUpload'> = async (input, ctx) => {
  await ctx.store.transaction(async ({ db }) => {
    const upload = await requireUpload(db, input)
    await removeUpload(db, upload.id)
  })
  return {}
}
