import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useRegion } from '../api/region.ts'
import { useUrlState } from '../route/location.ts'
import { type Page, usePages } from './use-pages.ts'

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

export interface ListingSource<Item> {
  /** Names it in caches: `training-jobs`. */
  readonly kind: string
  fetch(ask: ListingAsk): Promise<Page<Item>>
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
  const pages = usePages<Item, Page<Item>>({
    ...{ kind, filter, isInTransition },
    fetch: token =>
      fetch({
        ...{ region, MaxResults: size, NextToken: token },
        ...(name !== '' && { NameContains: name }),
        ...(status !== '' && { StatusEquals: status }),
        SortBy: sort.replace('-', ''),
        SortOrder: sort.startsWith('-') ? 'Descending' : 'Ascending',
      }),
  })
  const client = useQueryClient()
  return {
    ...pages,
    ...{ name, setName, status, setStatus, sort, setSort, size },
    hasFilter: name !== '' || status !== '',
    clear() {
      setName('')
      setStatus('')
    },
    setPageSize(count: number) {
      window.localStorage.setItem(sizeKey, String(count))
      setSize(count)
    },
    refresh: () => client.invalidateQueries({ queryKey: [kind] }),
  }
}

export type Listing<Item> = ReturnType<typeof useListing<Item>>
