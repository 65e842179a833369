import { useState } from 'react'
import { CopyLine } from '../kit/copy-line.tsx'
import { DetailsFrame } from '../kit/details-frame.tsx'
import { Loaded } from '../kit/loaded.tsx'
import { SimpleTable } from '../kit/simple-table.tsx'
import { Status } from '../kit/status.tsx'
import { time } from '../kit/time.ts'
import { texts } from '../texts.ts'
import { type Adjustable, ApplyAdjustment, RequestCancellation } from './agreement-dialogs.tsx'
import { partnerTexts } from './partner-texts.ts'
import { useSoldAgreement } from './sold-agreement.ts'

const words = partnerTexts.agreements
type Invoice = NonNullable<ReturnType<typeof useSoldAgreement>['data']>['invoices'][number]

/** Credit memos are invoices of less than nothing: only what was charged can be refunded. */
const adjustable = (invoices: readonly Invoice[]): Adjustable[] =>
  invoices.flatMap(({ invoiceId, pricingCurrencyAmount: amount }) =>
    invoiceId !== undefined && Number(amount?.amount) > 0
      ? [{ invoiceId, amount: amount?.amount ?? '0', currencyCode: amount?.currencyCode ?? 'USD' }]
      : [],
  )

/** An agreement as its seller sees it: who, since when, its invoices; its cancellation and refunds. Nothing of what the buyer does. */
export default function AgreementPage({
  params: { name = '' },
}: {
  readonly params: Readonly<Record<string, string>>
}) {
  const query = useSoldAgreement(name)
  const [asks, setAsks] = useState<'cancellation' | 'adjustment'>()
  const close = () => setAsks(undefined)
  return (
    <Loaded query={query}>
      {({ agreement, invoices }) => {
        const { proposalSummary, acceptor, status, startTime, endTime, estimatedCharges: charges } = agreement
        const refundable = adjustable(invoices)
        return (
          <>
            <DetailsFrame
              title={name}
              actions={[
                {
                  text: partnerTexts.cancellations.ask,
                  refusal: status === 'ACTIVE' ? undefined : words.notActive,
                  run: () => setAsks('cancellation'),
                },
                {
                  text: partnerTexts.adjustments.apply,
                  refusal: refundable.length > 0 ? undefined : partnerTexts.adjustments.noInvoice,
                  run: () => setAsks('adjustment'),
                },
              ]}
              sections={[
                {
                  title: words.facts,
                  facts: [
                    { label: words.id, value: <CopyLine line={name} /> },
                    { label: words.status, value: <Status word={status} /> },
                    { label: words.buyer, value: acceptor?.accountId },
                    { label: words.product, value: proposalSummary?.resources?.map(({ id }) => id).join(', ') },
                    { label: words.offer, value: proposalSummary?.offerId },
                    { label: words.value, value: charges && `${charges.agreementValue} ${charges.currencyCode}` },
                    { label: words.start, value: time(startTime) },
                    { label: words.end, value: time(endTime) },
                  ],
                },
                { title: words.invoices, content: <Invoices invoices={invoices} /> },
              ]}
            />
            {asks === 'cancellation' && <RequestCancellation agreementId={name} close={close} />}
            {asks === 'adjustment' && <ApplyAdjustment agreementId={name} invoices={refundable} close={close} />}
          </>
        )
      }}
    </Loaded>
  )
}

const Invoices = ({ invoices }: { readonly invoices: readonly Invoice[] }) => (
  <SimpleTable
    label={words.invoices}
    items={invoices}
    empty={words.noInvoices}
    columns={[
      { header: partnerTexts.adjustments.invoice, cell: ({ invoiceId }) => invoiceId },
      {
        header: words.period,
        cell: ({ invoiceBillingPeriod: period }) => (period ? `${period.month}/${period.year}` : texts.none),
      },
      {
        header: partnerTexts.adjustments.amount,
        cell: ({ pricingCurrencyAmount: amount }) => amount && `${amount.amount} ${amount.currencyCode}`,
      },
    ]}
  />
)
