import { type ListingValues, newListing, requestDimension } from './listing-values.ts'
import { type OfferDetails, termOf } from './offer-document.ts'
import type { Listed, ProductDetails } from './own-product.ts'

/** The forms of a listing as they were filled: from what the catalog tells of the product and of its public offer. */
export function listedValues(product: ProductDetails, offer: OfferDetails, listed: Listed): ListingValues {
  const { Description: told = {}, PromotionalResources: promotion, SupportInformation: support, Targeting } = product
  const begun = newListing(listed)
  const rates = termOf(offer, 'UsageBasedPricingTerm')?.RateCards?.[0]?.RateCard ?? []
  const trial = termOf(offer, 'FreeTrialPricingTerm')
  const document = termOf(offer, 'LegalTerm')?.Documents?.[0]
  return {
    ...begun,
    title: told.ProductTitle ?? '',
    short: told.ShortDescription ?? '',
    long: told.LongDescription ?? '',
    logo: promotion?.LogoUrl ?? '',
    highlights: (told.Highlights ?? []).join('\n'),
    categories: told.Categories?.length ? told.Categories : begun.categories,
    keywords: (told.SearchKeywords ?? []).join(', '),
    support: support?.Description ?? '',
    model: offer.PricingModel === 'Free' ? 'Free' : 'Usage',
    isByRequest: rates.some(({ DimensionKey }) => DimensionKey === requestDimension),
    prices: Object.fromEntries(rates.map(({ DimensionKey, Price }) => [DimensionKey, Price])),
    hasTrial: trial !== undefined,
    trialDays: trial?.Duration?.replace(/\D/g, '') ?? begun.trialDays,
    trialHours: String(trial?.Grants?.[0]?.MaxQuantity ?? ''),
    refund: termOf(offer, 'SupportTerm')?.RefundPolicy ?? '',
    eula: document?.Type === 'CustomEula' ? 'custom' : 'standard',
    eulaUrl: document?.Url ?? '',
    accounts: (Targeting?.PositiveTargeting?.BuyerAccounts ?? []).join('\n'),
  }
}
