import type { Migration } from '../migration.ts'

/** What holds for a registry as a whole, which is an account in a region. */
export interface EcrRegistryTables {
  ecr_registry_setting: EcrRegistrySettingTable
  ecr_creation_template: EcrCreationTemplateTable
  ecr_lifecycle_preview: EcrLifecyclePreviewTable
}

export interface EcrRegistrySettingTable {
  account: string
  region: string
  name: string
  /** Text; what kind of text depends on the name. */
  value: string
}

export interface EcrCreationTemplateTable {
  account: string
  region: string
  /** `ROOT`, or the beginning of repositories' names up to a `/`. */
  prefix: string
  /** JSON text of the members that CreateRepositoryCreationTemplate takes. */
  template: string
  created: number
  updated: number
}

export interface EcrLifecyclePreviewTable {
  repository: string
  /** JSON text of the policy that was tried. */
  policy: string
  /** JSON array of what it would have expired. */
  results: string
}

export const ecrRegistryMigrations: readonly Migration[] = [
  {
    name: '2026-11-28-ecr-registry',
    async up(db) {
      await db.schema
        .createTable('ecr_registry_setting')
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('name', 'text', column => column.notNull())
        .addColumn('value', 'text', column => column.notNull())
        .addPrimaryKeyConstraint('ecr_registry_setting_key', ['account', 'region', 'name'])
        .execute()
      await db.schema
        .createTable('ecr_creation_template')
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('prefix', 'text', column => column.notNull())
        .addColumn('template', 'text', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .addColumn('updated', 'bigint', column => column.notNull())
        .addPrimaryKeyConstraint('ecr_creation_template_key', ['account', 'region', 'prefix'])
        .execute()
      await db.schema
        .createTable('ecr_lifecycle_preview')
        .addColumn('repository', 'text', column => column.primaryKey())
        .addColumn('policy', 'text', column => column.notNull())
        .addColumn('results', 'text', column => column.notNull())
        .execute()
    },
  },
]
