import type { Kysely } from 'kysely'
import { randomness } from '../ground/randomness.ts'
import type { Database } from '../store/database.ts'

export interface Lease {
  readonly kind: string
  readonly key: string
  readonly id: string
  readonly generation: number
  readonly attempts: number
}

export const leaseMs = 60_000

/** Takes up to `limit` wishes that are due. Two workers never hold the same one: the update checks that it is still free. */
export async function claim(db: Kysely<Database>, now: number, limit: number): Promise<Lease[]> {
  const due = await db
    .selectFrom('work')
    .select(['kind', 'key', 'generation', 'attempts'])
    .where('due', '<=', now)
    .where('leased_until', '<=', now)
    .orderBy('due')
    .limit(limit)
    .execute()
  const leases: Lease[] = []
  for (const row of due) {
    const id = randomness.uuid()
    try {
      if (await take(db, row, id, now)) leases.push({ ...row, id })
    } catch (error) {
      // Those that are taken must be worked on; for the rest, whoever asks next sees whether the store can write again.
      if (leases.length === 0) throw error
      break
    }
  }
  return leases
}

async function take(db: Kysely<Database>, row: Pick<Lease, 'kind' | 'key'>, id: string, now: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('work')
    .set({ leased_until: now + leaseMs, lease: id })
    .where('kind', '=', row.kind)
    .where('key', '=', row.key)
    .where('leased_until', '<=', now)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/** When the next free wish is due, in milliseconds; undefined when there is none. */
export async function nextDue(db: Kysely<Database>): Promise<number | undefined> {
  const row = await db
    .selectFrom('work')
    .select(eb =>
      eb.fn
        .min(eb.case().when('due', '>', eb.ref('leased_until')).then(eb.ref('due')).else(eb.ref('leased_until')).end())
        .as('at'),
    )
    .executeTakeFirst()
  return row?.at === null || row?.at === undefined ? undefined : Number(row.at)
}

/** Returns those that are still held. */
export async function renew(db: Kysely<Database>, ids: readonly string[], now: number): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const rows = await db
    .updateTable('work')
    .set({ leased_until: now + leaseMs })
    .where('lease', 'in', ids)
    .returning('lease')
    .execute()
  return new Set(rows.map(({ lease }) => lease))
}

/** Nothing is left to do, unless the wish was made anew meanwhile: then it is due again. */
export async function complete(db: Kysely<Database>, lease: Lease): Promise<void> {
  const row = where(db.deleteFrom('work'), lease).where('generation', '=', lease.generation)
  const { numDeletedRows } = await row.executeTakeFirstOrThrow()
  if (numDeletedRows === 0n) await free(db, lease)
}

/** Looks again at `due`, or at once when the wish was made anew meanwhile. */
export async function postpone(db: Kysely<Database>, lease: Lease, due: number, error?: string): Promise<void> {
  const { numUpdatedRows } = await where(
    db.updateTable('work').set({
      due,
      leased_until: 0,
      lease: '',
      attempts: error === undefined ? 0 : lease.attempts + 1,
      last_error: error ?? '',
    }),
    lease,
  )
    .where('generation', '=', lease.generation)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) await free(db, lease)
}

/** The clock was set back by so many milliseconds: what is to come would wait for as long. */
export async function setBack(db: Kysely<Database>, now: number, ms: number): Promise<void> {
  await db
    .updateTable('work')
    .set(eb => ({ due: eb('due', '-', ms) }))
    .where('due', '>', now)
    .execute()
}

/** At the start of the only process on this store: whoever held a lease is gone. */
export async function freeAll(db: Kysely<Database>): Promise<void> {
  await db.updateTable('work').set({ leased_until: 0, lease: '' }).execute()
}

const free = (db: Kysely<Database>, lease: Lease) =>
  where(db.updateTable('work').set({ leased_until: 0, lease: '' }), lease).execute()

function where<Q extends { where(column: 'kind' | 'key' | 'lease', op: '=', value: string): Q }>(
  query: Q,
  lease: Lease,
): Q {
  return query.where('kind', '=', lease.kind).where('key', '=', lease.key).where('lease', '=', lease.id)
}
