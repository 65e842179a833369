import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ServiceError } from '../../ground/errors.ts'
import { type Answer, buyer, type MarketFixture, openMarketFixture, seller } from '../market.fixture.ts'
import {
  algorithmArn,
  buy,
  certifiedAlgorithm,
  change,
  changeCatalog,
  entitledArns,
  information,
  onOffer,
  onProduct,
  openShop,
  publication,
  rates,
  usagePricing,
  version,
} from '../market-story.fixture.ts'
import { changeSetsInReview, reviewChangeSet, setReviewing } from '../review/publication-review.ts'

const Catalog = 'AWSMarketplace'

async function openCatalog() {
  const house = await openMarketFixture()
  await house.escrow.certify(algorithmArn, certifiedAlgorithm)
  const ask = house.as(seller)
  return {
    ...house,
    ask,
    start: (ChangeSet: readonly object[], more: object = {}) =>
      ask('catalog', 'StartChangeSet', { Catalog, ChangeSet, ...more }),
    status: async (ChangeSetId: string) => (await ask('catalog', 'DescribeChangeSet', { Catalog, ChangeSetId })).Status,
    entities: async (EntityType: string, more: object = {}) =>
      (await ask('catalog', 'ListEntities', { Catalog, EntityType, ...more })).EntitySummaryList,
  }
}

describe('StartChangeSet refuses at once', () => {
  const refusals: [what: string, changes: object[], message: RegExp][] = [
    [
      'an unknown member',
      [change('CreateProduct', 'MachineLearningProduct@1.0', undefined, { Title: 'x' })],
      /Details\.Title is not a known member/,
    ],
    ['a missing member', [onProduct('RestrictDeliveryOptions', {}, 'prod-a')], /DeliveryOptionIds is required/],
    [
      'text that is too long',
      [change('CreateProduct', 'MachineLearningProduct@1.0', undefined, { ProductTitle: 'x'.repeat(73) })],
      /at most 72 characters, it has 73/,
    ],
    [
      'an unknown change type',
      [onProduct('AddDimensions', {}, 'prod-a')],
      /AddDimensions is not served for MachineLearningProduct@1.0: CreateProduct, /,
    ],
    [
      'an unknown entity type',
      [change('CreateProduct', 'AmiProduct@1.0', undefined, {})],
      /AmiProduct@1.0 is not served/,
    ],
    [
      'an unknown term',
      [onOffer('UpdatePricingTerms', { PricingModel: 'Usage', Terms: [{ Type: 'RecurringPaymentTerm' }] }, 'offer-a')],
      /Terms\[0\]\.Type must be one of UsageBasedPricingTerm/,
    ],
    [
      'a price that is none',
      [onOffer('UpdatePricingTerms', usagePricing([{ DimensionKey: 'm.i.c', Price: '-1' }]), 'offer-a')],
      /Price must be a non-negative decimal/,
    ],
    [
      'what is not honoured',
      [onOffer('UpdateInformation', { PreExistingAgreement: {} }, 'offer-a')],
      /PreExistingAgreement is not supported: agreements made elsewhere are not known here/,
    ],
    [
      'two delivery options',
      [
        onProduct(
          'AddDeliveryOptions',
          { ...version('1'), DeliveryOptions: [...version('1').DeliveryOptions, ...version('1').DeliveryOptions] },
          'prod-a',
        ),
      ],
      /DeliveryOptions must have 1 to 1 items, it has 2/,
    ],
    [
      'a placeholder of nothing',
      [onProduct('ReleaseProduct', {}, '$Nothing.Entity.Identifier')],
      /no change named Nothing of this set creates an entity/,
    ],
    ['a missing identifier', [onProduct('ReleaseProduct', {}, '')], /Identifier is required for ReleaseProduct/],
    [
      'visibility beside other changes',
      [
        onProduct('UpdateVisibility', { TargetVisibility: 'Public' }, 'prod-a'),
        onProduct('ReleaseProduct', {}, 'prod-a'),
      ],
      /must be the only change/,
    ],
    ['an unknown entity', [onProduct('ReleaseProduct', {}, 'prod-aaaaaaaaaaaaa')], /was not found/],
  ]
  for (const [what, changes, message] of refusals)
    it(what, async () => {
      const { start } = await openCatalog()
      await assert.rejects(start(changes), message)
    })

  it('details twice, not at all, or not JSON', async () => {
    const { start } = await openCatalog()
    const bare = { ChangeType: 'CreateProduct', Entity: { Type: 'MachineLearningProduct@1.0' } }
    await assert.rejects(start([bare]), /exactly one of Details and DetailsDocument/)
    await assert.rejects(start([{ ...bare, Details: '{}', DetailsDocument: {} }]), /exactly one/)
    await assert.rejects(start([{ ...bare, Details: '{,}' }]), /not JSON/)
  })

  it("another seller's product, and offers for it", async () => {
    const { as, ...house } = await openCatalog()
    const made = await changeCatalog({ as, ...house }, publication())
    const product = made.ChangeSet[0].Entity.Identifier
    const theirs = (ChangeSet: object[]) => as(buyer)('catalog', 'StartChangeSet', { Catalog, ChangeSet })
    await assert.rejects(theirs([onProduct('UpdateInformation', { ProductTitle: 'Mine' }, product)]), {
      code: 'ResourceNotFoundException',
    })
    await assert.rejects(theirs([change('CreateOffer', 'Offer@1.0', undefined, { ProductId: product })]), {
      code: 'AccessDeniedException',
    })
    await assert.rejects(as(buyer)('catalog', 'DescribeEntity', { Catalog, EntityId: product }), {
      code: 'ResourceNotFoundException',
    })
  })
})

