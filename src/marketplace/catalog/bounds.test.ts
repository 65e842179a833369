import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as catalog from '@aws-sdk/client-marketplace-catalog'
import { type Answer, seller } from '../market.fixture.ts'
import { type MarketGateway, openMarketGateway } from '../market-gateway.fixture.ts'
import { change, onOffer, onProduct, openShop, version } from '../market-story.fixture.ts'

const Catalog = 'AWSMarketplace'

const informed = (member: string, of: (count: number) => unknown) => (product: string, count: number) => [
  onProduct('UpdateInformation', { [member]: of(count) }, product),
]
const text = (count: number) => 'x'.repeat(count)
const items =
  <Item>(item: (at: number) => Item) =>
  (count: number) =>
    Array.from({ length: count }, (_, at) => item(at))

const added = (product: string, edit: (option: Answer) => void) => {
  const details = structuredClone(version('9')) as Answer
  edit(details)
  return [onProduct('AddDeliveryOptions', details, product)]
}
const optionOf = (details: Answer) => details.DeliveryOptions[0].Details.SageMakerAlgorithmDeliveryOptionDetails
const parameter = (at: number) => ({ Name: `p${at}`, Description: 'A number.' })
const eula = { Type: 'CustomEula', Url: 'https://example.com/eula' }
const accounts = items(at => String(100_000_000_000 + at))

type Case = readonly [what: string, most: number, changes: (product: string, count: number) => object[]]

/** AWS Marketplace API Reference, "Work with machine learning products" and "Work with private offers": the most that a change may have. */
const cases: readonly Case[] = [
  [
    'changes of a set',
    20,
    (_, count) => items(() => change('CreateProduct', 'MachineLearningProduct@1.0', undefined, {}))(count),
  ],
  ['characters of a title', 72, informed('ProductTitle', text)],
  ['characters of a short description', 1000, informed('ShortDescription', text)],
  ['characters of a long description', 5000, informed('LongDescription', text)],
  ['characters of support', 2000, informed('SupportDescription', text)],
  [
    'highlights',
    3,
    informed(
      'Highlights',
      items(at => `Fast ${at}`),
    ),
  ],
  [
    'categories',
    3,
    informed(
      'Categories',
      items(at => ['Structured', 'Image', 'Text', 'Video'][at]),
    ),
  ],
  [
    'search keywords',
    15,
    informed(
      'SearchKeywords',
      items(at => `k${at}`),
    ),
  ],
  [
    'videos',
    1,
    informed(
      'VideoUrls',
      items(at => `https://example.com/${at}`),
    ),
  ],
  [
    'additional resources',
    3,
    informed(
      'AdditionalResources',
      items(at => ({ Type: 'Link', Text: 'See', Url: `https://example.com/${at}` })),
    ),
  ],
  [
    'accounts of an allowlist',
    5000,
    (product, count) => [
      onProduct('UpdateTargeting', { PositiveTargeting: { BuyerAccounts: accounts(count) } }, product),
    ],
  ],
  [
    'versions that are restricted at once',
    50,
    (product, count) => [
      onProduct('RestrictDeliveryOptions', { DeliveryOptionIds: items(at => `do-${at}`)(count) }, product),
    ],
  ],
  [
    "characters of a version's title",
    64,
    (product, count) =>
      added(product, details => {
        details.Version.VersionTitle = text(count)
      }),
  ],
  [
    'characters of release notes',
    30_000,
    (product, count) =>
      added(product, details => {
        details.Version.ReleaseNotes = text(count)
      }),
  ],
  [
    'parameters of an input',
    35,
    (product, count) =>
      added(product, details => {
        optionOf(details).InputProperties.Parameters = items(parameter)(count)
      }),
  ],
  [
    'parameters of an output',
    35,
    (product, count) =>
      added(product, details => {
        optionOf(details).OutputProperties.Parameters = items(parameter)(count)
      }),
  ],
  [
    "characters of an offer's description",
    255,
    (product, count) => offered(product, onOffer('UpdateInformation', { Description: text(count) })),
  ],
  [
    'legal documents',
    5,
    (product, count) =>
      offered(
        product,
        onOffer('UpdateLegalTerms', {
          Terms: [{ Type: 'LegalTerm', Documents: items(() => eula)(count) }],
        }),
      ),
  ],
]

const offered = (ProductId: string, own: object) => [
  change('CreateOffer', 'Offer@1.0', undefined, { ProductId }, { ChangeName: 'Offer' }),
  own,
]

describe('what a change may have at the most, by the official client', () => {
  let at: MarketGateway
  let product: string

  before(async () => {
    at = await openMarketGateway({ isMoved: true })
    product = (await openShop(at.house)).product
  })
  after(() => at.close())

  /** A second later: changes are started at most so often. */
  const start = (changes: readonly object[]) => {
    at.house.clock.time += 1000
    const ChangeSet = changes as catalog.Change[]
    return new catalog.MarketplaceCatalogClient(at.client(seller)).send(
      new catalog.StartChangeSetCommand({ Catalog, ChangeSet, Intent: 'VALIDATE' }),
    )
  }

  for (const [what, most, changes] of cases)
    it(`${most} ${what}, and not one more`, async () => {
      await assert.rejects(start(changes(product, most + 1)), (error: Answer) => {
        assert.equal(error.name, 'ValidationException')
        assert.match(error.message.replaceAll(',', ''), new RegExp(`\\b${most}\\b`))
        return true
      })
      assert.ok((await start(changes(product, most))).ChangeSetId)
      await at.house.settle()
    })
})
