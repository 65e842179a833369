import { type Generated, sql } from 'kysely'
import type { Migration } from '../migration.ts'
import { countRows } from './event-tables.ts'

export interface SnsTables {
  sns_topic: SnsTopicTable
  sns_subscription: SnsSubscriptionTable
  sns_message: SnsMessageTable
  sns_signing_key: SnsSigningKeyTable
}

export interface SnsTopicTable {
  arn: string
  account: string
  region: string
  name: string
  policy: string
  /** Attributes that were set, by their names, JSON. */
  attributes: string
  created: number
}

/** What gets the messages of a topic. */
export interface SnsSubscriptionTable {
  /** The topic's, and the id. */
  arn: string
  id: string
  topic_arn: string
  /** Who subscribed; the topic may be another account's. */
  owner: string
  region: string
  /** Who asked for it, as STS tells it. */
  principal: string
  protocol: string
  endpoint: string
  /** `pending`, `confirmed`, or `deleted` while its last message may take it back. */
  state: string
  /** When it was asked last whether it is wanted; milliseconds. */
  token_issued: number
  /** 1 when whoever confirmed it signed that. */
  confirmed_signed: number
  /** 1 when nobody may end it who does not sign. */
  signed_end: number
  /** Attributes that were set, by their names, JSON. */
  attributes: string
  /** 1 when a filter policy is among them: they are counted. */
  filtered: Generated<number>
  created: number
  /** Not before this time, milliseconds, does it get anything. */
  retry_at: number
}

/** What was published and is not yet in the queues of all subscriptions. */
export interface SnsMessageTable {
  sequence: Generated<number>
  topic_arn: string
  /** When it was published; milliseconds. */
  announced: number
  /** JSON: `Message`. */
  body: string
  /** The subscription that came last, in the order of ids, of those that have it. */
  after: string
}

/** What signs messages. The newest that holds long enough is used, others are shown to those who still ask for them. */
export interface SnsSigningKeyTable {
  id: string
  /** PEM. */
  certificate: string
  /** The private key, sealed by the root secret; base64. */
  sealed_key: string
  expires: number
}

export const snsMigrations: readonly Migration[] = [
  {
    name: '2026-11-29-sns',
    async up(db) {
      await db.schema
        .createTable('sns_topic')
        .addColumn('arn', 'text', column => column.primaryKey())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('name', 'text', column => column.notNull())
        .addColumn('policy', 'text', column => column.notNull())
        .addColumn('attributes', 'text', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .execute()
      await db.schema
        .createIndex('sns_topic_by_name')
        .on('sns_topic')
        .columns(['account', 'region', 'name'])
        .unique()
        .execute()
      await db.schema
        .createTable('sns_subscription')
        .addColumn('arn', 'text', column => column.primaryKey())
        .addColumn('id', 'text', column => column.notNull())
        .addColumn('topic_arn', 'text', column => column.notNull())
        .addColumn('owner', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('principal', 'text', column => column.notNull())
        .addColumn('protocol', 'text', column => column.notNull())
        .addColumn('endpoint', 'text', column => column.notNull())
        .addColumn('state', 'text', column => column.notNull())
        .addColumn('token_issued', 'bigint', column => column.notNull())
        .addColumn('confirmed_signed', 'integer', column => column.notNull())
        .addColumn('signed_end', 'integer', column => column.notNull())
        .addColumn('attributes', 'text', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .addColumn('retry_at', 'bigint', column => column.notNull())
        .execute()
      const indexes: Record<string, string[]> = {
        sns_subscription_by_topic: ['topic_arn', 'id'],
        sns_subscription_by_state: ['topic_arn', 'state', 'id'],
        sns_subscription_by_endpoint: ['topic_arn', 'protocol', 'endpoint'],
        sns_subscription_by_owner: ['owner', 'region', 'arn'],
        sns_subscription_by_token: ['state', 'token_issued'],
      }
      for (const [name, columns] of Object.entries(indexes))
        await db.schema.createIndex(name).on('sns_subscription').columns(columns).execute()
      await db.schema
        .createTable('sns_message')
        .addColumn('sequence', 'integer', column => column.primaryKey().autoIncrement())
        .addColumn('topic_arn', 'text', column => column.notNull())
        .addColumn('announced', 'bigint', column => column.notNull())
        .addColumn('body', 'text', column => column.notNull())
        .addColumn('after', 'text', column => column.notNull())
        .execute()
      await db.schema.createIndex('sns_message_by_topic').on('sns_message').columns(['topic_arn', 'sequence']).execute()
      await db.schema.createIndex('sns_message_by_age').on('sns_message').columns(['announced']).execute()
      await countRows(db, 'sns_message')
      await db.schema
        .createTable('sns_signing_key')
        .addColumn('id', 'text', column => column.primaryKey())
        .addColumn('certificate', 'text', column => column.notNull())
        .addColumn('sealed_key', 'text', column => column.notNull())
        .addColumn('expires', 'bigint', column => column.notNull())
        .execute()
      await db.schema.createIndex('sns_signing_key_by_end').on('sns_signing_key').columns(['expires']).execute()
    },
  },
  {
    name: '2026-11-29-sns-pending',
    async up(db) {
      const index = db.schema.createIndex('sns_subscription_by_owner_state').on('sns_subscription')
      await index.columns(['owner', 'state']).execute()
    },
  },
  {
    name: '2026-11-29-sns-filtered',
    async up(db) {
      const column = db.schema.alterTable('sns_subscription')
      await column.addColumn('filtered', 'integer', it => it.notNull().defaultTo(0)).execute()
      await sql`update sns_subscription set filtered = 1 where attributes like '%"FilterPolicy":%'`.execute(db)
      for (const whose of ['owner', 'topic_arn'])
        await db.schema
          .createIndex(`sns_subscription_filtered_by_${whose}`)
          .on('sns_subscription')
          .columns([whose, 'filtered'])
          .execute()
    },
  },
]
