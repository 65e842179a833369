import { Kysely, sql } from 'kysely'
import { Client, Pool, types } from 'pg'
import { clock } from '../ground/clock.ts'
import { randomness } from '../ground/randomness.ts'
import type { Database } from './database.ts'
import { migrate } from './migrate.ts'
import { postgresDialect } from './postgres-dialect.ts'
import { textFromPostgres } from './postgres-text.ts'
import { createSerializableCommit, createStatementWatch } from './serializable-commit.ts'
import { connectionsOf, createFence } from './server-fence.ts'
import type { Store, Wish } from './store.ts'
import { openTalk } from './talk.ts'
import { createTransactions } from './transactions.ts'
import { openWishNews } from './wish-news.ts'

const connections = 10
/** A server that hangs holds no row for longer. */
const idleInTransactionMs = 30_000
const connectMs = 10_000

/**
 * The store in PostgreSQL, 15 or newer, at `postgres://USER:PASSWORD@HOST:PORT/DATABASE`. A commit is on the database's disk when it is
 * acknowledged, unless the database was told otherwise (`synchronous_commit`).
 */
export async function openPostgresStore(
  url: string,
  onEnqueue: (wishes: readonly Wish[]) => void = () => {},
): Promise<Store> {
  const server = randomness.uuid()
  const pool = openPool(url, server)
  const watch = createStatementWatch()
  const fence = createFence(server)
  const db = new Kysely<Database>({ dialect: postgresDialect({ pool }, watch, fence) })
  try {
    await requireVersion(pool)
    await migrate(db, 'database')
  } catch (error) {
    await db.destroy()
    throw error
  }
  const transactions = createTransactions(createSerializableCommit(db, watch.patience), onEnqueue, async () => {})
  return {
    ...{ db, server },
    stuck: transactions.stuck,
    transaction: transactions.transaction,
    // PostgreSQL's own autovacuum does.
    async shrink() {},
    async size() {
      const { rows } = await sql<{ size: number }>`select pg_database_size(current_database()) as size`.execute(db)
      return rows[0]?.size ?? 0
    },
    // Its pages are checked by `pg_amcheck`, which needs rights that we have no other use for.
    damage: async () => [],
    hold: lost => hold(url, lost),
    holdInTurn: (lost, signal) => holdInTurn({ url, server, lost, signal }),
    fence: fence.raise,
    wishNews: listener => openWishNews(url, server, listener),
    talk: (subject, hear) => openTalk(url, server, subject, hear),
    async close() {
      await transactions.close()
      await db.destroy()
    },
  }
}

function openPool(connectionString: string, server: string): Pool {
  const pool = new Pool({
    connectionString,
    max: connections,
    connectionTimeoutMillis: connectMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    application_name: connectionsOf(server),
    types: sameTypes,
  })
  // A connection that breaks while nobody uses it is replaced; one in use fails its statement and is replaced then.
  pool.on('error', () => {})
  pool.on('connect', client => void client.on('error', () => {}))
  return pool
}

/** Any number that nobody else takes for a lock of this database: `modelmart` in ASCII, shortened to a safe one. */
const serverLock = 0x6d_6f_64_65_6c

/** A lock of a session, which the database ends with the connection however that ends. */
async function hold(connectionString: string, lost: (reason: string) => void): Promise<() => Promise<void>> {
  const client = await connect(connectionString, 'modelmart server')
  if (await isTaken(client)) return held(client, lost)
  await client.end()
  throw new Error(
    'Another server runs on this database. Stop it first, give --database another one, or all of them a --peer-url.',
  )
}

async function connect(connectionString: string, name: string): Promise<Client> {
  const client = new Client({ connectionString, application_name: name, keepAlive: true })
  client.on('error', () => {})
  await client.connect()
  return client
}

function held(client: Client, lost: (reason: string) => void): () => Promise<void> {
  let released = false
  client.on('end', () => released || lost('the connection that holds the database for this server has ended'))
  return async () => {
    released = true
    await client.end()
  }
}

interface Turn {
  readonly url: string
  readonly server: string
  readonly lost: (reason: string) => void
  readonly signal: AbortSignal
}

const reconnectMs = 500

/** The database gives it to who waits as soon as it is free. Its connection bears the server's name, so that who buries the server ends it. */
async function holdInTurn(turn: Turn): Promise<() => Promise<void>> {
  for (;;) {
    const release = await waitForTurn(turn).catch(() => undefined)
    if (release) return release
    await clock.sleep(reconnectMs, turn.signal)
  }
}

async function waitForTurn({ url, server, lost, signal }: Turn): Promise<() => Promise<void>> {
  const client = await connect(url, connectionsOf(server))
  const giveUp = () => void client.end()
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    signal.throwIfAborted()
    await client.query('select pg_advisory_lock($1)', [serverLock])
    return held(client, lost)
  } catch (error) {
    await client.end()
    throw error
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

/** The database may not have noticed yet that a server is dead which held it. */
const triesToHold = 10
const holdPauseMs = 200

async function isTaken(client: Client): Promise<boolean> {
  for (let tries = 1; ; tries++) {
    const { rows } = await client.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [serverLock])
    if (rows[0]?.held || tries === triesToHold) return rows[0]?.held ?? false
    await clock.sleep(holdPauseMs)
  }
}

const leastVersion = 150_000

async function requireVersion(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ version: string }>(`select current_setting('server_version_num') as version`)
  const version = Number(rows[0]?.version)
  if (version < leastVersion)
    throw new Error(`PostgreSQL 15 or newer is needed; this one is ${Math.floor(version / 10_000)}`)
}

/** Throws a RangeError for a whole number that JavaScript does not hold exactly, as SQLite's client does. */
function exactNumber(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw new RangeError(`${text} is no safe number`)
  return value
}

/** As SQLite answers: numbers for whole numbers of 64 bits and for their sums, 0 and 1 for what is true or not, whatever text was put. */
const parsers: Readonly<Record<number, (text: string) => unknown>> = {
  [types.builtins.INT8]: exactNumber,
  [types.builtins.NUMERIC]: exactNumber,
  [types.builtins.BOOL]: text => (text === 't' ? 1 : 0),
  [types.builtins.TEXT]: textFromPostgres,
}

const parserOf = (oid: number, format?: 'text' | 'binary') =>
  (format !== 'binary' && parsers[oid]) || types.getTypeParser(oid, format)

/** For whatever asks this database by `pg` itself. */
export const sameTypes = { getTypeParser: parserOf as typeof types.getTypeParser }
