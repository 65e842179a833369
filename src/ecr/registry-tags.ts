import { RegistryError } from './registry-errors.ts'
import { answer, type RegistryHandler } from './registry-request.ts'

const longestPage = 1000

/** In the order of their names, `n` at a time after `last`; a Link leads to the next page (OCI Distribution 1.1, Listing tags). */
export const listTags: RegistryHandler = async ({ store, repository, query, base, response }) => {
  const limit = readCount(query.get('n'))
  const found = await store.db
    .selectFrom('ecr_tag')
    .select('tag')
    .where('repository', '=', repository.id)
    .where('tag', '>', query.get('last') ?? '')
    .orderBy('tag')
    .limit(limit + 1)
    .execute()
  const tags = found.slice(0, limit).map(row => row.tag)
  const more = limit > 0 && found.length > limit
  const next = new URLSearchParams({ n: String(limit), last: tags.at(-1) ?? '' })
  const name = base.slice('/v2/'.length)
  answer(
    response,
    200,
    { 'content-type': 'application/json', link: more ? `<${base}/tags/list?${next}>; rel="next"` : undefined },
    JSON.stringify({ name, tags }),
  )
}

/** `n` of a list that goes on under a Link: at most a thousand, which is also what is given to who does not say. */
export function readCount(text: string | null): number {
  if (text === null) return longestPage
  if (!/^[0-9]{1,9}$/.test(text))
    throw new RegistryError('UNSUPPORTED', `n must be a number and is '${text.slice(0, 50)}'`, { status: 400 })
  return Math.min(Number(text), longestPage)
}
