import type * as Sdk from '@aws-sdk/client-iam'
import type { Context } from '../service/context.ts'
import type { Input, Operation, Output } from '../service/operation.ts'
import type { Transaction } from '../store/store.ts'
import { iamError } from './iam-error.ts'
import { checkIdentityPolicy } from './identity-grammar.ts'
import { encodeDocument, findAttachable, findIdentity, type Kind } from './identity-row.ts'
import { pageAmong } from './page.ts'
import { withoutSpace } from './trust-policy.ts'

type Op<N extends string> = Operation<Input<typeof Sdk, N>, Output<typeof Sdk, N>>
interface Paging {
  readonly Marker?: string | undefined
  readonly MaxItems?: number | undefined
}

/** IAM User Guide, IAM and AWS STS quotas: characters of all inline policies together; managed policies attached. */
const quotas = {
  user: { inline: 2048, attached: 'AttachedPoliciesPerUser' },
  role: { inline: 10_240, attached: 'PoliciesPerRole' },
}
const mostAttached = 20

export const putUserPolicy: Op<'PutUserPolicy'> = (input, ctx) =>
  put(ctx, 'user', input.UserName, input.PolicyName, input.PolicyDocument)
export const putRolePolicy: Op<'PutRolePolicy'> = (input, ctx) =>
  put(ctx, 'role', input.RoleName, input.PolicyName, input.PolicyDocument)

export const getUserPolicy: Op<'GetUserPolicy'> = async (input, ctx) => ({
  UserName: input.UserName,
  ...(await get(ctx, 'user', input.UserName, input.PolicyName)),
})
export const getRolePolicy: Op<'GetRolePolicy'> = async (input, ctx) => ({
  RoleName: input.RoleName,
  ...(await get(ctx, 'role', input.RoleName, input.PolicyName)),
})

export const deleteUserPolicy: Op<'DeleteUserPolicy'> = (input, ctx) =>
  remove(ctx, 'user', input.UserName, input.PolicyName)
export const deleteRolePolicy: Op<'DeleteRolePolicy'> = (input, ctx) =>
  remove(ctx, 'role', input.RoleName, input.PolicyName)

export const listUserPolicies: Op<'ListUserPolicies'> = (input, ctx) => list(ctx, 'user', input.UserName, input)
export const listRolePolicies: Op<'ListRolePolicies'> = (input, ctx) => list(ctx, 'role', input.RoleName, input)

export const attachUserPolicy: Op<'AttachUserPolicy'> = (input, ctx) =>
  attach(ctx, 'user', input.UserName, input.PolicyArn)
export const attachRolePolicy: Op<'AttachRolePolicy'> = (input, ctx) =>
  attach(ctx, 'role', input.RoleName, input.PolicyArn)
export const detachUserPolicy: Op<'DetachUserPolicy'> = (input, ctx) =>
  detach(ctx, 'user', input.UserName, input.PolicyArn)
export const detachRolePolicy: Op<'DetachRolePolicy'> = (input, ctx) =>
  detach(ctx, 'role', input.RoleName, input.PolicyArn)

export const listAttachedUserPolicies: Op<'ListAttachedUserPolicies'> = (input, ctx) =>
  listAttached(ctx, 'user', input.UserName, input.PathPrefix, input)
export const listAttachedRolePolicies: Op<'ListAttachedRolePolicies'> = (input, ctx) =>
  listAttached(ctx, 'role', input.RoleName, input.PathPrefix, input)

const put = (ctx: Context, kind: Kind, owner: string, name: string, document: string) =>
  ctx.store.transaction(async ({ db }) => {
    const { id: identity } = await findIdentity({ db }, ctx.account, kind, owner)
    checkIdentityPolicy(document, 'inline')
    const others = await inlineOf({ db }, identity).where('name', '!=', name).execute()
    const size = [document, ...others.map(other => other.document)].map(withoutSpace).reduce((a, b) => a + b)
    const { inline } = quotas[kind]
    if (size > inline) throw iamError.limit(`Maximum policy size of ${inline} bytes exceeded for ${kind} ${owner}`)
    await db
      .insertInto('iam_inline_policy')
      .values({ identity, name, document })
      .onConflict(conflict => conflict.columns(['identity', 'name']).doUpdateSet({ document }))
      .execute()
    return {}
  })

