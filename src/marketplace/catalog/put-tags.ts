import type { Kysely } from 'kysely'
import type { Database } from '../../store/database.ts'

export interface Tag {
  readonly Key: string
  readonly Value: string
}

/** Adds tags to an ARN; a key that is there gets the new value. */
export async function putTags(db: Kysely<Database>, arn: string, tags: readonly Tag[]): Promise<void> {
  for (const { Key: key, Value: value } of tags)
    await db
      .insertInto('tag')
      .values({ arn, key, value })
      .onConflict(conflict => conflict.columns(['arn', 'key']).doUpdateSet({ value }))
      .execute()
}
