import { type Generated, type Kysely, sql } from 'kysely'
import type { Migration } from '../migration.ts'
import { createTrigger } from './trigger.ts'

export interface EventTables {
  event: EventTable
  event_bus: EventBusTable
  event_rule: EventRuleTable
  event_target: EventTargetTable
  event_delivery: EventDeliveryTable
  event_body: EventBodyTable
  event_body_use: EventBodyUseTable
  event_dead_letter: EventDeadLetterTable
  event_count: EventCountTable
  event_connection: EventConnectionTable
  event_api_destination: EventApiDestinationTable
}

/** The default bus of an account in a region, from its first rule on. */
export interface EventBusTable {
  account: string
  region: string
  /** How many enabled rules wait for events; where none does, what happens is not written down. */
  listening: number
  /** The number of the newest event or delivery; it never falls. */
  last_seq: number
}

/** The outbox: what was announced and is not yet handed to the targets of the rules that it fits. */
export interface EventTable {
  account: string
  region: string
  seq: number
  /** When it was announced; milliseconds. */
  announced: number
  /** The event as EventBridge's clients see it, JSON. */
  body: string
}

export interface EventRuleTable {
  arn: string
  account: string
  region: string
  name: string
  /** ENABLED or DISABLED. */
  state: string
  /** Empty for a rule that only a schedule wakes. */
  pattern: string
  description: string | null
  created: number
  /** `rate(…)` or `cron(…)`; empty without one. */
  schedule: Generated<string>
  /** Up to this time, milliseconds, the schedule has been looked at; a rate is counted from when it was put or enabled. */
  scheduled: Generated<number>
  rate_from: Generated<number>
}

export interface EventTargetTable {
  rule_arn: string
  id: string
  /** The ARN it sends to. */
  arn: string
  account: string
  region: string
  /** Members of the API's Target that are more than its name and address, JSON. */
  options: string
  /** Not before this time, milliseconds, is it tried again; 0 when the last try went well. */
  retry_at: number
}

/** What a target is still to get, in this order. */
export interface EventDeliveryTable {
  /** A rule or, with the id of a subscription, a topic. */
  rule_arn: string
  target_id: string
  seq: number
  announced: number
  /** Empty where it is that of `body_id`. */
  body: string
  /** A large body that others get, too. */
  body_id: number | null
  /** How often it was tried in vain. */
  attempts: number
  /** Not before this time, milliseconds, is it tried again. */
  due: Generated<number>
}

/** A large body, once for all who are to get it: a rule has five targets, and an account three hundred rules. */
export interface EventBodyTable {
  id: Generated<number>
  body: string
}

/** How many deliveries and dead letters have a body; triggers keep it, and the last one takes the body along. Apart, since the body would be written anew with each. */
export interface EventBodyUseTable {
  id: number
  uses: number
}

/** What a target did not get, until its owner sends it again or deletes it, or two weeks have passed. */
export interface EventDeadLetterTable {
  id: string
  account: string
  region: string
  rule_arn: string
  target_id: string
  announced: number
  /** Empty where it is that of `body_id`. */
  body: string
  body_id: number | null
  attempts: number
  /** As EventBridge tells it in a dead-letter queue. */
  error_code: string
  error_message: string
  died: number
}

/** How API destinations are asked: as whom. */
export interface EventConnectionTable {
  arn: string
  account: string
  region: string
  name: string
  description: string | null
  /** AuthorizationType of the API. */
  type: string
  state: string
  state_reason: string | null
  /** AuthParameters of the API, JSON, sealed by the root secret; base64. */
  sealed: string
  /** Of OAuth, sealed as well. */
  sealed_token: string | null
  /** When the token ends; milliseconds. */
  token_expires: number
  created: number
  modified: number
  authorized: number | null
}

export interface EventApiDestinationTable {
  arn: string
  account: string
  region: string
  name: string
  description: string | null
  connection_arn: string
  endpoint: string
  method: string
  per_second: number
  created: number
  modified: number
}

/** How many rows the outbox has: of `event`, `sns_message`, `event_delivery` and `event_dead_letter`. Triggers keep it, so that nobody has to count. */
export interface EventCountTable {
  name: string
  count: number
}