describe('a change set', () => {
  it('makes all changes, resolves placeholders and shows the entities', async () => {
    const { ask, entities, ...house } = await openCatalog()
    const set = await changeCatalog(house, publication())
    assert.equal(set.Status, 'SUCCEEDED')
    const product = set.ChangeSet[0].Entity.Identifier
    assert.match(product, /^prod-[a-z2-7]{13}$/)
    assert.equal(set.ChangeSet[4].DetailsDocument.ProductId, product)
    const entity = await ask('catalog', 'DescribeEntity', { Catalog, EntityId: product })
    assert.equal(entity.EntityIdentifier, `${product}@1`)
    assert.equal(
      entity.EntityArn,
      `arn:aws:aws-marketplace:us-east-1:${seller}:AWSMarketplace/MachineLearningProduct/${product}`,
    )
    assert.deepEqual(JSON.parse(entity.Details), entity.DetailsDocument)
    const { Versions, Description, Dimensions } = entity.DetailsDocument
    assert.equal(Description.Visibility, 'Limited')
    assert.equal(Versions[0].Sources[0].AlgorithmArn, algorithmArn)
    assert.deepEqual(Versions[0].DeliveryOptions[0].SupportedInstanceTypes.Training, ['ml.m5.large', 'ml.m5.xlarge'])
    assert.deepEqual(
      Dimensions.map((dimension: Answer) => dimension.Key),
      ['ml.m5.large.a.t', 'ml.m5.xlarge.a.t', 'ml.m5.large.m.i.b', 'ml.m5.large.m.i.r', 'inference.count.m.i.c'],
    )
    assert.deepEqual(
      (await entities('Offer')).map((each: Answer) => each.OfferSummary.State),
      ['Released'],
    )
  })

  it('takes changes in any order and details as text', async () => {
    const house = await openCatalog()
    const reversed = publication()
      .toReversed()
      .map(({ DetailsDocument, ...rest }) => ({ ...rest, Details: JSON.stringify(DetailsDocument) }))
    const set = await changeCatalog(house, reversed)
    assert.equal(set.Status, 'SUCCEEDED', JSON.stringify(set))
  })

  it('that only validates changes nothing and leaves no copy', async () => {
    const house = await openCatalog()
    const set = await changeCatalog(house, publication(), { Intent: 'VALIDATE' })
    assert.equal(set.Status, 'SUCCEEDED')
    assert.equal(set.ChangeSet[0].Entity.Identifier, undefined)
    assert.deepEqual(await house.entities('MachineLearningProduct'), [])
    assert.deepEqual(await house.escrow.held(), [])
    assert.equal(house.escrow.state.copies, 1)
  })

  it('with one wrong change makes none, says which and why, and discards its copies', async () => {
    const house = await openCatalog()
    const set = await changeCatalog(house, publication(usagePricing(rates.slice(0, 2))))
    assert.equal(set.Status, 'FAILED')
    assert.equal(set.FailureCode, 'CLIENT_ERROR')
    const wrong = set.ChangeSet.filter((each: Answer) => each.ErrorDetailList.length > 0)
    assert.deepEqual(
      wrong.map((each: Answer) => [each.ChangeType, each.ErrorDetailList[0].ErrorCode]),
      [['ReleaseOffer', 'UPDATE_PRICING_REQUIRED']],
    )
    assert.match(set.FailureDescription, /ml\.m5\.large\.m\.i\.b, ml\.m5\.large\.m\.i\.r/)
    assert.deepEqual(await house.entities('MachineLearningProduct'), [])
    assert.deepEqual(await house.escrow.held(), [])
  })

  it('reports what the escrow and the role refuse', async () => {
    const house = await openCatalog()
    const codes = async (details: object) =>
      (
        await changeCatalog(house, [
          ...publication().filter(each => each.ChangeType !== 'AddDeliveryOptions'),
          onProduct('AddDeliveryOptions', details),
        ])
      ).ChangeSet.flatMap((each: Answer) => each.ErrorDetailList.map((error: Answer) => error.ErrorCode))
    assert.deepEqual(await codes(version('1', `${algorithmArn}-gone`)), ['ASSET_NOT_FOUND'])
    assert.deepEqual(await codes(version('1', algorithmArn.replace(seller, buyer))), ['INVALID_ASSET_ARN'])
    const untrusting = JSON.parse(JSON.stringify(version('1')).replace('marketplace-assets', 'unknown'))
    assert.deepEqual(await codes(untrusting), ['INVALID_ACCESS_ROLE'])
    const instance = JSON.parse(
      JSON.stringify(version('1')).replace('"Training":"ml.m5.large"', '"Training":"ml.p3.2xlarge"'),
    )
    assert.deepEqual(await codes(instance), ['INVALID_RECOMMENDED_INSTANCE_TYPE'])
    assert.deepEqual(await house.escrow.held(), [])
  })

  it('locks its entities while it runs', async () => {
    const { start, settle, ...house } = await openCatalog()
    const { product } = await openShopOf(house, settle)
    const rename = [onProduct('UpdateInformation', { Sku: 'Other' }, product)]
    const first = await start(rename)
    await assert.rejects(start(rename), { code: 'ResourceInUseException', message: new RegExp(first.ChangeSetId) })
    await settle()
    await start(rename)
  })

  it('can be cancelled while it is PREPARING, and frees its entities', async () => {
    const { start, ask, settle, status, ...house } = await openCatalog()
    const { product } = await openShopOf(house, settle)
    const rename = [onProduct('UpdateInformation', { Sku: 'Other' }, product)]
    const { ChangeSetId } = await start(rename)
    await ask('catalog', 'CancelChangeSet', { Catalog, ChangeSetId })
    await settle()
    assert.equal(await status(ChangeSetId), 'CANCELLED')
    await start(rename)
    await settle()
    await assert.rejects(ask('catalog', 'CancelChangeSet', { Catalog, ChangeSetId }), {
      code: 'ResourceInUseException',
    })
  })

  it('is started once for a client token', async () => {
    const { start, settle, entities } = await openCatalog()
    const create = [change('CreateProduct', 'MachineLearningProduct@1.0', undefined, {})]
    const one = await start(create, { ClientRequestToken: 'token' })
    const two = await start(create, { ClientRequestToken: 'token' })
    assert.deepEqual(one, two)
    await settle()
    assert.equal((await entities('MachineLearningProduct')).length, 1)
    await assert.rejects(
      start(create, { ClientRequestToken: 'token', ChangeSetName: 'else' }),
      /used with another request/,
    )
  })

  it('counts revisions, and refuses one that is not the newest', async () => {
    const { start, settle, ask, ...house } = await openCatalog()
    const { product } = await openShopOf(house, settle)
    const rename = (id: string) => start([onProduct('UpdateInformation', { Sku: 'Other' }, id)])
    await rename(`${product}@2`)
    await settle()
    await assert.rejects(rename(`${product}@2`), /is at revision 3, not 2/)
    assert.equal(
      (await ask('catalog', 'DescribeEntity', { Catalog, EntityId: product })).EntityIdentifier,
      `${product}@3`,
    )
  })
})

