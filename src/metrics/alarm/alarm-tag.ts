import { ServiceError } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import type { Transaction } from '../../store/store.ts'
import { invalidValue } from '../cloudwatch-error.ts'
import type { Op } from '../metrics-operation.ts'
import { findAlarm } from './alarm.ts'

interface Tag {
  readonly Key: string
  readonly Value: string
}

const mostTags = 50

/** Adds or replaces. Throws InvalidParameterValueException for a reserved key or more than 50 tags. */
export async function putTags(tx: Transaction, arn: string, tags: readonly Tag[]): Promise<void> {
  const reserved = tags.find(({ Key }) => /^aws:/i.test(Key))
  if (reserved) throw invalidValue(`Tag keys starting with aws: are reserved: ${reserved.Key}`)
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
  if (Number(count) > mostTags) throw invalidValue(`An alarm can have no more than ${mostTags} tags.`)
}

export const removeAllTags = (tx: Transaction, arn: string) => tx.db.deleteFrom('tag').where('arn', '=', arn).execute()

async function requireOwn({ db }: Pick<Transaction, 'db'>, arn: string, { account }: Context): Promise<void> {
  const alarm = await findAlarm(db, arn)
  if (alarm?.account !== account) throw new ServiceError('ResourceNotFoundException', `Unknown resource: ${arn}`)
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
  return { Tags: rows.map(({ key, value }) => ({ Key: key, Value: value })) }
}
