import { ValidationException } from '../ground/errors.ts'
import type { Context } from '../service/context.ts'
import { paging } from '../service/page.ts'
import type { Transaction } from '../store/store.ts'
import type { Op } from './sagemaker-operation.ts'

export interface Tag {
  Key: string
  Value: string
}

const mostTags = 50

/** Adds tags to a resource in the transaction that makes it, and before its row, which is announced with them. */
export async function insertTags(
  tx: Pick<Transaction, 'db'>,
  arn: string,
  tags: readonly Tag[] | undefined,
): Promise<void> {
  const keys = (tags ?? []).map(({ Key }) => Key)
  const twice = keys.find((key, index) => keys.indexOf(key) !== index)
  if (twice !== undefined) throw new ValidationException(`Duplicate tag keys found: ${twice}`)
  for (const { Key, Value } of tags ?? []) {
    if (/^aws:/i.test(Key)) throw new ValidationException(`Tag keys must not begin with "aws:": ${Key}`)
    await tx.db
      .insertInto('tag')
      .values({ arn, key: Key, value: Value })
      .onConflict(conflict => conflict.columns(['arn', 'key']).doUpdateSet({ value: Value }))
      .execute()
  }
}

async function requireOwn(tx: Pick<Transaction, 'db'>, arn: string, { account, region }: Context): Promise<void> {
  const query = tx.db.selectFrom('resource').select('arn').where('arn', '=', arn).where('account', '=', account)
  if (!(await query.where('region', '=', region).executeTakeFirst()))
    throw new ValidationException(`Could not find resource "${arn}".`)
}

const tagsOf = (tx: Pick<Transaction, 'db'>, arn: string) =>
  tx.db.selectFrom('tag').select(['key as Key', 'value as Value']).where('arn', '=', arn).orderBy('key')

export const addTags: Op<'AddTags'> = (input, ctx) =>
  ctx.store.transaction(async tx => {
    await requireOwn(tx, input.ResourceArn, ctx)
    await insertTags(tx, input.ResourceArn, input.Tags)
    const Tags = await tagsOf(tx, input.ResourceArn).execute()
    if (Tags.length > mostTags) throw new ValidationException(`A resource can have at most ${mostTags} tags.`)
    return { Tags }
  })

export const deleteTags: Op<'DeleteTags'> = (input, ctx) =>
  ctx.store.transaction(async tx => {
    await requireOwn(tx, input.ResourceArn, ctx)
    await tx.db.deleteFrom('tag').where('arn', '=', input.ResourceArn).where('key', 'in', input.TagKeys).execute()
    return {}
  })

export const listTags: Op<'ListTags'> = async (input, ctx) => {
  await requireOwn(ctx.store, input.ResourceArn, ctx)
  const limit = input.MaxResults ?? mostTags
  const pages = paging<string>(['ListTags', ctx.account, input.ResourceArn], input.NextToken || undefined)
  const found = await tagsOf(ctx.store, input.ResourceArn)
    .where('key', '>', pages.after ?? '')
    .limit(limit + 1)
    .execute()
  const { items, next } = pages.cut(found, limit, ({ Key }) => Key)
  return { Tags: items, ...(next !== undefined && { NextToken: next }) }
}
