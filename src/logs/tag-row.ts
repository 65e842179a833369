import { ServiceError } from '../ground/errors.ts'
import type { Transaction } from '../store/store.ts'
import { invalidParameter } from './logs-error.ts'

const tagLimit = 50

/** Adds or replaces. Throws TooManyTagsException beyond 50, InvalidParameterException for a reserved key. */
export async function putTags(tx: Transaction, arn: string, tags: Readonly<Record<string, string>>): Promise<void> {
  const entries = Object.entries(tags)
  const reserved = entries.find(([key]) => /^aws:/i.test(key))
  if (reserved) throw invalidParameter(`Tag keys starting with aws: are reserved: ${reserved[0]}`)
  for (const [key, value] of entries)
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
  if (Number(count) > tagLimit)
    throw new ServiceError('TooManyTagsException', `A resource can have no more than ${tagLimit} tags.`, {
      fields: { resourceName: arn },
    })
}

export async function removeAllTags(tx: Transaction, arn: string): Promise<void> {
  await tx.db.deleteFrom('tag').where('arn', '=', arn).execute()
}
