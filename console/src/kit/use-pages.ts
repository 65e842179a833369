import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { pollMs } from '../api/query-client.ts'

export interface Page<Item> {
  readonly items: readonly Item[]
  readonly nextToken: string | undefined
}

interface Source<Item, Answer extends Page<Item>> {
  /** Names it in caches. */
  readonly kind: string
  /** What is asked for beside the page: another filter begins at its first page. */
  readonly filter: string
  fetch(token: string | undefined): Promise<Answer>
  readonly isInTransition?: (item: Item) => boolean
}

/** A walk through an API's pages by its tokens, a page at a time, asked again while something on it changes. */
export function usePages<Item, Answer extends Page<Item>>({
  kind,
  filter,
  fetch,
  isInTransition,
}: Source<Item, Answer>) {
  // Tokens of the pages so far, of one filter.
  const [walk, setWalk] = useState<{ filter: string; tokens: readonly (string | undefined)[]; at: number }>()
  const { tokens, at } = walk?.filter === filter ? walk : { tokens: [undefined], at: 0 }
  const query = useQuery({
    queryKey: [kind, filter, tokens[at]],
    queryFn: () => fetch(tokens[at]),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      pollMs(isInTransition !== undefined && (state.data?.items.some(isInTransition) ?? false)),
  })
  const next = query.data?.nextToken
  return {
    ...{ query, at },
    items: query.data?.items ?? [],
    pages: tokens.length + (next !== undefined && at === tokens.length - 1 ? 1 : 0),
    hasMore: next !== undefined,
    goTo(index: number) {
      const known = index < tokens.length ? tokens : [...tokens, next]
      setWalk({ filter, tokens: known, at: Math.min(index, known.length - 1) })
    },
  }
}
