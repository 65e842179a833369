import { AgreementStatus } from '@aws-sdk/client-marketplace-agreement'
import Link from '@cloudscape-design/components/link'
import type { TableProps } from '@cloudscape-design/components/table'
import { ResourceList } from '../kit/resource-list.tsx'
import { Status } from '../kit/status.tsx'
import { time } from '../kit/time.ts'
import { useListing } from '../kit/use-listing.ts'
import { follow } from '../route/follow.ts'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { CancelSubscription } from './cancel-subscription.tsx'
import { marketplaceTexts } from './marketplace-texts.ts'
import { type Subscription, subscriptions } from './subscription.ts'
import { trialWords } from './trial-left.tsx'

const words = marketplaceTexts.subscriptions

const listWords = {
  plural: words.title,
  purpose: words.description,
  create: words.find,
  cli: 'aws marketplace-discovery search-listings',
}

const idOf = ({ agreementId = '' }: Subscription): string => agreementId

export const cancelRefusal = (status: string | undefined): string | undefined =>
  status === 'ACTIVE' ? undefined : words.notActive

const columns: readonly TableProps.ColumnDefinition<Subscription>[] = [
  {
    id: 'product',
    header: words.product,
    isRowHeader: true,
    cell: item => (
      <Link href={pathTo('subscription', { name: idOf(item) })} onFollow={follow}>
        {item.product ?? words.restricted}
      </Link>
    ),
  },
  { id: 'status', header: words.status, cell: item => <Status word={item.status} /> },
  { id: 'start', header: words.start, sortingField: 'CreationTime', cell: item => time(item.startTime) },
  {
    id: 'end',
    header: words.end,
    sortingField: 'EndTime',
    cell: item => (item.endTime ? time(item.endTime) : words.noEnd),
  },
  { id: 'trial', header: words.trialLeft, cell: ({ trial }) => trialWords(trial) },
  { id: 'agreement', header: words.id, cell: idOf },
]

export default function SubscriptionsPage() {
  const listing = useListing(subscriptions)
  return (
    <ResourceList
      words={listWords}
      listing={listing}
      columns={columns}
      nameOf={idOf}
      statuses={Object.values(AgreementStatus)}
      isFoundByName={false}
      createAt={pathTo('storefront')}
      actions={[
        {
          text: words.configure,
          refusal: ({ status }) => cancelRefusal(status),
          run: item => navigate(pathTo('launch', { name: idOf(item) })),
        },
        {
          text: words.cancel,
          refusal: ({ status }) => cancelRefusal(status),
          ask: (item, close) => <CancelSubscription agreementId={idOf(item)} onClose={close} />,
        },
      ]}
    />
  )
}
