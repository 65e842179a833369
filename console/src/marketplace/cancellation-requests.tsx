import type { AgreementCancellationRequestSummary } from '@aws-sdk/client-marketplace-agreement'
import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { queryClient } from '../api/query-client.ts'
import { Confirm } from '../kit/confirm.tsx'
import { DialogForm } from '../kit/dialog-form.tsx'
import { TextareaField } from '../kit/field.tsx'
import { useFormState, wanted } from '../kit/form-state.ts'
import { SimpleTable } from '../kit/simple-table.tsx'
import { Status } from '../kit/status.tsx'
import { time } from '../kit/time.ts'
import { runTask } from '../shell/notices.tsx'
import { texts } from '../texts.ts'
import { marketplaceTexts } from './marketplace-texts.ts'
import { approveCancellation, denyCancellation } from './subscription.ts'

const words = marketplaceTexts.subscriptions
type Request = AgreementCancellationRequestSummary

/** AWS Marketplace Buyer Guide, cancellation requests: who does not answer for seven days has agreed. */
const answerWithinMs = 7 * 86_400_000

const idOf = ({ agreementCancellationRequestId = '' }: Request): string => agreementCancellationRequestId

/** What the seller wants ended, and the buyer's answer. */
export function CancellationRequests({ requests }: { readonly requests: readonly Request[] }) {
  const [approved, setApproved] = useState<Request>()
  const [denied, setDenied] = useState<Request>()
  return (
    <>
      <SimpleTable
        label={words.cancellations}
        items={requests}
        empty={texts.none}
        columns={[
          { header: words.request, cell: idOf },
          { header: words.requestStatus, cell: ({ status }) => <Status word={status} /> },
          { header: words.reason, cell: ({ reasonCode }) => reasonCode },
          {
            header: words.answerBy,
            cell: ({ createdAt }) => time(createdAt && new Date(createdAt.getTime() + answerWithinMs)),
          },
          {
            header: texts.list.actions,
            cell: request =>
              request.status === 'PENDING_APPROVAL' && (
                <SpaceBetween direction="horizontal" size="xs">
                  <Button ariaLabel={words.approveOf(idOf(request))} onClick={() => setApproved(request)}>
                    {words.approve}
                  </Button>
                  <Button ariaLabel={words.denyOf(idOf(request))} onClick={() => setDenied(request)}>
                    {words.deny}
                  </Button>
                </SpaceBetween>
              ),
          },
        ]}
      />
      {approved && <Approval request={approved} close={() => setApproved(undefined)} />}
      {denied && <Denial request={denied} close={() => setDenied(undefined)} />}
    </>
  )
}

interface Props {
  readonly request: Request
  close(): void
}

const Approval = ({ request, close }: Props) => (
  <Confirm
    title={words.approve}
    text={words.approveText}
    verb={words.approve}
    word={{ label: words.approveAsk, is: words.approveWord }}
    onClose={close}
    onConfirm={() =>
      void runTask({
        ...{ doing: words.approve, done: words.approved, failed: words.answerFailed },
        async run() {
          await approveCancellation(request.agreementId ?? '', idOf(request))
          await queryClient.invalidateQueries({ queryKey: ['agreements'] })
        },
      })
    }
  />
)

function Denial({ request, close }: Props) {
  const form = useFormState({ reason: '' }, { reason: ({ reason }) => wanted(reason) })
  return (
    <DialogForm
      title={words.deny}
      form={form}
      submitText={words.deny}
      done={words.denied}
      kinds={['agreements']}
      submit={() => denyCancellation(request.agreementId ?? '', idOf(request), form.values.reason)}
      close={close}
    >
      <TextareaField form={form} name="reason" label={words.denyReason} />
    </DialogForm>
  )
}
