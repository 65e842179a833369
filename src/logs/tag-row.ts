import { ServiceError } from '../ground/errors.ts'
import type { Transaction } from '../store/store.ts'
import { mostTags, reservedTag, writeTags } from '../store/tags.ts'
import { invalidParameter } from './logs-error.ts'

/** Adds or replaces. Throws TooManyTagsException beyond 50, InvalidParameterException for a reserved key. */
export async function putTags(tx: Transaction, arn: string, tags: Readonly<Record<string, string>>): Promise<void> {
  const reserved = reservedTag(Object.keys(tags))
  if (reserved !== undefined) throw invalidParameter(`Tag keys starting with aws: are reserved: ${reserved}`)
  const count = await writeTags(tx.db, arn, Object.entries(tags))
  if (count > mostTags)
    throw new ServiceError('TooManyTagsException', `A resource can have no more than ${mostTags} tags.`, {
      fields: { resourceName: arn },
    })
}