export const eventMigrations: readonly Migration[] = [
  {
    name: '2026-11-29-events',
    async up(db) {
      await db.schema
        .createTable('event_bus')
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('listening', 'integer', column => column.notNull())
        .addColumn('last_seq', 'bigint', column => column.notNull())
        .addPrimaryKeyConstraint('event_bus_key', ['account', 'region'])
        .execute()
      await db.schema
        .createTable('event')
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('seq', 'bigint', column => column.notNull())
        .addColumn('announced', 'bigint', column => column.notNull())
        .addColumn('body', 'text', column => column.notNull())
        .addPrimaryKeyConstraint('event_key', ['account', 'region', 'seq'])
        .execute()
      await db.schema
        .createTable('event_rule')
        .addColumn('arn', 'text', column => column.primaryKey())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('name', 'text', column => column.notNull())
        .addColumn('state', 'text', column => column.notNull())
        .addColumn('pattern', 'text', column => column.notNull())
        .addColumn('description', 'text')
        .addColumn('created', 'bigint', column => column.notNull())
        .execute()
      await db.schema
        .createIndex('event_rule_by_name')
        .on('event_rule')
        .columns(['account', 'region', 'name'])
        .unique()
        .execute()
      await db.schema
        .createTable('event_target')
        .addColumn('rule_arn', 'text', column => column.notNull())
        .addColumn('id', 'text', column => column.notNull())
        .addColumn('arn', 'text', column => column.notNull())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('options', 'text', column => column.notNull())
        .addColumn('retry_at', 'bigint', column => column.notNull())
        .addPrimaryKeyConstraint('event_target_key', ['rule_arn', 'id'])
        .execute()
      await db.schema
        .createIndex('event_target_by_arn')
        .on('event_target')
        .columns(['account', 'region', 'arn', 'rule_arn'])
        .execute()
      await db.schema
        .createTable('event_delivery')
        .addColumn('rule_arn', 'text', column => column.notNull())
        .addColumn('target_id', 'text', column => column.notNull())
        .addColumn('seq', 'bigint', column => column.notNull())
        .addColumn('announced', 'bigint', column => column.notNull())
        .addColumn('body', 'text', column => column.notNull())
        .addColumn('attempts', 'integer', column => column.notNull())
        .addPrimaryKeyConstraint('event_delivery_key', ['rule_arn', 'target_id', 'seq'])
        .execute()
      await db.schema
        .createTable('event_dead_letter')
        .addColumn('id', 'text', column => column.primaryKey())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('rule_arn', 'text', column => column.notNull())
        .addColumn('target_id', 'text', column => column.notNull())
        .addColumn('announced', 'bigint', column => column.notNull())
        .addColumn('body', 'text', column => column.notNull())
        .addColumn('attempts', 'integer', column => column.notNull())
        .addColumn('error_code', 'text', column => column.notNull())
        .addColumn('error_message', 'text', column => column.notNull())
        .addColumn('died', 'bigint', column => column.notNull())
        .execute()
      await db.schema
        .createIndex('event_dead_letter_by_account')
        .on('event_dead_letter')
        .columns(['account', 'region', 'died', 'id'])
        .execute()
      await db.schema.createIndex('event_dead_letter_by_age').on('event_dead_letter').columns(['died']).execute()
    },
  },
  {
    name: '2026-11-29-events-counted',
    async up(db) {
      await db.schema
        .createTable('event_count')
        .addColumn('name', 'text', column => column.primaryKey())
        .addColumn('count', 'integer', column => column.notNull())
        .execute()
      for (const table of ['event', 'event_delivery', 'event_dead_letter']) await countRows(db, table)
      for (const table of ['event', 'event_delivery'])
        await db.schema.createIndex(`${table}_by_age`).on(table).columns(['announced']).execute()
    },
  },
  {
    name: '2026-11-29-events-due',
    async up(db) {
      await db.schema
        .alterTable('event_delivery')
        .addColumn('due', 'bigint', column => column.notNull().defaultTo(0))
        .execute()
      await db.schema
        .createIndex('event_delivery_by_due')
        .on('event_delivery')
        .columns(['rule_arn', 'target_id', 'due', 'seq'])
        .execute()
    },
  },
  {
    name: '2026-11-29-rules-by-schedule',
    async up(db) {
      await db.schema
        .alterTable('event_rule')
        .addColumn('schedule', 'text', column => column.notNull().defaultTo(''))
        .execute()
      for (const name of ['scheduled', 'rate_from'])
        await db.schema
          .alterTable('event_rule')
          .addColumn(name, 'bigint', column => column.notNull().defaultTo(0))
          .execute()
    },
  },
  {
    name: '2026-11-29-events-outside',
    async up(db) {
      await db.schema
        .createTable('event_connection')
        .addColumn('arn', 'text', column => column.primaryKey())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('name', 'text', column => column.notNull())
        .addColumn('description', 'text')
        .addColumn('type', 'text', column => column.notNull())
        .addColumn('state', 'text', column => column.notNull())
        .addColumn('state_reason', 'text')
        .addColumn('sealed', 'text', column => column.notNull())
        .addColumn('sealed_token', 'text')
        .addColumn('token_expires', 'bigint', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .addColumn('modified', 'bigint', column => column.notNull())
        .addColumn('authorized', 'bigint')
        .execute()
      await db.schema
        .createTable('event_api_destination')
        .addColumn('arn', 'text', column => column.primaryKey())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('name', 'text', column => column.notNull())
        .addColumn('description', 'text')
        .addColumn('connection_arn', 'text', column => column.notNull())
        .addColumn('endpoint', 'text', column => column.notNull())
        .addColumn('method', 'text', column => column.notNull())
        .addColumn('per_second', 'integer', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .addColumn('modified', 'bigint', column => column.notNull())
        .execute()
      for (const table of ['event_connection', 'event_api_destination'])
        await db.schema
          .createIndex(`${table}_by_name`)
          .on(table)
          .columns(['account', 'region', 'name'])
          .unique()
          .execute()
    },
  },
  {
    name: '2026-11-29-events-bodies',
    async up(db) {
      await db.schema
        .createTable('event_body')
        .addColumn('id', 'integer', column => column.primaryKey().autoIncrement())
        .addColumn('body', 'text', column => column.notNull())
        .execute()
      await db.schema
        .createTable('event_body_use')
        .addColumn('id', 'integer', column => column.primaryKey())
        .addColumn('uses', 'integer', column => column.notNull())
        .execute()
      for (const table of ['event_delivery', 'event_dead_letter']) {
        await db.schema.alterTable(table).addColumn('body_id', 'bigint').execute()
        await countUses(db, table)
      }
    },
  },
]

/** From now on the bodies that rows of a table share are counted, and go with the last of them. For migrations. */
// biome-ignore lint/suspicious/noExplicitAny: a migration sees the schema as it was, which no type describes
async function countUses(db: Kysely<any>, table: string): Promise<void> {
  const use = (by: number, row: string) =>
    sql`update event_body_use set uses = uses + ${sql.lit(by)} where id = ${sql.ref(`${row}.body_id`)}`
  await createTrigger(db, {
    name: `${table}_body_used`,
    table,
    after: 'insert',
    when: sql`new.body_id is not null`,
    run: [use(1, 'new')],
  })
  await createTrigger(db, {
    name: `${table}_body_left`,
    table,
    after: 'delete',
    when: sql`old.body_id is not null`,
    run: [
      use(-1, 'old'),
      sql`delete from event_body where id = old.body_id and (select uses from event_body_use where id = old.body_id) = 0`,
      sql`delete from event_body_use where id = old.body_id and uses = 0`,
    ],
  })
}

/** From now on the rows of a table are counted in `event_count`. For migrations. */
// biome-ignore lint/suspicious/noExplicitAny: a migration sees the schema as it was, which no type describes
export async function countRows(db: Kysely<any>, table: string): Promise<void> {
  const named = sql.table(table)
  await sql`insert into event_count select ${sql.lit(table)}, count(*) from ${named}`.execute(db)
  const change = (by: number) =>
    sql`update event_count set count = count + ${sql.lit(by)} where name = ${sql.lit(table)}`
  await createTrigger(db, { name: `${table}_inserted`, table, after: 'insert', run: [change(1)] })
  await createTrigger(db, { name: `${table}_deleted`, table, after: 'delete', run: [change(-1)] })
}
