import type { Context } from '../service/context.ts'
import { paging } from '../service/page.ts'
import { kmsError } from './kms-error.ts'

interface Paging {
  readonly Marker?: string | undefined
  readonly Limit?: number | undefined
}

/** The next page of items that `read` answers in the order of `nameOf` after a name, at most as many as asked. */
export async function page<Item>(
  operation: string,
  input: Paging,
  ctx: Pick<Context, 'account' | 'region'>,
  nameOf: (item: Item) => string,
  read: (after: string, count: number) => Promise<Item[]>,
): Promise<{ items: Item[]; more: { Truncated: boolean; NextMarker?: string } }> {
  const { Marker: marker, Limit: size = 100, ...filters } = input
  const pages = paging<string>(['kms', ctx.account, ctx.region, operation, filters], marker, () => kmsError.badMarker())
  const { items, next } = pages.cut(await read(pages.after ?? '', size + 1), size, nameOf)
  return { items, more: next === undefined ? { Truncated: false } : { Truncated: true, NextMarker: next } }
}
