import type { Change } from '@aws-sdk/client-marketplace-catalog'
import { listOf } from '../seller/product-values.ts'
import { change, offer, product } from './change.ts'
import type { Listed } from './own-product.ts'

/** The wizard of a listing as it stands on the screen. */
export interface ListingValues {
  readonly title: string
  readonly short: string
  readonly long: string
  readonly logo: string
  /** One a line. */
  readonly highlights: string
  readonly categories: readonly string[]
  readonly keywords: string
  readonly support: string
  readonly role: string
  readonly versionTitle: string
  readonly notes: string
  readonly inputSummary: string
  readonly inputSample: string
  readonly limitations: string
  readonly outputSummary: string
  readonly outputSample: string
  readonly usage: string
  readonly repository: string
  readonly notebook: string
  readonly trainingType: string
  readonly realtimeType: string
  readonly transformType: string
  /** `Usage` or `Free`. */
  readonly model: string
  /** Real-time inference is charged by the request, not by the hour. */
  readonly isByRequest: boolean
  /** By dimension. */
  readonly prices: Readonly<Record<string, string>>
  readonly hasTrial: boolean
  readonly trialDays: string
  readonly trialHours: string
  readonly refund: string
  /** `standard` or `custom`. */
  readonly eula: string
  readonly eulaUrl: string
  /** One a line. */
  readonly accounts: string
}

export const newListing = ({ training, realtime, transform }: Listed): ListingValues => ({
  ...{ title: '', short: '', long: '', logo: '', highlights: '', categories: ['Machine Learning'], keywords: '' },
  ...{ support: '', role: '', versionTitle: '1.0', notes: '', inputSummary: '', inputSample: '', limitations: '' },
  ...{ outputSummary: '', outputSample: '', usage: '', repository: '', notebook: '' },
  ...{ trainingType: training[0] ?? '', realtimeType: realtime[0] ?? '', transformType: transform[0] ?? '' },
  ...{ model: 'Usage', isByRequest: false, prices: {}, hasTrial: false, trialDays: '14', trialHours: '' },
  ...{ refund: '', eula: 'standard', eulaUrl: '', accounts: '' },
})

/** AWS Marketplace API Reference, "Update pricing terms": requests of real-time inference. */
export const requestDimension = 'inference.count.m.i.c'

/** The dimensions that a product is charged by: instance types and uses, or requests in the place of real-time hours. */
export const dimensionsOf = ({ training, realtime, transform }: Listed, isByRequest: boolean): string[] => [
  ...training.map(type => `${type}.a.t`),
  ...(isByRequest && realtime.length > 0 ? [requestDimension] : realtime.map(type => `${type}.m.i.r`)),
  ...transform.map(type => `${type}.m.i.b`),
]

/** Those, and what was priced before: a rate cannot be removed, also where only restricted versions have its instance type. */
function pricedDimensions({ isByRequest, prices }: ListingValues, listed: Listed): string[] {
  const isOther = (key: string) => (isByRequest ? key.endsWith('.m.i.r') : key === requestDimension)
  const before = Object.entries(prices).flatMap(([key, price]) => (price.trim() === '' || isOther(key) ? [] : [key]))
  return [...new Set([...dimensionsOf(listed, isByRequest), ...before])]
}

export const lines = (text: string): string[] =>
  text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')

/** A product in Staging and the public offer that it will have: nobody but the seller sees them. */
export function newProduct(title: string, EntityTags: Change['EntityTags'] = []): readonly Change[] {
  const tags = EntityTags.length > 0 && { EntityTags }
  const ProductId = '$product.Entity.Identifier'
  return [
    { ...change('CreateProduct', product, undefined, { ProductTitle: title }), ChangeName: 'product', ...tags },
    { ...change('CreateOffer', offer, undefined, { ProductId, Name: offerName(title) }), ChangeName: 'offer' },
  ]
}

/** A product that is being listed, and its public offer. */
export interface Ids {
  readonly product: string
  readonly offer: string
}

type PageOfListing = 'information' | 'version' | 'pricing' | 'refund' | 'eula' | 'allowlist'

/** What each page of the wizard changes. */
export const pageChanges: Readonly<
  Record<PageOfListing, (values: ListingValues, listed: Listed, ids: Ids) => readonly Change[]>
