import type { Generated } from 'kysely'
import type { Migration } from '../migration.ts'

export interface AutoscalingTables {
  scalable_target: ScalableTargetTable
  scaling_policy: ScalingPolicyTable
  scheduled_action: ScheduledActionTable
  scaling_activity: ScalingActivityTable
}

/** A variant whose instances are counted by rules. */
export interface ScalableTargetTable {
  arn: string
  account: string
  region: string
  /** `endpoint/NAME/variant/NAME`. */
  resource: string
  least: number
  most: number
  role: string
  /** JSON: SuspendedState. */
  suspended: string
  created: number
}

export interface ScalingPolicyTable {
  arn: string
  target_arn: string
  account: string
  region: string
  resource: string
  name: string
  /** StepScaling or TargetTrackingScaling. */
  type: string
  /** JSON, as it was put. */
  configuration: string
  /** JSON: names of the alarms that it made. */
  alarms: string
  created: number
  /** JSON: what an alarm has called it for and is not yet answered; null when nothing. */
  called: string | null
  /** JSON: when it last scaled either way, and from how many. */
  cooling: string
}

export interface ScheduledActionTable {
  arn: string
  target_arn: string
  account: string
  region: string
  resource: string
  name: string
  /** JSON, as it was put. */
  document: string
  created: number
  /** When it is due next, milliseconds; null when never again. */
  next: number | null
}

export interface ScalingActivityTable {
  sequence: Generated<number>
  id: string
  account: string
  region: string
  resource: string
  started: number
  ended: number | null
  status: string
  /** 1 for one that did not scale. */
  not_scaled: number
  /** JSON: what else is told, and what it waits for. */
  document: string
}

export const autoscalingMigrations: readonly Migration[] = [
  {
    name: '2026-11-29-autoscaling',
    async up(db) {
      await db.schema
        .createTable('scalable_target')
        .addColumn('arn', 'text', column => column.primaryKey())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('resource', 'text', column => column.notNull())
        .addColumn('least', 'integer', column => column.notNull())
        .addColumn('most', 'integer', column => column.notNull())
        .addColumn('role', 'text', column => column.notNull())
        .addColumn('suspended', 'text', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .addUniqueConstraint('scalable_target_resource', ['account', 'region', 'resource'])
        .execute()
      await db.schema
        .createTable('scaling_policy')
        .addColumn('arn', 'text', column => column.primaryKey())
        .addColumn('target_arn', 'text', column => column.notNull())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('resource', 'text', column => column.notNull())
        .addColumn('name', 'text', column => column.notNull())
        .addColumn('type', 'text', column => column.notNull())
        .addColumn('configuration', 'text', column => column.notNull())
        .addColumn('alarms', 'text', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .addColumn('called', 'text')
        .addColumn('cooling', 'text', column => column.notNull())
        .addUniqueConstraint('scaling_policy_name', ['account', 'region', 'resource', 'name'])
        .execute()
      await db.schema
        .createTable('scheduled_action')
        .addColumn('arn', 'text', column => column.primaryKey())
        .addColumn('target_arn', 'text', column => column.notNull())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('resource', 'text', column => column.notNull())
        .addColumn('name', 'text', column => column.notNull())
        .addColumn('document', 'text', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .addColumn('next', 'bigint')
        .addUniqueConstraint('scheduled_action_name', ['account', 'region', 'resource', 'name'])
        .execute()
      for (const table of ['scaling_policy', 'scheduled_action'])
        await db.schema.createIndex(`${table}_by_target`).on(table).columns(['target_arn', 'name']).execute()
      await db.schema
        .createTable('scaling_activity')
        .addColumn('sequence', 'integer', column => column.primaryKey().autoIncrement())
        .addColumn('id', 'text', column => column.notNull())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('resource', 'text', column => column.notNull())
        .addColumn('started', 'bigint', column => column.notNull())
        .addColumn('ended', 'bigint')
        .addColumn('status', 'text', column => column.notNull())
        .addColumn('not_scaled', 'integer', column => column.notNull())
        .addColumn('document', 'text', column => column.notNull())
        .execute()
      const indexes = {
        scaling_activity_by_account: ['account', 'region', 'sequence'],
        scaling_activity_by_resource: ['account', 'region', 'resource', 'sequence'],
        scaling_activity_by_age: ['started'],
      } as const
      for (const [name, columns] of Object.entries(indexes))
        await db.schema
          .createIndex(name)
          .on('scaling_activity')
          .columns([...columns])
          .execute()
    },
  },
  {
    name: '2026-11-29-scaling-under-way',
    async up(db) {
      await db.schema
        .createIndex('scaling_activity_under_way')
        .on('scaling_activity')
        .columns(['account', 'region', 'resource', 'ended'])
        .execute()
    },
  },
]
