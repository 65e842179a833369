import type { Migration } from '../migration.ts'

export interface ConsoleTables {
  console_link: ConsoleLinkTable
  console_session: ConsoleSessionTable
  console_credential: ConsoleCredentialTable
}

/** Links that sign in once as an account's root. */
export interface ConsoleLinkTable {
  /** SHA-256 of what the link holds, base64url. */
  hash: string
  account: string
  expires: number
}

/** Who is signed in to the console. */
export interface ConsoleSessionTable {
  /** SHA-256 of what the cookie holds, base64url. */
  hash: string
  account: string
  /** Id of the user; empty for the account's root. */
  identity: string
  started: number
  /** When it last asked for credentials. */
  seen: number
}

/** The temporary credentials that a session was given: they end with it. */
export interface ConsoleCredentialTable {
  access_key_id: string
  session: string
}

export const consoleMigrations: readonly Migration[] = [
  {
    name: '2026-11-29-console',
    async up(db) {
      await db.schema
        .createTable('console_link')
        .addColumn('hash', 'text', column => column.primaryKey())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('expires', 'bigint', column => column.notNull())
        .execute()
      await db.schema.createIndex('console_link_by_expires').on('console_link').columns(['expires']).execute()
      await db.schema
        .createTable('console_session')
        .addColumn('hash', 'text', column => column.primaryKey())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('identity', 'text', column => column.notNull())
        .addColumn('started', 'bigint', column => column.notNull())
        .addColumn('seen', 'bigint', column => column.notNull())
        .execute()
      await db.schema.createIndex('console_session_by_seen').on('console_session').columns(['seen']).execute()
      await db.schema
        .createTable('console_credential')
        .addColumn('access_key_id', 'text', column => column.primaryKey())
        .addColumn('session', 'text', column => column.notNull())
        .execute()
      await db.schema
        .createIndex('console_credential_by_session')
        .on('console_credential')
        .columns(['session'])
        .execute()
    },
  },
]
