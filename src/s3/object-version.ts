import type { Kysely, Selectable } from 'kysely'
import { ServiceError } from '../ground/errors.ts'
import { randomness } from '../ground/randomness.ts'
import { reference, release } from '../store/blob-references.ts'
import type { Database } from '../store/database.ts'
import type { S3VersionTable } from '../store/schema/s3-tables.ts'
import type { Transaction } from '../store/store.ts'
import { askedBucket, requireBucket } from './bucket.ts'
import { mayList } from './bucket-access.ts'
import type { Bucket } from './bucket-row.ts'
import type { Checksum } from './checksum.ts'
import { checkWriteConditions, type WriteConditions } from './conditions.ts'
import { contentOwner, type StoredContent } from './content.ts'
import type { CopySource } from './copy-source.ts'
import type { Encryption } from './encryption.ts'
import { expirationOf } from './lifecycle-scope.ts'
import { type Doing, tellCreated } from './object-event.ts'
import type { ObjectHeaders } from './object-headers.ts'
import { type Lock, lockOf } from './object-lock.ts'
import { s3Error } from './s3-error.ts'
import type { S3Asker } from './s3-operation.ts'
import type { Tag } from './tag-set.ts'
import { deleteRow, insertRow, keyBytes, keyText, namedVersion, newestVersion } from './version-row.ts'

/** One version of an object, or a delete marker. */
export interface ObjectVersion extends StoredContent {
  readonly bucket: string
  readonly key: string
  readonly ordinal: number
  readonly versionId: string
  /** The version id as clients are told: none in a bucket that never had versioning. */
  readonly shownId: string | undefined
  /** When a lifecycle rule will end it, as `x-amz-expiration` tells. */
  readonly expiration: string | undefined
  readonly deleteMarker: boolean
  readonly modified: number
  /** Without quotes. */
  readonly etag: string
  readonly parts: number
  readonly headers: ObjectHeaders
  readonly tags: readonly Tag[]
  readonly checksum: Checksum | undefined
  readonly lock: Lock | undefined
}

/** What a write makes visible. */
export type NewVersion = StoredContent &
  Pick<ObjectVersion, 'etag' | 'parts' | 'headers' | 'tags' | 'checksum' | 'modified'> & {
    /** The one that the write asks for; the bucket's default otherwise. */
    readonly lock?: Lock | undefined
  }

/** Throws KeyTooLongError. */
export function requireKey(key: string): string {
  const size = Buffer.byteLength(key)
  if (size > 1024) throw s3Error('KeyTooLongError', { Size: size, MaxSizeAllowed: 1024 })
  return key
}

const parsed = <T>(json: string): T | undefined => (json === '' ? undefined : JSON.parse(json))

function versionOf(row: Selectable<S3VersionTable>, bucket: Bucket): ObjectVersion {
  return {
    bucket: row.bucket,
    key: keyText(row.key),
    ordinal: row.ordinal,
    versionId: row.version_id,
    shownId: bucket.versioning === '' ? undefined : row.version_id,
    expiration: row.current === 1 ? expirationOf(bucket, row) : undefined,
    deleteMarker: row.delete_marker === 1,
    modified: row.modified,
    size: row.size,
    etag: row.etag,
    content: row.content,
    digest: row.digest,
    data: row.data,
    parts: row.parts,
    headers: parsed<ObjectHeaders>(row.headers) ?? {},
    tags: parsed<Tag[]>(row.tags) ?? [],
    checksum: parsed<Checksum>(row.checksum),
    encryption: parsed<Encryption>(row.encryption),
    lock: parsed<Lock>(row.lock),
  }
}

/** The newest version, which may be a delete marker, or the one named. */
export async function findVersion(
  db: Kysely<Database>,
  bucket: Bucket,
  key: string,
  versionId?: string,
): Promise<ObjectVersion | undefined> {
  const [row] =
    versionId === undefined
      ? await newestVersion(db, bucket.name, keyBytes(key))
      : await namedVersion(db, bucket.name, keyBytes(key), versionId)
  return row && versionOf(row, bucket)
}

/**
 * The version that a read names. Throws InvalidArgument, NoSuchKey, NoSuchVersion or, for a delete marker named by its id, MethodNotAllowed; but
 * AccessDenied to one who may not list the bucket and so may not know what is there (S3 API Reference, GetObject, "Permissions").
 */
export async function requireVersion(
  asker: S3Asker,
  input: { readonly Bucket: string; readonly Key: string; readonly VersionId?: string },
): Promise<ObjectVersion> {
  requireVersionId(input.VersionId)
  const bucket = await askedBucket(asker, input.Bucket)
  const version = await findVersion(asker.store.db, bucket, input.Key, input.VersionId)
  if (version && !version.deleteMarker) return version
  if (!(await mayList(asker, bucket))) throw s3Error('AccessDenied', { Key: input.Key })
  const marker = version && { 'x-amz-delete-marker': 'true', 'x-amz-version-id': version.versionId }
  if (version && input.VersionId !== undefined)
    throw s3Error('MethodNotAllowed', {
      ...marker,
      Method: 'GET',
      ResourceType: 'DeleteMarker',
      allow: 'DELETE',
      'last-modified': new Date(version.modified).toUTCString(),
    })
  if (input.VersionId !== undefined) throw s3Error('NoSuchVersion', { Key: input.Key, VersionId: input.VersionId })
  throw s3Error('NoSuchKey', { Key: input.Key, ...marker })
}

