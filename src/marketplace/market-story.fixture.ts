import { storyLogo } from './catalog/logo.fixture.ts'
import { type Answer, accessRole, buyer, type MarketFixture, seller } from './market.fixture.ts'

/** For tests: the requests of a seller of decision trees, as the demo sends them. */
export const algorithmArn = `arn:aws:sagemaker:us-east-1:${seller}:algorithm/iris-trees`

export const certifiedAlgorithm = {
  kind: 'algorithm' as const,
  trainingInstanceTypes: ['ml.m5.large', 'ml.m5.xlarge'],
  realtimeInstanceTypes: ['ml.m5.large'],
  transformInstanceTypes: ['ml.m5.large'],
  supportedContentTypes: ['text/csv'],
  certificate: {
    issued: Date.parse('2026-11-20T11:00:00Z'),
    validated: ['TrainingJob', 'TransformJob'],
    imageBytes: [31_400_000],
    measured: [
      { instanceType: 'ml.m5.large', trainingSeconds: 2.5, peakMemoryBytes: 48_200_000 },
      {
        ...{ instanceType: 'ml.m5.large', startUpSeconds: 1.25 },
        answers: { contentType: 'text/csv', count: 200, p50Ms: 2.5, p99Ms: 20, perSecond: 321.4 },
      },
    ],
  },
}

export const rates = [
  { DimensionKey: 'ml.m5.large.a.t', Price: '0.60' },
  { DimensionKey: 'ml.m5.xlarge.a.t', Price: '1.20' },
  { DimensionKey: 'ml.m5.large.m.i.b', Price: '0.30' },
  { DimensionKey: 'ml.m5.large.m.i.r', Price: '0.25' },
]

const packageRates = rates.filter(({ DimensionKey }) => !DimensionKey.endsWith('.a.t'))

const product = '$Product.Entity.Identifier'
const offer = '$Offer.Entity.Identifier'

export const change = (
  ChangeType: string,
  Type: string,
  Identifier: string | undefined,
  DetailsDocument: object,
  more: object = {},
) => ({
  ChangeType,
  Entity: { Type, ...(Identifier && { Identifier }) },
  DetailsDocument,
  ...more,
})

export const onProduct = (type: string, details: object, id = product, more: object = {}) =>
  change(type, 'MachineLearningProduct@1.0', id, details, more)

export const onOffer = (type: string, details: object, id = offer) => change(type, 'Offer@1.0', id, details)

export const information = {
  ProductTitle: 'Iris Trees',
  ShortDescription: 'Decision trees that classify flowers from four measurements.',
  LongDescription: 'A scikit-learn decision tree for small tables. Train it on your own rows.',
  LogoUrl: storyLogo,
  Highlights: ['Trains in seconds', 'Explains its splits'],
  Categories: ['Machine Learning', 'Computer Vision'],
  SearchKeywords: ['iris', 'classification', 'scikit-learn'],
  SupportDescription: 'Write to support@example.com.',
}

export const version = (title: string, arn = algorithmArn) => ({
  Version: { VersionTitle: title, ReleaseNotes: 'First release.' },
  DeliveryOptions: [
    {
      Details: {
        SageMakerAlgorithmDeliveryOptionDetails: {
          SageMakerAlgorithmArn: arn,
          AccessRoleArn: accessRole,
          UsageInstructions: 'Train with CSV, label first.',
          SampleNotebookUrl: 'https://example.com/iris.ipynb',
          RepositoryUrl: 'https://example.com/iris.git',
          InputProperties: {
            Description: 'Four numbers a row.',
            SampleInput: { RealtimeInferenceText: '5.1,3.5,1.4,0.2' },
          },
          OutputProperties: { Description: 'One label a row.', SampleOutput: { RealtimeInferenceText: 'setosa' } },
          RecommendedInstanceTypes: {
            BatchTransform: 'ml.m5.large',
            RealtimeInference: 'ml.m5.large',
            Training: 'ml.m5.large',
          },
        },
      },
    },
  ],
})

