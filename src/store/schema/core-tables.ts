import { sql } from 'kysely'
import type { Migration } from '../migration.ts'
import { isPostgres } from '../postgres-dialect.ts'
import { ownerOf } from '../work-owner.ts'
import { createTrigger } from './trigger.ts'

export interface CoreTables {
  resource: ResourceTable
  resource_count: ResourceCountTable
  tag: TagTable
  idempotency: IdempotencyTable
  work: WorkTable
  setting: SettingTable
  server: ServerTable
}

/** AWS resources of every kind; what differs between kinds is in `document`. */
export interface ResourceTable {
  arn: string
  kind: string
  account: string
  region: string
  name: string
  /** What it is listed under: a model package group's name; empty for none. */
  parent: string
  status: string
  created: number
  modified: number
  /** The resource's row type as JSON. */
  document: string
}

/** How many resources of a kind have a status. Triggers keep it, so that nobody has to count. */
export interface ResourceCountTable {
  kind: string
  status: string
  count: number
}

export interface TagTable {
  arn: string
  key: string
  value: string
}

/** Answers to requests that carried a client token. */
export interface IdempotencyTable {
  scope: string
  token: string
  request_hash: string
  response: string
  created: number
}

/** The reconcilers' queue. A row is a wish to reconcile, not a message: enqueueing twice is the same as once. */
export interface WorkTable {
  kind: string
  key: string
  due: number
  /** Whose turn it is: the account of the key's ARN, or the kind where a key has none. */
  owner: string
  /** Of whoever works on it; empty for nobody. It is held as long as the row of its server is there. */
  lease: string
  server: string
  attempts: number
  /** Grows with each enqueue, so that a wish made while its work runs is not lost. */
  generation: number
  last_error: string
}

export interface SettingTable {
  name: string
  value: string
}

/** A server that lives. Whose row is gone holds nothing, and commits nothing more. */
export interface ServerTable {
  name: string
  /** Grows while it lives, where several are on one database. */
  beat: number
  /** Where the others reach it, `http://HOST:PORT`; empty for one that is alone. */
  address: string
  /** What the world calls it. */
  url: string
  /** Which data directory it has. */
  place: string
  /** 1 for the one that works, of those that answer. */
  works: number
}

export const coreMigrations: readonly Migration[] = [
  {
    name: '2026-11-20-core',
    async up(db) {
      await db.schema
        .createTable('resource')
        .addColumn('arn', 'text', column => column.primaryKey())
        .addColumn('kind', 'text', column => column.notNull())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('name', 'text', column => column.notNull())
        .addColumn('parent', 'text', column => column.notNull())
        .addColumn('status', 'text', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .addColumn('modified', 'bigint', column => column.notNull())
        .addColumn('document', 'text', column => column.notNull())
        .execute()
      for (const order of ['created', 'modified', 'name'])
        await db.schema
          .createIndex(`resource_by_${order}`)
          .on('resource')
          .columns(['kind', 'account', 'region', order, 'arn'])
          .execute()
      await db.schema
        .createTable('tag')
        .addColumn('arn', 'text', column => column.notNull())
        .addColumn('key', 'text', column => column.notNull())
        .addColumn('value', 'text', column => column.notNull())
        .addPrimaryKeyConstraint('tag_key', ['arn', 'key'])
        .execute()
      await db.schema
        .createTable('idempotency')
        .addColumn('scope', 'text', column => column.notNull())
        .addColumn('token', 'text', column => column.notNull())
        .addColumn('request_hash', 'text', column => column.notNull())
        .addColumn('response', 'text', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .addPrimaryKeyConstraint('idempotency_key', ['scope', 'token'])
        .execute()
      await db.schema
        .createTable('work')
        .addColumn('kind', 'text', column => column.notNull())
        .addColumn('key', 'text', column => column.notNull())
        .addColumn('due', 'bigint', column => column.notNull())
        .addColumn('leased_until', 'bigint', column => column.notNull())
        .addColumn('lease', 'text', column => column.notNull())
        .addColumn('attempts', 'integer', column => column.notNull())
        .addColumn('generation', 'integer', column => column.notNull())
        .addColumn('last_error', 'text', column => column.notNull())
        .addPrimaryKeyConstraint('work_key', ['kind', 'key'])
        .execute()
      await db.schema.createIndex('work_by_due').on('work').columns(['due']).execute()
      await db.schema
        .createTable('setting')
        .addColumn('name', 'text', column => column.primaryKey())
        .addColumn('value', 'text', column => column.notNull())
        .execute()
    },
  },
  {
    name: '2026-11-28-resource-count',
    async up(db) {
      await db.schema
        .createTable('resource_count')
        .addColumn('kind', 'text', column => column.notNull())
        .addColumn('status', 'text', column => column.notNull())
        .addColumn('count', 'integer', column => column.notNull())
        .addPrimaryKeyConstraint('resource_count_key', ['kind', 'status'])
        .execute()
      await sql`insert into resource_count select kind, status, count(*) from resource group by kind, status`.execute(
        db,
      )
      const oneMore = sql`insert into resource_count values (new.kind, new.status, 1)
        on conflict (kind, status) do update set count = resource_count.count + 1`
      const oneLess = sql`update resource_count set count = count - 1 where kind = old.kind and status = old.status`
      const table = 'resource'
      await createTrigger(db, { name: 'resource_inserted', table, after: 'insert', run: [oneMore] })
      await createTrigger(db, { name: 'resource_deleted', table, after: 'delete', run: [oneLess] })
      const when = sql`old.status <> new.status`
      const after = 'update of status'
      await createTrigger(db, { name: 'resource_status_changed', table, after, when, run: [oneLess, oneMore] })
    },
  },
  {
    name: '2026-11-29-work-owner',
    async up(db) {
      await db.schema
        .alterTable('work')
        .addColumn('owner', 'text', column => column.notNull().defaultTo(''))
        .execute()
      for (const { kind, key } of await db.selectFrom('work').select(['kind', 'key']).execute())
        await db
          .updateTable('work')
          .set({ owner: ownerOf(kind, key) })
          .where('kind', '=', kind)
          .where('key', '=', key)
          .execute()
      await db.schema.createIndex('work_by_owner').on('work').columns(['owner', 'due']).execute()
    },
  },
  {
    name: '2026-11-29-list-of-numbers',
    async up(db) {
      // What SQLite has: a list of whole numbers as one parameter.
      if (isPostgres(db))
        await sql`create function json_each(list text) returns table (value bigint) language sql immutable
          as 'select value::bigint from json_array_elements_text($1::json)'`.execute(db)
    },
  },
  {
    name: '2026-11-30-servers',
    async up(db) {
      await db.schema
        .createTable('server')
        .addColumn('name', 'text', column => column.primaryKey())
        .addColumn('beat', 'bigint', column => column.notNull())
        .execute()
      await db.schema
        .alterTable('work')
        .addColumn('server', 'text', column => column.notNull().defaultTo(''))
        .execute()
      await db.schema.alterTable('work').dropColumn('leased_until').execute()
    },
  },
  {
    name: '2026-11-30-servers-that-answer',
    async up(db) {
      for (const name of ['address', 'url', 'place'])
        await db.schema
          .alterTable('server')
          .addColumn(name, 'text', column => column.notNull().defaultTo(''))
          .execute()
      await db.schema
        .alterTable('server')
        .addColumn('works', 'integer', column => column.notNull().defaultTo(0))
        .execute()
    },
  },
]
