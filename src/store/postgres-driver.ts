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
import { valuesForPostgres } from './postgres-text.ts'
import type { Fence } from './server-fence.ts'
import { requireNoTransaction, scope } from './transaction-scope.ts'

/** Is told when a statement of a transaction begins and ends. */
export interface Watch {
  begin(): void
  end(): void
}

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

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'))
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

  /** One message, and what it asks first is whether this server may still write. */
  async begin(isolationLevel: string, fence: Fence): Promise<void> {
    const ask = this.#client.query as unknown as (text: string) => Promise<Answer<unknown> | Answer<unknown>[]>
    try {
      const answers = await ask.call(this.#client, `begin isolation level ${isolationLevel}${fence.question()}`)
      fence.require(Array.isArray(answers) ? answers[1]?.rowCount : undefined)
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
