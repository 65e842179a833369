import type { Entity } from './entity.ts'
import type { Term } from './term.ts'

export type PricingModel = 'Usage' | 'Free' | 'Contract'

export interface OfferDocument {
  readonly description: string
  readonly pricingModel?: PricingModel
  readonly terms: readonly Term[]
  /** Where buyers are who may accept it, or are not; everywhere when absent. */
  readonly countries?: { readonly isPositive: boolean; readonly codes: readonly string[] }
  /** Empty for the public offer. */
  readonly buyerAccounts: readonly string[]
  /** What a buyer accepts: the terms as they stand now. Empty before release. */
  readonly proposal: string
  /** The agreement that renews itself by this offer, which was made for it. */
  readonly renewalOf?: string
}

export type Offer = Entity<OfferDocument>

export const isOffer = (entity: Entity | undefined): entity is Offer => entity?.kind === 'Offer'
export const isPrivate = (offer: Offer): boolean => offer.document.buyerAccounts.length > 0
