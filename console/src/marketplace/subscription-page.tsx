import Box from '@cloudscape-design/components/box'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import Table from '@cloudscape-design/components/table'
import { useState } from 'react'
import { CopyLine } from '../kit/copy-line.tsx'
import { DetailsFrame, type DetailsSection } from '../kit/details-frame.tsx'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { Status } from '../kit/status.tsx'
import { time } from '../kit/time.ts'
import { navigate } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { CancelSubscription } from './cancel-subscription.tsx'
import { CancellationRequests } from './cancellation-requests.tsx'
import { marketplaceTexts } from './marketplace-texts.ts'
import { PriceTable, termFacts } from './price-facts.tsx'
import { type AgreementView, useAgreement } from './subscription.ts'
import { TrialLeft } from './trial-left.tsx'

const words = marketplaceTexts.subscriptions

/** An agreement: what was accepted, what it allows, what it costs. */
export default function SubscriptionPage({
  params: { name = '' },
}: {
  readonly params: Readonly<Record<string, string>>
}) {
  const { data, error } = useAgreement(name)
  const [asks, setAsks] = useState(false)
  if (error && !data) return <ErrorAlert error={error} />
  if (!data) return <Spinner size="large" />
  const refusal = data.agreement.status === 'ACTIVE' ? undefined : words.notActive
  return (
    <>
      <DetailsFrame
        title={data.product ?? words.restricted}
        actions={[
          { text: words.configure, isPrimary: true, refusal, run: () => navigate(pathTo('launch', { name })) },
          { text: words.cancel, refusal, run: () => setAsks(true) },
        ]}
        sections={sectionsOf(data)}
      />
      {asks && <CancelSubscription agreementId={name} onClose={() => setAsks(false)} />}
    </>
  )
}

function sectionsOf({
  agreement,
  terms,
  charges,
  invoices,
  arns,
  cancellations,
  trial,
}: AgreementView): DetailsSection[] {
  return [
    ...(cancellations.length === 0
      ? []
      : [
          {
            title: words.cancellations,
            content: <CancellationRequests requests={cancellations} />,
          },
        ]),
    {
      title: words.summary,
      facts: [
        { label: words.id, value: <CopyLine line={agreement.agreementId ?? ''} /> },
        { label: words.status, value: <Status word={agreement.status} /> },
        { label: words.offer, value: agreement.proposalSummary?.offerId },
        { label: words.start, value: time(agreement.startTime) },
        { label: words.end, value: agreement.endTime ? time(agreement.endTime) : words.noEnd },
        {
          label: words.value,
          value: money(agreement.estimatedCharges?.agreementValue, agreement.estimatedCharges?.currencyCode),
        },
      ],
    },
    ...(trial.endsAt === undefined ? [] : [{ title: words.trialLeft, content: <TrialLeft trial={trial} /> }]),
    {
      title: words.entitlements,
      content: (
        <SpaceBetween size="s">
          <Box color="text-body-secondary">{arns.length === 0 ? words.noArn : words.entitlementsWhy}</Box>
          {arns.map(arn => (
            <CopyLine key={arn} line={arn} />
          ))}
        </SpaceBetween>
      ),
    },
    { title: words.charges, content: <Charges charges={charges} /> },
    { title: words.invoices, content: <Invoices invoices={invoices} /> },
    { title: words.terms, facts: termFacts(terms), content: <PriceTable terms={terms} /> },
  ]
}

const money = (amount = '0', currency = 'USD'): string => `${amount} ${currency}`

const Charges = ({ charges }: Pick<AgreementView, 'charges'>) => (
  <Table
    variant="embedded"
    items={charges}
    empty={words.chargesNone}
    ariaLabels={{ tableLabel: words.charges }}
    columnDefinitions={[
      { id: 'time', header: words.time, cell: ({ time: at }) => time(at), isRowHeader: true },
      { id: 'amount', header: words.amount, cell: ({ amount, currencyCode }) => money(amount, currencyCode) },
    ]}
  />
)

const Invoices = ({ invoices }: Pick<AgreementView, 'invoices'>) => (
  <Table
    variant="embedded"
    items={invoices}
    empty={words.invoicesNone}
    ariaLabels={{ tableLabel: words.invoices }}
    columnDefinitions={[
      { id: 'id', header: words.invoice, cell: ({ invoiceId }) => invoiceId, isRowHeader: true },
      {
        id: 'period',
        header: words.period,
        cell: ({ invoiceBillingPeriod: period }) => period && `${period.month}/${period.year}`,
      },
      { id: 'issued', header: words.time, cell: ({ issuedTime }) => time(issuedTime) },
      {
        id: 'amount',
        header: words.amount,
        cell: ({ pricingCurrencyAmount: amount }) => money(amount?.amount, amount?.currencyCode),
      },
    ]}
  />
)
