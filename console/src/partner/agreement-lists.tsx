import {
  AgreementCancellationRequestStatus,
  type AgreementCancellationRequestSummary,
  type BillingAdjustmentSummary,
} from '@aws-sdk/client-marketplace-agreement'
import { DialogForm } from '../kit/dialog-form.tsx'
import { TextareaField } from '../kit/field.tsx'
import { useFormState, wanted } from '../kit/form-state.ts'
import { ResourceList } from '../kit/resource-list.tsx'
import { asColumns } from '../kit/simple-table.tsx'
import { Status } from '../kit/status.tsx'
import { time } from '../kit/time.ts'
import { useListing } from '../kit/use-listing.ts'
import { partnerTexts } from './partner-texts.ts'
import { adjustments, cancellations, withdrawCancellation } from './sold-agreement.ts'

const words = partnerTexts.cancellations
const adjusting = partnerTexts.adjustments
type Request = AgreementCancellationRequestSummary
const idOf = ({ agreementCancellationRequestId = '' }: Request): string => agreementCancellationRequestId

const requestColumns = asColumns<Request>([
  { header: words.id, cell: idOf },
  { header: words.status, cell: ({ status }) => <Status word={status} /> },
  { header: words.agreement, cell: ({ agreementId }) => agreementId },
  { header: words.reason, cell: ({ reasonCode }) => reasonCode },
  { header: words.requested, cell: ({ createdAt }) => time(createdAt) },
  {
    header: words.responded,
    cell: ({ status, updatedAt }) => time(status === 'PENDING_APPROVAL' ? undefined : updatedAt),
  },
])

/** Requests to end agreements. */
export function Cancellations() {
  const listing = useListing(cancellations)
  return (
    <ResourceList
      words={{ plural: words.plural, purpose: words.askWhy }}
      listing={listing}
      columns={requestColumns}
      nameOf={idOf}
      isFoundByName={false}
      statuses={Object.values(AgreementCancellationRequestStatus)}
      actions={[
        {
          text: words.withdraw,
          refusal: ({ status }) => (status === 'PENDING_APPROVAL' ? undefined : words.notPending),
          ask: (request, close) => <Withdrawal request={request} close={close} />,
        },
      ]}
    />
  )
}

function Withdrawal({ request, close }: { readonly request: Request; close(): void }) {
  const form = useFormState({ reason: '' }, { reason: ({ reason }) => wanted(reason) })
  return (
    <DialogForm
      title={words.withdrawOf(idOf(request))}
      form={form}
      submitText={words.withdraw}
      done={words.withdrawn}
      kinds={['cancellations']}
      submit={() => withdrawCancellation(request, form.values.reason)}
      close={close}
    >
      <TextareaField form={form} name="reason" label={words.why} />
    </DialogForm>
  )
}

const adjustmentColumns = asColumns<BillingAdjustmentSummary>([
  { header: adjusting.id, cell: ({ billingAdjustmentRequestId: id }) => id },
  { header: adjusting.invoice, cell: ({ originalInvoiceId }) => originalInvoiceId },
  { header: adjusting.status, cell: ({ status }) => <Status word={status} /> },
  { header: adjusting.agreement, cell: ({ agreementId }) => agreementId },
  { header: adjusting.amount, cell: ({ adjustmentAmount, currencyCode }) => `${adjustmentAmount} ${currencyCode}` },
  { header: adjusting.created, cell: ({ createdAt }) => time(createdAt) },
])

/** Refunds. */
export function Adjustments() {
  const listing = useListing(adjustments)
  return (
    <ResourceList
      words={{ plural: adjusting.plural, purpose: adjusting.why }}
      listing={listing}
      columns={adjustmentColumns}
      nameOf={({ billingAdjustmentRequestId: id = '' }) => id}
      isFoundByName={false}
      actions={[]}
    />
  )
}
