import { setImmediate as turn } from 'node:timers/promises'
import { quotas } from '../quotas/quotas.ts'
import { uniqueId } from './access-key-secret.ts'
import { awsManagedPolicies } from './aws-managed-policy.ts'
import { iamError } from './iam-error.ts'
import type { Op } from './iam-operation.ts'
import { page, pageAmong } from './iam-page.ts'
import { checkIdentityPolicy } from './identity-grammar.ts'
import { encodeDocument, mergeTags, wholeSeconds } from './identity-row.ts'
import {
  awsRow,
  describePolicy,
  describeVersion,
  findOwn,
  findPolicy,
  findVersion,
  insertVersion,
  type PolicyRow,
  requireRoomForPolicy,
  usesOf,
  versionsOf,
} from './policy-row.ts'
import { withoutSpace } from './trust-policy.ts'

type Described = Awaited<ReturnType<typeof describePolicy>>
export const createPolicy: Op<'CreatePolicy'> = (input, ctx) =>
  ctx.store.transaction(async ({ db }) => {
    checkDocument(input.PolicyDocument)
    const { PolicyName: name, Path: path = '/', Description: description = '' } = input
    const sameName = db.selectFrom('iam_policy').select('arn').where('account', '=', ctx.account)
    const taken = await sameName.where(eb => eb(eb.fn('lower', ['name']), '=', name.toLowerCase())).executeTakeFirst()
    if (taken) throw iamError.policyExists(name)
    await requireRoomForPolicy({ db }, ctx.account)
    const created = wholeSeconds(ctx.now())
    const arn = `arn:aws:iam::${ctx.account}:policy${path}${name}`
    const tags = JSON.stringify(mergeTags([], input.Tags ?? []))
    const text = { arn, account: ctx.account, id: uniqueId('ANPA'), name, path, description, tags }
    const row: PolicyRow = { ...text, default_version: 1, last_version: 1, created, updated: created }
    await db.insertInto('iam_policy').values(row).execute()
    await insertVersion({ db }, row, 1, input.PolicyDocument, created)
    return { Policy: await describePolicy({ db }, row) }
  })

export const getPolicy: Op<'GetPolicy'> = async (input, ctx) => {
  const row = await findPolicy(ctx.store, ctx, input.PolicyArn)
  return { Policy: await describePolicy(ctx.store, row) }
}

export const listPolicies: Op<'ListPolicies'> = async (input, ctx) => {
  const { Scope: scope = 'All', PathPrefix: prefix = '/', OnlyAttached: only = false, PolicyUsageFilter: usage } = input
  const own = await ctx.store.db.selectFrom('iam_policy').selectAll().where('account', '=', ctx.account).execute()
  const rows = [
    ...(scope === 'AWS' ? [] : own),
    ...(scope === 'Local' ? [] : [...awsManagedPolicies.keys()].map(awsRow)),
  ]
  const asPermissions = usage !== 'PermissionsBoundary'
  const asBoundary = usage !== 'PermissionsPolicy'
  const uses = (policy: Described) =>
    (asPermissions ? policy.AttachmentCount : 0) + (asBoundary ? policy.PermissionsBoundaryUsageCount : 0)
  const within = rows.filter(row => row.path.startsWith(prefix)).toSorted((a, b) => (a.arn < b.arn ? -1 : 1))
  // Only what the page holds is looked up, and others have their turn between.
  const read = async (after: string, count: number) => {
    const found: Described[] = []
    for (const [index, row] of within.filter(({ arn }) => arn > after).entries()) {
      if (found.length >= count) break
      if (index % 20 === 19) await turn()
      const policy = await describePolicy(ctx.store, row, ctx.account)
      if ((!only && usage === undefined) || uses(policy) > 0) found.push(policy)
    }
    return found
  }
  const { items, more } = await page('ListPolicies', input, ctx, policy => policy.Arn, read)
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
    if ((await versionsOf({ db }, row.arn).execute()).length >= quotas.iam.policyVersions.value)
      throw iamError.limit(
        `A managed policy can have up to ${quotas.iam.policyVersions.value} versions. Before you create a new version, you must delete an existing version.`,
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
  const versions = aws ? [{ version: aws.version, created: aws.updated }] : own
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
  if (withoutSpace(document) > quotas.iam.policySize.value)
    throw iamError.quota('PolicySize', quotas.iam.policySize.value)
}