/** So much up front for thirty days, and the usage rates afterwards. */
export const contractPricing = (Price: string) => ({
  PricingModel: 'Contract',
  Terms: [
    ...usagePricing().Terms,
    {
      ...{ Type: 'FixedUpfrontPricingTerm', CurrencyCode: 'USD', Price, Duration: 'P30D' },
      Grants: rates.map(({ DimensionKey }) => ({ DimensionKey })),
    },
  ],
})

export const usagePricing = (given: readonly object[] = rates, more: readonly object[] = []) => ({
  PricingModel: 'Usage',
  Terms: [{ Type: 'UsageBasedPricingTerm', CurrencyCode: 'USD', RateCards: [{ RateCard: given }] }, ...more],
})

export const legalTerms = {
  Terms: [{ Type: 'LegalTerm', Documents: [{ Type: 'StandardEula', Version: '2022-07-14' }] }],
}
export const supportTerms = { Terms: [{ Type: 'SupportTerm', RefundPolicy: 'Refunds within 48 hours.' }] }

/** Product and public offer in one set, in the order a person would write them. */
export const publication = (pricing: object = usagePricing()) => [
  change('CreateProduct', 'MachineLearningProduct@1.0', undefined, {}, { ChangeName: 'Product' }),
  onProduct('UpdateInformation', information),
  onProduct('AddDeliveryOptions', version('1.0')),
  onProduct('ReleaseProduct', {}),
  change('CreateOffer', 'Offer@1.0', undefined, { ProductId: product }, { ChangeName: 'Offer' }),
  onOffer('UpdateInformation', { Name: 'Pay as you go', Description: 'For everyone' }),
  onOffer('UpdatePricingTerms', pricing),
  onOffer('UpdateLegalTerms', legalTerms),
  onOffer('UpdateSupportTerms', supportTerms),
  onOffer('ReleaseOffer', {}),
]

/** Starts a change set of the seller and waits for its end. */
export async function changeCatalog(
  house: MarketFixture,
  changes: readonly object[],
  more: object = {},
): Promise<Answer> {
  const ask = house.as(seller)
  const { ChangeSetId } = await ask('catalog', 'StartChangeSet', {
    Catalog: 'AWSMarketplace',
    ChangeSet: changes,
    ...more,
  })
  const [error] = await house.settle()
  if (error) throw error
  return ask('catalog', 'DescribeChangeSet', { Catalog: 'AWSMarketplace', ChangeSetId })
}

/** A product that everyone can buy. */
export async function openShop(
  house: MarketFixture,
  pricing: object = usagePricing(),
): Promise<{ product: string; offer: string }> {
  await house.escrow.certify(algorithmArn, certifiedAlgorithm)
  const made = await changeCatalog(house, publication(pricing))
  if (made.Status !== 'SUCCEEDED') throw new Error(JSON.stringify(made, null, 2))
  const id = (type: string) => made.ChangeSet.find((each: Answer) => each.ChangeType === type).Entity.Identifier
  const shop = { product: id('CreateProduct'), offer: id('CreateOffer') }
  const shown = await changeCatalog(house, [
    onProduct('UpdateVisibility', { TargetVisibility: 'Public' }, shop.product),
  ])
  if (shown.Status !== 'SUCCEEDED') throw new Error(JSON.stringify(shown, null, 2))
  return shop
}

/** Accepts an offer with all its terms; `skip` names types to leave out, `renew` answers the renewal term. */
export async function buy(
  house: MarketFixture,
  offerId: string,
  { account = buyer, skip = [] as string[], renew = false, more = {} as object } = {},
): Promise<string> {
  const ask = house.as(account)
  const { agreementProposalId } = await ask('discovery', 'GetOffer', { offerId })
  const { offerTerms } = await ask('discovery', 'GetOfferTerms', { offerId })
  const terms = offerTerms
    .map((term: Answer) => Object.values(term)[0])
    .filter((term: Answer) => !skip.includes(term.type))
  const requestedTerms = terms.map((term: Answer) => ({
    id: term.id,
    ...(term.type === 'RenewalTerm' && { configuration: { renewalTermConfiguration: { enableAutoRenew: renew } } }),
  }))
  const request = { intent: 'NEW', agreementProposalIdentifier: agreementProposalId, requestedTerms, ...more }
  const { agreementRequestId } = await ask('agreement', 'CreateAgreementRequest', request)
  return (await ask('agreement', 'AcceptAgreementRequest', { agreementRequestId })).agreementId
}

