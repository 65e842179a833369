import type { Context } from '../service/context.ts'
import type { Transaction } from '../store/store.ts'
import { autoscalingError } from './autoscaling-error.ts'
import type { Op } from './autoscaling-operation.ts'

const mostTags = 50

/** Adds or replaces. Throws ValidationException for a reserved key, TooManyTagsException beyond 50. */
export async function putTags(tx: Transaction, arn: string, tags: Readonly<Record<string, string>>): Promise<void> {
  const reserved = Object.keys(tags).find(key => /^aws:/i.test(key))
  if (reserved !== undefined) throw autoscalingError.invalid(`Tag keys starting with aws: are reserved: ${reserved}`)
  for (const [key, value] of Object.entries(tags))
    await tx.db
      .insertInto('tag')
      .values({ arn, key, value })
      .onConflict(conflict => conflict.columns(['arn', 'key']).doUpdateSet({ value }))
      .execute()
  const { count } = await tx.db
    .selectFrom('tag')
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where('arn', '=', arn)
    .executeTakeFirstOrThrow()
  if (Number(count) > mostTags) throw autoscalingError.tooManyTags(mostTags)
}

export const removeAllTags = (tx: Transaction, arn: string) => tx.db.deleteFrom('tag').where('arn', '=', arn).execute()

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
    if (TagKeys.length > 0)
      await tx.db.deleteFrom('tag').where('arn', '=', ResourceARN).where('key', 'in', TagKeys).execute()
  })
  return {}
}

export const listTagsForResource: Op<'ListTagsForResource'> = async ({ ResourceARN }, ctx) => {
  await requireOwn(ctx.store, ResourceARN, ctx)
  const rows = await ctx.store.db
    .selectFrom('tag')
    .select(['key', 'value'])
    .where('arn', '=', ResourceARN)
    .orderBy('key')
    .execute()
  return { Tags: Object.fromEntries(rows.map(({ key, value }) => [key, value])) }
}
