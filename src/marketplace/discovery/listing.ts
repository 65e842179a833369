import { type Kysely, sql } from 'kysely'
import type { Database } from '../../store/database.ts'
import type { ListingFacetTable } from '../../store/schema/market-listing-tables.ts'
import { requests } from '../dimension.ts'
import { listingId, sellerProfileId } from '../identifier.ts'
import type { Offer, PricingModel } from '../offer-document.ts'
import type { Product } from '../product.ts'
import { averageOf, hundredths, type Rating } from '../review/rating.ts'
import { findTerm, ratesOf } from '../term.ts'
import { rankedTexts, weighTerms } from './hit-ranking.ts'

/** The name that buyers read for an account. */
export type SellerName = (account: string) => string | Promise<string>

/** What operations that show sellers find in their context. */
export interface SellerNames {
  readonly sellerName: SellerName
}

type FulfillmentType = 'SAGEMAKER_ALGORITHM' | 'SAGEMAKER_MODEL'

const fulfillments: Readonly<Record<string, { type: FulfillmentType; name: string }>> = {
  SageMakerAlgorithm: { type: 'SAGEMAKER_ALGORITHM', name: 'Amazon SageMaker algorithm' },
  SageMakerModelPackage: { type: 'SAGEMAKER_MODEL', name: 'Amazon SageMaker model package' },
}

export const fulfillmentOf = (type: string) => fulfillments[type] ?? { type: 'SAGEMAKER_MODEL' as const, name: type }

const modelNames = {
  Usage: { pricingModelType: 'USAGE', displayName: 'Usage based' },
  Contract: { pricingModelType: 'CONTRACT', displayName: 'Contract' },
  Free: { pricingModelType: 'FREE', displayName: 'Free' },
} as const

export const pricingModelOf = (model: PricingModel | string) => modelNames[model as PricingModel]

/** What a listing shows besides the product itself. */
export interface ListingFacts {
  readonly offer?: Offer | undefined
  readonly rating: Rating
  readonly sellerName: string
}

/** What a search shows of a product; the members of ListingSummary in the Discovery API. */
export function summarize(product: Product, { offer, rating, sellerName }: ListingFacts) {
  const { information, versions } = product.document
  const seller = { sellerProfileId: sellerProfileId(product.account), displayName: sellerName }
  const productName = information.ProductTitle ?? product.id
  const types = [...new Set(versions.map(version => version.type))].map(fulfillmentOf)
  const rates = ratesOf(offer?.document.terms ?? [])
  const units = [
    {
      unit: { pricingUnitType: 'HOSTS' as const, displayName: 'Hosts' },
      used: rates.some(rate => rate.DimensionKey !== requests),
    },
    {
      unit: { pricingUnitType: 'REQUESTS' as const, displayName: 'Requests' },
      used: rates.some(rate => rate.DimensionKey === requests),
    },
  ]
  const trial = offer && findTerm(offer.document.terms, 'FreeTrialPricingTerm')
  return {
    listingId: listingId(product.id),
    listingName: productName,
    publisher: seller,
    catalog: 'AWSMarketplace',
    shortDescription: information.ShortDescription ?? '',
    logoThumbnailUrl: information.LogoUrl ?? '',
    // A draft of before may name one twice.
    categories: [...new Set(information.Categories)].map(category => ({
      categoryId: slug(category),
      displayName: category,
    })),
    fulfillmentOptionSummaries: types.map(({ type, name }) => ({ fulfillmentOptionType: type, displayName: name })),
    badges: [
      ...(trial ? [{ badgeType: 'FREE_TRIAL' as const, displayName: 'Free trial' }] : []),
      { badgeType: 'DEPLOYED_ON_AWS' as const, displayName: 'Deployed on AWS' },
    ],
    reviewSummary: { reviewSourceSummaries: rating.count > 0 ? [reviewsHere(rating)] : [] },
    pricingModels: offer?.document.pricingModel ? [pricingModelOf(offer.document.pricingModel)] : [],
    pricingUnits: units.filter(({ used }) => used).map(({ unit }) => unit),
    associatedEntities: [{ product: { productId: product.id, productName, manufacturer: seller } }],
  }
}

const reviewsHere = (rating: Rating) => ({
  ...{ sourceName: 'AWS Marketplace', sourceId: 'AWS_MARKETPLACE' as const },
  averageRating: averageOf(rating),
  totalReviews: rating.count,
})

export type ListingSummary = ReturnType<typeof summarize>

/** Ids that filters can name: letters, digits, hyphens. */
const slug = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '')

/** Puts a product into the search, or takes it out: Drafts and Restricted products are not found. */
export async function indexListing(db: Kysely<Database>, product: Product, facts: ListingFacts): Promise<void> {
  for (const table of ['market_listing', 'market_listing_term', 'market_listing_facet'] as const)
    await db.deleteFrom(table).where('product', '=', product.id).execute()
  await noteChange(db, product.id)
  if (product.state !== 'Limited' && product.state !== 'Public') return
  const summary = summarize(product, facts)
  const { id, account, state, released } = product
  const rating = hundredths(facts.rating)
  const row = { product: id, seller: account, state, published: released, rating, document: JSON.stringify(summary) }
  await db.insertInto('market_listing').values(row).execute()
  const terms = [...weighTerms(rankedTexts(product, facts.sellerName))].map(([term, weight]) => ({
    term,
    product: id,
    weight,
  }))
  for (let at = 0; at < terms.length; at += 200)
    await db
      .insertInto('market_listing_term')
      .values(terms.slice(at, at + 200))
      .execute()
  await db
    .insertInto('market_listing_facet')
    .values(facetsOf(id, summary, rating))
    .execute()
}

/** Versions rise with every change, so that whoever holds a copy of the index knows what it lacks. */
async function noteChange(db: Kysely<Database>, product: string): Promise<void> {
  const version = sql<number>`(select coalesce(max(version), 0) + 1 from market_listing_change)`
  await db
    .insertInto('market_listing_change')
    .values({ product, version })
    .onConflict(conflict => conflict.column('product').doUpdateSet({ version }))
    .execute()
}

function facetsOf(product: string, summary: ListingSummary, rating: number): ListingFacetTable[] {
  const facet = (type: string, value: string, display: string) => ({ product, type, value, display })
  return [
    ...summary.categories.map(({ categoryId, displayName }) => facet('CATEGORY', categoryId, displayName)),
    ...summary.fulfillmentOptionSummaries.map(({ fulfillmentOptionType, displayName }) =>
      facet('FULFILLMENT_OPTION_TYPE', fulfillmentOptionType, displayName),
    ),
    ...summary.pricingModels.map(({ pricingModelType, displayName }) =>
      facet('PRICING_MODEL', pricingModelType, displayName),
    ),
    ...summary.pricingUnits.map(({ pricingUnitType, displayName }) =>
      facet('PRICING_UNIT', pricingUnitType, displayName),
    ),
    facet('PUBLISHER', summary.publisher.sellerProfileId, summary.publisher.displayName),
    facet('DEPLOYED_ON_AWS', 'DEPLOYED', 'Deployed on AWS'),
    facet('NUMBER_OF_PRODUCTS', '1', 'Single product'),
    // As buyers choose them: four stars are also among those with three and more.
    ...[1, 2, 3, 4, 5]
      .filter(stars => rating >= 100 * stars)
      .map(stars =>
        facet('AVERAGE_CUSTOMER_RATING', String(stars), `${stars} ${stars === 1 ? 'star' : 'stars'} and up`),
      ),
  ]
}
