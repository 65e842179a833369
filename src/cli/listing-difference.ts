import { isDeepStrictEqual } from 'node:util'
import { dimensionKey } from '../marketplace/dimension.ts'
import { price } from '../marketplace/term.ts'
import type { Details } from './listing-document.ts'

/** One member that the folder wants otherwise than it is live. */
export interface Difference {
  /** `Information.ShortDescription`. */
  readonly what: string
  readonly live: unknown
  readonly wanted: unknown
}

/** Members of UpdateInformation that differ from DescribeEntity's document of the product. */
export function informationDifferences(wanted: Details, { Description, ...live }: Details): Difference[] {
  const { LogoUrl, Videos = [], AdditionalResources } = live.PromotionalResources ?? {}
  const told = {
    ...Description,
    ...{ LogoUrl, AdditionalResources, VideoUrls: Videos.map(({ Url }: Details) => Url) },
    SupportDescription: live.SupportInformation?.Description,
  }
  return differences('Information', wanted, told)
}

/** Members of the delivery option that differ from a version of the same document. */
export function deliveryDifferences(wanted: Details, version: Details): Difference[] {
  const [{ Instructions, RecommendedInstanceTypes }] = version.DeliveryOptions
  const { Usage: UsageInstructions, ...rest } = Instructions
  return differences('Delivery', wanted, { UsageInstructions, RecommendedInstanceTypes, ...rest })
}

/** Terms of the offer that differ from DescribeEntity's document of it: by `UpdatePricingTerms` and its kin. */
export function offerDifferences(wanted: Details, live: Details): Difference[] {
  const ofType = (type: string) => live.Terms.find(({ Type }: Details) => Type === type)
  return ['PricingTerms', 'LegalTerms', 'SupportTerms'].flatMap(name =>
    wanted[name].Terms.map(normalised).flatMap((term: Details) => {
      const told = ofType(term.Type)
      return told && covers(normalised(told), term)
        ? []
        : [{ what: `Offer.${name}.${term.Type}`, live: told, wanted: term }]
    }),
  )
}

const differences = (of: string, wanted: Details, live: Details): Difference[] =>
  Object.entries(wanted)
    .filter(([name, value]) => !covers(live[name], value))
    .map(([name, value]) => ({ what: `${of}.${name}`, live: live[name], wanted: value }))

/** Whether everything that is wanted is so; what is not said may be anything. */
function covers(live: Details, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)) return isDeepStrictEqual(live, wanted)
  return Object.entries(wanted).every(([name, value]) => covers(live?.[name], value))
}

/** Prices as numbers and dimensions in any order say the same. */
function normalised(term: Details): Details {
  if (!term.RateCards) return term
  const rates = term.RateCards[0].RateCard.map(({ DimensionKey, Price }: Details) => [
    dimensionKey(DimensionKey),
    price(Price),
  ])
  return { ...term, RateCards: Object.fromEntries(rates) }
}
