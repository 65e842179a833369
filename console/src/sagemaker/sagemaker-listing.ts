import type { ListingAsk } from '../kit/use-listing.ts'

/** What every List operation of SageMaker takes; the names of orders are the operation's own. */
export const listInput = <SortBy extends string, Status extends string = never>({ region: _, ...ask }: ListingAsk) => ({
  ...ask,
  SortBy: ask.SortBy as SortBy,
  StatusEquals: ask.StatusEquals as Status | undefined,
})
