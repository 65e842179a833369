import type { Kysely } from 'kysely'
import type { Database } from '../store/database.ts'
import type { Bucket, DefaultRetention } from './bucket-row.ts'
import { notImplemented, s3Error } from './s3-error.ts'

/** What keeps a version from being deleted (Amazon S3 User Guide, "Locking objects with Object Lock"). */
export interface Lock {
  readonly mode?: 'GOVERNANCE' | 'COMPLIANCE'
  /** Milliseconds; with `mode`. */
  readonly until?: number
  readonly hold?: boolean
}

interface LockMembers {
  readonly ObjectLockMode?: string | undefined
  readonly ObjectLockRetainUntilDate?: Date | undefined
  readonly ObjectLockLegalHoldStatus?: string | undefined
}

const day = 86_400_000

/** The lock that a write asks for. Throws InvalidArgument for half of one, and for one that is over already. */
export function requestedLock(input: LockMembers, now: number): Lock | undefined {
  const { ObjectLockMode: mode, ObjectLockRetainUntilDate: date, ObjectLockLegalHoldStatus: status } = input
  if ((mode === undefined) !== (date === undefined))
    throw s3Error(
      'InvalidArgument',
      {},
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
    )
  const hold = status === undefined ? {} : { hold: requireStatus(status) }
  if (mode === undefined || date === undefined) return status === undefined ? undefined : hold
  return { mode: requireMode(mode), until: requireFuture(date, now), ...hold }
}

const requireStatus = (status: string): boolean => {
  if (status !== 'ON' && status !== 'OFF') throw s3Error('MalformedXML')
  return status === 'ON'
}

/** Throws MalformedXML for a mode that there is not. */
export function requireMode(mode: string | undefined): 'GOVERNANCE' | 'COMPLIANCE' {
  if (mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE') throw s3Error('MalformedXML')
  return mode
}

/** Throws InvalidArgument. */
export function requireFuture(date: Date, now: number): number {
  if (date.getTime() > now) return date.getTime()
  throw s3Error('InvalidArgument', {}, 'The retain until date must be in the future!')
}

/** The lock of a new version: the one that was asked for, or the bucket's default. Throws InvalidRequest where the bucket has no Object Lock. */
export function lockOf({ configuration }: Bucket, asked: Lock | undefined, created: number): Lock | undefined {
  const { objectLock } = configuration
  if (!objectLock) {
    if (asked) throw missingConfiguration()
    return undefined
  }
  const kept = asked?.mode === undefined ? defaultRetention(objectLock.rule, created) : undefined
  const lock = { ...kept, ...asked }
  return lock.mode !== undefined || lock.hold ? lock : undefined
}

export const missingConfiguration = () => s3Error('InvalidRequest', {}, 'Bucket is missing Object Lock Configuration')

function defaultRetention(rule: DefaultRetention | undefined, created: number): Lock | undefined {
  if (!rule) return undefined
  const until = new Date(created)
  if (rule.years !== undefined) until.setUTCFullYear(until.getUTCFullYear() + rule.years)
  return { mode: rule.mode, until: rule.days === undefined ? until.getTime() : created + rule.days * day }
}

/** Whether retention still holds. */
export const isRetained = ({ until = 0 }: Lock, now: number): boolean => until > now

/** Throws AccessDenied for a version that its lock keeps; governance lets those pass who may bypass it and say so. */
export function requireUnlocked(lock: Lock | undefined, now: number, bypass: boolean | undefined): void {
  if (!lock) return
  const governed = lock.mode === 'GOVERNANCE' && bypass
  if (lock.hold || (isRetained(lock, now) && !governed))
    throw s3Error('AccessDenied', {}, 'Access Denied because object protected by object lock.')
}

/** What readers are told of a lock. */
export const lockMembers = (lock: Lock | undefined) => ({
  ...(lock?.mode !== undefined && {
    ObjectLockMode: lock.mode,
    ObjectLockRetainUntilDate: new Date(lock.until ?? 0),
  }),
  ...(lock?.hold !== undefined && { ObjectLockLegalHoldStatus: lock.hold ? ('ON' as const) : ('OFF' as const) }),
})

/** Writes a version's lock anew. */
export async function setLock(
  db: Kysely<Database>,
  version: { readonly bucket: string; readonly key: string; readonly ordinal: number },
  lock: Lock,
): Promise<void> {
  await db
    .updateTable('s3_version')
    .set({ lock: JSON.stringify(lock) })
    .where('bucket', '=', version.bucket)
    .where('key', '=', Buffer.from(version.key))
    .where('ordinal', '=', version.ordinal)
    .execute()
}

/** Holds that begin at an event are not served. */
export function refuseEventHold(given: object | undefined): void {
  const name = Object.keys(given ?? {}).find(member => /EventHold/.test(member))
  if (name !== undefined) throw notImplemented(`${name} of Object Lock`)
}
