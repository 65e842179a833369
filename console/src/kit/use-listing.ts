import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { pollMs } from '../api/query-client.ts'
import { useRegion } from '../api/region.ts'
import { useUrlState } from '../route/location.ts'

/** What the API is asked for: it filters and sorts, so that both cover all pages. */
export interface ListingAsk {
  readonly region: string
  readonly MaxResults: number
  readonly NextToken?: string | undefined
  readonly NameContains?: string
  readonly StatusEquals?: string
  readonly SortBy: string
  readonly SortOrder: 'Ascending' | 'Descending'
}

export interface ListingPage<Item> {
  readonly items: readonly Item[]
  readonly nextToken: string | undefined
}

export interface ListingSource<Item> {
  /** Names it in caches: `training-jobs`. */
  readonly kind: string
  fetch(ask: ListingAsk): Promise<ListingPage<Item>>
  readonly isInTransition: (item: Item) => boolean
}

const sizeKey = 'page-size'

/** One list: filter, order and selection in the address, a page of the API at a time, asked again while something changes. */
export function useListing<Item>({ kind, fetch, isInTransition }: ListingSource<Item>) {
  const [region] = useRegion()
  const [name, setName] = useUrlState('name', '')
  const [status, setStatus] = useUrlState('status', '')
  const [sort, setSort] = useUrlState('sort', '-CreationTime', value => /^-?\w+$/.test(value))
  const [size, setSize] = useState(() => Number(window.localStorage.getItem(sizeKey)) || 20)
  const filter = JSON.stringify([region, name, status, sort, size])
  // Tokens of the pages so far, of one filter.
  const [walk, setWalk] = useState<{ filter: string; tokens: readonly (string | undefined)[]; at: number }>()
  const { tokens, at } = walk?.filter === filter ? walk : { tokens: [undefined], at: 0 }
  const query = useQuery({
    queryKey: [kind, filter, tokens[at]],
    queryFn: () =>
      fetch({
        ...{ region, MaxResults: size, NextToken: tokens[at] },
        ...(name !== '' && { NameContains: name }),
        ...(status !== '' && { StatusEquals: status }),
        SortBy: sort.replace('-', ''),
        SortOrder: sort.startsWith('-') ? 'Descending' : 'Ascending',
      }),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => pollMs(state.data?.items.some(isInTransition) ?? false),
  })
  const client = useQueryClient()
  const next = query.data?.nextToken
  return {
    ...{ name, setName, status, setStatus, sort, setSort, size, query, at },
    items: query.data?.items ?? [],
    hasFilter: name !== '' || status !== '',
    pages: tokens.length + (next !== undefined && at === tokens.length - 1 ? 1 : 0),
    hasMore: next !== undefined,
    clear() {
      setName('')
      setStatus('')
    },
    goTo(index: number) {
      const known = index < tokens.length ? tokens : [...tokens, next]
      setWalk({ filter, tokens: known, at: Math.min(index, known.length - 1) })
    },
    setPageSize(count: number) {
      window.localStorage.setItem(sizeKey, String(count))
      setSize(count)
    },
    refresh: () => client.invalidateQueries({ queryKey: [kind] }),
  }
}

export type Listing<Item> = ReturnType<typeof useListing<Item>>
