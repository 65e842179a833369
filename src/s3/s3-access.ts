import type { Access } from '../service/access.ts'
import type { Principal } from '../service/principal.ts'
import { actions } from './actions.ts'
import { askedBucket, requireBucket } from './bucket.ts'
import { bucketAccess } from './bucket-access.ts'
import type { Bucket } from './bucket-row.ts'
import { conditionsOf, tagConditions } from './condition-keys.ts'
import { parseCopySource } from './copy-source.ts'
import { findVersion } from './object-version.ts'
import { s3Error } from './s3-error.ts'
import type { S3Parts } from './s3-operation.ts'

type Input = Readonly<Record<string, unknown>>

/**
 * What an operation asks leave for. Throws NoSuchBucket: that a bucket exists is no secret, at AWS neither, since names are shared
 * by all accounts. DeleteObjects asks for each key as it goes and answers key by key.
 */
export async function accessOf(
  input: Input,
  asker: S3Parts & { readonly principal: Principal },
  operation: string,
): Promise<readonly Access[]> {
  const rule = actions[operation]
  if (!rule) throw new Error(`No IAM action is known for s3:${operation}`)
  if (rule.on === 'account')
    return [{ action: rule.action, resource: rule.resource?.(input) ?? '*', conditions: conditionsOf(input) }]
  const bucket = await askedBucket(asker, String(input.Bucket))
  requireOwner(bucket, input.ExpectedBucketOwner)
  if (rule.on === 'each key') return []
  const versioned = input.VersionId !== undefined && rule.versionAction !== undefined
  const action = versioned && rule.versionAction ? rule.versionAction : rule.action
  const key = rule.on === 'object' ? String(input.Key) : undefined
  const conditions = { ...conditionsOf(input), ...(await existingTags(bucket, key, input, asker)) }
  const first = bucketAccess(bucket, asker.principal, action, key, conditions)
  const further = (rule.further?.(input) ?? []).map(more =>
    bucketAccess(bucket, asker.principal, more, key, conditions),
  )
  const source = await sourceAccess(input, asker, operation)
  const tagged =
    source.length > 1 ? [bucketAccess(bucket, asker.principal, 's3:PutObjectTagging', key, conditions)] : []
  return [first, ...further, ...tagged, ...source]
}

/** To read the source; and its tags, when it has some and they are copied (Amazon S3 User Guide, object tagging: additional permissions). */
async function sourceAccess(
  input: Input,
  asker: S3Parts & { readonly principal: Principal },
  operation: string,
): Promise<readonly Access[]> {
  if (input.CopySource === undefined) return []
  const source = parseCopySource(String(input.CopySource))
  const bucket = await requireBucket(asker.store.db, source.bucket)
  requireOwner(bucket, input.ExpectedSourceBucketOwner)
  const action = source.versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion'
  const read = bucketAccess(bucket, asker.principal, action, source.key)
  if (operation !== 'CopyObject' || input.TaggingDirective === 'REPLACE') return [read]
  const version = await findVersion(asker.store.db, bucket, source.key, source.versionId)
  if (!version?.tags.length) return [read]
  const tagging = source.versionId === undefined ? 's3:GetObjectTagging' : 's3:GetObjectVersionTagging'
  return [read, bucketAccess(bucket, asker.principal, tagging, source.key)]
}

function requireOwner(bucket: Bucket, expected: unknown): void {
  if (expected !== undefined && expected !== bucket.account) throw s3Error('AccessDenied')
}

/** Tags of the object that is asked for. The account's own root, whom no policy of a user binds, needs none. */
async function existingTags(
  bucket: Bucket,
  key: string | undefined,
  { VersionId }: Input,
  { store, principal }: S3Parts & { readonly principal: Principal },
): Promise<Readonly<Record<string, string>>> {
  if (key === undefined || (principal.kind === 'root' && principal.account === bucket.account)) return {}
  const version = await findVersion(store.db, bucket, key, VersionId as string | undefined)
  return tagConditions('s3:ExistingObjectTag', version?.tags ?? [])
}
