import type { Readable } from 'node:stream'
import { type ByteRange, readByteRange } from './byte-range.ts'
import { checksumMembers } from './checksum.ts'
import { checkReadConditions } from './conditions.ts'
import { openContent, readInline } from './content.ts'
import { encryptionMembers } from './encryption.ts'
import { type ObjectVersion, requireVersion } from './object-version.ts'
import { partRange } from './part-range.ts'
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
  refuseCustomerKey(input)
  if (input.Range !== undefined && input.PartNumber !== undefined)
    throw s3Error('InvalidRequest', {}, 'Cannot specify both Range header and partNumber query parameter')
  const version = await requireVersion(ctx, input)
  checkReadConditions(input, version)
  const range =
    input.PartNumber === undefined
      ? readByteRange(input.Range, version.size)
      : await partRange(ctx, version, input.PartNumber)
  return { version, range, output: { ...describe(version, range, input), ...responseOverrides(input, ctx) } }
}

function describe(version: ObjectVersion, range: ByteRange | undefined, input: In<'HeadObject'>) {
  const { headers, tags, size } = version
  return {
    AcceptRanges: 'bytes',
    ContentType: 'binary/octet-stream',
    ...headers,
    Metadata: headers.Metadata && { ...headers.Metadata },
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
    // A checksum is of the whole object; a client would compare it with the part that it gets.
    ...(input.ChecksumMode === 'ENABLED' && (!range || isWhole(range, size)) && checksumMembers(version.checksum)),
    ...encryptionMembers(version.encryption),
  }
}

const isWhole = (range: ByteRange, size: number): boolean => range.start === 0 && range.end === size - 1

/** Response headers that the query asks for instead of the object's own. */
function responseOverrides(input: In<'HeadObject'>, ctx: S3Context): Record<string, unknown> {
  const members = ['CacheControl', 'ContentDisposition', 'ContentEncoding', 'ContentLanguage', 'ContentType', 'Expires']
  const asked = members.flatMap(member => {
    const value = input[`Response${member}` as keyof typeof input]
    return value === undefined ? [] : [[member, value instanceof Date ? value.toUTCString() : value]]
  })
  if (asked.length > 0 && ctx.principal.kind === 'anonymous')
    throw s3Error('InvalidRequest', {}, 'Request specific response headers cannot be used for anonymous GET requests.')
  return Object.fromEntries(asked)
}

function refuseCustomerKey(input: In<'HeadObject'>): void {
  if (input.SSECustomerAlgorithm !== undefined || input.SSECustomerKey !== undefined)
    throw s3Error('InvalidRequest', {}, 'The encryption parameters are not applicable to this object.')
}
