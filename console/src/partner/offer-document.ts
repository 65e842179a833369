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
  readonly PriceIncrease?: {
    readonly Type?: string
    readonly Value?: string
    readonly MinValue?: string
    readonly MaxValue?: string
    readonly DefaultValue?: string
  }
  readonly AdjustmentDeadline?: string
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