/** openShop of a house whose algorithm is certified already. */
async function openShopOf(house: object, settle: () => Promise<Error[]>) {
  const whole = { ...house, settle } as Answer
  const made = await changeCatalog(whole, publication())
  const product = made.ChangeSet[0].Entity.Identifier
  await changeCatalog(whole, [onProduct('UpdateVisibility', { TargetVisibility: 'Public' }, product)])
  return { product, offer: made.ChangeSet[4].Entity.Identifier }
}

describe('a crash', () => {
  it('before the copy: the set goes on to its end', async () => {
    const { start, settle, status, escrow } = await openCatalog()
    const { ChangeSetId } = await start(publication())
    escrow.state.fail = new Error('the disk is full')
    await retry(settle)
    assert.equal(await status(ChangeSetId), 'APPLYING')
    escrow.state.fail = undefined
    await again(ChangeSetId, settle, status, 'SUCCEEDED')
    assert.equal((await escrow.held()).length, 1)
  })

  it('after the copy: it is not made twice', async () => {
    const { start, settle, status, escrow, store } = await openCatalog()
    const { ChangeSetId } = await start(publication())
    escrow.state.crash = new Error('killed')
    await retry(settle)
    escrow.state.crash = undefined
    await again(ChangeSetId, settle, status, 'SUCCEEDED')
    assert.equal((await escrow.held()).length, 1)
    const assets = await store.db.selectFrom('market_asset').select('arn').execute()
    assert.deepEqual(
      assets.map(asset => asset.arn),
      await escrow.held(),
    )
  })

  it('after the copy, and then the set fails: the copy is discarded', async () => {
    const { start, settle, status, escrow, store } = await openCatalog()
    const { ChangeSetId } = await start(publication(usagePricing(rates.slice(0, 2))))
    escrow.state.crash = new Error('killed')
    await retry(settle)
    assert.equal((await escrow.held()).length, 1)
    escrow.state.crash = undefined
    await again(ChangeSetId, settle, status, 'FAILED')
    assert.deepEqual(await escrow.held(), [])
    assert.deepEqual(await store.db.selectFrom('market_escrow').selectAll().execute(), [])
  })

  it('after the copy, and the source is gone and refused when it is tried again: nothing is left', async () => {
    const { start, settle, status, escrow } = await openCatalog()
    const { ChangeSetId } = await start(publication())
    escrow.state.fail = new ServiceError('ASSET_VALIDATION_EXCEPTION', 'not certified')
    await settle()
    assert.equal(await status(ChangeSetId), 'FAILED')
    assert.deepEqual(await escrow.held(), [])
  })

  it('after every step of the reconciler: calling it again changes nothing more', async () => {
    const { start, settle, status, reconcilers, entities } = await openCatalog()
    const { ChangeSetId } = await start(publication())
    await settle()
    const before = await entities('Offer')
    await reconcilers['change-set']?.(ChangeSetId, new AbortController().signal)
    assert.equal(await status(ChangeSetId), 'SUCCEEDED')
    assert.deepEqual(await entities('Offer'), before)
  })

  async function retry(settle: () => Promise<Error[]>) {
    const [error] = await settle()
    assert.match(String(error), /the disk is full|killed/)
  }

  async function again(
    id: string,
    settle: () => Promise<Error[]>,
    status: (id: string) => Promise<string>,
    wanted: string,
  ) {
    assert.deepEqual(await settle(), [])
    assert.equal(await status(id), wanted)
  }
})

