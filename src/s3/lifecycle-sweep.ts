import { setImmediate } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { Database } from '../store/database.ts'
import { requireBucket } from './bucket.ts'
import type { Bucket, LifecycleRule } from './bucket-row.ts'
import { deleteVersion } from './delete-object.ts'
import { inScope, lastMidnight, type Scope, scopeOf } from './lifecycle-scope.ts'
import { successor } from './list-scan.ts'
import type { Doing } from './object-event.ts'
import { isRetained } from './object-lock.ts'
import { findVersion } from './object-version.ts'
import { removeUpload } from './part-store.ts'
import type { S3Parts } from './s3-operation.ts'
import { keyText } from './version-row.ts'
import { type WalkedVersion, walkVersions } from './version-walk.ts'

const day = 86_400_000

/** Who deletes by rules. */
const expiring: Doing = { reason: 'Lifecycle Expiration', requester: 's3.amazonaws.com' }

/** What one sweep did. */
export interface Swept {
  expired: number
  noncurrent: number
  deleteMarkers: number
  uploads: number
}

type Parts = Pick<S3Parts, 'store' | 'now'>

/**
 * Applies every bucket's lifecycle rules once: objects older than their days get a delete marker or are deleted, old noncurrent
 * versions are deleted, delete markers with nothing behind them go, unfinished uploads are aborted. To be run about daily; running it
 * again or beside writers is harmless, since each deletion looks again in its own transaction. A day's count ends at midnight UTC (S3
 * User Guide, "Expiring objects").
 */
export async function sweepLifecycles(parts: Parts): Promise<Swept> {
  const swept: Swept = { expired: 0, noncurrent: 0, deleteMarkers: 0, uploads: 0 }
  for (const { name } of await parts.store.db.selectFrom('s3_bucket').select('name').execute()) {
    const bucket = await requireBucket(parts.store.db, name).catch(() => undefined)
    for (const rule of bucket?.configuration.lifecycle ?? [])
      if (bucket && rule.Status === 'Enabled') await applyRule(parts, bucket, rule, swept)
  }
  return swept
}

async function applyRule(parts: Parts, bucket: Bucket, rule: LifecycleRule, swept: Swept): Promise<void> {
  const scope = scopeOf(rule)
  const { Expiration: expiration, NoncurrentVersionExpiration: noncurrent } = rule
  const now = parts.now().getTime()
  if (expiration?.Days !== undefined)
    swept.expired += await expireCurrent(parts, bucket, scope, lastMidnight(now) - expiration.Days * day)
  if (expiration?.Date !== undefined && new Date(expiration.Date).getTime() <= now)
    swept.expired += await expireCurrent(parts, bucket, scope, now + 1)
  if (noncurrent?.NoncurrentDays !== undefined)
    swept.noncurrent += await expireNoncurrent(
      parts,
      bucket,
      scope,
      lastMidnight(now) - noncurrent.NoncurrentDays * day,
      noncurrent.NewerNoncurrentVersions ?? 0,
    )
  // A rule that expires objects also removes the markers that they leave (S3 User Guide, "Lifecycle configuration elements").
  if (expiration?.ExpiredObjectDeleteMarker || expiration?.Days !== undefined)
    swept.deleteMarkers += await removeLoneMarkers(parts, bucket, scope)
  const abort = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation
  if (abort !== undefined) swept.uploads += await abortUploads(parts, bucket, scope, lastMidnight(now) - abort * day)
}

async function expireCurrent(parts: Parts, bucket: Bucket, scope: Scope, before: number): Promise<number> {
  let count = 0
  for await (const row of walkVersions(parts.store.db, {
    bucket: bucket.name,
    prefix: scope.prefix,
    only: 'current',
  })) {
    if (row.modified >= before || !inScope(scope, row)) continue
    count += await parts.store.transaction(async tx => {
      const still = await rowExists(tx.db, bucket.name, row, 1)
      const deletion = { bucket: bucket.name, key: keyText(row.key) }
      if (still) await deleteVersion(tx, deletion, parts.now().getTime(), expiring)
      return still ? 1 : 0
    })
  }
  return count
}

