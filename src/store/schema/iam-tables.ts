import type { Generated } from 'kysely'
import type { Migration } from '../migration.ts'

export interface IamTables {
  iam_account: AccountTable
  iam_access_key: AccessKeyTable
  iam_session: SessionTable
  iam_identity: IdentityTable
  iam_inline_policy: InlinePolicyTable
  iam_attachment: AttachmentTable
  iam_policy: PolicyTable
  iam_policy_version: PolicyVersionTable
  iam_membership: MembershipTable
  iam_login_profile: LoginProfileTable
  iam_account_alias: AccountAliasTable
  iam_password_policy: PasswordPolicyTable
  iam_role_deletion: RoleDeletionTable
  iam_open_id_provider: OpenIdProviderTable
  iam_workload_session: WorkloadSessionTable
}

export interface AccountTable {
  /** 12 digits. */
  id: string
  name: string
  created: number
  /** Where mail for the account goes; empty for nowhere. */
  email: Generated<string>
  /** Since when nobody of it may ask for anything, in milliseconds; 0 while everybody may. */
  disabled: Generated<number>
}

export interface AccessKeyTable {
  id: string
  account: string
  /** Id of the user (AIDA…); empty for the account's root. */
  identity: string
  /** Sealed by the root secret, base64. */
  secret: string
  status: 'Active' | 'Inactive'
  created: number
  /** 0 for never; kept to the minute. */
  last_used: number
  last_service: string
  last_region: string
}

/** Temporary credentials. */
export interface SessionTable {
  access_key_id: string
  account: string
  /** Id of the user or role; empty for the account's root. */
  identity: string
  /** Sealed by the root secret, base64: the secret access key and the session token. */
  secret: string
  expires: number
  /** The principal as JSON. */
  principal: string
}

/** Temporary credentials that a workload's containers were given: they end with it. */
export interface WorkloadSessionTable {
  access_key_id: string
  /** ARN of the job or endpoint. */
  workload: string
  expires: number
}

/** Users, roles, groups and instance profiles. */
export interface IdentityTable {
  /** AIDA…, AROA…, AGPA… or AIPA…: never used twice, so a user made anew under an old name inherits nothing. */
  id: string
  account: string
  kind: 'user' | 'role' | 'group' | 'instance-profile'
  name: string
  /** IAM's names are unique without regard to case. */
  name_key: string
  path: string
  arn: string
  created: number
  /** ARN of the managed policy that is the permissions boundary; empty for none. */
  boundary: string
  /** `[{Key, Value}]` as JSON. */
  tags: string
  /** JSON text of roles; what follows is unused for the others. */
  trust_policy: string
  description: string
  /** Seconds. */
  max_session: number
  /** 0 for never; kept to the minute. */
  last_used: number
  last_region: string
}

export interface InlinePolicyTable {
  identity: string
  name: string
  document: string
}

export interface AttachmentTable {
  identity: string
  policy_arn: string
}

/** Customer managed policies; AWS's own are data in `src/iam/`. */
export interface PolicyTable {
  arn: string
  account: string
  id: string
  name: string
  path: string
  description: string
  default_version: number
  last_version: number
  created: number
  updated: number
  tags: string
}

export interface PolicyVersionTable {
  policy_arn: string
  version: number
  document: string
  created: number
}

/** Users of groups, and the role of an instance profile. */
export interface MembershipTable {
  /** Id of the group or instance profile. */
  container: string
  member: string
}

export interface LoginProfileTable {
  /** Id of the user. */
  identity: string
  /** What is left of the password and of those before it, newest first, as a JSON list (`src/iam/password.ts`). */
  hashes: string
  /** 1 when the user must set another at the next sign-in. */
  reset_required: number
  created: number
  changed: number
}

/** An account has one alias at most, and no two the same. */
export interface AccountAliasTable {
  alias: string
  account: string
}

