import {
  AcceptAgreementCancellationRequestCommand,
  AcceptAgreementRequestCommand,
  type AgreementViewSummary,
  CancelAgreementCommand,
  CreateAgreementRequestCommand,
  type CreateAgreementRequestOutput,
  DescribeAgreementCommand,
  GetAgreementTermsCommand,
  ListAgreementCancellationRequestsCommand,
  ListAgreementChargesCommand,
  ListAgreementInvoiceLineItemsCommand,
  RejectAgreementCancellationRequestCommand,
  SearchAgreementsCommand,
  type SearchAgreementsInput,
} from '@aws-sdk/client-marketplace-agreement'
import { useQuery } from '@tanstack/react-query'
import { agreements } from '../api/agreement.ts'
import { askMarketplace } from '../api/marketplace.ts'
import { queryClient } from '../api/query-client.ts'
import type { ListingSource } from '../kit/use-listing.ts'
import { getOffer, type OfferTerm, productName } from './discovery.ts'
import type { FreeTrial } from './free-trial.ts'

const kind = 'agreements'
const party = { PartyType: 'Acceptor', AgreementType: 'PurchaseAgreement' }

/** Agreements that this account has accepted, by filters of the API. */
const searchAgreements = (
  narrow: Readonly<Record<string, string>>,
  more: Omit<SearchAgreementsInput, 'filters'> = {},
) =>
  agreements().send(
    new SearchAgreementsCommand({
      catalog: 'AWSMarketplace',
      filters: Object.entries({ ...party, ...narrow }).map(([name, value]) => ({ name, values: [value] })),
      ...more,
    }),
  )

const getFreeTrial = (agreementId: string): Promise<FreeTrial> =>
  askMarketplace<FreeTrial>('GET', `/2026-11-29/agreements/${agreementId}/freeTrial`)

interface SubscribedVersions {
  readonly versions: readonly { readonly arn: string }[]
}

/** The fifty newest that an agreement is about. */
export const subscribedVersions = (agreementId: string): Promise<SubscribedVersions> =>
  askMarketplace<SubscribedVersions>('GET', `/2026-11-29/agreements/${agreementId}/versions`)

/** A subscription as its row shows it. */
export interface Subscription extends AgreementViewSummary {
  readonly product: string | undefined
  /** Of those in force. */
  readonly trial: FreeTrial | undefined
}

export const subscriptions: ListingSource<Subscription> = {
  kind,
  isInTransition: () => false,
  async fetch({ StatusEquals, MaxResults, NextToken, SortBy, SortOrder }) {
    const sortBy = SortBy === 'EndTime' ? 'EndTime' : 'AcceptanceTime'
    const sortOrder = SortOrder === 'Descending' ? ('DESCENDING' as const) : ('ASCENDING' as const)
    const narrow: Record<string, string> = StatusEquals === undefined ? {} : { Status: StatusEquals }
    const page = await searchAgreements(narrow, {
      ...{ maxResults: Math.min(50, MaxResults), nextToken: NextToken, sort: { sortBy, sortOrder } },
    })
    const found = page.agreementViewSummaries ?? []
    const items = await Promise.all(
      found.map(async agreement => {
        const { agreementId = '', status } = agreement
        const [product, trial] = await Promise.all([
          productName(productOf(agreement)),
          status === 'ACTIVE' ? getFreeTrial(agreementId) : undefined,
        ])
        return { ...agreement, product, trial }
      }),
    )
    return { items, nextToken: page.nextToken }
  },
}

export const productOf = (agreement: Pick<AgreementViewSummary, 'proposalSummary'>): string =>
  agreement.proposalSummary?.resources?.[0]?.id ?? ''

/** The agreement by which this account may use a product now; null where there is none. */
export const useActiveAgreement = (productId: string | undefined) =>
  useQuery({
    queryKey: [kind, 'active', productId],
    enabled: productId !== undefined,
    queryFn: async () => {
      const found = await searchAgreements({ Status: 'ACTIVE', ResourceIdentifier: productId ?? '' }, { maxResults: 1 })
      return found.agreementViewSummaries?.[0]?.agreementId ?? null
    },
  })

/** Everything that the page of an agreement shows of it. */
export const useAgreement = (agreementId: string) =>
  useQuery({
    queryKey: [kind, agreementId],
    queryFn: async () => {
      const ask = { agreementId }
      const [agreement, terms, charges, invoices, { versions }, cancellations, trial] = await Promise.all([
        agreements().send(new DescribeAgreementCommand(ask)),
        agreements().send(new GetAgreementTermsCommand(ask)),
        agreements().send(new ListAgreementChargesCommand(ask)),
        agreements().send(new ListAgreementInvoiceLineItemsCommand({ ...ask, groupBy: 'INVOICE_ID' })),
        subscribedVersions(agreementId),
        agreements().send(new ListAgreementCancellationRequestsCommand({ ...ask, partyType: 'Acceptor' })),
        getFreeTrial(agreementId),
      ])
      return {
        agreement,
        product: await productName(productOf(agreement)),
        // The terms of Discovery and of the Agreement API have the same members.
        terms: (terms.acceptedTerms ?? []) as unknown as readonly OfferTerm[],
        charges: charges.items ?? [],
        cancellations: cancellations.items ?? [],
        trial,
        invoices: invoices.agreementInvoiceLineItemGroupSummaries ?? [],
        arns: versions.map(({ arn }) => arn),
      }
    },
  })

export type AgreementView = NonNullable<ReturnType<typeof useAgreement>['data']>

const termIds = (terms: readonly OfferTerm[], renews: boolean) =>
  terms
    .flatMap(term => Object.entries(term) as [string, { id?: string }][])
    .flatMap(([name, { id }]) => {
      if (id === undefined) return []
      const configuration = { renewalTermConfiguration: { enableAutoRenew: renews } }
      return { id, ...(name === 'renewalTerm' && { configuration }) }
    })

/** What accepting an offer with all its terms would cost; nothing is agreed to by it. */
export async function quoteOffer(
  offerId: string,
  terms: readonly OfferTerm[],
  renews: boolean,
): Promise<CreateAgreementRequestOutput> {
  const { agreementProposalId } = await getOffer(offerId)
  const requestedTerms = termIds(terms, renews)
  const ask = { intent: 'NEW' as const, agreementProposalIdentifier: agreementProposalId, requestedTerms }
  return agreements().send(new CreateAgreementRequestCommand(ask))
}

/** Accepts a quote, and names the agreement. */
export async function acceptQuote(agreementRequestId: string | undefined): Promise<string> {
  const { agreementId = '' } = await agreements().send(new AcceptAgreementRequestCommand({ agreementRequestId }))
  await queryClient.invalidateQueries({ queryKey: [kind] })
  return agreementId
}

export async function cancelAgreement(agreementId: string): Promise<void> {
  await agreements().send(new CancelAgreementCommand({ agreementId }))
  await queryClient.invalidateQueries({ queryKey: [kind] })
}

/** The buyer's yes to the seller's wish to end an agreement, which ends at once. */
export const approveCancellation = (agreementId: string, agreementCancellationRequestId: string) =>
  agreements().send(new AcceptAgreementCancellationRequestCommand({ agreementId, agreementCancellationRequestId }))

/** The buyer's no, with its reason. */
export const denyCancellation = (
  agreementId: string,
  agreementCancellationRequestId: string,
  rejectionReason: string,
) =>
  agreements().send(
    new RejectAgreementCancellationRequestCommand({ agreementId, agreementCancellationRequestId, rejectionReason }),
  )
