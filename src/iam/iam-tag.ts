import type { Context } from '../service/context.ts'
import type { Op } from './iam-operation.ts'
import { pageAmong } from './iam-page.ts'
import { findIdentity, type Kind, mergeTags, type Tag } from './identity-row.ts'
import { findOwn, findPolicy } from './policy-row.ts'

interface Paging {
  readonly Marker?: string | undefined
  readonly MaxItems?: number | undefined
}

export const tagUser: Op<'TagUser'> = (input, ctx) =>
  change(ctx, 'user', input.UserName, old => mergeTags(old, input.Tags))
export const tagRole: Op<'TagRole'> = (input, ctx) =>
  change(ctx, 'role', input.RoleName, old => mergeTags(old, input.Tags))
export const untagUser: Op<'UntagUser'> = (input, ctx) => change(ctx, 'user', input.UserName, without(input.TagKeys))
export const untagRole: Op<'UntagRole'> = (input, ctx) => change(ctx, 'role', input.RoleName, without(input.TagKeys))
export const listUserTags: Op<'ListUserTags'> = (input, ctx) => list(ctx, 'user', input.UserName, input)
export const listRoleTags: Op<'ListRoleTags'> = (input, ctx) => list(ctx, 'role', input.RoleName, input)

export const tagPolicy: Op<'TagPolicy'> = (input, ctx) =>
  changePolicy(ctx, input.PolicyArn, old => mergeTags(old, input.Tags))
export const untagPolicy: Op<'UntagPolicy'> = (input, ctx) => changePolicy(ctx, input.PolicyArn, without(input.TagKeys))
export const listPolicyTags: Op<'ListPolicyTags'> = async (input, ctx) => {
  const tags: Tag[] = JSON.parse((await findPolicy(ctx.store, ctx, input.PolicyArn)).tags)
  const { items, more } = await pageAmong('ListPolicyTags', input, ctx, tags, tag => tag.Key)
  return { Tags: items, ...more }
}

const without = (keys: readonly string[]) => (old: readonly Tag[]) => {
  const gone = new Set(keys.map(key => key.toLowerCase()))
  return old.filter(tag => !gone.has(tag.Key.toLowerCase()))
}

/** A service-linked role takes tags as every role does (IAM API Reference, TagRole). */
const change = (ctx: Context, kind: Kind, name: string, tagsAfter: (old: readonly Tag[]) => Tag[]) =>
  ctx.store.transaction(async ({ db }) => {
    const row = await findIdentity({ db }, ctx.account, kind, name)
    const tags = JSON.stringify(tagsAfter(JSON.parse(row.tags)))
    await db.updateTable('iam_identity').set({ tags }).where('id', '=', row.id).execute()
    return {}
  })

const changePolicy = (ctx: Context, arn: string, tagsAfter: (old: readonly Tag[]) => Tag[]) =>
  ctx.store.transaction(async ({ db }) => {
    const row = await findOwn({ db }, ctx, arn)
    const tags = JSON.stringify(tagsAfter(JSON.parse(row.tags)))
    await db.updateTable('iam_policy').set({ tags }).where('arn', '=', row.arn).execute()
    return {}
  })

async function list(ctx: Context, kind: Kind, name: string, input: Paging) {
  const row = await findIdentity(ctx.store, ctx.account, kind, name)
  const tags: Tag[] = JSON.parse(row.tags)
  const { items, more } = await pageAmong(`List${kind}Tags`, input, ctx, tags, tag => tag.Key)
  return { Tags: items, ...more }
}
