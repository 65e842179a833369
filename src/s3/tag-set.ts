import { s3Error } from './s3-error.ts'

export interface Tag {
  readonly Key: string
  readonly Value: string
}

/** Throws InvalidTag, or BadRequest for too many (S3 User Guide, "Categorizing your objects using tags"). */
export function requireTags(tags: readonly Tag[], limit: number): readonly Tag[] {
  if (tags.length > limit)
    throw s3Error('BadRequest', {}, `${limit === 10 ? 'Object' : 'Bucket'} tags cannot be greater than ${limit}`)
  if (new Set(tags.map(tag => tag.Key)).size < tags.length)
    throw s3Error('InvalidTag', {}, 'Cannot provide multiple Tags with the same key')
  for (const { Key, Value } of tags) {
    if (Key.length < 1 || Key.length > 128)
      throw s3Error('InvalidTag', { TagKey: Key }, 'The TagKey you have provided is invalid')
    if (Value.length > 256)
      throw s3Error('InvalidTag', { TagValue: Value }, 'The TagValue you have provided is invalid')
    if (Key.startsWith('aws:'))
      throw s3Error('InvalidTag', { TagKey: Key }, 'System tags cannot be added/updated by requester')
  }
  return tags
}

/** The tags of an `x-amz-tagging` header, which are encoded as a URL's query is. */
export const tagsOfHeader = (header: string | undefined): readonly Tag[] =>
  requireTags(
    [...new URLSearchParams(header ?? '')].map(([Key, Value]) => ({ Key, Value })),
    10,
  )
