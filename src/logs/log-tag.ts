import type { Context } from '../service/context.ts'
import { readTags, removeTags } from '../store/tags.ts'
import { type GroupName, groupArn, parseGroupArn, requireGroup } from './log-group.ts'
import { groupNotFound } from './logs-error.ts'
import type { Op } from './logs-operation.ts'
import { putTags } from './tag-row.ts'

const ownGroup = (group: string, ctx: Context): GroupName => ({ account: ctx.account, region: ctx.region, group })

/** Log groups are the only resources with tags that are served here. */
function groupOfArn(arn: string): GroupName {
  const named = parseGroupArn(arn)
  if (!named) throw groupNotFound()
  return named
}

async function tag(ctx: Context, name: GroupName, tags: Readonly<Record<string, string>>) {
  await ctx.store.transaction(async tx => {
    await requireGroup(tx.db, name)
    await putTags(tx, groupArn(name), tags)
  })
  return {}
}

async function untag(ctx: Context, name: GroupName, keys: readonly string[]) {
  await requireGroup(ctx.store.db, name)
  await removeTags(ctx.store.db, groupArn(name), keys)
  return {}
}

async function list(ctx: Context, name: GroupName) {
  await requireGroup(ctx.store.db, name)
  const rows = await readTags(ctx.store.db, groupArn(name))
  return { tags: Object.fromEntries(rows.map(row => [row.key, row.value])) }
}

export const tagResource: Op<'TagResource'> = (input, ctx) => tag(ctx, groupOfArn(input.resourceArn), input.tags)

export const untagResource: Op<'UntagResource'> = (input, ctx) =>
  untag(ctx, groupOfArn(input.resourceArn), input.tagKeys)

export const listTagsForResource: Op<'ListTagsForResource'> = (input, ctx) => list(ctx, groupOfArn(input.resourceArn))

export const tagLogGroup: Op<'TagLogGroup'> = (input, ctx) => tag(ctx, ownGroup(input.logGroupName, ctx), input.tags)

export const untagLogGroup: Op<'UntagLogGroup'> = (input, ctx) =>
  untag(ctx, ownGroup(input.logGroupName, ctx), input.tags)

export const listTagsLogGroup: Op<'ListTagsLogGroup'> = (input, ctx) => list(ctx, ownGroup(input.logGroupName, ctx))