/** The version that a copy is made of. Throws what `requireVersion` throws, and InvalidRequest for a delete marker named by its id. */
export async function requireSource(asker: S3Asker, { bucket, key, versionId }: CopySource): Promise<ObjectVersion> {
  try {
    return await requireVersion(asker, {
      Bucket: bucket,
      Key: key,
      ...(versionId !== undefined && { VersionId: versionId }),
    })
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === 'MethodNotAllowed')) throw error
    const why = 'The source of a copy request may not specifically refer to a delete marker by version id.'
    throw s3Error('InvalidRequest', {}, why)
  }
}

/**
 * Makes content visible as the newest version of its key, in the caller's transaction: refers to its blob, checks the conditions
 * and, unless versioning is enabled, replaces the null version.
 */
export async function insertVersion(
  tx: Transaction,
  where: { readonly bucket: string; readonly key: string },
  version: NewVersion,
  conditions: WriteConditions,
  by: Doing,
): Promise<{ versionId: string | undefined; expiration: string | undefined }> {
  const { db } = tx
  const bucket = await requireBucket(db, where.bucket)
  const newest = await findVersion(db, bucket, where.key)
  checkWriteConditions(conditions, newest?.deleteMarker ? undefined : newest, where)
  const lock = lockOf(bucket, version.lock, version.modified)
  const versionId = await makeRoom(db, bucket, where.key, newest)
  if (version.digest && !version.data) await reference(db, version.digest, contentOwner(version.content))
  const row = rowOf(where, { ...version, lock })
  const ordinal = (newest?.ordinal ?? 0) - 1
  await insertRow(db, { ...row, ordinal, version_id: versionId, current: 1, delete_marker: 0 })
  const shown = bucket.versioning === 'Enabled' ? versionId : undefined
  const { size, etag, modified: at } = version
  await tellCreated(tx, bucket, { key: where.key, size, etag, versionId: shown, ordinal, at }, by)
  return {
    versionId: shown,
    expiration: expirationOf(bucket, row),
  }
}

function rowOf(where: { bucket: string; key: string }, version: NewVersion) {
  return {
    bucket: where.bucket,
    key: keyBytes(where.key),
    modified: version.modified,
    size: version.size,
    etag: version.etag,
    content: version.content,
    digest: version.digest,
    parts: version.parts,
    headers: JSON.stringify(version.headers),
    tags: version.tags.length > 0 ? JSON.stringify(version.tags) : '',
    checksum: version.checksum ? JSON.stringify(version.checksum) : '',
    encryption: version.encryption ? JSON.stringify(version.encryption) : '',
    lock: version.lock ? JSON.stringify(version.lock) : '',
    data: version.data,
  }
}

/** Steps the newest version back, or removes the null version that the next one replaces. Returns the next one's id. */
async function makeRoom(
  db: Kysely<Database>,
  bucket: Bucket,
  key: string,
  newest: ObjectVersion | undefined,
): Promise<string> {
  const enabled = bucket.versioning === 'Enabled'
  const isReplaced = !newest || enabled || newest.versionId === 'null'
  const replaced = isReplaced ? newest : await findVersion(db, bucket, key, 'null')
  if (!enabled && replaced) await removeVersion(db, replaced)
  if (newest && (enabled || newest.versionId !== 'null'))
    await db
      .updateTable('s3_version')
      .set({ current: 0 })
      .where('bucket', '=', bucket.name)
      .where('key', '=', keyBytes(key))
      .where('ordinal', '=', newest.ordinal)
      .execute()
  return enabled ? newVersionId() : 'null'
}

const newVersionId = (): string => randomness.bytes(24).toString('base64url')

/** What can be no version's id is told apart from one that is gone. */
function requireVersionId(id: string | undefined): void {
  if (id === undefined || id === 'null' || /^[\w.-]{32}$/.test(id)) return
  throw s3Error('InvalidArgument', { ArgumentName: 'versionId', ArgumentValue: id }, 'Invalid version id specified')
}

/** Puts a delete marker in place of the newest version; in a bucket with suspended versioning it replaces the null version. */
export async function insertDeleteMarker(
  db: Kysely<Database>,
  bucket: Bucket,
  key: string,
  newest: ObjectVersion | undefined,
  modified: number,
): Promise<string> {
  const versionId = await makeRoom(db, bucket, key, newest)
  await insertRow(db, {
    ...rowOf({ bucket: bucket.name, key }, { ...nothing, modified }),
    ordinal: (newest?.ordinal ?? 0) - 1,
    version_id: versionId,
    current: 0,
    delete_marker: 1,
  })
  return versionId
}

const nothing = {
  size: 0,
  etag: '',
  content: '',
  digest: '',
  parts: 0,
  headers: {},
  tags: [],
  checksum: undefined,
  encryption: undefined,
  data: null,
}

/** Removes a version and lets go of its content. */
export async function removeVersion(db: Kysely<Database>, version: ObjectVersion): Promise<void> {
  await deleteRow(db, version.bucket, keyBytes(version.key), version.ordinal)
  await releaseContent(db, version)
}

/** Lets go of content that nothing names any more. */
export async function releaseContent(
  db: Kysely<Database>,
  stored: Pick<StoredContent, 'content' | 'digest'> & { readonly data?: Uint8Array | null },
): Promise<void> {
  if (stored.content === '' || stored.data) return
  if (stored.digest === '') await db.deleteFrom('s3_part').where('content', '=', stored.content).execute()
  await release(db, contentOwner(stored.content))
}

/** Makes the newest version, if it is none, what listings show: after its successor was removed. */
export async function promoteNewest(db: Kysely<Database>, bucket: Bucket, key: string): Promise<void> {
  const newest = await findVersion(db, bucket, key)
  if (!newest || newest.deleteMarker) return
  await db
    .updateTable('s3_version')
    .set({ current: 1 })
    .where('bucket', '=', bucket.name)
    .where('key', '=', keyBytes(key))
    .where('ordinal', '=', newest.ordinal)
    .execute()
}
