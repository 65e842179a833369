import type { Transaction } from '../store/store.ts'
import { mostTags, readTags, removeTags, reservedTag, writeTags } from '../store/tags.ts'
import { snsError } from './sns-error.ts'
import type { Op } from './sns-operation.ts'
import { parseTopicArn } from './topic-arn.ts'

interface Tag {
  readonly Key: string
  readonly Value: string
}

/** Adds or replaces. Throws InvalidParameterException for a reserved key, TagLimitExceededException for more than 50. */
export async function putTags({ db }: Pick<Transaction, 'db'>, arn: string, tags: readonly Tag[]): Promise<void> {
  if (reservedTag(tags.map(({ Key }) => Key)) !== undefined)
    throw snsError.invalid('Tags Reason: keys starting with aws: are reserved')
  if (new Set(tags.map(({ Key }) => Key)).size < tags.length)
    throw snsError.invalid('Tags Reason: a key is there twice')
  const count = await writeTags(
    db,
    arn,
    tags.map(({ Key, Value }) => [Key, Value] as const),
  )
  if (count > mostTags) throw snsError.tagLimit()
}

export async function tagsOf({ db }: Pick<Transaction, 'db'>, arn: string): Promise<Tag[]> {
  const rows = await readTags(db, arn)
  return rows.map(({ key, value }) => ({ Key: key, Value: value }))
}

async function requireTaggable({ db }: Pick<Transaction, 'db'>, arn: string): Promise<void> {
  const topic =
    parseTopicArn(arn) && (await db.selectFrom('sns_topic').select('arn').where('arn', '=', arn).executeTakeFirst())
  if (!topic) throw snsError.noResource()
}

export const tagResource: Op<'TagResource'> = async ({ ResourceArn, Tags }, ctx) => {
  await ctx.store.transaction(async tx => {
    await requireTaggable(tx, ResourceArn)
    await putTags(tx, ResourceArn, Tags)
  })
  return {}
}

export const untagResource: Op<'UntagResource'> = async ({ ResourceArn: arn, TagKeys }, ctx) => {
  await ctx.store.transaction(async tx => {
    await requireTaggable(tx, arn)
    await removeTags(tx.db, arn, TagKeys)
  })
  return {}
}

export const listTagsForResource: Op<'ListTagsForResource'> = async ({ ResourceArn }, ctx) => {
  await requireTaggable(ctx.store, ResourceArn)
  return { Tags: await tagsOf(ctx.store, ResourceArn) }
}
