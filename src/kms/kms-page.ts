import type { Context } from '../service/context.ts'
import { decodePageToken, encodePageToken } from '../service/page-token.ts'
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
  const scope = JSON.stringify([ctx.account, ctx.region, operation, filters])
  const items = await read(marker === undefined ? '' : after(scope, marker), size + 1)
  const last = items[size - 1]
  if (items.length <= size || last === undefined) return { items, more: { Truncated: false } }
  return { items: items.slice(0, size), more: { Truncated: true, NextMarker: encodePageToken(scope, nameOf(last)) } }
}

function after(scope: string, marker: string): string {
  try {
    return String(decodePageToken(scope, marker))
  } catch {
    throw kmsError.badMarker()
  }
}
