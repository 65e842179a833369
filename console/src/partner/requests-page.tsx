import { type ChangeSetSummaryListItem, ChangeStatus } from '@aws-sdk/client-marketplace-catalog'
import Link from '@cloudscape-design/components/link'
import { ResourceList } from '../kit/resource-list.tsx'
import { asColumns } from '../kit/simple-table.tsx'
import { Status } from '../kit/status.tsx'
import { time } from '../kit/time.ts'
import { useListing } from '../kit/use-listing.ts'
import { follow } from '../route/follow.ts'
import { pathTo } from '../route/path-table.ts'
import { texts } from '../texts.ts'
import { partnerTexts } from './partner-texts.ts'
import { requests } from './request.ts'
import { RequestCancel } from './request-cancel.tsx'

const words = partnerTexts.requests
const idOf = ({ ChangeSetId = '' }: ChangeSetSummaryListItem): string => ChangeSetId

const columns = asColumns<ChangeSetSummaryListItem>([
  {
    header: words.id,
    cell: item => (
      <Link href={pathTo('request', { name: idOf(item) })} onFollow={follow}>
        {idOf(item)}
      </Link>
    ),
  },
  { header: words.name, cell: ({ ChangeSetName }) => ChangeSetName ?? texts.none },
  { header: words.status, cell: ({ Status: word }) => <Status word={word} /> },
  { header: words.created, cell: ({ StartTime }) => time(StartTime === undefined ? undefined : new Date(StartTime)) },
  { header: words.entities, cell: ({ EntityIdList = [] }) => EntityIdList.join(', ') || texts.none },
])

export default function RequestsPage() {
  const listing = useListing(requests)
  return (
    <ResourceList
      words={words}
      listing={listing}
      columns={columns}
      nameOf={idOf}
      isFoundByName={false}
      statuses={Object.values(ChangeStatus)}
      actions={[
        {
          text: words.cancel,
          refusal: ({ Status: word }) => (word === 'PREPARING' ? undefined : words.notPreparing),
          ask: (item, close) => <RequestCancel id={idOf(item)} close={close} />,
        },
      ]}
    />
  )
}
