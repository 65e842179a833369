import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type QueryResult,
  type SqliteDialectConfig,
  SqliteDriver,
} from 'kysely'
import { requireNoTransaction, scope } from './transaction-scope.ts'
import type { WriteAheadLog } from './write-ahead-log.ts'

const busy = 5
const busyPatienceMs = 10_000
const busyLookMs = 10

/**
 * SQLite as kysely speaks it, with three rules more. Whoever wrote waits until it is durable, after the connection was given back, so
 * that one sync serves all that commit meanwhile. A lock of another process is waited for beside the main thread. Nobody speaks while a
 * transaction is open but its own work.
 */
export class SqliteStoreDriver extends SqliteDriver {
  readonly #file: DatabaseSync
  readonly #log: WriteAheadLog | undefined
  readonly #countChanges: () => number
  #seen: number

  constructor(config: SqliteDialectConfig, file: DatabaseSync, log: WriteAheadLog | undefined) {
    super(config)
    const changes = file.prepare('select total_changes() as count')
    this.#file = file
    this.#log = log
    this.#countChanges = () => Number(changes.get()?.count)
    this.#seen = this.#countChanges()
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    requireNoTransaction('A statement')
    const connection = await super.acquireConnection()
    return {
      executeQuery: query => this.#execute(connection, query),
      streamQuery: (query, size) => connection.streamQuery(query, size),
    }
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    this.#log?.requireIntact()
    return super.beginTransaction(connection)
  }

  override async releaseConnection(): Promise<void> {
    const log = this.#log
    if (!log) return super.releaseConnection()
    const found = this.#countChanges()
    const wrote = found !== this.#seen
    this.#seen = found
    if (wrote) log.grew()
    await super.releaseConnection()
    if (wrote) await log.durable()
  }

  async #execute<Row>(connection: DatabaseConnection, query: CompiledQuery): Promise<QueryResult<Row>> {
    for (const deadline = performance.now() + busyPatienceMs; ; ) {
      const current = scope()
      if (current && !current.open && this.#file.isTransaction)
        throw new Error(`The transaction of ${current.owner()} has ended; this statement came after it`)
      try {
        return await connection.executeQuery<Row>(query)
      } catch (error) {
        const locked = ((error as { errcode?: number }).errcode ?? 0) % 256 === busy && !this.#file.isTransaction
        if (!locked) throw error
        if (performance.now() > deadline)
          throw new Error('Another process has held the database for ten seconds', { cause: error })
        await sleep(busyLookMs)
      }
    }
  }
}
