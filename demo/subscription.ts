import type { Clients } from './clients.ts'

interface OfferTerms {
  readonly offerTerms: readonly Record<string, { readonly id?: string }>[]
}

export interface Subscription {
  readonly agreement: string
  /** The ARN under which the buyer uses the product. */
  readonly product: string
}

/** Accepts an offer with all its terms, as a buyer does: Discovery's GetOffer, then the Agreement API; this server tells the ARN. */
export async function subscribe(
  { agreement, discovery, subscribedVersions }: Clients,
  offerId: string,
): Promise<Subscription> {
  const { offerTerms } = await discovery<OfferTerms>('GetOfferTerms', { offerId })
  const { agreementProposalId } = await discovery<{ agreementProposalId: string }>('GetOffer', { offerId })
  const ids = offerTerms.flatMap(term => Object.values(term).flatMap(({ id }) => id ?? []))
  const { agreementRequestId } = await agreement.createAgreementRequest({
    intent: 'NEW',
    agreementProposalIdentifier: agreementProposalId,
    requestedTerms: ids.map(id => ({ id })),
  })
  const { agreementId } = await agreement.acceptAgreementRequest({ agreementRequestId })
  const { versions } = await subscribedVersions(agreementId as string)
  return { agreement: agreementId as string, product: versions[0]?.arn as string }
}
