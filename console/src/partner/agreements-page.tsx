import { type AgreementViewSummary, SearchAgreementsCommand } from '@aws-sdk/client-marketplace-agreement'
import Link from '@cloudscape-design/components/link'
import Tabs from '@cloudscape-design/components/tabs'
import { agreements } from '../api/agreement.ts'
import { ResourceList } from '../kit/resource-list.tsx'
import { asColumns } from '../kit/simple-table.tsx'
import { Status } from '../kit/status.tsx'
import { time } from '../kit/time.ts'
import { type ListingSource, useListing } from '../kit/use-listing.ts'
import { follow } from '../route/follow.ts'
import { useUrlState } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { texts } from '../texts.ts'
import { Adjustments, Cancellations } from './agreement-lists.tsx'
import { partnerTexts } from './partner-texts.ts'

const words = partnerTexts.agreements
const statuses = ['ACTIVE', 'CANCELLED', 'EXPIRED', 'RENEWED', 'REPLACED', 'TERMINATED']

/** What buyers have agreed to with this account, the newest end first. */
const sold: ListingSource<AgreementViewSummary> = {
  kind: 'sold-agreements',
  isInTransition: () => false,
  async fetch({ MaxResults, NextToken, StatusEquals }) {
    const page = await agreements().send(
      new SearchAgreementsCommand({
        ...{ catalog: 'AWSMarketplace', maxResults: Math.min(50, MaxResults), nextToken: NextToken },
        filters: [
          { name: 'PartyType', values: ['Proposer'] },
          { name: 'AgreementType', values: ['PurchaseAgreement'] },
          ...(StatusEquals === undefined ? [] : [{ name: 'Status', values: [StatusEquals] }]),
        ],
      }),
    )
    return { items: page.agreementViewSummaries ?? [], nextToken: page.nextToken }
  },
}

const columns = asColumns<AgreementViewSummary>([
  {
    header: words.id,
    cell: ({ agreementId: name = '' }) => (
      <Link href={pathTo('agreement', { name })} onFollow={follow}>
        {name}
      </Link>
    ),
  },
  {
    header: words.product,
    cell: ({ proposalSummary }) => proposalSummary?.resources?.map(({ id }) => id).join(', ') ?? texts.none,
  },
  { header: words.buyer, cell: ({ acceptor }) => acceptor?.accountId },
  { header: words.offer, cell: ({ proposalSummary }) => proposalSummary?.offerId },
  { header: words.status, cell: ({ status }) => <Status word={status} /> },
  { header: words.start, cell: ({ startTime }) => time(startTime) },
  { header: words.end, cell: ({ endTime }) => time(endTime) },
])

/** What is sold, the seller's wishes to end it, and what was refunded. */
export default function AgreementsPage() {
  const [tab, setTab] = useUrlState('tab', 'agreements')
  return (
    <Tabs
      ariaLabel={words.tabs}
      activeTabId={tab}
      onChange={({ detail }) => setTab(detail.activeTabId)}
      tabs={[
        { id: 'agreements', label: words.plural, content: <Agreements /> },
        { id: 'cancellations', label: partnerTexts.cancellations.plural, content: <Cancellations /> },
        { id: 'adjustments', label: partnerTexts.adjustments.plural, content: <Adjustments /> },
      ]}
    />
  )
}

function Agreements() {
  const listing = useListing(sold)
  return (
    <ResourceList
      words={words}
      listing={listing}
      columns={columns}
      nameOf={({ agreementId = '' }) => agreementId}
      isFoundByName={false}
      statuses={statuses}
      actions={[]}
    />
  )
}
