import { canonicalId, requireBucket } from './bucket.ts'
import { readCopyRange } from './byte-range.ts'
import { checkCopyConditions } from './conditions.ts'
import { openContent } from './content.ts'
import { parseCopySource } from './copy-source.ts'
import { customerKeyOf, sourceKey, unlocked } from './customer-key.ts'
import { encryptionMembers, newSalt, openKey } from './encryption.ts'
import { maximumParts } from './multipart-upload.ts'
import { refuseUnsupported } from './object-headers.ts'
import { type ObjectVersion, requireSource } from './object-version.ts'
import { type Part, requireUpload, savePart, type Upload } from './part-store.ts'
import { bodyOf, receiveOptions, requireLength } from './put-object.ts'
import { type Body, type ReceiveOptions, receive } from './receive-content.ts'
import { s3Error } from './s3-error.ts'
import type { In, Op, S3Context } from './s3-operation.ts'
import { requireStorage } from './storage-room.ts'

export const uploadPart: Op<'UploadPart'> = async (input, ctx) => {
  refuseUnsupported(input)
  requireLength(input.ContentLength)
  requirePartNumber(input.PartNumber)
  const upload = await openUpload(ctx, input)
  const options = receiveOptions(input, ctx)
  const { checksum } = options
  if (upload.checksum.asked && checksum && checksum.algorithm !== upload.checksum.algorithm)
    throw s3Error(
      'InvalidRequest',
      {},
      `Checksum Type mismatch occurred, expected checksum Type: ${upload.checksum.algorithm.toLowerCase()}, actual checksum Type: ${checksum.algorithm.toLowerCase()}`,
    )
  await requireStorage(ctx.store.db, (await requireBucket(ctx.store.db, input.Bucket)).account, 'before')
  const part = await receivePart(ctx, upload, input.PartNumber, bodyOf(input.Body), options)
  await commitPart(ctx, input, part)
  return {
    ETag: `"${part.etag}"`,
    ...partChecksum(upload, part.checksum),
    ...encryptionMembers(upload.encryption),
  }
}

/** The upload, with the customer's key if it was begun with one. Throws NoSuchUpload, InvalidRequest, AccessDenied. */
async function openUpload(ctx: S3Context, input: In<'UploadPart'> | In<'UploadPartCopy'>): Promise<Upload> {
  const upload = await requireUpload(ctx.store.db, input)
  if (upload.encryption?.algorithm === 'customer' && !customerKeyOf(input))
    throw s3Error(
      'InvalidRequest',
      {},
      'The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.',
    )
  return unlocked(upload, input)
}

function requirePartNumber(number: number): void {
  if (!Number.isInteger(number) || number < 1 || number > maximumParts)
    throw s3Error(
      'InvalidArgument',
      { ArgumentName: 'partNumber', ArgumentValue: number },
      `Part number must be an integer between 1 and ${maximumParts}, inclusive`,
    )
}

/** Verified by what the client brings, kept with the checksum that the upload is made of. */
async function receivePart(
  ctx: S3Context,
  upload: Upload,
  number: number,
  body: Body,
  options: ReceiveOptions,
): Promise<Part> {
  const salt = upload.encryption ? newSalt() : ''
  const cipher = upload.encryption && { salt, key: await openKey(ctx.keys, ctx.principal, upload.encryption) }
  const alsoCompute = upload.checksum.algorithm
  const received = await receive(ctx, body, { ...options, cipher, alsoCompute, neverInline: true })
  return {
    content: upload.id,
    number,
    digest: received.digest,
    size: received.size,
    etag: received.md5,
    checksum: received.also,
    modified: ctx.now().getTime(),
    encryption: salt,
  }
}

/** The upload may have been completed or aborted while the part came in. */
async function commitPart(
  ctx: S3Context,
  named: { readonly Bucket: string; readonly Key: string; readonly UploadId: string },
  part: Part,
): Promise<void> {
  await ctx.store.transaction(async ({ db }) => {
    await requireUpload(db, named)
    await savePart(db, part)
    await requireStorage(db, (await requireBucket(db, named.Bucket)).account, 'after')
  })
}

