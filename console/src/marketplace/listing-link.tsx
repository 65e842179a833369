import Link from '@cloudscape-design/components/link'
import { follow } from '../route/follow.ts'
import { pathTo } from '../route/path-table.ts'
import type { ListingSummary } from './discovery.ts'

interface Props {
  readonly listing: Pick<ListingSummary, 'listingId' | 'listingName'>
  readonly fontSize?: 'heading-m'
}

/** Leads to the page of a product. */
export const ListingLink = ({ listing, fontSize }: Props) => (
  <Link fontSize={fontSize} href={pathTo('product', { name: listing.listingId })} onFollow={follow}>
    {listing.listingName}
  </Link>
)
