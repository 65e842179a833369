import type { Context } from '../service/context.ts'
import type { Transaction } from '../store/store.ts'
import { busArn } from './event-bus.ts'
import { eventsError } from './events-error.ts'
import type { Op } from './events-operation.ts'

interface Tag {
  readonly Key: string
  readonly Value: string
}

const mostTags = 50

/** Adds or replaces. Throws ValidationException for a reserved key or more than 50 tags. */
export async function putTags(tx: Transaction, arn: string, tags: readonly Tag[]): Promise<void> {
  const reserved = tags.find(({ Key }) => /^aws:/i.test(Key))
  if (reserved) throw eventsError.invalid(`Tag keys starting with aws: are reserved: ${reserved.Key}`)
  for (const { Key: key, Value: value } of tags)
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
  if (Number(count) > mostTags) throw eventsError.invalid(`A resource can have no more than ${mostTags} tags.`)
}

export const removeAllTags = (tx: Transaction, arn: string) => tx.db.deleteFrom('tag').where('arn', '=', arn).execute()

/** The default bus is there without a row. Throws ResourceNotFoundException. */
async function requireTaggable({ db }: Pick<Transaction, 'db'>, arn: string, ctx: Context): Promise<void> {
  if (arn === busArn(ctx)) return
  const rule = await db.selectFrom('event_rule').select('account').where('arn', '=', arn).executeTakeFirst()
  if (rule?.account !== ctx.account) throw eventsError.notFound(`${arn} does not exist.`)
}

export const tagResource: Op<'TagResource'> = async (input, ctx) => {
  await ctx.store.transaction(async tx => {
    await requireTaggable(tx, input.ResourceARN, ctx)
    await putTags(tx, input.ResourceARN, input.Tags)
  })
  return {}
}

export const untagResource: Op<'UntagResource'> = async (input, ctx) => {
  const { ResourceARN: arn, TagKeys } = input
  await ctx.store.transaction(async tx => {
    await requireTaggable(tx, arn, ctx)
    if (TagKeys.length > 0) await tx.db.deleteFrom('tag').where('arn', '=', arn).where('key', 'in', TagKeys).execute()
  })
  return {}
}

export const listTagsForResource: Op<'ListTagsForResource'> = async ({ ResourceARN: arn }, ctx) => {
  await requireTaggable(ctx.store, arn, ctx)
  const rows = await ctx.store.db
    .selectFrom('tag')
    .select(['key', 'value'])
    .where('arn', '=', arn)
    .orderBy('key')
    .execute()
  return { Tags: rows.map(({ key, value }) => ({ Key: key, Value: value })) }
}
