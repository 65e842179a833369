import type { Context } from '../service/context.ts'
import type { Transaction } from '../store/store.ts'
import { mostTags, readTags, removeTags, reservedTag, writeTags } from '../store/tags.ts'
import { busArn } from './event-bus.ts'
import { eventsError } from './events-error.ts'
import type { Op } from './events-operation.ts'

interface Tag {
  readonly Key: string
  readonly Value: string
}

/** Adds or replaces. Throws ValidationException for a reserved key or more than 50 tags. */
export async function putTags(tx: Transaction, arn: string, tags: readonly Tag[]): Promise<void> {
  const reserved = reservedTag(tags.map(({ Key }) => Key))
  if (reserved !== undefined) throw eventsError.invalid(`Tag keys starting with aws: are reserved: ${reserved}`)
  const count = await writeTags(
    tx.db,
    arn,
    tags.map(({ Key, Value }) => [Key, Value] as const),
  )
  if (count > mostTags) throw eventsError.invalid(`A resource can have no more than ${mostTags} tags.`)
}

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
    await removeTags(tx.db, arn, TagKeys)
  })
  return {}
}

export const listTagsForResource: Op<'ListTagsForResource'> = async ({ ResourceARN: arn }, ctx) => {
  await requireTaggable(ctx.store, arn, ctx)
  const rows = await readTags(ctx.store.db, arn)
  return { Tags: rows.map(({ key, value }) => ({ Key: key, Value: value })) }
}