export interface PasswordPolicyTable {
  account: string
  /** JSON. */
  policy: string
}

export interface OpenIdProviderTable {
  arn: string
  account: string
  /** Without its scheme, as IAM tells it. */
  url: string
  /** JSON lists. */
  client_ids: string
  thumbprints: string
  tags: string
  created: number
}

/** Deletions of service-linked roles that were asked for. */
export interface RoleDeletionTable {
  id: string
  account: string
}

export const iamMigrations: readonly Migration[] = [
  {
    name: '2026-11-20-iam',
    async up(db) {
      await db.schema
        .createTable('iam_account')
        .addColumn('id', 'text', column => column.primaryKey())
        .addColumn('name', 'text', column => column.notNull().unique())
        .addColumn('created', 'bigint', column => column.notNull())
        .execute()
      await db.schema
        .createTable('iam_access_key')
        .addColumn('id', 'text', column => column.primaryKey())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('identity', 'text', column => column.notNull())
        .addColumn('secret', 'text', column => column.notNull())
        .addColumn('status', 'text', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .addColumn('last_used', 'bigint', column => column.notNull())
        .addColumn('last_service', 'text', column => column.notNull())
        .addColumn('last_region', 'text', column => column.notNull())
        .execute()
      await db.schema
        .createIndex('iam_access_key_by_identity')
        .on('iam_access_key')
        .columns(['account', 'identity'])
        .execute()
      await db.schema
        .createTable('iam_session')
        .addColumn('access_key_id', 'text', column => column.primaryKey())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('identity', 'text', column => column.notNull())
        .addColumn('secret', 'text', column => column.notNull())
        .addColumn('expires', 'bigint', column => column.notNull())
        .addColumn('principal', 'text', column => column.notNull())
        .execute()
      await db.schema.createIndex('iam_session_by_expires').on('iam_session').columns(['expires']).execute()
      await db.schema
        .createTable('iam_identity')
        .addColumn('id', 'text', column => column.primaryKey())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('kind', 'text', column => column.notNull())
        .addColumn('name', 'text', column => column.notNull())
        .addColumn('name_key', 'text', column => column.notNull())
        .addColumn('path', 'text', column => column.notNull())
        .addColumn('arn', 'text', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .addColumn('boundary', 'text', column => column.notNull())
        .addColumn('tags', 'text', column => column.notNull())
        .addColumn('trust_policy', 'text', column => column.notNull())
        .addColumn('description', 'text', column => column.notNull())
        .addColumn('max_session', 'integer', column => column.notNull())
        .addColumn('last_used', 'bigint', column => column.notNull())
        .addColumn('last_region', 'text', column => column.notNull())
        .addUniqueConstraint('iam_identity_name', ['account', 'kind', 'name_key'])
        .execute()
      await db.schema.createIndex('iam_identity_by_arn').on('iam_identity').columns(['arn']).execute()
      await db.schema
        .createTable('iam_inline_policy')
        .addColumn('identity', 'text', column => column.notNull())
        .addColumn('name', 'text', column => column.notNull())
        .addColumn('document', 'text', column => column.notNull())
        .addPrimaryKeyConstraint('iam_inline_policy_key', ['identity', 'name'])
        .execute()
      await db.schema
        .createTable('iam_attachment')
        .addColumn('identity', 'text', column => column.notNull())
        .addColumn('policy_arn', 'text', column => column.notNull())
        .addPrimaryKeyConstraint('iam_attachment_key', ['identity', 'policy_arn'])
        .execute()
      await db.schema.createIndex('iam_attachment_by_policy').on('iam_attachment').columns(['policy_arn']).execute()
      await db.schema
        .createTable('iam_policy')
        .addColumn('arn', 'text', column => column.primaryKey())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('id', 'text', column => column.notNull())
        .addColumn('name', 'text', column => column.notNull())
        .addColumn('path', 'text', column => column.notNull())
        .addColumn('description', 'text', column => column.notNull())
        .addColumn('default_version', 'integer', column => column.notNull())
        .addColumn('last_version', 'integer', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .addColumn('updated', 'bigint', column => column.notNull())
        .addColumn('tags', 'text', column => column.notNull())
        .execute()
      await db.schema.createIndex('iam_policy_by_account').on('iam_policy').columns(['account', 'name']).execute()
      await db.schema
        .createTable('iam_policy_version')
        .addColumn('policy_arn', 'text', column => column.notNull())
        .addColumn('version', 'integer', column => column.notNull())
        .addColumn('document', 'text', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .addPrimaryKeyConstraint('iam_policy_version_key', ['policy_arn', 'version'])
        .execute()
    },
  },
  {
    name: '2026-11-28-iam-groups',
    async up(db) {
      await db.schema
        .createTable('iam_membership')
        .addColumn('container', 'text', column => column.notNull())
        .addColumn('member', 'text', column => column.notNull())
        .addPrimaryKeyConstraint('iam_membership_key', ['container', 'member'])
        .execute()
      await db.schema.createIndex('iam_membership_by_member').on('iam_membership').columns(['member']).execute()
      await db.schema
        .createTable('iam_login_profile')
        .addColumn('identity', 'text', column => column.primaryKey())
        .addColumn('hashes', 'text', column => column.notNull())
        .addColumn('reset_required', 'integer', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .addColumn('changed', 'bigint', column => column.notNull())
        .execute()
      await db.schema
        .createTable('iam_account_alias')
        .addColumn('alias', 'text', column => column.primaryKey())
        .addColumn('account', 'text', column => column.notNull().unique())
        .execute()
      await db.schema
        .createTable('iam_password_policy')
        .addColumn('account', 'text', column => column.primaryKey())
        .addColumn('policy', 'text', column => column.notNull())
        .execute()
      await db.schema
        .createTable('iam_role_deletion')
        .addColumn('id', 'text', column => column.primaryKey())
        .addColumn('account', 'text', column => column.notNull())
        .execute()
      await db.schema.createIndex('iam_identity_by_boundary').on('iam_identity').columns(['boundary']).execute()
    },
  },
  {
    name: '2026-11-29-iam-open-id-providers',
    async up(db) {
      await db.schema
        .createTable('iam_open_id_provider')
        .addColumn('arn', 'text', column => column.primaryKey())
        .addColumn('account', 'text', column => column.notNull())
        .addColumn('url', 'text', column => column.notNull())
        .addColumn('client_ids', 'text', column => column.notNull())
        .addColumn('thumbprints', 'text', column => column.notNull())
        .addColumn('tags', 'text', column => column.notNull())
        .addColumn('created', 'bigint', column => column.notNull())
        .execute()
      const index = db.schema.createIndex('iam_open_id_provider_by_account').on('iam_open_id_provider')
      await index.columns(['account', 'arn']).execute()
    },
  },
  {
    name: '2026-11-29-iam-workload-sessions',
    async up(db) {
      await db.schema
        .createTable('iam_workload_session')
        .addColumn('access_key_id', 'text', column => column.primaryKey())
        .addColumn('workload', 'text', column => column.notNull())
        .addColumn('expires', 'bigint', column => column.notNull())
        .execute()
      const index = db.schema.createIndex('iam_workload_session_by_workload').on('iam_workload_session')
      await index.columns(['workload', 'expires']).execute()
    },
  },
  {
    name: '2026-11-29-iam-account-email',
    up: db =>
      db.schema
        .alterTable('iam_account')
        .addColumn('email', 'text', column => column.notNull().defaultTo(''))
        .execute(),
  },
  {
    name: '2026-11-29-iam-account-disabled',
    up: db =>
      db.schema
        .alterTable('iam_account')
        .addColumn('disabled', 'bigint', column => column.notNull().defaultTo(0))
        .execute(),
  },
]