/** A set has each change of an entity once: what is given goes before what is usual. */
const changesOf = (usual: readonly GivenChange[], given: readonly GivenChange[]): GivenChange[] => [
  ...usual.filter(change => !given.some(other => other.ChangeType === change.ChangeType)),
  ...given,
]

export type GivenChange = ReturnType<typeof change>

/** Makes a private offer and returns its id. */
export async function privateOffer(
  house: MarketFixture,
  product: string,
  pricing: object,
  more: readonly GivenChange[] = [],
  accounts = [buyer],
) {
  const usual = [
    change('CreateOffer', 'Offer@1.0', undefined, { ProductId: product, Name: 'For you' }, { ChangeName: 'Offer' }),
    onOffer('UpdateInformation', { Description: 'As we said' }),
    onOffer('UpdateTargeting', { PositiveTargeting: { BuyerAccounts: accounts } }),
    onOffer('UpdateAvailability', { AvailabilityEndDate: '2027-12-31' }),
    onOffer('UpdatePricingTerms', pricing),
    onOffer('UpdateLegalTerms', legalTerms),
    onOffer('UpdateSupportTerms', supportTerms),
    onOffer('ReleaseOffer', {}),
  ]
  const set = await changeCatalog(house, changesOf(usual, more))
  if (set.Status !== 'SUCCEEDED') throw new Error(set.FailureDescription)
  return set.ChangeSet[0].Entity.Identifier as string
}

interface SetMember {
  readonly accounts?: readonly string[]
  readonly ends?: string
  readonly released?: boolean
  readonly pricing?: object
}

/** The changes of one more private offer that is made for a set, as a change set has them. */
export function offerOfSet(
  name: string,
  productId: string,
  OfferSetId: string,
  { accounts = [buyer], ends = '2027-03-31', released = true, pricing = usagePricing(packageRates) }: SetMember = {},
) {
  const on = (type: string, details: object) => onOffer(type, details, `$${name}.Entity.Identifier`)
  const details = { ProductId: productId, Name: name, OfferSetId }
  return [
    change('CreateOffer', 'Offer@1.0', undefined, details, { ChangeName: name }),
    on('UpdateInformation', { Description: 'As we said' }),
    ...(accounts.length > 0 ? [on('UpdateTargeting', { PositiveTargeting: { BuyerAccounts: accounts } })] : []),
    ...(accounts.length > 0 ? [on('UpdateAvailability', { AvailabilityEndDate: ends })] : []),
    on('UpdatePricingTerms', pricing),
    on('UpdateLegalTerms', legalTerms),
    on('UpdateSupportTerms', supportTerms),
    ...(released ? [on('ReleaseOffer', {})] : []),
  ]
}

export const onOfferSet = (type: string, details: object, id = '$Set.Entity.Identifier') =>
  change(type, 'OfferSet@1.0', id, details)

export const newOfferSet = (Name = 'Both') =>
  change('CreateOfferSet', 'OfferSet@1.0', undefined, { Name }, { ChangeName: 'Set' })

/** A set that the buyer may accept: made, filled and released by one change set, in no helpful order. Returns its id. */
export async function openOfferSet(
  house: MarketFixture,
  members: readonly ({ readonly product: string } & SetMember)[],
): Promise<string> {
  const id = '$Set.Entity.Identifier'
  const offers = members.map(({ product: sold, ...member }, at) => offerOfSet(`Part${at}`, sold, id, member))
  const Offers = members.map((_, at) => ({ OfferId: `$Part${at}.Entity.Identifier` }))
  const set = await changeCatalog(house, [
    onOfferSet('ReleaseOfferSet', {}),
    onOfferSet('AssociateOffers', { Offers }),
    onOfferSet('UpdateInformation', { BuyerNotes: 'Two kinds of trees.' }),
    ...offers.flat(),
    newOfferSet(),
  ])
  if (set.Status !== 'SUCCEEDED') throw new Error(JSON.stringify(set, null, 2))
  return set.ChangeSet.at(-1).Entity.Identifier
}

