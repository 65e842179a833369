import type { MarketplaceCatalog } from '@aws-sdk/client-marketplace-catalog'
import type { Details } from './listing-document.ts'

const Catalog = 'AWSMarketplace'

/** An entity of the catalogue with DescribeEntity's document. */
interface Live {
  readonly id: string
  readonly document: Details
}

/** What the account has in the market under a product's title. */
export interface LiveListing {
  readonly product: Live
  /** For everybody, and released. */
  readonly offer: Live | undefined
}

/** The account's product of that title; undefined when there is none. Throws an Error when it is one that nobody can buy any more. */
export async function liveListing(catalog: MarketplaceCatalog, title: string): Promise<LiveListing | undefined> {
  const filter = { MachineLearningProductFilters: { ProductTitle: { ValueList: [title] } } }
  const found = await catalog.listEntities({ Catalog, EntityType: 'MachineLearningProduct', EntityTypeFilters: filter })
  const [id] = found.EntitySummaryList?.map(({ EntityId }) => EntityId as string) ?? []
  if (!id) return undefined
  const product = await describe(catalog, id)
  const { Visibility } = product.document.Description
  if (Visibility === 'Restricted')
    throw new Error(`${id}, ${title}, is restricted: give Information.ProductTitle anew.`)
  if (Visibility === 'Draft') throw new Error(`${id}, ${title}, is a draft: somebody has begun it and not finished.`)
  return { product, offer: await publicOffer(catalog, id) }
}

async function publicOffer(catalog: MarketplaceCatalog, product: string): Promise<Live | undefined> {
  const filter = { ProductId: { ValueList: [product] }, State: { ValueList: ['Released' as const] } }
  const found = await catalog.listEntities({
    ...{ Catalog, EntityType: 'Offer' },
    EntityTypeFilters: { OfferFilters: { ...filter, Targeting: { ValueList: ['None'] } } },
  })
  const [id] = found.EntitySummaryList?.map(({ EntityId }) => EntityId as string) ?? []
  return id === undefined ? undefined : describe(catalog, id)
}

async function describe(catalog: MarketplaceCatalog, id: string): Promise<Live> {
  const { DetailsDocument } = await catalog.describeEntity({ Catalog, EntityId: id })
  return { id, document: DetailsDocument }
}
