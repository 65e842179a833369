import type { Generated } from 'kysely'
import type { Migration } from '../migration.ts'

export interface ConsoleTables {
  console_link: ConsoleLinkTable
  console_session: ConsoleSessionTable
  console_credential: ConsoleCredentialTable
  console_authorization: ConsoleAuthorizationTable
  console_provider: ConsoleProviderTable
  sign_in_attempt: SignInAttemptTable
}

/** Who tried to sign in by a password lately, or at whose account. */
export interface SignInAttemptTable {
  /** SHA-256 of whose attempts are counted together, base64url. */
  holder: string
  /** When it has all its attempts again, milliseconds. */
  rested: number
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
  /** Id of the user or role; empty for the account's root. */
  identity: string
  /** JSON of how somebody has a role who was sent by an OpenID Connect provider; empty for everybody else. */
  federation: Generated<string>
  started: number
  /** When it last asked for credentials. */
  seen: number
}

/** The temporary credentials that a session was given: they end with it. */
export interface ConsoleCredentialTable {
  access_key_id: string
  session: string
}

/** Browsers that are on their way to an OpenID Connect provider. */
export interface ConsoleAuthorizationTable {
  /** SHA-256 of what the cookie holds, base64url. */
  hash: string
  provider: string
  /** Where the provider sends the browser back to. */
  place: string
  expires: number
  /** JSON of the roles that somebody may choose among who has come back from there; empty before. */
  proven: Generated<string>
}

/** OpenID Connect providers that people sign in by, as the operator has set them. */
export interface ConsoleProviderTable {
  /** What the button says. */
  name: string
  /** Of the provider in the operator's account, which knows its URL, its clients and its thumbprints. */
  provider_arn: string
  client_id: string
  /** Sealed; empty for a client without a secret. */
  client_secret: string
  /** Separated by spaces. */
  scopes: string
  groups_claim: string
  /** JSON list of `{group, roleArn}`, in the order in which they are looked at. */
  roles: string
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
  {
    name: '2026-11-29-console-openid',
    async up(db) {
      await db.schema
        .alterTable('console_session')
        .addColumn('federation', 'text', column => column.notNull().defaultTo(''))
        .execute()
      await db.schema
        .createTable('console_authorization')
        .addColumn('hash', 'text', column => column.primaryKey())
        .addColumn('provider', 'text', column => column.notNull())
        .addColumn('place', 'text', column => column.notNull())
        .addColumn('expires', 'bigint', column => column.notNull())
        .execute()
      const index = db.schema.createIndex('console_authorization_by_expires').on('console_authorization')
      await index.columns(['expires']).execute()
      await db.schema
        .createTable('console_provider')
        .addColumn('name', 'text', column => column.primaryKey())
        .addColumn('provider_arn', 'text', column => column.notNull())
        .addColumn('client_id', 'text', column => column.notNull())
        .addColumn('client_secret', 'text', column => column.notNull())
        .addColumn('scopes', 'text', column => column.notNull())
        .addColumn('groups_claim', 'text', column => column.notNull())
        .addColumn('roles', 'text', column => column.notNull())
        .execute()
    },
  },
  {
    name: '2026-11-30-console-role-choice',
    async up(db) {
      await db.schema
        .alterTable('console_authorization')
        .addColumn('proven', 'text', column => column.notNull().defaultTo(''))
        .execute()
    },
  },
  {
    name: '2026-11-30-sign-in-attempts',
    async up(db) {
      await db.schema
        .createTable('sign_in_attempt')
        .addColumn('holder', 'text', column => column.primaryKey())
        .addColumn('rested', 'bigint', column => column.notNull())
        .execute()
      await db.schema.createIndex('sign_in_attempt_by_rested').on('sign_in_attempt').columns(['rested']).execute()
    },
  },
]
