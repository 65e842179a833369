import type { Readable } from 'node:stream'
import { requireBucket } from './bucket.ts'
import { allowed, bucketAccess } from './bucket-access.ts'
import { type ByteRange, readByteRange } from './byte-range.ts'
import { checksumMembers } from './checksum.ts'
import { checkReadConditions } from './conditions.ts'
import { openContent, readInline } from './content.ts'
import { unlocked } from './customer-key.ts'
import { encryptionMembers } from './encryption.ts'
import { lockMembers } from './object-lock.ts'
import { type ObjectVersion, requireVersion } from './object-version.ts'
import { type FoundPart, findPart } from './part-range.ts'
import { s3Error } from './s3-error.ts'
import type { In, Op, S3Context } from './s3-operation.ts'

export const getObject: Op<'GetObject'> = async (input, ctx) => {
  const { version, range, output } = await readObject(input, ctx)
  const { data } = version
  const body: Uint8Array | Readable = data
    ? await readInline(ctx, ctx.principal, { ...version, data }, range)
    : await openContent(ctx, ctx.principal, version, range)
  return { ...output, Body: body as never }
}

export const headObject: Op<'HeadObject'> = async (input, ctx) => (await readObject(input, ctx)).output

/** What GET and HEAD have in common: which version and bytes, and what is told about them. */
async function readObject(input: In<'GetObject'> | In<'HeadObject'>, ctx: S3Context) {
  if (input.Range !== undefined && input.PartNumber !== undefined)
    throw s3Error('InvalidRequest', {}, 'Cannot specify both Range header and partNumber query parameter')
  const version = unlocked(await requireVersion(ctx, input), input)
  checkReadConditions(input, version)
  const part = input.PartNumber === undefined ? undefined : await findPart(ctx, version, input.PartNumber)
  const range = part ? part.range : readByteRange(input.Range, version.size)
  const told = {
    ...describe(version, range, input),
    ...(await lockTold(version, ctx)),
    ...checksumOf(version, range, part, input),
  }
  return { version, range, output: { ...told, ...responseOverrides(input, ctx) } }
}

/** Each half of a lock is told to those who may ask for it. */
async function lockTold({ bucket, key, lock }: ObjectVersion, ctx: S3Context) {
  if (!lock) return {}
  const holder = await requireBucket(ctx.store.db, bucket)
  const may = (action: string) => allowed(ctx, bucketAccess(holder, ctx.principal, action, key))
  const { hold, ...retention } = lock
  return {
    ...((await may('s3:GetObjectRetention')) && lockMembers(retention)),
    ...(hold !== undefined && (await may('s3:GetObjectLegalHold')) && lockMembers({ hold })),
  }
}

function describe(version: ObjectVersion, range: ByteRange | undefined, input: In<'HeadObject'>) {
  const { headers, tags, size } = version
  return {
    AcceptRanges: 'bytes',
    ContentType: 'binary/octet-stream',
    ...headers,
    Metadata: headers.Metadata && metadataText(headers.Metadata),
    Expires: headers.Expires as never,
    ExpiresString: undefined,
    ETag: `"${version.etag}"`,
    LastModified: new Date(version.modified),
    VersionId: version.shownId,
    Expiration: version.expiration,
    ContentLength: range ? range.end - range.start + 1 : size,
    ...(range && { ContentRange: `bytes ${range.start}-${range.end}/${size}` }),
    ...(tags.length > 0 && { TagCount: tags.length }),
    ...(input.PartNumber !== undefined && version.parts > 0 && { PartsCount: version.parts }),
    ...encryptionMembers(version.encryption),
  }
}

/** What is not ASCII goes out as RFC 2047 writes it; it came as bytes (S3 User Guide, "Working with object metadata"). */
const metadataText = (metadata: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [
      name,
      // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII ends there
      /^[\u0000-\u007f]*$/.test(value) ? value : `=?UTF-8?B?${Buffer.from(value).toString('base64')}?=`,
    ]),
  )

/** That of the bytes that are answered: a client compares them. None of a range, unless it is a part or all. */
function checksumOf(
  { checksum, size }: ObjectVersion,
  range: ByteRange | undefined,
  part: FoundPart | undefined,
  input: In<'HeadObject'>,
) {
  if (input.ChecksumMode !== 'ENABLED' || !checksum) return {}
  if (part?.checksum) return checksumMembers({ ...checksum, value: part.checksum })
  return !range || isWhole(range, size) ? checksumMembers(checksum) : {}
}

const isWhole = (range: ByteRange, size: number): boolean => range.start === 0 && range.end === size - 1

const kebab = (member: string | undefined): string =>
  (member ?? '').replaceAll(/(?<=[a-z])[A-Z]/g, letter => `-${letter}`).toLowerCase()

/** A header's value is Latin-1 and one line. */
function requireHeaderText(name: string, value = ''): void {
  if (!/[^\t\u0020-\u007e\u0080-\u00ff]/.test(value)) return
  throw s3Error(
    'InvalidArgument',
    { ArgumentName: name, ArgumentValue: value },
    'Header value cannot be represented using ISO-8859-1.',
  )
}

/** Response headers that the query asks for instead of the object's own. */
function responseOverrides(input: In<'HeadObject'>, ctx: S3Context): Record<string, unknown> {
  const members = ['CacheControl', 'ContentDisposition', 'ContentEncoding', 'ContentLanguage', 'ContentType', 'Expires']
  const asked = members.flatMap(member => {
    const value = input[`Response${member}` as keyof typeof input]
    return value === undefined ? [] : [[member, value instanceof Date ? value.toUTCString() : String(value)]]
  })
  for (const [member, value] of asked) requireHeaderText(`response-${kebab(member)}`, value)
  if (asked.length > 0 && ctx.principal.kind === 'anonymous')
    throw s3Error('InvalidRequest', {}, 'Request specific response headers cannot be used for anonymous GET requests.')
  return Object.fromEntries(asked)
}
