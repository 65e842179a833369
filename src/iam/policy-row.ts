import type { Selectable } from 'kysely'
import { quotas } from '../quotas/quotas.ts'
import type { Context } from '../service/context.ts'
import type { PolicyTable } from '../store/schema/iam-tables.ts'
import type { Transaction } from '../store/store.ts'
import { type AwsManagedPolicy, awsManagedPolicies } from './aws-managed-policy.ts'
import { iamError } from './iam-error.ts'
import { encodeDocument, type Tag } from './identity-row.ts'

export type PolicyRow = Selectable<PolicyTable>
type Row = PolicyRow
type Database = Pick<Transaction, 'db'>

/** A policy of the account or of AWS; throws NoSuchEntity. */
export async function findPolicy({ db }: Database, ctx: Context, arn: string): Promise<Row> {
  if (awsManagedPolicies.has(arn)) return awsRow(arn)
  const found = db.selectFrom('iam_policy').selectAll().where('arn', '=', arn).where('account', '=', ctx.account)
  const row = await found.executeTakeFirst()
  if (!row) throw iamError.noPolicy(arn)
  return row
}

export async function findOwn(tx: Database, ctx: Context, arn: string): Promise<Row> {
  if (awsManagedPolicies.has(arn)) throw iamError.invalid(`Policies that AWS provides cannot be changed: ${arn}`)
  return findPolicy(tx, ctx, arn)
}

export function awsRow(arn: string): Row {
  const { name, path, description, version, created, updated } = awsManagedPolicies.get(arn) as AwsManagedPolicy
  const id = `ANPA${Buffer.from(name).toString('hex').toUpperCase().padEnd(17, '0').slice(-17)}`
  const dates = { default_version: version, last_version: version, created, updated }
  return { arn, account: 'aws', id, name, path, description, tags: '[]', ...dates }
}

export async function findVersion({ db }: Database, row: Row, id: string) {
  const aws = awsManagedPolicies.get(row.arn)
  if (aws && id === `v${aws.version}`) return { version: aws.version, document: aws.document, created: row.updated }
  const version = Number(id.slice(1))
  const found = Number.isInteger(version) && versionsOf({ db }, row.arn).where('version', '=', version)
  const it = found && (await found.executeTakeFirst())
  if (!it) throw iamError.noVersion(row.arn, id)
  return it
}

export const versionsOf = ({ db }: Database, arn: string) =>
  db.selectFrom('iam_policy_version').selectAll().where('policy_arn', '=', arn)

export const insertVersion = ({ db }: Database, { arn }: Row, version: number, document: string, created: number) =>
  db.insertInto('iam_policy_version').values({ policy_arn: arn, version, document, created }).execute()

/** How many users and roles a policy is attached to, and how many it bounds; of one account, for AWS's policies. */
export async function usesOf({ db }: Database, arn: string, account?: string) {
  const attached = db
    .selectFrom('iam_attachment')
    .innerJoin('iam_identity', 'iam_identity.id', 'iam_attachment.identity')
    .select('account')
    .where('policy_arn', '=', arn)
  const bounding = db.selectFrom('iam_identity').select('account').where('boundary', '=', arn)
  const count = (rows: { account: string }[]) =>
    rows.filter(row => account === undefined || row.account === account).length
  return { attached: count(await attached.execute()), bounding: count(await bounding.execute()) }
}

export async function describePolicy(tx: Database, row: Row, account?: string) {
  const { attached, bounding } = await usesOf(tx, row.arn, account)
  const tags: Tag[] = JSON.parse(row.tags)
  return {
    PolicyName: row.name,
    PolicyId: row.id,
    Arn: row.arn,
    Path: row.path,
    DefaultVersionId: `v${row.default_version}`,
    AttachmentCount: attached,
    PermissionsBoundaryUsageCount: bounding,
    IsAttachable: true,
    ...(row.description !== '' && { Description: row.description }),
    CreateDate: new Date(row.created),
    UpdateDate: new Date(row.updated),
    ...(tags.length > 0 && { Tags: tags }),
  }
}

export const describeVersion = (row: Row, { version, created }: { version: number; created: number }) => ({
  VersionId: `v${version}`,
  IsDefaultVersion: version === row.default_version,
  CreateDate: new Date(created),
})

/** The account's own policies by name after a name. */
export const listOwnPolicies = ({ db }: Database, account: string, after: string, count: number): Promise<Row[]> =>
  db
    .selectFrom('iam_policy')
    .selectAll()
    .where('account', '=', account)
    .where('name', '>', after)
    .orderBy('name')
    .limit(count)
    .execute()

/** Every version with its document, the newest first. */
export async function versionsWithDocuments(tx: Database, row: Row) {
  const aws = awsManagedPolicies.get(row.arn)
  const own = await versionsOf(tx, row.arn).orderBy('version', 'desc').execute()
  const versions = aws ? [{ version: aws.version, document: aws.document, created: aws.updated }] : own
  return versions.map(one => ({ Document: encodeDocument(one.document), ...describeVersion(row, one) }))
}

export async function requireRoomForPolicy({ db }: Database, account: string): Promise<void> {
  const rows = db.selectFrom('iam_policy').select('arn').where('account', '=', account)
  if (
    await rows
      .limit(1)
      .offset(quotas.iam.policies.value - 1)
      .executeTakeFirst()
  )
    throw iamError.quota('PoliciesPerAccount', quotas.iam.policies.value)
}
