import type { Migration } from '../migration.ts'

export interface KmsTables {
  kms_key: KmsKeyTable
  kms_material: KmsMaterialTable
  kms_alias: KmsAliasTable
  kms_grant: KmsGrantTable
}

export interface KmsKeyTable {
  /** UUID. */
  id: string
  account: string
  region: string
  arn: string
  manager: 'CUSTOMER' | 'AWS'
  state: 'Enabled' | 'Disabled' | 'PendingDeletion'
  description: string
  policy: string
  created: number
  /** When the key and its material are destroyed; 0 for never. */
  deletion: number
  /** Days; 0 when the material is not rotated. */
  rotation_period: number
  next_rotation: number
  /** `[{TagKey, TagValue}]` as JSON. */
  tags: string
  /** `SYMMETRIC_DEFAULT`, `RSA_2048`, …: what its material is. */
  spec: string
  /** `ENCRYPT_DECRYPT`, `SIGN_VERIFY` or `GENERATE_VERIFY_MAC`. */
  usage: string
}

/** One generation of a key's material. All are kept: old ciphertexts name the one that opens them. */
export interface KmsMaterialTable {
  key_id: string
  /** 64 hex digits. */
  id: string
  /** 1 for the first; the highest encrypts. */
  generation: number
  /** Sealed by the root secret, base64. */
  sealed: string
  created: number
  /** Why it was made: empty for the first, `AUTOMATIC` or `ON_DEMAND` for a rotation. */
  rotation: string
}

export interface KmsAliasTable {
  account: string
  region: string
  /** `alias/…` */
  name: string
  key_id: string
  created: number
  updated: number
}

export interface KmsGrantTable {
  id: string
  key_id: string
  token: string
  name: string
  grantee: string
  /** Empty for none. */
  retiring: string
  /** JSON. */
  operations: string
  /** GrantConstraints as JSON. */
  constraints: string
  issuer: string
  created: number
}

export const kmsMigrations: readonly Migration[] = [
  {
    name: '2026-11-20-kms',
    async up(db) {
      await db.schema
        .createTable('kms_key')
        .addColumn('id', 'text', column => column.primaryKey())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('arn', 'text', column => column.notNull())
        .addColumn('manager', 'text', column => column.notNull())
        .addColumn('state', 'text', column => column.notNull())
        .addColumn('description', 'text', column => column.notNull())
        .addColumn('policy', 'text', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .addColumn('deletion', 'bigint', column => column.notNull())
        .addColumn('rotation_period', 'integer', column => column.notNull())
        .addColumn('next_rotation', 'bigint', column => column.notNull())
        .addColumn('tags', 'text', column => column.notNull())
        .execute()
      await db.schema.createIndex('kms_key_by_account').on('kms_key').columns(['account', 'region', 'id']).execute()
      await db.schema
        .createTable('kms_material')
        .addColumn('key_id', 'text', column => column.notNull())
        .addColumn('id', 'text', column => column.notNull())
        .addColumn('generation', 'integer', column => column.notNull())
        .addColumn('sealed', 'text', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .addPrimaryKeyConstraint('kms_material_key', ['key_id', 'generation'])
        .execute()
      await db.schema
        .createTable('kms_alias')
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('region', 'text', column => column.notNull())
        .addColumn('name', 'text', column => column.notNull())
        .addColumn('key_id', 'text', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .addColumn('updated', 'bigint', column => column.notNull())
        .addPrimaryKeyConstraint('kms_alias_key', ['account', 'region', 'name'])
        .execute()
      await db.schema.createIndex('kms_alias_by_key').on('kms_alias').columns(['key_id']).execute()
      await db.schema
        .createTable('kms_grant')
        .addColumn('id', 'text', column => column.primaryKey())
        .addColumn('key_id', 'text', column => column.notNull())
        .addColumn('token', 'text', column => column.notNull().unique())
        .addColumn('name', 'text', column => column.notNull())
        .addColumn('grantee', 'text', column => column.notNull())
        .addColumn('retiring', 'text', column => column.notNull())
        .addColumn('operations', 'text', column => column.notNull())
        .addColumn('constraints', 'text', column => column.notNull())
        .addColumn('issuer', 'text', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .execute()
      await db.schema.createIndex('kms_grant_by_key').on('kms_grant').columns(['key_id', 'id']).execute()
    },
  },
  {
    name: '2026-11-29-kms-specs',
    async up(db) {
      const text = (table: string, column: string, value: string) =>
        db.schema
          .alterTable(table)
          .addColumn(column, 'text', built => built.notNull().defaultTo(value))
          .execute()
      await text('kms_key', 'spec', 'SYMMETRIC_DEFAULT')
      await text('kms_key', 'usage', 'ENCRYPT_DECRYPT')
      await text('kms_material', 'rotation', '')
      await db.updateTable('kms_material').set({ rotation: 'AUTOMATIC' }).where('generation', '>', 1).execute()
      await db.schema.createIndex('kms_grant_by_retiring').on('kms_grant').columns(['retiring', 'id']).execute()
    },
  },
]
