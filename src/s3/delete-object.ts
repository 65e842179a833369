import { setImmediate } from 'node:timers/promises'
import { ServiceError } from '../ground/errors.ts'
import type { Transaction } from '../store/store.ts'
import { requireBucket } from './bucket.ts'
import { authorize, bucketAccess } from './bucket-access.ts'
import type { Bucket } from './bucket-row.ts'
import { checkDeleteConditions, type DeleteConditions } from './conditions.ts'
import { type Doing, doing, tellDeleted } from './object-event.ts'
import { requireUnlocked } from './object-lock.ts'
import { findVersion, insertDeleteMarker, promoteNewest, removeVersion } from './object-version.ts'
import { s3Error } from './s3-error.ts'
import type { In, Op, S3Context } from './s3-operation.ts'

interface Deletion extends DeleteConditions {
  readonly bucket: string
  readonly key: string
  readonly versionId?: string
  readonly bypass?: boolean | undefined
}

interface Deleted {
  readonly versionId?: string
  readonly deleteMarker?: boolean
}

/**
 * Deletes in the caller's transaction: the version that is named; or, when none is, the object, which leaves a delete marker where
 * versions are kept. Deleting what is not there succeeds.
 */
export async function deleteVersion(tx: Transaction, deletion: Deletion, now: number, by: Doing): Promise<Deleted> {
  const { db } = tx
  const bucket = await requireBucket(db, deletion.bucket)
  const newest = await findVersion(db, bucket, deletion.key)
  if (deletion.versionId === undefined) {
    checkDeleteConditions(deletion, newest?.deleteMarker ? undefined : newest)
    if (bucket.versioning !== '') {
      const versionId = await insertDeleteMarker(db, bucket, deletion.key, newest, now)
      const marker = { key: deletion.key, versionId, ordinal: (newest?.ordinal ?? 0) - 1, at: now }
      await tellDeleted(tx, bucket, marker, by, true)
      return { deleteMarker: true, versionId }
    }
    if (newest) await removeVersion(db, newest)
    if (newest) await tellDeleted(tx, bucket, { key: newest.key, ordinal: newest.ordinal, at: now }, by, false)
    return {}
  }
  const named = await findVersion(db, bucket, deletion.key, deletion.versionId)
  checkDeleteConditions(deletion, named)
  if (!named) return { versionId: deletion.versionId }
  requireUnlocked(named.lock, now, deletion.bypass)
  await removeVersion(db, named)
  if (named.ordinal === newest?.ordinal) await promoteNewest(db, bucket, deletion.key)
  const { key, etag, shownId: versionId, ordinal } = named
  await tellDeleted(tx, bucket, { key, ...(etag && { etag }), versionId, ordinal, at: now }, by, false)
  return { versionId: named.versionId, ...(named.deleteMarker && { deleteMarker: true }) }
}

export const deleteObject: Op<'DeleteObject'> = async (input, ctx) => {
  const deletion = {
    ...input,
    bucket: input.Bucket,
    key: input.Key,
    versionId: input.VersionId,
    bypass: input.BypassGovernanceRetention,
  }
  const deleted = await ctx.store.transaction(tx =>
    deleteVersion(tx, deletion, ctx.now().getTime(), doing('DeleteObject', ctx)),
  )
  return { VersionId: deleted.versionId, DeleteMarker: deleted.deleteMarker }
}

type Named = In<'DeleteObjects'>['Delete']['Objects'][number]

/** Others get their turn, and to write, after so many keys. */
const keysAtOnce = 50

/** Each key succeeds or fails on its own. */
export const deleteObjects: Op<'DeleteObjects'> = async (input, ctx) => {
  const { Objects, Quiet } = input.Delete
  if (Objects.length < 1 || Objects.length > 1000) throw s3Error('MalformedXML')
  const bucket = await requireBucket(ctx.store.db, input.Bucket)
  const errors = new Map<Named, ServiceError>()
  const deleted: [Named, Deleted][] = []
  for (let start = 0; start < Objects.length; start += keysAtOnce) {
    if (start > 0) await setImmediate()
    deleted.push(...(await deleteSome(input, ctx, bucket, Objects.slice(start, start + keysAtOnce), errors)))
  }
  return {
    ...(!Quiet && { Deleted: deleted.map(([named, result]) => describe(named, result)) }),
    Errors: [...errors].map(([{ Key, VersionId }, { code, message }]) => ({
      Key,
      VersionId,
      Code: code,
      Message: message,
    })),
  }
}

/** All in one commit. What is refused is put among the errors. */
async function deleteSome(
  input: In<'DeleteObjects'>,
  ctx: S3Context,
  bucket: Bucket,
  some: readonly Named[],
  errors: Map<Named, ServiceError>,
): Promise<[Named, Deleted][]> {
  for (const named of some) {
    const action = named.VersionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion'
    const needed = input.BypassGovernanceRetention ? [action, 's3:BypassGovernanceRetention'] : [action]
    await collectError(errors, named, async () => {
      for (const each of needed) await authorize(ctx, bucketAccess(bucket, ctx.principal, each, named.Key))
    })
  }
  return ctx.store.transaction(async tx => {
    const by = doing('DeleteObject', ctx)
    const done: [Named, Deleted][] = []
    for (const named of some)
      if (!errors.has(named))
        await collectError(errors, named, async () => {
          done.push([named, await deleteVersion(tx, deletionOf(input, named), ctx.now().getTime(), by)])
        })
    return done
  })
}

const deletionOf = (input: In<'DeleteObjects'>, named: Named): Deletion => ({
  bucket: input.Bucket,
  key: named.Key,
  versionId: named.VersionId,
  bypass: input.BypassGovernanceRetention,
  IfMatch: named.ETag,
  IfMatchLastModifiedTime: named.LastModifiedTime,
  IfMatchSize: named.Size,
})

/** A refusal of one key, thrown before anything of it is written, is answered for that key; anything else ends the request. */
async function collectError(errors: Map<Named, ServiceError>, named: Named, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    errors.set(named, error)
  }
}

function describe(named: Named, { versionId, deleteMarker }: Deleted) {
  const marker = deleteMarker && { DeleteMarker: true, DeleteMarkerVersionId: versionId }
  return { Key: named.Key, VersionId: named.VersionId, ...marker }
}
