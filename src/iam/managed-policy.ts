import type * as Sdk from '@aws-sdk/client-iam'
import type { Selectable } from 'kysely'
import type { Context } from '../service/context.ts'
import type { Input, Operation, Output } from '../service/operation.ts'
import type { PolicyTable } from '../store/schema/iam-tables.ts'
import type { Transaction } from '../store/store.ts'
import { uniqueId } from './access-key-secret.ts'
import { awsManagedPolicies } from './aws-managed-policy.ts'
import { iamError } from './iam-error.ts'
import { checkIdentityPolicy } from './identity-grammar.ts'
import { encodeDocument, mergeTags, type Tag, wholeSeconds } from './identity-row.ts'
import { pageAmong } from './page.ts'
import { withoutSpace } from './trust-policy.ts'

type Op<N extends string> = Operation<Input<typeof Sdk, N>, Output<typeof Sdk, N>>
type Row = Selectable<PolicyTable>
type Database = Pick<Transaction, 'db'>

/** IAM User Guide, IAM and AWS STS quotas. */
const longest = 6144
const mostVersions = 5
/** When the policies that AWS provides were made, as answers tell it. */
const beginning = Date.UTC(2026, 0, 1)

export const createPolicy: Op<'CreatePolicy'> = (input, ctx) =>
  ctx.store.transaction(async ({ db }) => {
    checkDocument(input.PolicyDocument)
    const { PolicyName: name, Path: path = '/', Description: description = '' } = input
    const sameName = db.selectFrom('iam_policy').select('arn').where('account', '=', ctx.account)
    const taken = await sameName.where(eb => eb(eb.fn('lower', ['name']), '=', name.toLowerCase())).executeTakeFirst()
    if (taken) throw iamError.policyExists(name)
    const created = wholeSeconds(ctx.now())
    const arn = `arn:aws:iam::${ctx.account}:policy${path}${name}`
    const tags = JSON.stringify(mergeTags([], input.Tags ?? []))
    const text = { arn, account: ctx.account, id: uniqueId('ANPA'), name, path, description, tags }
    const row: Row = { ...text, default_version: 1, last_version: 1, created, updated: created }
    await db.insertInto('iam_policy').values(row).execute()
    await insertVersion({ db }, row, 1, input.PolicyDocument, created)
    return { Policy: await describe({ db }, row) }
  })

export const getPolicy: Op<'GetPolicy'> = async (input, ctx) => {
  const row = await findPolicy(ctx.store, ctx, input.PolicyArn)
  return { Policy: await describe(ctx.store, row) }
}

export const listPolicies: Op<'ListPolicies'> = async (input, ctx) => {
  const { Scope: scope = 'All', PathPrefix: prefix = '/', OnlyAttached: only = false, PolicyUsageFilter: usage } = input
  const own = await ctx.store.db.selectFrom('iam_policy').selectAll().where('account', '=', ctx.account).execute()
  const rows = [
    ...(scope === 'AWS' ? [] : own),
    ...(scope === 'Local' ? [] : [...awsManagedPolicies.keys()].map(awsRow)),
  ]
  const described = await Promise.all(
    rows.filter(row => row.path.startsWith(prefix)).map(row => describe(ctx.store, row, ctx.account)),
  )
  const asPermissions = usage !== 'PermissionsBoundary'
  const asBoundary = usage !== 'PermissionsPolicy'
  const uses = (policy: (typeof described)[number]) =>
    (asPermissions ? policy.AttachmentCount : 0) + (asBoundary ? policy.PermissionsBoundaryUsageCount : 0)
  const listed = described.filter(policy => (!only && usage === undefined) || uses(policy) > 0)
  const { items, more } = await pageAmong('ListPolicies', input, ctx, listed, policy => policy.Arn)
  // Lists leave out descriptions and tags (IAM API Reference, ListPolicies).
  return { Policies: items.map(({ Description: _, Tags: __, ...policy }) => policy), ...more }
}

export const deletePolicy: Op<'DeletePolicy'> = (input, ctx) =>
  ctx.store.transaction(async ({ db }) => {
    const { arn } = await findOwn({ db }, ctx, input.PolicyArn)
    const { attached, bounding } = await usesOf({ db }, arn)
    if (attached + bounding > 0) throw iamError.conflict('Cannot delete a policy attached to entities.')
    if ((await versionsOf({ db }, arn).execute()).length > 1)
      throw iamError.conflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      )
    await db.deleteFrom('iam_policy_version').where('policy_arn', '=', arn).execute()
    await db.deleteFrom('iam_policy').where('arn', '=', arn).execute()
    return {}
  })

export const createPolicyVersion: Op<'CreatePolicyVersion'> = (input, ctx) =>
  ctx.store.transaction(async ({ db }) => {
    const row = await findOwn({ db }, ctx, input.PolicyArn)
    checkDocument(input.PolicyDocument)
    if ((await versionsOf({ db }, row.arn).execute()).length >= mostVersions)
      throw iamError.limit(
        `A managed policy can have up to ${mostVersions} versions. Before you create a new version, you must delete an existing version.`,
      )
    const version = row.last_version + 1
    const created = wholeSeconds(ctx.now())
    await insertVersion({ db }, row, version, input.PolicyDocument, created)
    const isDefault = input.SetAsDefault === true
    const chosen = isDefault ? { default_version: version, updated: created } : {}
    await db
      .updateTable('iam_policy')
      .set({ last_version: version, ...chosen })
      .where('arn', '=', row.arn)
      .execute()
    return { PolicyVersion: { VersionId: `v${version}`, IsDefaultVersion: isDefault, CreateDate: new Date(created) } }
  })

