import type { Context } from '../../service/context.ts'
import { notFound } from '../catalog/catalog-check.ts'
import { productOfListing } from '../identifier.ts'
import type { Offer } from '../offer-document.ts'
import type { Product, Version } from '../product.ts'
import { publicOffer } from '../public-offer.ts'
import { ratingOf } from '../review/rating.ts'
import { discoveryPaging } from './discovery-page.ts'
import { fulfillmentOf, summarize } from './listing.ts'
import type { DiscoveryParts } from './listing-search.ts'
import { visibleProduct } from './visibility.ts'

async function requireProduct(id: string, ctx: Context, what: string): Promise<Product> {
  const product = await visibleProduct(ctx.store.db, ctx.account, id)
  if (!product) throw notFound(what)
  return product
}

/** What buyers read of a product, as members of both GetListing and GetProduct. */
function page(product: Product) {
  const { information } = product.document
  return {
    longDescription: information.LongDescription ?? '',
    highlights: [...(information.Highlights ?? [])],
    promotionalMedia: (information.VideoUrls ?? []).map(url => ({
      embeddedVideo: {
        title: information.ProductTitle ?? product.id,
        url,
        preview: url,
        thumbnail: information.LogoUrl ?? url,
      },
    })),
    resources: [
      ...(information.SupportDescription
        ? [
            {
              resourceType: 'MANUFACTURER_SUPPORT',
              contentType: 'OTHER',
              value: information.SupportDescription.slice(0, 1024),
            },
          ]
        : []),
      ...(information.AdditionalResources ?? []).map(({ Text, Url }) => ({
        resourceType: 'MANUFACTURER_INSTRUCTIONS',
        contentType: 'LINK',
        value: Url,
        displayName: Text.slice(0, 255),
      })),
    ],
    sellerEngagements: [],
  }
}

export const getListing = async (input: { listingId: string }, ctx: Context & DiscoveryParts) => {
  const product = await requireProduct(productOfListing(input.listingId), ctx, `Listing ${input.listingId}`)
  ctx.interest.note('VISIT', ctx.account, [product.id])
  const offer = await publicOffer(ctx.store.db, product.id)
  const rating = await ratingOf(ctx.store.db, product.id)
  const facts = { offer, rating, sellerName: await ctx.sellerName(product.account) }
  const { associatedEntities, ...summary } = summarize(product, facts)
  return {
    ...summary,
    ...page(product),
    useCases: [],
    associatedEntities: [
      ...associatedEntities,
      ...(offer ? [{ offer: offerInformation(offer, summary.publisher) }] : []),
    ],
  }
}

const offerInformation = (offer: Offer, sellerOfRecord: { sellerProfileId: string; displayName: string }) => ({
  offerId: offer.id,
  offerName: offer.name,
  sellerOfRecord,
})

export const getProduct = async (input: { productId: string }, ctx: Context & DiscoveryParts) => {
  const product = await requireProduct(input.productId, ctx, `Product ${input.productId}`)
  ctx.interest.note('VISIT', ctx.account, [product.id])
  const rating = await ratingOf(ctx.store.db, product.id)
  const summary = summarize(product, { rating, sellerName: await ctx.sellerName(product.account) })
  return {
    productId: product.id,
    catalog: summary.catalog,
    productName: summary.listingName,
    deployedOnAws: 'DEPLOYED',
    shortDescription: summary.shortDescription,
    manufacturer: summary.publisher,
    logoThumbnailUrl: summary.logoThumbnailUrl,
    fulfillmentOptionSummaries: summary.fulfillmentOptionSummaries,
    categories: summary.categories,
    ...page(product),
  }
}

/** Versions that can be had now, newest first. ARNs are for subscribers: ListSubscribedVersions. */
export async function listFulfillmentOptions(
  input: { productId: string; maxResults?: number; nextToken?: string },
  ctx: Context & DiscoveryParts,
) {
  const { nextToken, maxResults = 20, ...asked } = input
  const listing = ['ListFulfillmentOptions', ctx.account, asked]
  const pages = discoveryPaging<string>(listing, nextToken)
  const after = pages.after
  const product = await requireProduct(input.productId, ctx, `Product ${input.productId}`)
  ctx.interest.note('CONFIGURATION', ctx.account, [product.id])
  const versions = product.document.versions.filter(version => version.visibility === 'Public').toReversed()
  const from = after === undefined ? 0 : versions.findIndex(version => version.id === after) + 1
  const shown = versions.slice(from, from + maxResults)
  return {
    fulfillmentOptions: shown.map(fulfillmentOption),
    ...(versions.length > from + maxResults && { nextToken: pages.token(shown.at(-1)?.id as string) }),
  }
}

function fulfillmentOption(version: Version) {
  const { UsageInstructions, RecommendedInstanceTypes: recommended } = version.usage
  const { type, name } = fulfillmentOf(version.type)
  const option = {
    fulfillmentOptionId: version.deliveryOptionId,
    fulfillmentOptionType: type,
    fulfillmentOptionDisplayName: name,
    fulfillmentOptionVersion: version.title,
    releaseNotes: version.releaseNotes,
    usageInstructions: UsageInstructions,
  }
  const inference = {
    recommendedBatchTransformInstanceType: recommended.BatchTransform,
    recommendedRealtimeInferenceInstanceType: recommended.RealtimeInference,
  }
  if (version.type === 'SageMakerModelPackage')
    return { sageMakerModelFulfillmentOption: { ...option, recommendation: inference } }
  const recommendation = { ...inference, recommendedTrainingInstanceType: recommended.Training }
  return { sageMakerAlgorithmFulfillmentOption: { ...option, recommendation } }
}