async function rowExists(db: Kysely<Database>, bucket: string, row: WalkedVersion, current: 0 | 1): Promise<boolean> {
  const found = await db
    .selectFrom('s3_version')
    .select('ordinal')
    .where('bucket', '=', bucket)
    .where('key', '=', row.key)
    .where('ordinal', '=', row.ordinal)
    .where('version_id', '=', row.version_id)
    .where('modified', '=', row.modified)
    .where('current', '=', current)
    .executeTakeFirst()
  return found !== undefined
}

/** A version is noncurrent since its successor was written, which is the row before it. */
async function expireNoncurrent(
  parts: Parts,
  bucket: Bucket,
  scope: Scope,
  before: number,
  keep: number,
): Promise<number> {
  let count = 0
  let newer: WalkedVersion | undefined
  let behind = 0
  for await (const row of walkVersions(parts.store.db, { bucket: bucket.name, prefix: scope.prefix, only: 'all' })) {
    const sameKey: boolean = newer !== undefined && Buffer.compare(newer.key, row.key) === 0
    behind = sameKey ? behind + 1 : 0
    const since: number = sameKey ? (newer?.modified ?? 0) : Number.POSITIVE_INFINITY
    newer = row
    if (behind <= keep || since >= before || !inScope(scope, row)) continue
    count += await deleteIfThere(parts, bucket, row)
  }
  return count
}

async function deleteIfThere(parts: Parts, bucket: Bucket, row: WalkedVersion): Promise<number> {
  return parts.store.transaction(async tx => {
    const { db } = tx
    if (!(await rowExists(db, bucket.name, row, 0))) return 0
    const deletion = { bucket: bucket.name, key: keyText(row.key), versionId: row.version_id }
    const version = await findVersion(db, bucket, deletion.key, row.version_id)
    // A lock outlives the rule (S3 User Guide, "Object Lock considerations").
    if (version?.lock && (version.lock.hold || isRetained(version.lock, parts.now().getTime()))) return 0
    await deleteVersion(tx, deletion, parts.now().getTime(), expiring)
    return 1
  })
}

/** A delete marker is alone when no other version of its key comes before or behind it. */
async function removeLoneMarkers(parts: Parts, bucket: Bucket, scope: Scope): Promise<number> {
  let count = 0
  let before: WalkedVersion | undefined
  let marker: WalkedVersion | undefined
  const sameKey = (a: WalkedVersion | undefined, b: WalkedVersion): boolean =>
    a !== undefined && Buffer.compare(a.key, b.key) === 0
  for await (const row of walkVersions(parts.store.db, { bucket: bucket.name, prefix: scope.prefix, only: 'all' })) {
    if (marker && !sameKey(marker, row)) count += await removeIfAlone(parts, bucket, marker)
    marker = row.delete_marker === 1 && !sameKey(before, row) ? row : undefined
    before = row
  }
  return marker ? count + (await removeIfAlone(parts, bucket, marker)) : count
}

async function removeIfAlone(parts: Parts, bucket: Bucket, marker: WalkedVersion): Promise<number> {
  return parts.store.transaction(async tx => {
    const versions = await tx.db
      .selectFrom('s3_version')
      .select('version_id')
      .where('bucket', '=', bucket.name)
      .where('key', '=', marker.key)
      .limit(2)
      .execute()
    if (versions.length !== 1 || versions[0]?.version_id !== marker.version_id) return 0
    const deletion = { bucket: bucket.name, key: keyText(marker.key), versionId: marker.version_id }
    await deleteVersion(tx, deletion, parts.now().getTime(), expiring)
    return 1
  })
}

const uploadsAtOnce = 100

async function abortUploads(parts: Parts, bucket: Bucket, scope: Scope, before: number): Promise<number> {
  const below = successor(scope.prefix)
  for (let count = 0; ; await setImmediate()) {
    const rows = await parts.store.db
      .selectFrom('s3_upload')
      .select('id')
      .where('bucket', '=', bucket.name)
      .where('initiated', '<', before)
      .where('key', '>=', scope.prefix)
      .$if(below !== undefined, query => query.where('key', '<', below ?? Buffer.alloc(0)))
      .limit(uploadsAtOnce)
      .execute()
    for (const { id } of rows) await parts.store.transaction(({ db }) => removeUpload(db, id))
    count += rows.length
    if (rows.length < uploadsAtOnce) return count
  }
}
