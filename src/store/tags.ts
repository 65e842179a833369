import type { Kysely } from 'kysely'
import type { Database } from './database.ts'

type Db = Kysely<Database>

/** Tags that a resource may have (AWS General Reference, "Tagging your AWS resources"). */
export const mostTags = 50

/** The first key that only AWS may set, if there is one. */
export const reservedTag = (keys: readonly string[]): string | undefined => keys.find(key => /^aws:/i.test(key))

/** Adds or replaces tags of a resource; how many it has then. */
export async function writeTags(
  db: Db,
  arn: string,
  tags: readonly (readonly [key: string, value: string])[],
): Promise<number> {
  for (const [key, value] of tags)
    await db
      .insertInto('tag')
      .values({ arn, key, value })
      .onConflict(conflict => conflict.columns(['arn', 'key']).doUpdateSet({ value }))
      .execute()
  const { count } = await db
    .selectFrom('tag')
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where('arn', '=', arn)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Tags of a resource, by their keys. */
export const readTags = (db: Db, arn: string): Promise<{ key: string; value: string }[]> =>
  db.selectFrom('tag').select(['key', 'value']).where('arn', '=', arn).orderBy('key').execute()

/** Those with these keys; none when there are no keys. */
export async function removeTags(db: Db, arn: string, keys: readonly string[]): Promise<void> {
  if (keys.length > 0)
    await db
      .deleteFrom('tag')
      .where('arn', '=', arn)
      .where('key', 'in', [...keys])
      .execute()
}

export async function removeAllTags(db: Db, arn: string): Promise<void> {
  await db.deleteFrom('tag').where('arn', '=', arn).execute()
}
