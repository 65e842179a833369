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
  /** The offer set that it was made for, with which alone it is sold. */
  readonly offerSet?: string
}

export type Offer = Entity<OfferDocument>

/** Private offers of several products that buyers accept together, an agreement each. */
export interface OfferSetDocument {
  /** Empty until given. */
  readonly buyerNotes: string
  /** Ids, as they were associated. */
  readonly offers: readonly string[]
  /** Whom its offers are for; empty before it is released. */
  readonly buyerAccounts: readonly string[]
}

export type OfferSet = Entity<OfferSetDocument>

export const isOffer = (entity: Entity | undefined): entity is Offer => entity?.kind === 'Offer'
export const isPrivate = (offer: Offer): boolean => offer.document.buyerAccounts.length > 0