describe('review', () => {
  it('waits for the operator when the operator wants to be asked', async () => {
    const { start, settle, status, store, ...house } = await openCatalog()
    await setReviewing(store, true)
    const made = await changeCatalog({ ...house, settle } as Answer, publication())
    const publish = [onProduct('UpdateVisibility', { TargetVisibility: 'Public' }, made.ChangeSet[0].Entity.Identifier)]
    const { ChangeSetId } = await start(publish)
    await settle()
    assert.equal(await status(ChangeSetId), 'PREPARING')
    const waiting: string[] = []
    for await (const { id } of changeSetsInReview(store)) waiting.push(id)
    assert.deepEqual(waiting, [ChangeSetId])
    const blank = { approve: false, reason: ' ' } as const
    await assert.rejects(reviewChangeSet(store, ChangeSetId, blank), /needs a reason/)
    await reviewChangeSet(store, ChangeSetId, { approve: false, reason: 'The logo is missing.' })
    await settle()
    const refused = await house.as(seller)('catalog', 'DescribeChangeSet', { Catalog, ChangeSetId })
    assert.deepEqual(refused.ChangeSet[0].ErrorDetailList, [
      { ErrorCode: 'AUDIT_ERROR', ErrorMessage: 'The logo is missing.' },
    ])
    const next = await start(publish)
    await reviewChangeSet(store, next.ChangeSetId, { approve: true })
    await settle()
    assert.equal(await status(next.ChangeSetId), 'SUCCEEDED')
    await assert.rejects(reviewChangeSet(store, next.ChangeSetId, { approve: true }), /does not wait/)
    const product = made.ChangeSet[0].Entity.Identifier
    const last = await start([onProduct('UpdateVisibility', { TargetVisibility: 'Restricted' }, product)])
    await settle()
    assert.equal(await status(last.ChangeSetId), 'PREPARING')
    await setReviewing(store, false)
    await settle()
    assert.equal(await status(last.ChangeSetId), 'SUCCEEDED')
  })
})

