import type { ListingSummary } from './discovery.ts'
import { marketplaceTexts } from './marketplace-texts.ts'

export const typeOf = (listing: Pick<ListingSummary, 'fulfillmentOptionSummaries'>): string =>
  listing.fulfillmentOptionSummaries
    .map(({ fulfillmentOptionType, displayName }) => marketplaceTexts.types[fulfillmentOptionType] ?? displayName)
    .join(', ')

/** What is told of a product at a glance. */
export const Badges = ({ listing }: { readonly listing: ListingSummary }) => (
  <span className="marks">
    {[typeOf(listing), ...[...listing.badges, ...listing.pricingModels].map(({ displayName }) => displayName)].map(
      text => (
        <span key={text}>{text}</span>
      ),
    )}
  </span>
)
