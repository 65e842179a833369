import { queryClient } from '../api/query-client.ts'
import { Confirm } from '../kit/confirm.tsx'
import { ResourceList } from '../kit/resource-list.tsx'
import { asColumns } from '../kit/simple-table.tsx'
import { time } from '../kit/time.ts'
import { useListing } from '../kit/use-listing.ts'
import { runTask } from '../shell/notices.tsx'
import { askOperator, operatorListing, timeOf } from './operator-api.ts'
import { operatorTexts } from './operator-texts.ts'

const words = operatorTexts.quotas

interface QuotaRequest {
  readonly requestId: string
  readonly accountId: string
  readonly quotaName: string
  readonly value: number
  readonly desiredValue: number
  readonly requestedAt: number
  readonly requestedBy: string
}

const requests = operatorListing<QuotaRequest>('quota-requests', '/quota-requests', answer => answer.requests ?? [])

const columns = asColumns<QuotaRequest>([
  { header: words.quota, cell: ({ quotaName }) => quotaName },
  { header: words.account, cell: ({ accountId }) => accountId },
  { header: words.now, cell: ({ value }) => value },
  { header: words.desired, cell: ({ desiredValue }) => desiredValue },
  { header: words.by, cell: ({ requestedBy }) => requestedBy },
  { header: operatorTexts.createdAt, cell: ({ requestedAt }) => time(timeOf(requestedAt)) },
])

/** What accounts have asked for by Service Quotas and nobody has answered. */
export default function QuotaRequestsPage() {
  const listing = useListing(requests)
  return (
    <ResourceList
      words={words.list}
      listing={listing}
      columns={columns}
      nameOf={({ requestId }) => requestId}
      isFoundByName={false}
      actions={[
        {
          text: operatorTexts.approve,
          ask: (request, close) => <Answer request={request} decision="APPROVED" close={close} />,
        },
        { text: words.deny, ask: (request, close) => <Answer request={request} decision="DENIED" close={close} /> },
      ]}
    />
  )
}

interface Props {
  readonly request: QuotaRequest
  readonly decision: 'APPROVED' | 'DENIED'
  close(): void
}

function Answer({ request: { requestId, quotaName, desiredValue }, decision, close }: Props) {
  const approves = decision === 'APPROVED'
  const verb = approves ? operatorTexts.approve : words.deny
  return (
    <Confirm
      title={`${verb} ${quotaName}?`}
      text={approves ? words.approveWhy(desiredValue) : words.denyWhy}
      verb={verb}
      onClose={close}
      onConfirm={() =>
        void runTask({
          ...{ doing: `${verb} ${quotaName}`, failed: operatorTexts.failed },
          done: approves ? words.approved(quotaName) : words.denied(quotaName),
          async run() {
            await askOperator('POST', `/quota-requests/${requestId}/review`, { decision })
            await queryClient.invalidateQueries({ queryKey: [requests.kind] })
          },
        })
      }
    />
  )
}