describe('versions', () => {
  const secondArn = `${algorithmArn}-2`

  it('are added, described anew and restricted; buyers keep what they had', async () => {
    const house = await openMarketFixture()
    const { product, offer } = await openShop(house)
    await house.escrow.certify(secondArn, certifiedAlgorithm)
    const early = await buy(house, offer)
    house.clock.time += 1000
    const added = await changeCatalog(house, [onProduct('AddDeliveryOptions', version('2.0', secondArn), product)])
    assert.equal(added.Status, 'SUCCEEDED')
    const describeProduct = async () =>
      (await house.as(seller)('catalog', 'DescribeEntity', { Catalog, EntityId: product })).DetailsDocument
    const [first, second] = (await describeProduct()).Versions.map((each: Answer) => each.DeliveryOptions[0].Id)
    const details = { SageMakerAlgorithmDeliveryOptionDetails: { UsageInstructions: 'Read the notebook.' } }
    const update = (Id: string, more: object = {}) =>
      changeCatalog(house, [
        onProduct('UpdateDeliveryOptions', { DeliveryOptions: [{ Id, Details: details }], ...more }, product),
      ])
    const code = (set: Answer) => set.ChangeSet[0].ErrorDetailList[0].ErrorCode
    assert.equal((await update(second)).Status, 'SUCCEEDED')
    assert.equal((await update(second, { Version: { VersionTitle: '2.0', ReleaseNotes: 'x' } })).Status, 'SUCCEEDED')
    assert.equal(code(await update(second, { Version: { VersionTitle: '3.0' } })), 'FIELD_NOT_ALLOWED_TO_CHANGE')
    assert.equal(code(await update('none')), 'INVALID_DELIVERY_OPTION_ID')
    house.clock.time += 1000
    const restrict = (ids: string[]) =>
      changeCatalog(house, [onProduct('RestrictDeliveryOptions', { DeliveryOptionIds: ids }, product)])
    assert.equal(code(await restrict([])), 'MISSING_DELIVERY_OPTION_IDS')
    assert.equal(code(await restrict([first, 'none'])), 'INVALID_DELIVERY_OPTION_IDS')
    assert.equal(code(await restrict([first, second])), 'ALL_DELIVERY_OPTIONS_RESTRICTED')
    assert.equal((await restrict([first])).Status, 'SUCCEEDED')
    assert.equal(code(await restrict([first])), 'INVALID_DELIVERY_OPTION_STATUS')
    assert.equal(code(await update(first)), 'INCOMPATIBLE_DELIVERY_OPTION_STATUS')
    assert.equal(code(await restrict([second])), 'ALL_DELIVERY_OPTIONS_RESTRICTED')
    house.clock.time += 1000
    const late = await buy(house, offer, { account: '444444444444' })
    const earlyArns = await entitledArns(house, early)
    assert.equal(earlyArns.length, 2)
    assert.deepEqual(await entitledArns(house, late, '444444444444'), earlyArns.slice(0, 1))
    await house.market.requireSubscription(buyer, earlyArns[1] as string)
    await assert.rejects(house.market.requireSubscription('444444444444', earlyArns[1] as string), /not subscribed/)
    const shown = await house.as(buyer)('discovery', 'ListFulfillmentOptions', { productId: product })
    assert.deepEqual(
      shown.fulfillmentOptions.map(({ sageMakerAlgorithmFulfillmentOption: option }: Answer) => [
        option.fulfillmentOptionVersion,
        option.usageInstructions,
      ]),
      [['2.0', 'Read the notebook.']],
    )
  })

  it('with instance types that have no price are refused', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    await house.escrow.certify(secondArn, {
      ...certifiedAlgorithm,
      trainingInstanceTypes: ['ml.m5.large', 'ml.c5.large'],
    })
    const added = await changeCatalog(house, [onProduct('AddDeliveryOptions', version('2.0', secondArn), product)])
    assert.deepEqual(added.ChangeSet[0].ErrorDetailList[0].ErrorCode, 'UPDATE_PRICING_REQUIRED')
    assert.match(added.FailureDescription, /ml\.c5\.large\.a\.t/)
    assert.equal((await house.escrow.held()).length, 1)
  })

  it('with a title or an ARN that is there already are refused, and the published copy stays', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const code = async (details: object) =>
      (await changeCatalog(house, [onProduct('AddDeliveryOptions', details, product)])).ChangeSet[0].ErrorDetailList[0]
        .ErrorCode
    assert.equal(await code(version('1.0', secondArn)), 'DUPLICATE_VERSION_TITLE')
    assert.equal(await code(version('2.0')), 'DUPLICATE_ASSET')
    assert.equal((await house.escrow.held()).length, 1)
  })
})

