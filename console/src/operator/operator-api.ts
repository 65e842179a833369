import { askMarketplace } from '../api/marketplace.ts'
import type { ListingSource } from '../kit/use-listing.ts'

const base = '/2026-11-29/operator'

/** The operator's API, which AWS has no client for: see `docs/operator.md`. */
export const askOperator = <Answer>(method: string, path: string, input?: object): Promise<Answer> =>
  askMarketplace<Answer>(method, base + path, input)

/** Times come as seconds since 1970, as in AWS's JSON protocols. */
export const timeOf = (seconds: number | undefined): Date | undefined =>
  seconds === undefined ? undefined : new Date(seconds * 1000)

/** A list of the operator's API, which neither finds nor sorts. */
export const operatorListing = <Item>(
  kind: string,
  path: string,
  itemsOf: (answer: Record<string, never>) => readonly Item[],
): ListingSource<Item> => ({
  kind,
  isInTransition: () => false,
  async fetch({ MaxResults, NextToken }) {
    const token = NextToken === undefined ? '' : `&nextToken=${encodeURIComponent(NextToken)}`
    const answer = await askOperator<Record<string, never> & { nextToken?: string }>(
      'GET',
      `${path}?maxResults=${MaxResults}${token}`,
    )
    return { items: itemsOf(answer), nextToken: answer.nextToken }
  },
})

export interface Account {
  readonly accountId: string
  readonly accountName: string
  readonly createdAt: number
  readonly isOperator: boolean
  /** Absent while it works. */
  readonly disabledAt?: number
}

export const accounts = operatorListing<Account>('accounts', '/accounts', answer => answer.accounts ?? [])

/** Leaves this session for one of the account's root. */
export async function openConsoleAs({ accountId }: Account): Promise<void> {
  const { link } = await askOperator<{ link: string }>('POST', `/accounts/${accountId}/sign-in-links`, {})
  window.location.assign(link)
}
