import type { Store } from '../store/store.ts'
import { awsManagedPolicies } from './aws-managed-policy.ts'
import { containersOf } from './membership.ts'

/** A policy's text and where it comes from, as simulations report it. */
export interface SourcedPolicy {
  /** Name of an inline policy, or of a managed one. */
  readonly name: string
  readonly type: 'user' | 'group' | 'role' | 'aws-managed' | 'user-managed'
  readonly document: string
}

/** A user or role as the evaluator needs it. */
export interface Identity {
  readonly id: string
  readonly kind: 'user' | 'role'
  readonly name: string
  readonly arn: string
  readonly tags: Readonly<Record<string, string>>
  readonly policies: readonly SourcedPolicy[]
  readonly boundary: SourcedPolicy | undefined
  /** JSON text; empty for users. */
  readonly trustPolicy: string
  /** Seconds; of roles. */
  readonly maxSessionDuration: number
}

/** Reads a user or role by its unique id or its ARN, with every policy that applies to it: a user has its groups' as well. */
export async function loadIdentity(
  { db }: Pick<Store, 'db'>,
  column: 'id' | 'arn',
  value: string,
): Promise<Identity | undefined> {
  const row = await db.selectFrom('iam_identity').selectAll().where(column, '=', value).executeTakeFirst()
  if (!row || (row.kind !== 'user' && row.kind !== 'role')) return undefined
  const groups = row.kind === 'user' ? await containersOf({ db }, row.id) : []
  const holders = [row.id, ...groups.map(group => group.id)]
  const ofHolders = db.selectFrom('iam_inline_policy').selectAll().where('identity', 'in', holders)
  const inline = await ofHolders.orderBy('identity').orderBy('name').execute()
  const attached = db.selectFrom('iam_attachment').select('policy_arn').distinct().where('identity', 'in', holders)
  const managed = await Promise.all(
    (await attached.orderBy('policy_arn').execute()).map(({ policy_arn }) => loadManaged({ db }, policy_arn)),
  )
  const typeOf = (holder: string): SourcedPolicy['type'] =>
    holder === row.id && row.kind === 'role' ? 'role' : holder === row.id ? 'user' : 'group'
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    arn: row.arn,
    tags: tagsOf(JSON.parse(row.tags)),
    policies: [
      ...inline.map(({ identity, name, document }) => ({ name, type: typeOf(identity), document })),
      ...managed.filter(policy => policy !== undefined),
    ],
    boundary:
      row.boundary === '' ? undefined : ((await loadManaged({ db }, row.boundary)) ?? nothingAllowed(row.boundary)),
    trustPolicy: row.trust_policy,
    maxSessionDuration: row.max_session,
  }
}

/** The default version of a managed policy, AWS's or a customer's. */
export async function loadManaged({ db }: Pick<Store, 'db'>, arn: string): Promise<SourcedPolicy | undefined> {
  const aws = awsManagedPolicies.get(arn)
  if (aws) return { name: aws.name, type: 'aws-managed', document: aws.document }
  const row = await db
    .selectFrom('iam_policy')
    .innerJoin('iam_policy_version', join =>
      join
        .onRef('iam_policy_version.policy_arn', '=', 'iam_policy.arn')
        .onRef('iam_policy_version.version', '=', 'iam_policy.default_version'),
    )
    .select(['iam_policy.name', 'iam_policy_version.document'])
    .where('iam_policy.arn', '=', arn)
    .executeTakeFirst()
  return row && { ...row, type: 'user-managed' }
}

/** A boundary whose policy is gone still bounds. */
const nothingAllowed = (name: string): SourcedPolicy => ({
  name,
  type: 'user-managed',
  document: JSON.stringify({ Statement: [{ Effect: 'Allow', Action: 'sts:None', Resource: 'arn:aws:sts:::none' }] }),
})

const tagsOf = (tags: readonly { Key: string; Value: string }[]): Record<string, string> =>
  Object.fromEntries(tags.map(tag => [tag.Key, tag.Value]))