export const getPolicyVersion: Op<'GetPolicyVersion'> = async (input, ctx) => {
  const row = await findPolicy(ctx.store, ctx, input.PolicyArn)
  const found = await findVersion(ctx.store, row, input.VersionId)
  return { PolicyVersion: { Document: encodeDocument(found.document), ...describeVersion(row, found) } }
}

export const listPolicyVersions: Op<'ListPolicyVersions'> = async (input, ctx) => {
  const row = await findPolicy(ctx.store, ctx, input.PolicyArn)
  const aws = awsManagedPolicies.get(row.arn)
  const own = await versionsOf(ctx.store, row.arn).execute()
  const versions = aws ? [{ version: 1, created: row.created }] : own
  const { items, more } = await pageAmong('ListPolicyVersions', input, ctx, versions, newestFirst)
  return { Versions: items.map(version => describeVersion(row, version)), ...more }
}

const newestFirst = (version: { version: number }): string => String(1_000_000_000 - version.version)

export const setDefaultPolicyVersion: Op<'SetDefaultPolicyVersion'> = (input, ctx) =>
  ctx.store.transaction(async ({ db }) => {
    const row = await findOwn({ db }, ctx, input.PolicyArn)
    const { version } = await findVersion({ db }, row, input.VersionId)
    const change = { default_version: version, updated: wholeSeconds(ctx.now()) }
    await db.updateTable('iam_policy').set(change).where('arn', '=', row.arn).execute()
    return {}
  })

export const deletePolicyVersion: Op<'DeletePolicyVersion'> = (input, ctx) =>
  ctx.store.transaction(async ({ db }) => {
    const row = await findOwn({ db }, ctx, input.PolicyArn)
    const { version } = await findVersion({ db }, row, input.VersionId)
    if (version === row.default_version) throw iamError.conflict('Cannot delete the default version of a policy.')
    const gone = db.deleteFrom('iam_policy_version').where('policy_arn', '=', row.arn).where('version', '=', version)
    await gone.execute()
    return {}
  })

function checkDocument(document: string): void {
  checkIdentityPolicy(document, 'managed')
  if (withoutSpace(document) > longest) throw iamError.quota('PolicySize', longest)
}

/** A policy of the account or of AWS; throws NoSuchEntity. */
async function findPolicy({ db }: Database, ctx: Context, arn: string): Promise<Row> {
  if (awsManagedPolicies.has(arn)) return awsRow(arn)
  const found = db.selectFrom('iam_policy').selectAll().where('arn', '=', arn).where('account', '=', ctx.account)
  const row = await found.executeTakeFirst()
  if (!row) throw iamError.noPolicy(arn)
  return row
}

async function findOwn(tx: Database, ctx: Context, arn: string): Promise<Row> {
  if (awsManagedPolicies.has(arn)) throw iamError.invalid(`Policies that AWS provides cannot be changed: ${arn}`)
  return findPolicy(tx, ctx, arn)
}

function awsRow(arn: string): Row {
  const { name, description } = awsManagedPolicies.get(arn) as { name: string; description: string }
  const id = `ANPA${Buffer.from(name).toString('hex').toUpperCase().padEnd(17, '0').slice(-17)}`
  const dates = { default_version: 1, last_version: 1, created: beginning, updated: beginning }
  return { arn, account: 'aws', id, name, path: '/', description, tags: '[]', ...dates }
}

async function findVersion({ db }: Database, row: Row, id: string) {
  const aws = awsManagedPolicies.get(row.arn)
  if (aws && id === 'v1') return { version: 1, document: aws.document, created: row.created }
  const version = Number(id.slice(1))
  const found = Number.isInteger(version) && versionsOf({ db }, row.arn).where('version', '=', version)
  const it = found && (await found.executeTakeFirst())
  if (!it) throw iamError.noVersion(row.arn, id)
  return it
}

const versionsOf = ({ db }: Database, arn: string) =>
  db.selectFrom('iam_policy_version').selectAll().where('policy_arn', '=', arn)

const insertVersion = ({ db }: Database, { arn }: Row, version: number, document: string, created: number) =>
  db.insertInto('iam_policy_version').values({ policy_arn: arn, version, document, created }).execute()

/** How many users and roles a policy is attached to, and how many it bounds; of one account, for AWS's policies. */
async function usesOf({ db }: Database, arn: string, account?: string) {
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

async function describe(tx: Database, row: Row, account?: string) {
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

const describeVersion = (row: Row, { version, created }: { version: number; created: number }) => ({
  VersionId: `v${version}`,
  IsDefaultVersion: version === row.default_version,
  CreateDate: new Date(created),
})
