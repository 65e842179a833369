import { type Kysely, sql } from 'kysely'
import { randomness } from '../ground/randomness.ts'
import type { Database } from '../store/database.ts'
import { type DueWish, inTurns } from './owner-turns.ts'

export interface Lease extends DueWish {
  readonly id: string
}

export const leaseMs = 60_000

/** What a worker can take on. */
export interface Room {
  readonly free: number
  /** How many keys of each owner it works on. */
  readonly held: ReadonlyMap<string, number>
}

/**
 * Takes wishes that are due, in turns of their owners (`inTurns`). Two workers never hold the same one: the update checks that it is still
 * free. Whether there are more only the next call tells.
 */
export async function claim(db: Kysely<Database>, now: number, room: Room): Promise<Lease[]> {
  const leases: Lease[] = []
  for (const row of inTurns(await candidates(db, now, room), room)) {
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

/** The oldest that are due; when there are more than can be taken, the oldest of every owner instead, of those first that have the least. */
async function candidates(db: Kysely<Database>, now: number, { free, held }: Room): Promise<DueWish[]> {
  const oldest = await due(db, now)
    .limit(free + 1)
    .execute()
  if (oldest.length <= free) return oldest
  const having = (owner: string) => held.get(owner) ?? 0
  const owners = (await dueOwners(db, now))
    .toSorted((a, b) => having(a.name) - having(b.name) || a.due - b.due)
    .slice(0, free)
  const each = Math.ceil(free / owners.length)
  const found: DueWish[] = []
  for (const { name } of owners) found.push(...(await due(db, now).where('owner', '=', name).limit(each).execute()))
  return found
}

const due = (db: Kysely<Database>, now: number) =>
  db
    .selectFrom('work')
    .select(['kind', 'key', 'owner', 'generation', 'attempts', 'due'])
    .where('due', '<=', now)
    .where('leased_until', '<=', now)
    .orderBy('due')

/** Who has something due, and since when: a seek for each of those that have any wish, however many these are. */
async function dueOwners(db: Kysely<Database>, now: number): Promise<{ name: string; due: number }[]> {
  const { rows } = await sql<{ name: string; due: number | null }>`with recursive "owner" (name) as (
      select min(owner) from work
      union all
      select (select min(work.owner) from work where work.owner > "owner".name) from "owner" where "owner".name is not null
    )
    select name, (
      select due from work
      where work.owner = "owner".name and due <= ${now} and leased_until <= ${now}
      order by due limit 1
    ) as due
    from "owner" where name is not null`.execute(db)
  return rows.flatMap(({ name, due }) => (due === null ? [] : { name, due: Number(due) }))
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

/** When the first wish that was not due yet at a time will be, in milliseconds; undefined when there is none. */
export async function nextDue(db: Kysely<Database>, after: number): Promise<number | undefined> {
  const row = await db
    .selectFrom('work')
    .select('due')
    .where('due', '>', after)
    .orderBy('due')
    .limit(1)
    .executeTakeFirst()
  return row && Number(row.due)
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
