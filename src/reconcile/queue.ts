import { type Kysely, sql } from 'kysely'
import { randomness } from '../ground/randomness.ts'
import type { Database } from '../store/database.ts'
import { isPostgres } from '../store/postgres-dialect.ts'
import type { Store } from '../store/store.ts'
import { type DueWish, inTurns } from './owner-turns.ts'

export interface Lease extends DueWish {
  readonly id: string
}

/** What a worker can take on. */
export interface Room {
  readonly free: number
  /** How many keys of each owner it works on. */
  readonly held: ReadonlyMap<string, number>
}

/** Who claims: a server whose row is there, by the name that its store has. */
export type Claimer = Pick<Store, 'db' | 'server'>

/**
 * Takes wishes that are due, in turns of their owners (`inTurns`). Two workers never hold the same one: the update checks that it is still
 * free. None are taken when others have been quicker; whether there are more only the next call tells.
 */
export async function claim(claimer: Claimer, now: number, room: Room): Promise<{ leases: Lease[]; isMore: boolean }> {
  const wishes = inTurns(await candidates(claimer.db, now, room), room)
  const take = isPostgres(claimer.db) ? takeAtOnce : takeEach
  return { leases: wishes.length > 0 ? await take(claimer, wishes) : [], isMore: wishes.length > 0 }
}

/**
 * One statement, in which nobody waits for another server that claims, or for one that wishes. A server that was given up for dead takes
 * nothing: its row is gone, or stays until what it takes can be seen.
 */
async function takeAtOnce({ db, server }: Claimer, wishes: readonly DueWish[]): Promise<Lease[]> {
  const id = randomness.uuid()
  const [kinds, keys] = [wishes.map(({ kind }) => kind), wishes.map(({ key }) => key)]
  const { rows } = await sql<DueWish>`update work set lease = ${id}, server = ${server}
    from (
      select work.kind, work.key
      from unnest(${kinds}::text[], ${keys}::text[]) as wanted (kind, key)
      join work on work.kind = wanted.kind and work.key = wanted.key
      join server on server.name = ${server}
      where work.lease = ''
      for update of work skip locked for key share of server
    ) as free
    where work.kind = free.kind and work.key = free.key
    returning work.kind, work.key, work.owner, work.generation, work.attempts, work.due`.execute(db)
  const place = new Map(wishes.map((wish, index) => [nameOf(wish), index]))
  const placeOf = (wish: DueWish) => place.get(nameOf(wish)) ?? 0
  return rows.map(row => ({ ...row, id })).sort((a, b) => placeOf(a) - placeOf(b))
}

async function takeEach({ db, server }: Claimer, wishes: readonly DueWish[]): Promise<Lease[]> {
  const leases: Lease[] = []
  for (const row of wishes) {
    const id = randomness.uuid()
    try {
      if (await take(db, row, { lease: id, server })) leases.push({ ...row, id })
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
    .where('lease', '=', '')
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
      where work.owner = "owner".name and due <= ${now} and lease = ''
      order by due limit 1
    ) as due
    from "owner" where name is not null`.execute(db)
  return rows.flatMap(({ name, due }) => (due === null ? [] : { name, due: Number(due) }))
}

async function take(db: Kysely<Database>, row: DueWish, holder: { lease: string; server: string }): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('work')
    .set(holder)
    .where('kind', '=', row.kind)
    .where('key', '=', row.key)
    .where('lease', '=', '')
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

/** How often each of these keys was wished for by now, by its name among all kinds (`nameOf`). */
export async function generationsOf(
  db: Kysely<Database>,
  keys: readonly Pick<DueWish, 'kind' | 'key'>[],
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>()
  for (const [kind, some] of Map.groupBy(keys, key => key.kind)) {
    const names = some.map(({ key }) => key)
    const rows = await db
      .selectFrom('work')
      .select(['key', 'generation'])
      .where('kind', '=', kind)
      .where('key', 'in', names)
      .execute()
    for (const { key, generation } of rows) found.set(nameOf({ kind, key }), Number(generation))
  }
  return found
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
      ...nobody,
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

/** Ends all leases. */
export async function freeAll(db: Kysely<Database>): Promise<void> {
  await db.updateTable('work').set(nobody).where('lease', '<>', '').execute()
}

/** Ends the leases of servers that are gone. */
export async function freeOrphans(db: Kysely<Database>): Promise<void> {
  const alive = db.selectFrom('server').select('name')
  await db.updateTable('work').set(nobody).where('lease', '<>', '').where('server', 'not in', alive).execute()
}

/** Ends the leases of a server, but for those that it knows of: where the answer to a claim was lost, nobody works on what was claimed. */
export async function freeServer(
  db: Kysely<Database>,
  server: string,
  { but = [] }: { readonly but?: readonly string[] } = {},
): Promise<void> {
  await db.updateTable('work').set(nobody).where('server', '=', server).where('lease', 'not in', but).execute()
}

const nobody = { lease: '', server: '' }

const free = (db: Kysely<Database>, lease: Lease) => where(db.updateTable('work').set(nobody), lease).execute()

/** A name for a key among all kinds. */
export const nameOf = ({ kind, key }: Pick<DueWish, 'kind' | 'key'>): string => `${kind} ${key}`

function where<Q extends { where(column: 'kind' | 'key' | 'lease', op: '=', value: string): Q }>(
  query: Q,
  lease: Lease,
): Q {
  return query.where('kind', '=', lease.kind).where('key', '=', lease.key).where('lease', '=', lease.id)
}
