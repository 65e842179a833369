import type { Kysely } from 'kysely'
import type { Database } from '../store/database.ts'
import { requireBucket } from './bucket.ts'
import {
  isRetained,
  type Lock,
  missingConfiguration,
  refuseEventHold,
  requireFuture,
  requireMode,
  setLock,
} from './object-lock.ts'
import { findVersion, type ObjectVersion, requireVersion } from './object-version.ts'
import { s3Error } from './s3-error.ts'
import type { In, Op, S3Context } from './s3-operation.ts'

interface Named {
  readonly Bucket: string
  readonly Key: string
  readonly VersionId?: string | undefined
}

/**
 * Sets or changes how long a version is kept. Longer is always granted; shorter, another mode or none only in governance mode to
 * those who may bypass it and say so (Amazon S3 User Guide, "Retention modes"). Throws AccessDenied.
 */
export const putObjectRetention: Op<'PutObjectRetention'> = async (input, ctx) => {
  const { Retention = {} } = input
  refuseEventHold(Retention)
  const { Mode, RetainUntilDate } = Retention
  if ((Mode === undefined) !== (RetainUntilDate === undefined)) throw s3Error('MalformedXML')
  const now = ctx.now().getTime()
  const wanted: Lock =
    Mode === undefined || RetainUntilDate === undefined
      ? {}
      : { mode: requireMode(Mode), until: requireFuture(new Date(RetainUntilDate), now) }
  await changeLock(ctx, input, lock => {
    if (isRetained(lock, now) && !mayChange(lock, wanted, input)) throw s3Error('AccessDenied', {}, denied)
    return { ...(lock.hold !== undefined && { hold: lock.hold }), ...wanted }
  })
  return {}
}

const denied = 'Access Denied because object protected by object lock.'

function mayChange(lock: Lock, wanted: Lock, { BypassGovernanceRetention: bypass }: In<'PutObjectRetention'>): boolean {
  if (lock.mode === wanted.mode && (wanted.until ?? 0) >= (lock.until ?? 0)) return true
  return lock.mode === 'GOVERNANCE' && bypass === true
}

export const getObjectRetention: Op<'GetObjectRetention'> = async (input, ctx) => {
  const { mode, until } = await lockOfVersion(ctx, input)
  if (mode === undefined || until === undefined) throw s3Error('NoSuchObjectLockConfiguration', { Key: input.Key })
  return { Retention: { Mode: mode, RetainUntilDate: new Date(until) } }
}

export const putObjectLegalHold: Op<'PutObjectLegalHold'> = async (input, ctx) => {
  const { Status } = input.LegalHold ?? {}
  if (Status !== 'ON' && Status !== 'OFF') throw s3Error('MalformedXML')
  await changeLock(ctx, input, lock => ({ ...lock, hold: Status === 'ON' }))
  return {}
}

export const getObjectLegalHold: Op<'GetObjectLegalHold'> = async (input, ctx) => {
  const { hold } = await lockOfVersion(ctx, input)
  if (hold === undefined) throw s3Error('NoSuchObjectLockConfiguration', { Key: input.Key })
  return { LegalHold: { Status: hold ? 'ON' : 'OFF' } }
}

async function lockOfVersion(ctx: S3Context, input: Named): Promise<Lock> {
  await requireConfiguration(ctx.store.db, input.Bucket)
  return (await requireVersion(ctx, input)).lock ?? {}
}

async function requireConfiguration(db: Kysely<Database>, name: string) {
  const bucket = await requireBucket(db, name)
  if (!bucket.configuration.objectLock) throw missingConfiguration()
  return bucket
}

async function changeLock(ctx: S3Context, input: Named, change: (lock: Lock) => Lock): Promise<void> {
  await requireConfiguration(ctx.store.db, input.Bucket)
  const { versionId } = await requireVersion(ctx, input)
  await ctx.store.transaction(async ({ db }) => {
    const bucket = await requireConfiguration(db, input.Bucket)
    const version: ObjectVersion | undefined = await findVersion(db, bucket, input.Key, versionId)
    if (!version) throw s3Error('NoSuchVersion', { Key: input.Key, VersionId: versionId })
    await setLock(db, version, change(version.lock ?? {}))
  })
}
