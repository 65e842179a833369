import { sql } from 'kysely'
import { clock } from '../ground/clock.ts'
import { isPostgres } from '../store/postgres-dialect.ts'
import type { ServerTable } from '../store/schema/core-tables.ts'
import { connectionsOf } from '../store/server-fence.ts'
import type { Store } from '../store/store.ts'
import { freeAll, freeOrphans } from './queue.ts'

type Lives = Pick<Store, 'db' | 'server'>

/** At the start of the only server on these rows: all others are gone, and what they held may be taken. */
export async function liveAlone({ db, server }: Lives): Promise<void> {
  await db.deleteFrom('server').where('name', '<>', server).execute()
  await join({ db, server }, unknown)
  await freeAll(db)
}

/** What a server says of itself to others. */
export type ServerFacts = Pick<ServerTable, 'address' | 'url' | 'place'>

/** Of who is alone. */
const unknown: ServerFacts = { address: '', url: '', place: '' }

const join = ({ db, server }: Lives, facts: ServerFacts) =>
  db
    .insertInto('server')
    .values({ name: server, beat: 0, works: 0, ...facts })
    .onConflict(conflict => conflict.doNothing())
    .execute()

/**
 * Whoever holds the database begins to work: who did before is dead, or has lost it and is to write nothing more, and all leases are free. Throws
 * an Error when others have given up this server for dead meanwhile.
 */
export async function takeWork(store: Lives): Promise<void> {
  const { db, server } = store
  const before = await db
    .selectFrom('server')
    .select('name')
    .where('works', '=', 1)
    .where('name', '<>', server)
    .execute()
  for (const { name } of before) await bury(store, name)
  await freeAll(db)
  const { numUpdatedRows } = await db
    .updateTable('server')
    .set({ works: 1 })
    .where('name', '=', server)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) throw new Error(rowIsGone)
}

/** The one that works, as far as its row tells; undefined when there is none. */
export const whoWorks = ({ db }: Pick<Lives, 'db'>): Promise<ServerFacts | undefined> =>
  db.selectFrom('server').select(['address', 'url', 'place']).where('works', '=', 1).executeTakeFirst()

const rowIsGone = 'this server’s row is gone'

/** A server is dead of which nothing was heard at so many looks of another, one after another, that the database answered. */
const silentLooks = 7

export interface LifeAmongOthers {
  /** The server's row is gone: others have given it up for dead. */
  readonly lost: (reason: string) => void
  /** What another server held may be taken. */
  readonly onFreed: () => void
  readonly onError: (error: unknown) => void
  /** Between two looks; a second when absent. */
  readonly lookMs?: number
  readonly facts?: ServerFacts
}

/**
 * Lives beside other servers on the same rows, in PostgreSQL: says so every second, and gives up for dead who has been silent for seven,
 * by looks and not by clocks, which may differ, and which go on while the database or this server stands still.
 */
export async function liveAmongOthers(
  store: Lives,
  { lost, onFreed, onError, lookMs = 1000, facts = unknown }: LifeAmongOthers,
): Promise<{ end(): Promise<void> }> {
  await join(store, facts)
  await freeOrphans(store.db)
  const ended = new AbortController()
  let heard = new Map<string, { readonly beat: number; readonly silent: number }>()

  async function look(): Promise<void> {
    const rows = await beat(store)
    if (!rows.some(({ name }) => name === store.server)) return lost(rowIsGone)
    const isOneGone = [...heard.keys()].some(name => !rows.some(row => row.name === name))
    heard = new Map(rows.map(({ name, beat }) => [name, { beat, silent: silence(heard.get(name), beat) }]))
    const dead = [...heard].filter(([name, { silent }]) => silent >= silentLooks && name !== store.server)
    for (const [name] of dead) await bury(store, name)
    if (!isOneGone && dead.length === 0) return
    await freeOrphans(store.db)
    onFreed()
  }

  async function goOn(): Promise<void> {
    while (!ended.signal.aborted) {
      await look().catch(onError)
      await clock.sleep(lookMs, ended.signal).catch(() => {})
    }
  }

  const going = goOn()
  return {
    async end() {
      ended.abort()
      await going
      await store.db.deleteFrom('server').where('name', '=', store.server).execute()
    },
  }
}

const silence = (known: { beat: number; silent: number } | undefined, beat: number): number =>
  known?.beat === beat ? known.silent + 1 : 0

/** All that live, this one with its newest beat. */
async function beat({ db, server }: Lives): Promise<{ name: string; beat: number }[]> {
  await db
    .updateTable('server')
    .set(eb => ({ beat: eb('beat', '+', 1) }))
    .where('name', '=', server)
    .execute()
  return db.selectFrom('server').select(['name', 'beat']).execute()
}

/** Ends its connections first: one that stands still within a transaction would keep the row there. */
async function bury({ db }: Lives, name: string): Promise<void> {
  if (isPostgres(db))
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = ${connectionsOf(name)} and datname = current_database()`.execute(db)
  await db.deleteFrom('server').where('name', '=', name).execute()
}
