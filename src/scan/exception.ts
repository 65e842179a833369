import type { Vulnerability } from '../service/scan.ts'
import type { Db } from '../store/database.ts'
import type { VulnerabilityExceptionTable } from '../store/schema/scan-tables.ts'

/** The exceptions that count at one moment. */
export interface Exceptions {
  /** The exception for one of the ids, or for every one of the CVEs; undefined when something is left that has none. */
  of(about: {
    readonly ids: readonly string[]
    readonly cves: readonly string[]
    readonly package: string
  }): Vulnerability['exception']
}

/** Those in force; of several that cover a finding, the one that lasts longest is told. */
export async function openExceptions(db: Db, now: Date): Promise<Exceptions> {
  const inForce = db.selectFrom('vulnerability_exception').selectAll().where('until', '>', now.getTime())
  const rows = await inForce.orderBy('until', 'desc').orderBy('id').orderBy('package').execute()
  const find = (id: string, name: string) =>
    rows.find(row => row.id === id && (row.package === '' || row.package === name))
  return {
    of({ ids, cves, package: name }) {
      const byId = ids.map(id => find(id, name)).find(Boolean)
      const byCve = cves.map(id => find(id, name))
      const found = byId ?? (byCve.every(Boolean) ? byCve[0] : undefined)
      return found && { reason: found.reason, until: new Date(Number(found.until)) }
    },
  }
}

/** Lets a vulnerability pass until the end of `lastDay` (`YYYY-MM-DD`, UTC), in one package or in every one. Replaces an earlier exception. */
export async function putException(
  db: Db,
  { id, packageName = '', reason, lastDay }: ExceptionRequest,
  now: Date,
): Promise<void> {
  const end = Date.parse(`${lastDay}T24:00:00Z`)
  if (!/^\d{4}-\d\d-\d\d$/.test(lastDay) || Number.isNaN(end))
    throw new Error(`${lastDay} is not a day like 2027-01-31`)
  if (end <= now.getTime()) throw new Error(`${lastDay} is over`)
  if (reason.trim() === '') throw new Error('an exception needs a reason')
  const row = { reason: reason.trim(), until: end, created: now.getTime() }
  await db
    .insertInto('vulnerability_exception')
    .values({ id, package: packageName, ...row })
    .onConflict(conflict => conflict.columns(['id', 'package']).doUpdateSet(row))
    .execute()
}

export interface ExceptionRequest {
  readonly id: string
  readonly packageName?: string
  readonly reason: string
  readonly lastDay: string
}

/** False when there was none. */
export async function revokeException(db: Db, id: string, packageName = ''): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('vulnerability_exception')
    .where('id', '=', id)
    .where('package', '=', packageName)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** Every exception, also those that are over. */
export const listExceptions = (db: Db): Promise<VulnerabilityExceptionTable[]> =>
  db.selectFrom('vulnerability_exception').selectAll().orderBy('id').orderBy('package').execute()
