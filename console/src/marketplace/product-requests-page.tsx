import Checkbox from '@cloudscape-design/components/checkbox'
import SegmentedControl from '@cloudscape-design/components/segmented-control'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { Confirm } from '../kit/confirm.tsx'
import { DialogForm } from '../kit/dialog-form.tsx'
import { TextareaField } from '../kit/field.tsx'
import { useFormState } from '../kit/form-state.ts'
import { ResourceList } from '../kit/resource-list.tsx'
import { asColumns } from '../kit/simple-table.tsx'
import { Status } from '../kit/status.tsx'
import { time } from '../kit/time.ts'
import { useListing } from '../kit/use-listing.ts'
import { useUrlState } from '../route/location.ts'
import { runTask } from '../shell/notices.tsx'
import { texts } from '../texts.ts'
import { privateTexts as words } from './private-texts.ts'
import {
  approveRequest,
  cancelRequest,
  declineRequest,
  type ProductRequest,
  productRequests,
  type RequestScope,
  requestStatuses,
} from './product-request.ts'

/** What this account has asked for, and what it is asked for as an administrator. */
export default function ProductRequestsPage() {
  const [scope, setScope] = useUrlState('scope', 'REQUESTED', value => value === 'ADMINISTERED')
  return (
    <SpaceBetween size="m">
      <SegmentedControl
        label={words.side}
        selectedId={scope}
        options={[
          { id: 'REQUESTED', text: words.mine },
          { id: 'ADMINISTERED', text: words.answers },
        ]}
        onChange={({ detail }) => setScope(detail.selectedId)}
      />
      <Requests key={scope} scope={scope as RequestScope} />
    </SpaceBetween>
  )
}

const columns = asColumns<ProductRequest>([
  { header: words.product, cell: ({ productTitle }) => productTitle },
  { header: words.status, cell: ({ status }) => <Status word={status} /> },
  { header: words.requester, cell: ({ accountId, requesterArn }) => `${accountId}, ${requesterArn.split(':').at(-1)}` },
  { header: words.comment, cell: ({ comment }) => comment ?? texts.none },
  { header: words.note, cell: ({ note }) => note ?? texts.none },
  { header: words.requestedAt, cell: ({ createdAt }) => time(new Date(createdAt * 1000)) },
])

const refusal = ({ status }: ProductRequest): string | undefined => (status === 'PENDING' ? undefined : words.answered)

function Requests({ scope }: { readonly scope: RequestScope }) {
  const listing = useListing(productRequests(scope))
  const answers = [
    {
      ...{ text: words.approve, refusal },
      ask: (request: ProductRequest, close: () => void) => <Approval request={request} close={close} />,
    },
    {
      ...{ text: words.decline, refusal },
      ask: (request: ProductRequest, close: () => void) => <Decline request={request} close={close} />,
    },
  ]
  const withdrawal = {
    ...{ text: words.withdraw, refusal },
    ask: (request: ProductRequest, close: () => void) => <Withdrawal request={request} close={close} />,
  }
  return (
    <ResourceList
      words={scope === 'REQUESTED' ? words.own : words.requests}
      listing={listing}
      columns={columns}
      nameOf={({ requestId }) => requestId}
      statuses={requestStatuses}
      isFoundByName={false}
      actions={scope === 'REQUESTED' ? [withdrawal] : answers}
    />
  )
}

interface Props {
  readonly request: ProductRequest
  close(): void
}

function Approval({ request, close }: Props) {
  const form = useFormState({ note: '' }, {})
  return (
    <DialogForm
      title={`${words.approve}: ${request.productTitle}`}
      form={form}
      submitText={words.approve}
      done={words.approveDone}
      kinds={[]}
      submit={() => approveRequest(request, form.values.note)}
      close={close}
    >
      <TextareaField form={form} name="note" label={words.note} description={words.noteWhy} optional />
    </DialogForm>
  )
}

function Decline({ request, close }: Props) {
  const form = useFormState({ note: '', blocks: false }, {})
  const { note, blocks } = form.values
  return (
    <DialogForm
      title={`${words.decline}: ${request.productTitle}`}
      form={form}
      submitText={words.decline}
      done={words.declineDone}
      kinds={[]}
      submit={() => declineRequest(request, note, blocks)}
      close={close}
    >
      <TextareaField form={form} name="note" label={words.note} description={words.noteWhy} optional />
      <Checkbox checked={blocks} onChange={({ detail }) => form.set('blocks', detail.checked)}>
        {words.block}
      </Checkbox>
    </DialogForm>
  )
}

const Withdrawal = ({ request, close }: Props) => (
  <Confirm
    title={`${words.withdraw}: ${request.productTitle}?`}
    text={words.withdrawWhy}
    verb={words.withdraw}
    onClose={close}
    onConfirm={() =>
      void runTask({
        ...{ doing: words.withdrawing, done: words.withdrawn, failed: words.failed },
        run: () => cancelRequest(request),
      })
    }
  />
)
