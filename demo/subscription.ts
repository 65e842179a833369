import type { Clients } from './clients.ts'

interface OfferTerms {
  readonly offerTerms: readonly Record<string, { readonly id?: string }>[]
}

export interface Subscription {
  readonly agreement: string
  /** The ARN under which the buyer uses the product. */
  readonly product: string
}

/** Accepts an offer with all its terms, as a buyer does: Discovery's GetOffer, then the Agreement API. */
export async function subscribe({ agreement, discovery }: Clients, offerId: string): Promise<Subscription> {
  const { offerTerms } = await discovery<OfferTerms>('GetOfferTerms', { offerId })
  const { agreementProposalId } = await discovery<{ agreementProposalId: string }>('GetOffer', { offerId })
  const ids = offerTerms.flatMap(term => Object.values(term).flatMap(({ id }) => id ?? []))
  const { agreementRequestId } = await agreement.createAgreementRequest({
    intent: 'NEW',
    agreementProposalIdentifier: agreementProposalId,
    requestedTerms: ids.map(id => ({ id })),
  })
  const { agreementId } = await agreement.acceptAgreementRequest({ agreementRequestId })
  const { agreementEntitlements } = await agreement.getAgreementEntitlements({ agreementId })
  return { agreement: agreementId as string, product: agreementEntitlements?.[0]?.licenseArn as string }
}
