import type { Context } from '../service/context.ts'
import type { Transaction } from '../store/store.ts'
import { mostTags, readTags, removeTags, reservedTag, writeTags } from '../store/tags.ts'
import { autoscalingError } from './autoscaling-error.ts'
import type { Op } from './autoscaling-operation.ts'

/** Adds or replaces. Throws ValidationException for a reserved key, TooManyTagsException beyond 50. */
export async function putTags(tx: Transaction, arn: string, tags: Readonly<Record<string, string>>): Promise<void> {
  const reserved = reservedTag(Object.keys(tags))
  if (reserved !== undefined) throw autoscalingError.invalid(`Tag keys starting with aws: are reserved: ${reserved}`)
  const count = await writeTags(tx.db, arn, Object.entries(tags))
  if (count > mostTags) throw autoscalingError.tooManyTags(mostTags)
}

async function requireOwn({ db }: Pick<Transaction, 'db'>, arn: string, { account }: Context): Promise<void> {
  const row = await db.selectFrom('scalable_target').select('account').where('arn', '=', arn).executeTakeFirst()
  if (row?.account !== account) throw autoscalingError.noResource(arn)
}

export const tagResource: Op<'TagResource'> = async ({ ResourceARN, Tags }, ctx) => {
  await ctx.store.transaction(async tx => {
    await requireOwn(tx, ResourceARN, ctx)
    await putTags(tx, ResourceARN, Tags)
  })
  return {}
}

export const untagResource: Op<'UntagResource'> = async ({ ResourceARN, TagKeys }, ctx) => {
  await ctx.store.transaction(async tx => {
    await requireOwn(tx, ResourceARN, ctx)
    await removeTags(tx.db, ResourceARN, TagKeys)
  })
  return {}
}

export const listTagsForResource: Op<'ListTagsForResource'> = async ({ ResourceARN }, ctx) => {
  await requireOwn(ctx.store, ResourceARN, ctx)
  const rows = await readTags(ctx.store.db, ResourceARN)
  return { Tags: Object.fromEntries(rows.map(({ key, value }) => [key, value])) }
}