/** What SageMaker takes as the names of the versions that an agreement is about, newest first. */
export async function entitledArns(house: MarketFixture, agreementId: string, account = buyer): Promise<string[]> {
  const { versions } = await house.as(account)('usage', 'ListSubscribedVersions', { agreementId })
  return versions.map((each: Answer) => each.arn)
}

/** The newest of them. */
export async function entitledArn(house: MarketFixture, agreementId: string, account = buyer): Promise<string> {
  return (await entitledArns(house, agreementId, account))[0] as string
}

/** Runs an instance for a time that passes on the clock. */
export async function runInstances(
  house: MarketFixture,
  productArn: string,
  resourceArn: string,
  ms: number,
  { account = buyer, dimension = 'ml.m5.large.a.t', instances = 1 } = {},
): Promise<void> {
  const subject = { account, region: 'us-east-1', productArn, resourceArn }
  await house.store.transaction(tx => house.market.usageStarted(tx, subject, dimension, instances, house.now()))
  house.clock.time += ms
  await house.store.transaction(tx => house.market.usageStopped(tx, resourceArn, house.now()))
}

/** A trial of a fortnight for every dimension; hours or requests up to `quota` when there is one. */
export const trialOf = (quota?: number) => ({
  Type: 'FreeTrialPricingTerm',
  Duration: 'P14D',
  Grants: rates.map(({ DimensionKey }) => ({ DimensionKey, ...(quota && { MaxQuantity: quota }) })),
})

/** Lets days pass, each with what falls due on it. */
export async function passUntil(house: MarketFixture, date: string): Promise<void> {
  const end = Date.parse(date)
  while (house.clock.time < end) {
    house.clock.time = Math.min(end, house.clock.time + 86_400_000)
    const [error] = await house.settle()
    if (error) throw error
  }
}

/** A version that is a model package. */
function packageVersion(title: string, arn: string): object {
  const { SageMakerAlgorithmDeliveryOptionDetails: told } = version(title).DeliveryOptions[0]?.Details ?? {}
  const { SageMakerAlgorithmArn: _, RecommendedInstanceTypes, ...usage } = told as Answer
  const { Training: __, ...recommended } = RecommendedInstanceTypes
  const Details = {
    SageMakerModelPackageDeliveryOptionDetails: {
      ...{ SageMakerModelPackageArn: arn, RecommendedInstanceTypes: recommended, ...usage },
    },
  }
  return { ...version(title), DeliveryOptions: [{ Details }] }
}

/** A model package that everyone can buy; returns the product's id. */
export async function openPackageShop(house: MarketFixture, title: string, price = '0.30'): Promise<string> {
  const arn = `arn:aws:sagemaker:us-east-1:${seller}:model-package/${title.toLowerCase()}`
  await house.escrow.certify(arn, { ...certifiedAlgorithm, kind: 'model-package', trainingInstanceTypes: [] })
  const priced = packageRates.map(rate => (rate.DimensionKey.endsWith('.b') ? { ...rate, Price: price } : rate))
  const changes = changesOf(publication(usagePricing(priced)), [])
    .map(each =>
      each.ChangeType === 'AddDeliveryOptions' ? { ...each, DetailsDocument: packageVersion('1.0', arn) } : each,
    )
    .map(each =>
      each.ChangeType === 'UpdateInformation' && each.Entity.Type.startsWith('Machine')
        ? { ...each, DetailsDocument: { ...information, ProductTitle: title, SearchKeywords: [title] } }
        : each,
    )
  const made = await changeCatalog(house, changes)
  if (made.Status !== 'SUCCEEDED') throw new Error(JSON.stringify(made, null, 2))
  const product = made.ChangeSet[0].Entity.Identifier.split('@')[0]
  await changeCatalog(house, [onProduct('UpdateVisibility', { TargetVisibility: 'Public' }, product)])
  return product
}
