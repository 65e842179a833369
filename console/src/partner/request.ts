import {
  CancelChangeSetCommand,
  type ChangeSetSummaryListItem,
  DescribeChangeSetCommand,
  ListChangeSetsCommand,
} from '@aws-sdk/client-marketplace-catalog'
import { useQuery } from '@tanstack/react-query'
import { catalog } from '../api/catalog.ts'
import { pollMs, queryClient } from '../api/query-client.ts'
import type { ListingSource } from '../kit/use-listing.ts'
import { runTask } from '../shell/notices.tsx'
import { partnerTexts } from './partner-texts.ts'

const Catalog = 'AWSMarketplace'
const words = partnerTexts.requests

/** Statuses from which a request goes on by itself. */
export const isUnderWay = (status: string | undefined): boolean => status === 'PREPARING' || status === 'APPLYING'

/** Change sets of this account, the newest first. */
export const requests: ListingSource<ChangeSetSummaryListItem> = {
  kind: 'requests',
  isInTransition: ({ Status }) => isUnderWay(Status),
  async fetch({ MaxResults, NextToken, StatusEquals }) {
    const page = await catalog().send(
      new ListChangeSetsCommand({
        ...{ Catalog, MaxResults: Math.min(20, MaxResults), NextToken },
        Sort: { SortBy: 'StartTime', SortOrder: 'DESCENDING' },
        ...(StatusEquals !== undefined && { FilterList: [{ Name: 'Status', ValueList: [StatusEquals] }] }),
      }),
    )
    return { items: page.ChangeSetSummaryList ?? [], nextToken: page.NextToken }
  },
}

export const useRequest = (id: string) =>
  useQuery({
    queryKey: ['request', id],
    queryFn: () => catalog().send(new DescribeChangeSetCommand({ Catalog, ChangeSetId: id })),
    refetchInterval: ({ state }) => pollMs(isUnderWay(state.data?.Status)),
  })

export const cancelRequest = (id: string): Promise<boolean> =>
  runTask({
    ...{ doing: words.cancel, done: words.cancelled(id), failed: words.notCancelled },
    async run() {
      await catalog().send(new CancelChangeSetCommand({ Catalog, ChangeSetId: id }))
      for (const queryKey of [['request'], ['requests']]) await queryClient.invalidateQueries({ queryKey })
    },
  })
