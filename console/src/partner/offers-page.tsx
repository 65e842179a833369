import { type EntitySummary, OfferStateString } from '@aws-sdk/client-marketplace-catalog'
import Link from '@cloudscape-design/components/link'
import { ResourceList } from '../kit/resource-list.tsx'
import { asColumns } from '../kit/simple-table.tsx'
import { Status } from '../kit/status.tsx'
import { time } from '../kit/time.ts'
import { useListing } from '../kit/use-listing.ts'
import { follow } from '../route/follow.ts'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { texts } from '../texts.ts'
import { privateOffers } from './offer.ts'
import { partnerTexts } from './partner-texts.ts'

const words = partnerTexts.offers
const idOf = ({ EntityId = '' }: EntitySummary): string => EntityId

const columns = asColumns<EntitySummary>([
  {
    header: words.name,
    cell: item => (
      <Link href={pathTo('offer', { name: idOf(item) })} onFollow={follow}>
        {item.Name ?? idOf(item)}
      </Link>
    ),
  },
  { header: words.id, cell: idOf },
  { header: words.product, cell: ({ OfferSummary }) => OfferSummary?.ProductId },
  { header: words.status, cell: ({ OfferSummary }) => <Status word={OfferSummary?.State} /> },
  {
    header: words.expires,
    cell: ({ OfferSummary }) => {
      const end = OfferSummary?.AvailabilityEndDate
      return end === undefined ? texts.none : time(new Date(end))
    },
  },
  { header: words.buyers, cell: ({ OfferSummary }) => OfferSummary?.BuyerAccounts?.join(', ') || texts.none },
])

export default function OffersPage() {
  const listing = useListing(privateOffers)
  return (
    <ResourceList
      words={words}
      listing={listing}
      columns={columns}
      nameOf={idOf}
      isFoundByName={false}
      statuses={Object.values(OfferStateString)}
      createAt={pathTo('createOffer')}
      actions={[
        {
          text: words.clone,
          run: item => navigate(`${pathTo('createOffer')}?clone=${encodeURIComponent(idOf(item))}`),
        },
      ]}
    />
  )
}