const partChecksum = (upload: Upload, value: string): Record<string, string> =>
  upload.checksum.asked ? { [`Checksum${upload.checksum.algorithm}`]: value } : {}

export const uploadPartCopy: Op<'UploadPartCopy'> = async (input, ctx) => {
  refuseUnsupported(input)
  requirePartNumber(input.PartNumber)
  const upload = await openUpload(ctx, input)
  const named = parseCopySource(input.CopySource)
  const found = await requireSource(ctx, named)
  const source = unlocked(found, sourceKey(input))
  checkCopyConditions(input, source)
  const part = shareable(input, upload, source)
    ? sharedPart(ctx, upload, input.PartNumber, source)
    : await copiedPart(input, ctx, upload, source)
  await commitPart(ctx, input, part)
  return {
    CopyPartResult: {
      ETag: `"${part.etag}"`,
      LastModified: new Date(part.modified),
      ...partChecksum(upload, part.checksum),
    },
    CopySourceVersionId: source.shownId,
    ...encryptionMembers(upload.encryption),
  }
}

/** A whole object that is one blob, and whose checksum is known, becomes a part without a byte being read. */
function shareable(input: In<'UploadPartCopy'>, upload: Upload, source: ObjectVersion): boolean {
  const plain = !source.encryption && !upload.encryption
  const oneBlob = source.digest !== '' && !source.data && source.parts === 0
  return (
    plain && oneBlob && input.CopySourceRange === undefined && source.checksum?.algorithm === upload.checksum.algorithm
  )
}

const sharedPart = (ctx: S3Context, upload: Upload, number: number, source: ObjectVersion): Part => ({
  content: upload.id,
  number,
  digest: source.digest,
  size: source.size,
  etag: source.etag,
  checksum: source.checksum?.value ?? '',
  modified: ctx.now().getTime(),
  encryption: '',
})

async function copiedPart(
  input: In<'UploadPartCopy'>,
  ctx: S3Context,
  upload: Upload,
  source: ObjectVersion,
): Promise<Part> {
  const body = await openContent(ctx, ctx.principal, source, readCopyRange(input.CopySourceRange, source.size))
  return receivePart(ctx, upload, input.PartNumber, body, {})
}

export const listParts: Op<'ListParts'> = async (input, ctx) => {
  const upload = await requireUpload(ctx.store.db, input)
  const { account } = await requireBucket(ctx.store.db, input.Bucket)
  const marker = Number(input.PartNumberMarker ?? 0)
  const limit = Math.min(input.MaxParts ?? 1000, 1000)
  const rows = await ctx.store.db
    .selectFrom('s3_part')
    .selectAll()
    .where('content', '=', upload.id)
    .where('number', '>', marker)
    .orderBy('number')
    .limit(limit + 1)
    .execute()
  const shown = rows.slice(0, limit)
  const { asked, algorithm, type } = upload.checksum
  return {
    Bucket: input.Bucket,
    Key: input.Key,
    UploadId: upload.id,
    // Numbers by S3's model, texts to the SDK's types.
    PartNumberMarker: marker as never,
    // Only of a listing that goes on: the JavaScript SDK's paginator asks for as long as it is told one.
    ...(rows.length > limit && { NextPartNumberMarker: (shown.at(-1)?.number ?? marker) as never }),
    MaxParts: limit,
    IsTruncated: rows.length > limit,
    Parts: shown.map(part => ({
      PartNumber: part.number,
      LastModified: new Date(part.modified),
      ETag: `"${part.etag}"`,
      Size: part.size,
      ...partChecksum(upload, part.checksum),
    })),
    Initiator: { ID: upload.initiator, DisplayName: upload.initiator },
    Owner: { ID: canonicalId(account) },
    StorageClass: 'STANDARD',
    ...(asked && { ChecksumAlgorithm: algorithm, ChecksumType: type }),
  }
}
