import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type PostgresDialectConfig,
  type PostgresPool,
  type PostgresPoolClient,
  type QueryResult,
  type TransactionSettings,
} from 'kysely'
import { clock } from '../ground/clock.ts'
import { OutcomeUnknown } from '../ground/errors.ts'
import { valuesForPostgres } from './postgres-text.ts'
import type { Fence } from './server-fence.ts'
import { requireNoTransaction, scope } from './transaction-scope.ts'

/** Is told when a statement of a transaction begins and ends. */
export interface Watch {
  begin(): void
  end(): void
}

/** The connection ended amid a commit, of which PostgreSQL has kept nothing. */
export class CommitUndone extends Error {}

/** For how long PostgreSQL is asked what became of a commit whose answer was lost, and how often. */
const patienceMs = 10_000
const pauseMs = 100
/** PostgreSQL 15, Appendix A: invalid_parameter_value. */
const invalidValue = '22023'

/** PostgreSQL's statements by `pg`, each text prepared once a connection. As in SQLite, nobody speaks while a transaction is open but its own work. */
export class PostgresStoreDriver implements Driver {
  readonly #config: PostgresDialectConfig
  readonly #watch: Watch
  readonly #fence: Fence
  #pool: PostgresPool | undefined

  constructor(config: PostgresDialectConfig, watch: Watch, fence: Fence) {
    this.#config = config
    this.#watch = watch
    this.#fence = fence
  }

  async init(): Promise<void> {
    const { pool } = this.#config
    this.#pool = typeof pool === 'function' ? await pool() : pool
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    requireNoTransaction('A statement')
    if (!this.#pool) throw new Error('The store is closed')
    return new Connection(await this.#pool.connect(), this.#watch)
  }

  async beginTransaction(connection: DatabaseConnection, { isolationLevel }: TransactionSettings): Promise<void> {
    await (connection as Connection).begin(isolationLevel ?? 'read committed', this.#fence)
  }

  /**
   * A commit whose answer was lost is one if PostgreSQL says so of its number. Throws a CommitUndone if it says the opposite, an OutcomeUnknown if it says
   * nothing for ten seconds.
   */
  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await connection.executeQuery(CompiledQuery.raw('commit'))
    } catch (cause) {
      // Of what PostgreSQL calls an ERROR nothing is left. With FATAL, and without its word, the connection has ended (PostgreSQL 15, 55.8).
      if ((cause as { severity?: string }).severity === 'ERROR') throw cause
      if (!(await this.#wasCommitted(connection as Connection, cause)))
        throw new CommitUndone('The connection ended before the commit was made', { cause })
    }
  }

  async #wasCommitted({ number }: Connection, cause: unknown): Promise<boolean> {
    const wasDone = () => this.#told(number).catch(() => undefined)
    for (const end = clock.elapsed() + patienceMs; clock.elapsed() < end; await clock.sleep(pauseMs)) {
      const done = await wasDone()
      if (done !== undefined) return done
    }
    const words = 'The connection to the database ended amid a commit: it may have been made'
    throw new OutcomeUnknown(words, { cause, wasDone })
  }

  /** PostgreSQL 15, 9.27.10: `in progress` while it has not noticed; nothing for what is so long ago that it is taken for made. */
  async #told(number: string): Promise<boolean | undefined> {
    const client = await this.#pool?.connect()
    try {
      const ask = client?.query as unknown as (text: string, values: string[]) => Promise<Answer<{ status: string }>>
      const { rows } = await ask.call(client, 'select pg_xact_status($1::xid8) as status', [number])
      const { status } = rows?.[0] ?? { status: null }
      return status === 'in progress' ? undefined : status !== 'aborted'
    } catch (error) {
      // Nor is it in a database that was set back, to which the number is one to come.
      if ((error as { code?: string }).code === invalidValue) return false
      throw error
    } finally {
      client?.release()
    }
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // With its connection a transaction is gone anyway, and why is told already.
    await connection.executeQuery(CompiledQuery.raw('rollback')).catch(() => {})
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    ;(connection as Connection).release()
  }

  async destroy(): Promise<void> {
    const pool = this.#pool
    this.#pool = undefined
    await pool?.end()
  }
}

/** A client of the pool, from when it is taken until it is given back. */
class Connection implements DatabaseConnection {
  inTransaction = false
  /** What PostgreSQL calls its transaction by. */
  number = ''
  readonly #client: PostgresPoolClient
  readonly #watch: Watch
  #given = false

  constructor(client: PostgresPoolClient, watch: Watch) {
    this.#client = client
    this.#watch = watch
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const current = scope()
    if (this.#given || (current && !current.open && this.inTransaction))
      throw new Error(`The transaction of ${current?.owner() ?? 'nobody'} has ended; this statement came after it`)
    const watch = this.inTransaction ? this.#watch : undefined
    watch?.begin()
    try {
      const query = { name: preparedName(sql), text: sql, values: valuesForPostgres(parameters) }
      // kysely knows of the text alone; `pg` takes the rest.
      const ask = this.#client.query as unknown as (query: object) => Promise<Answer<Row>>
      const { command, rowCount, rows } = await ask.call(this.#client, query)
      return { rows: rows ?? [], ...(changing.has(command) && { numAffectedRows: BigInt(rowCount ?? 0) }) }
    } finally {
      watch?.end()
    }
  }

  /** One message, which asks first what the transaction is called by, then whether this server may still write. */
  async begin(isolationLevel: string, fence: Fence): Promise<void> {
    const ask = this.#client.query as unknown as (text: string) => Promise<Answer<{ number: string }>[]>
    const begun = `begin isolation level ${isolationLevel}; select pg_current_xact_id()::text as number`
    try {
      const [, named, row] = await ask.call(this.#client, begun + fence.question())
      fence.require(row?.rowCount)
      this.number = named?.rows?.[0]?.number ?? ''
    } catch (error) {
      await ask.call(this.#client, 'rollback').catch(() => {})
      throw error
    }
    this.inTransaction = true
  }

  // biome-ignore lint/correctness/useYield: nothing in the house streams rows
  async *streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('Rows are not streamed from PostgreSQL')
  }

  release(): void {
    this.#given = true
    this.#client.release()
  }
}

interface Answer<Row> {
  readonly command: string
  readonly rowCount: number | null
  readonly rows: Row[] | undefined
}

const changing = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE'])

/** As many texts are prepared at the most: each costs memory in every connection. Most statements of the house are the same few hundred. */
const mostPrepared = 1000
const names = new Map<string, string>()

function preparedName(text: string): string | undefined {
  const known = names.get(text)
  if (known || names.size >= mostPrepared) return known
  const name = `m${names.size}`
  names.set(text, name)
  return name
}