async function get(ctx: Context, kind: Kind, owner: string, name: string) {
  const { id } = await findIdentity(ctx.store, ctx.account, kind, owner)
  const row = await inlineOf(ctx.store, id).where('name', '=', name).executeTakeFirst()
  if (!row) throw iamError.noInline(kind, name)
  return { PolicyName: name, PolicyDocument: encodeDocument(row.document) }
}

const remove = (ctx: Context, kind: Kind, owner: string, name: string) =>
  ctx.store.transaction(async ({ db }) => {
    const { id } = await findIdentity({ db }, ctx.account, kind, owner)
    const gone = db.deleteFrom('iam_inline_policy').where('identity', '=', id).where('name', '=', name)
    if (Number((await gone.executeTakeFirstOrThrow()).numDeletedRows) === 0) throw iamError.noInline(kind, name)
    return {}
  })

async function list(ctx: Context, kind: Kind, owner: string, input: Paging) {
  const { id } = await findIdentity(ctx.store, ctx.account, kind, owner)
  const names = (await inlineOf(ctx.store, id).execute()).map(row => row.name)
  const { items, more } = await pageAmong(`List${kind}Policies`, input, ctx, names, name => name)
  return { PolicyNames: items, ...more }
}

const attach = (ctx: Context, kind: Kind, owner: string, arn: string) =>
  ctx.store.transaction(async ({ db }) => {
    const { id: identity } = await findIdentity({ db }, ctx.account, kind, owner)
    await findAttachable({ db }, ctx.account, arn)
    const attached = (await attachedTo({ db }, identity).execute()).filter(other => other.policy_arn !== arn)
    if (attached.length >= mostAttached) throw iamError.quota(quotas[kind].attached, mostAttached)
    const row = { identity, policy_arn: arn }
    await db
      .insertInto('iam_attachment')
      .values(row)
      .onConflict(conflict => conflict.doNothing())
      .execute()
    return {}
  })

const detach = (ctx: Context, kind: Kind, owner: string, arn: string) =>
  ctx.store.transaction(async ({ db }) => {
    const { id } = await findIdentity({ db }, ctx.account, kind, owner)
    const gone = db.deleteFrom('iam_attachment').where('identity', '=', id).where('policy_arn', '=', arn)
    if (Number((await gone.executeTakeFirstOrThrow()).numDeletedRows) === 0) throw iamError.notAttached(arn)
    return {}
  })

async function listAttached(ctx: Context, kind: Kind, owner: string, pathPrefix = '/', input: Paging = {}) {
  const { id } = await findIdentity(ctx.store, ctx.account, kind, owner)
  const rows = await attachedTo(ctx.store, id).execute()
  const within = rows.filter(({ policy_arn: arn }) => arn.slice(arn.indexOf('/')).startsWith(pathPrefix))

  const { items, more } = await pageAmong(`ListAttached${kind}Policies`, input, ctx, within, row => row.policy_arn)
  const describe = (arn: string) => ({ PolicyName: arn.split('/').at(-1) as string, PolicyArn: arn })
  return { AttachedPolicies: items.map(row => describe(row.policy_arn)), ...more }
}

const inlineOf = ({ db }: Pick<Transaction, 'db'>, identity: string) =>
  db.selectFrom('iam_inline_policy').selectAll().where('identity', '=', identity)

const attachedTo = ({ db }: Pick<Transaction, 'db'>, identity: string) =>
  db.selectFrom('iam_attachment').selectAll().where('identity', '=', identity)
