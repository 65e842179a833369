import {
  AgreementCancellationRequestReasonCode,
  BatchCreateBillingAdjustmentRequestCommand,
  BillingAdjustmentReasonCode,
  SendAgreementCancellationRequestCommand,
} from '@aws-sdk/client-marketplace-agreement'
import Box from '@cloudscape-design/components/box'
import { useState } from 'react'
import { agreements } from '../api/agreement.ts'
import { DialogForm } from '../kit/dialog-form.tsx'
import { SelectField, TextareaField, TextField } from '../kit/field.tsx'
import { useFormState, wanted } from '../kit/form-state.ts'
import { partnerTexts } from './partner-texts.ts'
import { settledAdjustment } from './settled-adjustment.ts'

/** Also where the page is no secure context, which has no `randomUUID`. */
const newToken = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('')

const given = (text: string): string | undefined => (text.trim() === '' ? undefined : text.trim())

interface Props {
  readonly agreementId: string
  close(): void
}

/** Asks the buyer to end an agreement. */
export function RequestCancellation({ agreementId, close }: Props) {
  const words = partnerTexts.cancellations
  const form = useFormState({ reason: '', details: '' }, { reason: ({ reason }) => wanted(reason) })
  const { reason, details } = form.values
  const command = () =>
    new SendAgreementCancellationRequestCommand({
      ...{ agreementId, reasonCode: reason as AgreementCancellationRequestReasonCode, description: given(details) },
    })
  return (
    <DialogForm
      title={words.ask}
      form={form}
      submitText={words.submit}
      done={words.sent}
      kinds={['sold-agreements', 'cancellations']}
      submit={() => agreements().send(command())}
      close={close}
    >
      <Box>{words.askWhy}</Box>
      <SelectField
        form={form}
        name="reason"
        label={words.reason}
        choices={Object.values(AgreementCancellationRequestReasonCode).map(value => ({ value }))}
      />
      <TextareaField form={form} name="details" label={words.details} optional />
    </DialogForm>
  )
}

export interface Adjustable {
  readonly invoiceId: string
  readonly amount: string
  readonly currencyCode: string
}

/** What the API refused of an adjustment, in its words. */
class AdjustmentRefused extends Error {
  override readonly name = 'AdjustmentRefused'
}

/** Refunds a part of an invoice, which cannot be undone. */
export function ApplyAdjustment({
  agreementId,
  invoices,
  close,
}: Props & { readonly invoices: readonly Adjustable[] }) {
  const words = partnerTexts.adjustments
  const form = useFormState(
    { invoice: '', amount: '', reason: '', details: '' },
    {
      invoice: ({ invoice }) => wanted(invoice),
      amount: ({ amount }) => (/^\d+(\.\d{1,2})?$/.test(amount.trim()) ? undefined : words.amountRule),
      reason: ({ reason }) => wanted(reason),
    },
  )
  const { invoice, amount, reason, details } = form.values
  const chosen = invoices.find(({ invoiceId }) => invoiceId === invoice)
  // One refund, however often its button is pressed.
  const [clientToken] = useState(newToken)
  const send = async () => {
    const { errors: [refused] = [], items: [taken] = [] } = await agreements().send(
      new BatchCreateBillingAdjustmentRequestCommand({
        billingAdjustmentRequestEntries: [
          {
            ...{ agreementId, originalInvoiceId: invoice, adjustmentAmount: amount.trim() },
            currencyCode: (chosen?.currencyCode ?? 'USD') as 'USD',
            adjustmentReasonCode: reason as BillingAdjustmentReasonCode,
            ...{ description: given(details), clientToken },
          },
        ],
      }),
    )
    if (refused) throw new AdjustmentRefused(`${refused.message} (${refused.code})`)
    const { status, reason: why } = await settledAdjustment(agreementId, taken?.billingAdjustmentRequestId ?? '')
    if (status === 'VALIDATION_FAILED') throw new AdjustmentRefused(`${why} (${status})`)
  }
  return (
    <DialogForm
      title={words.apply}
      form={form}
      submitText={words.apply}
      done={words.applied}
      kinds={['sold-agreements', 'adjustments']}
      submit={send}
      close={close}
    >
      <Box>{words.why}</Box>
      <SelectField
        form={form}
        name="invoice"
        label={words.invoice}
        placeholder={words.choose}
        choices={invoices.map(one => ({
          value: one.invoiceId,
          label: one.invoiceId,
          description: words.amountWhy(`${one.amount} ${one.currencyCode}`),
        }))}
      />
      <TextField form={form} name="amount" label={words.amount} constraint={words.amountRule} inputMode="decimal" />
      <SelectField
        form={form}
        name="reason"
        label={words.reason}
        choices={Object.values(BillingAdjustmentReasonCode).map(value => ({ value }))}
      />
      <TextareaField form={form} name="details" label={words.details} optional />
    </DialogForm>
  )
}
