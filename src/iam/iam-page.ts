import type { Context } from '../service/context.ts'
import { paging } from '../service/page.ts'
import { iamError } from './iam-error.ts'

interface Paging {
  readonly Marker?: string | undefined
  readonly MaxItems?: number | undefined
}

/** A page as IAM answers it: the caller adds the items under their name. */
export interface Page<Item> {
  readonly items: Item[]
  readonly more: { IsTruncated: boolean; Marker?: string }
}

/**
 * The next page. `read` answers the items after a name, in the order of `nameOf`, at most as many as asked. The marker is bound to
 * the account, the operation and its other parameters.
 */
export async function page<Item>(
  operation: string,
  input: Paging,
  ctx: Pick<Context, 'account'>,
  nameOf: (item: Item) => string,
  read: (after: string, count: number) => Promise<Item[]>,
): Promise<Page<Item>> {
  const { Marker: marker, MaxItems: size = 100, ...filters } = input
  const pages = paging<string>(['iam', ctx.account, operation, filters], marker, () =>
    iamError.validation('Invalid Marker: it was not returned by this operation with these parameters.'),
  )
  const { items, next } = pages.cut(await read(pages.after ?? '', size + 1), size, nameOf)
  return { items, more: next === undefined ? { IsTruncated: false } : { IsTruncated: true, Marker: next } }
}

/** The next page of items that are at hand already. */
export const pageAmong = <Item>(
  operation: string,
  input: Paging,
  ctx: Pick<Context, 'account'>,
  items: readonly Item[],
  nameOf: (item: Item) => string,
): Promise<Page<Item>> =>
  page(operation, input, ctx, nameOf, async (after, count) =>
    items
      .filter(item => nameOf(item) > after)
      .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
      .slice(0, count),
  )
