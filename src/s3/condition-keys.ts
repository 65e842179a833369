import { clock } from '../ground/clock.ts'

type Input = Readonly<Record<string, unknown>>

/** Condition keys of S3 by the input member that they tell (Service Authorization Reference, "Condition keys for Amazon S3"). */
const conditionMembers: Readonly<Record<string, string>> = {
  Prefix: 's3:prefix',
  Delimiter: 's3:delimiter',
  MaxKeys: 's3:max-keys',
  VersionId: 's3:VersionId',
  ACL: 's3:x-amz-acl',
  GrantFullControl: 's3:x-amz-grant-full-control',
  GrantRead: 's3:x-amz-grant-read',
  GrantReadACP: 's3:x-amz-grant-read-acp',
  GrantWrite: 's3:x-amz-grant-write',
  GrantWriteACP: 's3:x-amz-grant-write-acp',
  CopySource: 's3:x-amz-copy-source',
  MetadataDirective: 's3:x-amz-metadata-directive',
  ObjectOwnership: 's3:x-amz-object-ownership',
  ServerSideEncryption: 's3:x-amz-server-side-encryption',
  SSEKMSKeyId: 's3:x-amz-server-side-encryption-aws-kms-key-id',
  SSECustomerAlgorithm: 's3:x-amz-server-side-encryption-customer-algorithm',
  StorageClass: 's3:x-amz-storage-class',
  WebsiteRedirectLocation: 's3:x-amz-website-redirect-location',
  IfMatch: 's3:if-match',
  IfNoneMatch: 's3:if-none-match',
  ObjectLockMode: 's3:object-lock-mode',
  ObjectLockLegalHoldStatus: 's3:object-lock-legal-hold',
}

/** What the request as a whole tells (`src/iam/evaluation-context.ts`), its tags and its place. */
const further = [
  ...['s3:authtype', 's3:signatureversion', 's3:signatureage', 's3:x-amz-content-sha256', 's3:resourceaccount'],
  ...['s3:requestobjecttagkeys', 's3:locationconstraint'],
  ...['s3:object-lock-retain-until-date', 's3:object-lock-remaining-retention-days'],
]
const families = /^s3:(requestobjecttag|existingobjecttag)\/./i

const known: ReadonlySet<string> = new Set([
  ...Object.values(conditionMembers).map(name => name.toLowerCase()),
  ...further,
])

/** Whether a bucket policy may use the condition key here. */
export const isConditionKey = (key: string): boolean => known.has(key.toLowerCase()) || families.test(key)

interface Tag {
  readonly Key: string
  readonly Value: string
}

/** The condition keys that a request tells. */
export function conditionsOf(input: Input): Readonly<Record<string, string | readonly string[]>> {
  const told = Object.entries(conditionMembers).filter(([member]) => input[member] !== undefined)
  const tags = tagsOf(input.Tagging)
  const { LocationConstraint: place } = (input.CreateBucketConfiguration ?? {}) as { LocationConstraint?: string }
  return {
    ...Object.fromEntries(told.map(([member, name]) => [name, String(input[member])])),
    ...(tags && { 's3:RequestObjectTagKeys': tags.map(tag => tag.Key) }),
    ...tagConditions('s3:RequestObjectTag', tags ?? []),
    ...(place !== undefined && { 's3:locationconstraint': place }),
    ...lockConditions(input),
  }
}

interface Locking {
  readonly ObjectLockRetainUntilDate?: Date
  readonly Retention?: { readonly Mode?: string; readonly RetainUntilDate?: Date }
  readonly LegalHold?: { readonly Status?: string }
}

/** What a write, or a change of a lock, asks of it. */
function lockConditions({ Retention, LegalHold, ...write }: Locking): Readonly<Record<string, string>> {
  const until = Retention?.RetainUntilDate ?? write.ObjectLockRetainUntilDate
  const days = until && Math.ceil((new Date(until).getTime() - clock.now()) / 86_400_000)
  return {
    ...(Retention?.Mode !== undefined && { 's3:object-lock-mode': Retention.Mode }),
    ...(LegalHold?.Status !== undefined && { 's3:object-lock-legal-hold': LegalHold.Status }),
    ...(until && {
      's3:object-lock-retain-until-date': new Date(until).toISOString(),
      's3:object-lock-remaining-retention-days': String(days),
    }),
  }
}

/** `PREFIX/KEY` for each tag. */
export const tagConditions = (prefix: string, tags: readonly Tag[]): Readonly<Record<string, string>> =>
  Object.fromEntries(tags.map(tag => [`${prefix}/${tag.Key}`, tag.Value]))

/** Tags of a header, as a query string, or of a body. */
function tagsOf(tagging: unknown): readonly Tag[] | undefined {
  if (typeof tagging === 'string')
    return [...new URLSearchParams(tagging)].map(([key, value]) => ({ Key: key, Value: value }))
  return (tagging as { TagSet?: readonly Tag[] } | undefined)?.TagSet
}
