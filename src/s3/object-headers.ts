import { notImplemented, s3Error } from './s3-error.ts'

/** What an object's reader is told besides its bytes, under the SDK's member names. */
export interface ObjectHeaders {
  readonly ContentType?: string
  readonly CacheControl?: string
  readonly ContentDisposition?: string
  readonly ContentEncoding?: string
  readonly ContentLanguage?: string
  readonly Expires?: string
  readonly WebsiteRedirectLocation?: string
  readonly Metadata?: Readonly<Record<string, string>>
}

type Input = Readonly<Record<string, unknown>>

const names = [
  'ContentType',
  'CacheControl',
  'ContentDisposition',
  'ContentLanguage',
  'WebsiteRedirectLocation',
] as const satisfies readonly (keyof ObjectHeaders)[]

/** Those that a write brings. `aws-chunked` is how the body travelled and no property of the object. */
export function objectHeaders(input: Input): ObjectHeaders {
  const headers: Record<string, unknown> = {}
  for (const name of names) if (input[name] !== undefined) headers[name] = input[name]
  if (input.Expires !== undefined)
    headers.Expires = input.Expires instanceof Date ? input.Expires.toUTCString() : input.Expires
  const encoding = withoutTransfer(String(input.ContentEncoding ?? ''))
  if (encoding !== '') headers.ContentEncoding = encoding
  const metadata = (input.Metadata ?? {}) as Readonly<Record<string, string>>
  if (Object.keys(metadata).length > 0) headers.Metadata = requireSize(metadata)
  return headers
}

/** The list as it was written, otherwise. */
const withoutTransfer = (encodings: string): string =>
  encodings
    .split(',')
    .filter(coding => coding.trim() !== 'aws-chunked')
    .join(',')
    .trim()

function requireSize(metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const size = Object.entries(metadata).reduce((sum, entry) => sum + Buffer.byteLength(entry.join('')), 0)
  if (size > 2048) throw s3Error('MetadataTooLarge', { Size: size, MaxSizeAllowed: 2048 })
  return metadata
}

/** Refuses what a write may ask at AWS and this server does not honour. */
export function refuseUnsupported(input: Input): void {
  const given = (prefix: string) =>
    Object.keys(input).find(name => name.startsWith(prefix) && input[name] !== undefined)
  if (given('SSEKMSEncryptionContext')) throw notImplemented('An encryption context of your own')
  if (given('WriteOffsetBytes')) throw notImplemented('Appending to an object (x-amz-write-offset-bytes)')
  refuseAcl(input, given('Grant'))
  if (!/^(\/|https?:\/\/)/.test(String(input.WebsiteRedirectLocation ?? '/'))) throw s3Error('InvalidRedirectLocation')
  if (input.StorageClass !== undefined && input.StorageClass !== 'STANDARD')
    throw s3Error(
      'InvalidStorageClass',
      { StorageClassRequested: input.StorageClass },
      'The storage class you specified is not valid: this server has STANDARD alone.',
    )
}

/**
 * Every bucket's ownership is BucketOwnerEnforced: policies decide, and only the ACLs that change nothing are taken. S3 has a code of its
 * own for a bucket that is made with another.
 */
export function refuseAcl(input: Input, grant?: string, isOfNewBucket = false): void {
  const canned = input.ACL
  if (grant || (canned !== undefined && canned !== 'private' && canned !== 'bucket-owner-full-control'))
    throw s3Error(
      isOfNewBucket ? 'InvalidBucketAclWithObjectOwnership' : 'AccessControlListNotSupported',
      {},
      `The bucket does not allow ACLs other than private and bucket-owner-full-control. Use a bucket policy instead of ${grant ?? `the ACL ${canned}`}.`,
    )
}