> = {
  information: (values, _, ids) => [change('UpdateInformation', product, ids.product, information(values))],
  version: (values, listed, ids) => [change('AddDeliveryOptions', product, ids.product, versionOf(values, listed))],
  pricing: (values, listed, ids) => [change('UpdatePricingTerms', offer, ids.offer, pricing(values, listed))],
  refund: ({ refund }, _, ids) => [
    change('UpdateSupportTerms', offer, ids.offer, { Terms: [{ Type: 'SupportTerm', RefundPolicy: refund }] }),
  ],
  eula: (values, _, ids) => [
    change('UpdateLegalTerms', offer, ids.offer, { Terms: [{ Type: 'LegalTerm', Documents: [document(values)] }] }),
  ],
  allowlist: ({ accounts }, _, ids) => [
    change('UpdateTargeting', product, ids.product, { PositiveTargeting: { BuyerAccounts: lines(accounts) } }),
  ],
}

/** The last page: who sees it, what the offer is called, and that both are released, for limited visibility. */
export const releaseChanges = (values: ListingValues, listed: Listed, ids: Ids): readonly Change[] => [
  ...pageChanges.allowlist(values, listed, ids),
  change('UpdateInformation', offer, ids.offer, {
    Name: offerName(values.title),
    Description: offerName(values.title),
  }),
  change('ReleaseProduct', product, ids.product, {}),
  change('ReleaseOffer', offer, ids.offer, {}),
]

/** Names of offers have neither angle brackets nor backslashes. */
const offerName = (title: string): string => `Public offer of ${title.replace(/[\\<>]/g, ' ')}`

export const information = (values: ListingValues) => ({
  ProductTitle: values.title,
  ShortDescription: values.short,
  LongDescription: values.long,
  LogoUrl: values.logo,
  Highlights: lines(values.highlights),
  Categories: values.categories,
  SearchKeywords: listOf(values.keywords),
  SupportDescription: values.support,
})

export function versionOf(values: ListingValues, { arn }: Listed) {
  const isAlgorithm = arn.includes(':algorithm/')
  const details = {
    ...(isAlgorithm ? { SageMakerAlgorithmArn: arn } : { SageMakerModelPackageArn: arn }),
    AccessRoleArn: values.role,
    UsageInstructions: values.usage,
    SampleNotebookUrl: values.notebook,
    RepositoryUrl: values.repository,
    InputProperties: {
      Description: values.inputSummary,
      ...(values.limitations.trim() !== '' && { Limitations: values.limitations }),
      SampleInput: { RealtimeInferenceText: values.inputSample, BatchTransformText: values.inputSample },
    },
    OutputProperties: {
      Description: values.outputSummary,
      SampleOutput: { RealtimeInferenceText: values.outputSample, BatchTransformText: values.outputSample },
    },
    RecommendedInstanceTypes: {
      BatchTransform: values.transformType,
      RealtimeInference: values.realtimeType,
      ...(isAlgorithm && { Training: values.trainingType }),
    },
  }
  const option = isAlgorithm ? 'SageMakerAlgorithmDeliveryOptionDetails' : 'SageMakerModelPackageDeliveryOptionDetails'
  return {
    Version: { VersionTitle: values.versionTitle, ReleaseNotes: values.notes },
    DeliveryOptions: [{ Details: { [option]: details } }],
  }
}

export function pricing(values: ListingValues, listed: Listed) {
  if (values.model === 'Free') return { PricingModel: 'Free', Terms: [] }
  const keys = pricedDimensions(values, listed)
  const RateCard = keys.map(DimensionKey => ({ DimensionKey, Price: (values.prices[DimensionKey] ?? '').trim() }))
  const hours = values.trialHours.trim()
  const trial = {
    Type: 'FreeTrialPricingTerm',
    Duration: `P${values.trialDays.trim()}D`,
    Grants: keys.map(DimensionKey => ({ DimensionKey, ...(hours !== '' && { MaxQuantity: Number(hours) }) })),
  }
  return {
    PricingModel: 'Usage',
    Terms: [
      { Type: 'UsageBasedPricingTerm', CurrencyCode: 'USD', RateCards: [{ RateCard }] },
      ...(values.hasTrial ? [trial] : []),
    ],
  }
}

export const document = ({ eula, eulaUrl }: ListingValues) =>
  eula === 'standard' ? { Type: 'StandardEula', Version: '2022-07-14' } : { Type: 'CustomEula', Url: eulaUrl.trim() }
