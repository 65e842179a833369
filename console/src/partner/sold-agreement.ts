import {
  type AgreementCancellationRequestSummary,
  type BillingAdjustmentSummary,
  CancelAgreementCancellationRequestCommand,
  DescribeAgreementCommand,
  ListAgreementCancellationRequestsCommand,
  ListAgreementInvoiceLineItemsCommand,
  ListBillingAdjustmentRequestsCommand,
} from '@aws-sdk/client-marketplace-agreement'
import { useQuery } from '@tanstack/react-query'
import { agreements } from '../api/agreement.ts'
import type { ListingSource } from '../kit/use-listing.ts'

const catalog = 'AWSMarketplace'

/** An agreement as its seller has it, with its invoices. */
export const useSoldAgreement = (agreementId: string) =>
  useQuery({
    queryKey: ['sold-agreements', agreementId],
    queryFn: async () => {
      const [agreement, invoices] = await Promise.all([
        agreements().send(new DescribeAgreementCommand({ agreementId })),
        agreements().send(new ListAgreementInvoiceLineItemsCommand({ agreementId, groupBy: 'INVOICE_ID' })),
      ])
      return { agreement, invoices: invoices.agreementInvoiceLineItemGroupSummaries ?? [] }
    },
  })

/** The seller's wishes to end agreements, by their answers. */
export const cancellations: ListingSource<AgreementCancellationRequestSummary> = {
  kind: 'cancellations',
  isInTransition: () => false,
  async fetch({ MaxResults, NextToken, StatusEquals }) {
    const page = await agreements().send(
      new ListAgreementCancellationRequestsCommand({
        ...{ catalog, partyType: 'Proposer', maxResults: Math.min(50, MaxResults), nextToken: NextToken },
        ...(StatusEquals !== undefined && { status: StatusEquals as 'APPROVED' }),
      }),
    )
    return { items: page.items ?? [], nextToken: page.nextToken }
  },
}

/** What the seller has refunded. */
export const adjustments: ListingSource<BillingAdjustmentSummary> = {
  kind: 'adjustments',
  isInTransition: () => false,
  async fetch({ MaxResults, NextToken }) {
    const ask = { catalog, maxResults: Math.min(50, MaxResults), nextToken: NextToken }
    const page = await agreements().send(new ListBillingAdjustmentRequestsCommand(ask))
    return { items: page.items ?? [], nextToken: page.nextToken }
  },
}

export const withdrawCancellation = (
  { agreementId, agreementCancellationRequestId }: AgreementCancellationRequestSummary,
  cancellationReason: string,
) =>
  agreements().send(
    new CancelAgreementCancellationRequestCommand({ agreementId, agreementCancellationRequestId, cancellationReason }),
  )
