import { kmsError } from './kms-error.ts'
import type { KmsContext, Op } from './kms-operation.ts'
import { page } from './kms-page.ts'
import { requireCustomerKey, requireNotPending, requireOwnKey } from './usable-key.ts'

export interface Tag {
  readonly TagKey: string
  readonly TagValue: string
}

export const tagResource: Op<'TagResource'> = async (input, ctx) => {
  await change(ctx, input.KeyId, old => mergeTags(old, input.Tags))
  return {}
}

export const untagResource: Op<'UntagResource'> = async (input, ctx) => {
  await change(ctx, input.KeyId, old => old.filter(tag => !input.TagKeys.includes(tag.TagKey)))
  return {}
}

export const listResourceTags: Op<'ListResourceTags'> = async (input, ctx) => {
  const key = await requireOwnKey(ctx, input.KeyId)
  const tags: Tag[] = JSON.parse(key.tags)
  const read = async (after: string, count: number) =>
    tags
      .filter(tag => tag.TagKey > after)
      .toSorted((a, b) => (a.TagKey < b.TagKey ? -1 : 1))
      .slice(0, count)
  const { items, more } = await page('ListResourceTags', input, ctx, (tag: Tag) => tag.TagKey, read)
  return { Tags: items, ...more }
}

/** Throws TagException, LimitExceededException. */
export function mergeTags(old: readonly Tag[], added: readonly Tag[]): Tag[] {
  const keys = added.map(tag => tag.TagKey)
  if (new Set(keys).size < keys.length) throw kmsError.badTag('Duplicate tag keys')
  const wrong = added.find(
    tag => /^aws:/i.test(tag.TagKey) || !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(tag.TagKey + tag.TagValue),
  )
  if (wrong)
    throw kmsError.badTag(
      `Tag ${wrong.TagKey}: keys may not begin with aws:, nor keys or values hold other than letters, digits, spaces and _.:/=+-@`,
    )
  const all = [
    ...old.filter(tag => !keys.includes(tag.TagKey)),
    ...added.map(({ TagKey, TagValue }) => ({ TagKey, TagValue })),
  ]
  if (all.length > 50) throw kmsError.limit('A key may have at most 50 tags.')
  return all
}

async function change(ctx: KmsContext, keyId: string, after: (old: Tag[]) => Tag[]) {
  const { id } = await requireOwnKey(ctx, keyId)
  await ctx.store.transaction(async ({ db }) => {
    const key = await db.selectFrom('kms_key').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
    requireCustomerKey(key)
    requireNotPending(key)
    const tags = JSON.stringify(after(JSON.parse(key.tags)))
    await db.updateTable('kms_key').set({ tags }).where('id', '=', id).execute()
  })
}
