import type { Kysely } from 'kysely'
import { ValidationException } from '../ground/errors.ts'
import type { Database } from '../store/database.ts'
import { notFound } from './catalog/catalog-check.ts'
import type { Op } from './catalog/catalog-operation.ts'
import { findChangeSet } from './catalog/change-set.ts'
import { putTags } from './catalog/put-tags.ts'
import { findEntity } from './entity.ts'

const mostTags = 200

/** The ARN of one of the caller's entities or change sets. */
async function requireOwn(db: Kysely<Database>, arn: string, account: string): Promise<void> {
  const id = arn.split('/').at(-1) ?? ''
  const holder = arn.includes('/ChangeSet/') ? await findChangeSet(db, id) : await findEntity({ db }, id)
  if (holder?.account !== account || arn.split(':')[4] !== account) throw notFound(arn)
}

export const tagResource: Op<'TagResource'> = async ({ ResourceArn, Tags }, ctx) => {
  await requireOwn(ctx.store.db, ResourceArn, ctx.account)
  await ctx.store.transaction(async ({ db }) => {
    await putTags(db, ResourceArn, Tags)
    const { count } = await db
      .selectFrom('tag')
      .select(eb => eb.fn.countAll<number>().as('count'))
      .where('arn', '=', ResourceArn)
      .executeTakeFirstOrThrow()
    if (Number(count) > mostTags)
      throw new ValidationException(`${ResourceArn} would have ${count} tags; ${mostTags} is the most.`)
  })
  return {}
}

export const untagResource: Op<'UntagResource'> = async ({ ResourceArn, TagKeys }, ctx) => {
  await requireOwn(ctx.store.db, ResourceArn, ctx.account)
  await ctx.store.db.deleteFrom('tag').where('arn', '=', ResourceArn).where('key', 'in', TagKeys).execute()
  return {}
}

export const listTagsForResource: Op<'ListTagsForResource'> = async ({ ResourceArn }, ctx) => {
  await requireOwn(ctx.store.db, ResourceArn, ctx.account)
  const tags = await ctx.store.db
    .selectFrom('tag')
    .select(['key as Key', 'value as Value'])
    .where('arn', '=', ResourceArn)
    .orderBy('key')
    .execute()
  return { ResourceArn, ...(tags.length > 0 && { Tags: tags }) }
}
