import type { Selectable } from 'kysely'
import type { Db } from '../store/database.ts'
import type { SnsTopicTable } from '../store/schema/sns-tables.ts'
import { snsError } from './sns-error.ts'

export type TopicRow = Selectable<SnsTopicTable>

export const attributesOf = ({ attributes }: Pick<TopicRow, 'attributes'>): Readonly<Record<string, string>> =>
  JSON.parse(attributes)

export const findTopic = (db: Db, arn: string): Promise<TopicRow | undefined> =>
  db.selectFrom('sns_topic').selectAll().where('arn', '=', arn).executeTakeFirst()

/** Throws NotFoundException. */
export async function requireTopic(db: Db, arn: string): Promise<TopicRow> {
  const row = await findTopic(db, arn)
  if (!row) throw snsError.noTopic()
  return row
}
