import type { Kysely } from 'kysely'
import type { Database } from './database.ts'

/** One transaction: all of it is durable when `transaction` resolves, or none of it. */
export interface Transaction {
  /** SQL, by kysely. Only portable SQL (SQLite and PostgreSQL); times are integer milliseconds, documents JSON text. */
  readonly db: Kysely<Database>
  /** Hands the key to the reconciler of this kind with the same commit. `at` delays it. */
  enqueue(kind: string, key: string, at?: Date): Promise<void>
}

/** What was handed to a reconciler, due at a time in milliseconds. */
export interface Wish {
  readonly kind: string
  readonly key: string
  readonly due: number
}

/** What the servers on one database tell each other of wishes, so that nobody polls. */
export interface WishNews {
  /** Tells all other servers of what was committed. It is told soon or never: they look for themselves too, now and then. */
  tell(wishes: readonly Wish[]): void
  close(): Promise<void>
}

export interface WishListener {
  /** Wishes that others have committed. */
  heard(wishes: readonly Wish[]): void
  /** There may be more than was heard: nobody listened for a while, or there was too much to tell. */
  missed(): void
}

/** What a server says to the others on one database, which may be lost: JSON values, each well below 7,900 bytes. */
export interface Talk {
  /** Rejects when the database does not take it. */
  say(items: readonly unknown[]): Promise<unknown>
  close(): Promise<void>
}

/** Metadata. `db` outside a transaction is for single statements and reads. */
export interface Store {
  readonly db: Kysely<Database>
  /** The name of this server among those that ever were on these rows. */
  readonly server: string
  /**
   * Transactions run one after another in the embedded store, so a work does SQL and nothing else. Throws within another transaction.
   * A work that waits for anything but the database is undone, with an Error that names the place that asked for it.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /** Why no transaction has ended for seconds, and whose waits; undefined when all goes well. */
  stuck(): string | undefined
  /** Gives the room of what was removed back to the disk, a little at a time. */
  shrink(): Promise<void>
  /** Bytes of the database on its disk. */
  size(): Promise<number>
  /** Reads all rows as the database itself checks them, and returns what it found wrong. `shared` while a server runs on it. */
  damage(shared: boolean): Promise<readonly string[]>
  /**
   * Holds the store for one server; the data directory's own lock is not enough where the rows are elsewhere. Throws an Error when
   * another server holds it. `lost` is told when the database has ended the hold. Returns the release.
   */
  hold(lost: (reason: string) => void): Promise<() => Promise<void>>
  /**
   * The same for one of several servers: waits, until the signal is aborted, while another one holds it. Undefined where there can be one
   * server only.
   */
  holdInTurn?(lost: (reason: string) => void, signal: AbortSignal): Promise<() => Promise<void>>
  /** From now on a transaction is undone unless this server's row is there, which `lost` is told the first time. */
  fence(lost: (reason: string) => void): void
  /** Hears what other servers wish for, and tells them; undefined where there are no others. */
  wishNews(listener: WishListener): WishNews | undefined
  /** Hears what others say on a subject, a word of letters, and says it to them; undefined where there are no others. */
  talk(subject: string, hear: (said: readonly unknown[]) => void): Talk | undefined
  close(): Promise<void>
}
