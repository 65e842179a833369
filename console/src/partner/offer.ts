import { DescribeEntityCommand, type EntitySummary, ListEntitiesCommand } from '@aws-sdk/client-marketplace-catalog'
import { useQuery } from '@tanstack/react-query'
import { catalog } from '../api/catalog.ts'
import type { ListingSource } from '../kit/use-listing.ts'
import type { OfferDetails } from './offer-document.ts'

const Catalog = 'AWSMarketplace'

/** Offers that this account makes to named buyers, the last that was changed first. */
export const privateOffers: ListingSource<EntitySummary> = {
  kind: 'offers',
  isInTransition: () => false,
  async fetch({ MaxResults, NextToken, StatusEquals }) {
    const page = await catalog().send(
      new ListEntitiesCommand({
        ...{ Catalog, EntityType: 'Offer', MaxResults: Math.min(50, MaxResults), NextToken },
        EntityTypeFilters: {
          OfferFilters: {
            Targeting: { ValueList: ['BuyerAccounts'] },
            ...(StatusEquals !== undefined && { State: { ValueList: [StatusEquals as 'Draft'] } }),
          },
        },
      }),
    )
    return { items: page.EntitySummaryList ?? [], nextToken: page.NextToken }
  },
}

const describe = async (EntityId: string): Promise<OfferDetails> =>
  ((await catalog().send(new DescribeEntityCommand({ Catalog, EntityId }))).DetailsDocument ?? {}) as OfferDetails

export const useOffer = (id: string) => useQuery({ queryKey: ['offers', id], queryFn: () => describe(id) })

/** The public offer of a product, with its id; null while it has none. */
export const usePublicOffer = (product: string) =>
  useQuery({
    queryKey: ['offers', 'public', product],
    queryFn: async () => {
      const { EntitySummaryList: [found] = [] } = await catalog().send(
        new ListEntitiesCommand({
          ...{ Catalog, EntityType: 'Offer', MaxResults: 1 },
          EntityTypeFilters: {
            OfferFilters: { ProductId: { ValueList: [product] }, Targeting: { ValueList: ['None'] } },
          },
        }),
      )
      const id = found?.EntityId
      return id === undefined ? null : { id, details: await describe(id) }
    },
  })