describe('an offer', () => {
  it('is not released without a name and a description', async () => {
    const house = await openMarketFixture()
    await house.escrow.certify(algorithmArn, certifiedAlgorithm)
    const given: [object, string][] = [
      [{ Description: 'For everyone' }, 'MISSING_NAME'],
      [{ Name: 'Pay as you go' }, 'MISSING_DESCRIPTION'],
    ]
    for (const [details, code] of given) {
      const set = await changeCatalog(
        house,
        publication().map(each =>
          each.Entity.Type === 'Offer@1.0' && each.ChangeType === 'UpdateInformation'
            ? onOffer('UpdateInformation', details)
            : each,
        ),
      )
      const errors = set.ChangeSet.flatMap(({ ErrorDetailList = [] }: Answer) => ErrorDetailList)
      assert.deepEqual(
        errors.map(({ ErrorCode }: Answer) => ErrorCode),
        [code],
      )
    }
  })
})

describe('the pages of a product', () => {
  const update = async (house: MarketFixture, details: object, product: string) =>
    (await changeCatalog(house, [onProduct('UpdateInformation', details, product)])).ChangeSet[0].ErrorDetailList?.[0]

  it('are written in the characters that AWS allows, every text that is not so is told', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    assert.equal(await update(house, { LongDescription: 'Iris™ for 3 £ ~' }, product), undefined)
    const Highlights = ['Fine', 'Gro\u00df']
    const set = await changeCatalog(house, [
      onProduct('UpdateInformation', { ShortDescription: 'Iris ™', Highlights }, product),
    ])
    assert.deepEqual(
      set.ChangeSet[0].ErrorDetailList.map(({ ErrorCode, ErrorMessage }: Answer) => [ErrorCode, ErrorMessage]),
      [
        ['INVALID_INPUT', 'ShortDescription has a space before ©, ® or ™.'],
        ['INVALID_INPUT', 'Highlights has ß (U+00DF); beside ASCII a listing may have ©, ®, ™, ¢, £, ¤ and ¥.'],
      ],
    )
  })

  it('have an SKU that null takes away again, and nothing else that it does', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const sku = async () =>
      (await house.as(seller)('catalog', 'DescribeEntity', { Catalog, EntityId: product })).DetailsDocument.Description
        .Sku
    assert.equal(await update(house, { Sku: 'iris-1' }, product), undefined)
    assert.equal(await sku(), 'iris-1')
    assert.equal(await update(house, { Sku: null }, product), undefined)
    assert.equal(await sku(), undefined)
    await assert.rejects(update(house, { SupportDescription: null }, product), /SupportDescription must be a string/)
  })

  it('change in something, and are whole when they are first written', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    assert.equal((await update(house, {}, product)).ErrorCode, 'MISSING_DATA')
    const made = await changeCatalog(house, [
      change('CreateProduct', 'MachineLearningProduct@1.0', undefined, { ProductTitle: 'Bare' }),
    ])
    const bare = made.ChangeSet[0].Entity.Identifier
    const { ProductTitle: _, SupportDescription: __, ...most } = information
    const missing = await update(house, most, bare)
    assert.deepEqual(
      [missing.ErrorCode, missing.ErrorMessage],
      ['MISSING_DATA', 'The first UpdateInformation of a product gives also SupportDescription.'],
    )
    assert.equal(await update(house, { ...most, SupportDescription: 'Write to us.' }, bare), undefined)
    assert.equal(await update(house, { Highlights: ['One'] }, bare), undefined)
  })

  it('of a draft have no versions to edit or restrict, and of a restricted one nobody new is let in', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const code = async (type: string, details: object, of: string) =>
      (await changeCatalog(house, [onProduct(type, details, of)])).ChangeSet[0].ErrorDetailList[0].ErrorCode
    const made = await changeCatalog(house, [change('CreateProduct', 'MachineLearningProduct@1.0', undefined, {})])
    const draft = made.ChangeSet[0].Entity.Identifier
    const Details = { SageMakerAlgorithmDeliveryOptionDetails: { UsageInstructions: 'Read.' } }
    const option = { DeliveryOptions: [{ Id: 'any', Details }] }
    assert.equal(await code('UpdateDeliveryOptions', option, draft), 'INCOMPATIBLE_PRODUCT_STATUS')
    assert.equal(
      await code('RestrictDeliveryOptions', { DeliveryOptionIds: ['any'] }, draft),
      'INCOMPATIBLE_PRODUCT_STATUS',
    )
    await changeCatalog(house, [onProduct('UpdateVisibility', { TargetVisibility: 'Restricted' }, product)])
    const targeting = { PositiveTargeting: { BuyerAccounts: [buyer] } }
    assert.equal(await code('UpdateTargeting', targeting, product), 'INVALID_PRODUCT_VISIBILITY')
  })

  it('change in one way once in a set', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const twice = ['One', 'Two'].map(text => onProduct('UpdateInformation', { ShortDescription: text }, product))
    await assert.rejects(changeCatalog(house, twice), {
      code: 'ValidationException',
      message: /ChangeSet\[1\]\.ChangeType UpdateInformation is given twice/,
    })
  })
})

describe('categories of a product', () => {
  it('are those that AWS Marketplace has; another one is told with all of them', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const update = async (Categories: readonly string[]) => {
      const { Status, ChangeSet } = await changeCatalog(house, [
        onProduct('UpdateInformation', { Categories }, product),
      ])
      return { Status, error: ChangeSet[0].ErrorDetailList?.[0] }
    }
    const { Status, error } = await update(['Structured', 'Flowers'])
    assert.deepEqual([Status, error.ErrorCode], ['FAILED', 'INVALID_CATEGORY_NAMES'])
    assert.match(error.ErrorMessage, /^There is no category Flowers\. .*Education & Research/)
    assert.equal((await update(['Structured', 'Education & Research', 'Machine Learning'])).Status, 'SUCCEEDED')
  })
})
