import { DescribeEntityCommand, type EntitySummary, ListEntitiesCommand } from '@aws-sdk/client-marketplace-catalog'
import { useQuery } from '@tanstack/react-query'
import { catalog } from '../api/catalog.ts'
import type { ListingSource } from '../kit/use-listing.ts'

const Catalog = 'AWSMarketplace'

/** A term of an offer, as far as its page and its forms read it. */
export interface Term {
  readonly Type: string
  readonly RateCards?: readonly {
    readonly RateCard: readonly { readonly DimensionKey: string; readonly Price: string }[]
  }[]
  readonly Duration?: string
  readonly Price?: string
  readonly AgreementDuration?: string
  readonly RefundPolicy?: string
  readonly Grants?: readonly { readonly MaxQuantity?: number }[]
  readonly Documents?: readonly { readonly Type: string; readonly Url?: string }[]
  readonly Schedule?: readonly { readonly ChargeDate: string; readonly ChargeAmount: string }[]
  readonly MaxRenewals?: number
  readonly PriceIncrease?: { readonly Value?: string }
}

/** What DescribeEntity tells of an offer. */
export interface OfferDetails {
  readonly State?: string
  readonly Name?: string
  readonly Description?: string
  readonly ProductId?: string
  readonly PricingModel?: string
  readonly Terms?: readonly Term[]
  readonly Rules?: readonly {
    readonly Type: string
    readonly PositiveTargeting?: { readonly BuyerAccounts?: readonly string[] }
    readonly AvailabilityEndDate?: string
  }[]
}

export const termOf = ({ Terms = [] }: OfferDetails, type: string): Term | undefined =>
  Terms.find(({ Type }) => Type === type)

export const buyersOf = ({ Rules = [] }: OfferDetails): readonly string[] =>
  Rules.find(({ Type }) => Type === 'TargetingRule')?.PositiveTargeting?.BuyerAccounts ?? []

export const endOf = ({ Rules = [] }: OfferDetails): string | undefined =>
  Rules.find(({ Type }) => Type === 'AvailabilityRule')?.AvailabilityEndDate

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
