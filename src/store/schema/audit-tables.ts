import type { Migration } from '../migration.ts'

export interface AuditTables {
  audit_event: AuditEventTable
  audit_attribute: AuditAttributeTable
}

/** The security log: a chain, of which nothing is ever changed and only the oldest links are taken off. */
export interface AuditEventTable {
  /** From 1, without a gap. */
  seq: number
  time: number
  /** The event as JSON, in CloudTrail's shape. */
  text: string
  /** What the link before has as `hash`. */
  previous: string
  hash: string
}

/** What events are looked up by: a row for each attribute of CloudTrail's LookupEvents, and one with an empty key for all of them. */
export interface AuditAttributeTable {
  account: string
  region: string
  key: string
  value: string
  time: number
  seq: number
}

export const auditMigrations: readonly Migration[] = [
  {
    name: '2026-11-28-audit',
    async up(db) {
      await db.schema
        .createTable('audit_event')
        .addColumn('seq', 'integer', column => column.primaryKey())
        .addColumn('time', 'bigint', column => column.notNull())
        .addColumn('text', 'text', column => column.notNull())
        .addColumn('previous', 'text', column => column.notNull())
        .addColumn('hash', 'text', column => column.notNull())
        .execute()
      await db.schema
        .createTable('audit_attribute')
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('key', 'text', column => column.notNull())
        .addColumn('value', 'text', column => column.notNull())
        .addColumn('time', 'bigint', column => column.notNull())
        .addColumn('seq', 'integer', column => column.notNull())
        .addPrimaryKeyConstraint('audit_attribute_key', ['account', 'region', 'key', 'value', 'time', 'seq'])
        .execute()
      await db.schema.createIndex('audit_attribute_by_seq').on('audit_attribute').columns(['seq']).execute()
    },
  },
]
