import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type Answer,
  buyer,
  type MarketFixture,
  openMarketFixture,
  operator,
  other,
  seller,
} from '../market.fixture.ts'
import { buy, changeCatalog, entitledArn, onProduct, openPackageShop, openShop } from '../market-story.fixture.ts'
import { changeAs, codesOf, newExperience, onExperience, openExperience } from './private-marketplace.fixture.ts'

const Catalog = 'AWSMarketplace'
const denied = {
  code: 'AccessDeniedException',
  fields: { reason: 'DENIED_BY_PRIVATE_MARKETPLACE_POLICY' },
}

async function described(house: MarketFixture, account: string, EntityId: string): Promise<Answer> {
  return (await house.as(account)('catalog', 'DescribeEntity', { Catalog, EntityId })).DetailsDocument
}

describe('a private marketplace', () => {
  it('lets accounts of its audience subscribe to what it allows, and others to all', async () => {
    const house = await openMarketFixture()
    const { product, offer } = await openShop(house)
    const id = await openExperience(house, operator, [buyer])
    await assert.rejects(buy(house, offer), denied)
    assert.ok(await buy(house, offer, { account: other }))
    await changeAs(house, operator, [
      onExperience('AllowProductProcurement', { Products: [{ Ids: [product], Notes: 'We checked it' }] }, id),
    ])
    assert.ok(await buy(house, offer))
  })

  it('is asked again when a request is accepted, and touches no agreement that is there', async () => {
    const house = await openMarketFixture()
    const { product, offer } = await openShop(house)
    const id = await openExperience(house, operator, [buyer, other], [product])
    const agreement = await buy(house, offer, { account: other })
    const ask = house.as(buyer)
    const { agreementProposalId } = await ask('discovery', 'GetOffer', { offerId: offer })
    const { offerTerms } = await ask('discovery', 'GetOfferTerms', { offerId: offer })
    const requestedTerms = offerTerms.map((term: Answer) => ({ id: (Object.values(term)[0] as Answer).id }))
    const request = { intent: 'NEW', agreementProposalIdentifier: agreementProposalId, requestedTerms }
    const { agreementRequestId } = await ask('agreement', 'CreateAgreementRequest', request)
    await changeAs(house, operator, [onExperience('DenyProductProcurement', { Products: [{ Ids: [product] }] }, id)])
    await assert.rejects(ask('agreement', 'AcceptAgreementRequest', { agreementRequestId }), denied)
    await house.market.requireSubscription(other, await entitledArn(house, agreement, other))
  })

  it('governs only while it is enabled and has a policy; without one it allows all, with an empty one nothing', async () => {
    const house = await openMarketFixture()
    const { offer } = await openShop(house)
    const open = await changeAs(house, operator, [
      newExperience(),
      onExperience('AssociateAudience', { Principals: [buyer] }),
      onExperience('UpdateExperience', { Status: 'Enabled' }),
    ])
    const id: string = open.ChangeSet[0].Entity.Identifier
    const agreementId = await buy(house, offer)
    await house.as(buyer)('agreement', 'CancelAgreement', { agreementId })
    const again = () => buy(house, offer)
    await changeAs(house, operator, [onExperience('CreateProcurementPolicy', { Name: 'None' }, id)])
    await assert.rejects(again(), denied)
    await changeAs(house, operator, [onExperience('UpdateExperience', { Status: 'Disabled' }, id)])
    assert.ok(await again())
  })

  it('of an account for itself holds beside the operator’s: both must allow', async () => {
    const house = await openMarketFixture()
    const [oaks, elms] = [await openPackageShop(house, 'Oaks'), await openPackageShop(house, 'Elms')]
    await openExperience(house, buyer, [buyer], [oaks])
    await openExperience(house, operator, [buyer], [elms])
    for (const productId of [oaks, elms]) {
      const filters = [{ filterType: 'PRODUCT_ID', filterValues: [productId] }]
      const { purchaseOptions } = await house.as(buyer)('discovery', 'ListPurchaseOptions', { filters })
      await assert.rejects(buy(house, purchaseOptions[0].purchaseOptionId), denied)
    }
  })

  it('is described as the Catalog API has it, part by part', async () => {
    const house = await openMarketFixture()
    const [oaks, elms] = [await openPackageShop(house, 'Oaks'), await openPackageShop(house, 'Elms')]
    const id = await openExperience(house, operator, [buyer], [oaks, elms])
    house.logos.set('https://mart.example/b/logo.svg', { size: 30, content: Buffer.from('<svg xmlns="x"></svg>') })
    const set = await changeAs(house, operator, [
      onExperience('CreateBrandingSettings', { Name: 'Ours' }, id),
      onExperience(
        'UpdateBrandingSettings',
        { Configuration: { Title: 'Trees', LogoUrl: 'https://mart.example/b/logo.svg' } },
        id,
      ),
      onExperience('DenyProductProcurement', { Products: [{ Ids: [elms], Notes: 'Too slow' }] }, id),
      onExperience('UpdateProcurementPolicy', { Configuration: { PolicyResourceRequests: 'Deny' } }, id),
      onExperience('AssociateAudience', { Description: 'Two teams', Principals: [other] }, id),
    ])
    assert.equal(set.Status, 'SUCCEEDED', JSON.stringify(set.ChangeSet))
    const experience = await described(house, operator, id)
    const [policy, branding] = [experience.ProcurementPolicies[0], experience.BrandingSettings[0]]
    assert.deepEqual([experience.Name, experience.Status], ['Approved', 'Enabled'])
    assert.deepEqual(await described(house, operator, policy), {
      Name: 'What we use',
      Statements: [
        { Effect: 'Allow', Resources: [{ Type: 'Product', Ids: [oaks] }] },
        { Effect: 'Deny', Resources: [{ Type: 'Product', Ids: [elms], Notes: 'Too slow' }] },
      ],
      Configuration: { PolicyResourceRequests: 'Deny' },
    })
    const { Configuration } = await described(house, operator, branding)
    assert.deepEqual([Configuration.Title, Configuration.ThemeColor], ['Trees', '#232F3E'])
    const list = async (EntityType: string, account = operator) =>
      (await house.as(account)('catalog', 'ListEntities', { Catalog, EntityType })).EntitySummaryList
    const [audience] = await list('Audience')
    assert.deepEqual(await described(house, operator, audience.EntityId), {
      ...{ Name: `Audience for Experience ${id}`, Description: 'Two teams', Principals: [buyer, other] },
      ExperienceId: id,
    })
    for (const type of ['Experience', 'ProcurementPolicy', 'BrandingSettings']) {
      const [summary] = await list(type)
      assert.match(summary.EntityArn, new RegExp(`:${operator}:AWSMarketplace/${type}/`))
      assert.deepEqual(await list(type, buyer), [])
    }
    await assert.rejects(described(house, buyer, policy), { code: 'ResourceNotFoundException' })
  })

  it('is archived once it is disabled, lets its audience go elsewhere, and comes back when they are free', async () => {
    const house = await openMarketFixture()
    const first = await openExperience(house, operator, [buyer])
    const on = (type: string, details: object = {}) => changeAs(house, operator, [onExperience(type, details, first)])
    assert.deepEqual(codesOf(await on('RestrictExperience')), ['INCOMPATIBLE_EXPERIENCE_STATUS'])
    assert.deepEqual(codesOf(await on('ReviveExperience')), ['INCOMPATIBLE_EXPERIENCE_STATUS'])
    await on('UpdateExperience', { Status: 'Disabled' })
    await on('RestrictExperience')
    assert.deepEqual(codesOf(await on('UpdateExperience', { Name: 'Later' })), ['INCOMPATIBLE_EXPERIENCE_STATUS'])
    const { Status, AdminStatus } = await described(house, operator, first)
    assert.deepEqual([Status, AdminStatus], ['Disabled', 'Restricted'])
    const second = await openExperience(house, operator, [buyer])
    assert.deepEqual(codesOf(await on('ReviveExperience')), ['ENTITY_ALREADY_EXISTS'])
    const gone = await changeAs(house, operator, [
      onExperience('DisassociateAudience', { Principals: [buyer] }, second),
    ])
    assert.equal(gone.Status, 'SUCCEEDED')
    assert.deepEqual(codesOf(await on('ReviveExperience')), [])
  })
})

describe('a change of an experience is refused', () => {
  it('with AWS’s codes', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const made = await changeAs(house, operator, [newExperience()])
    const id: string = made.ChangeSet[0].Entity.Identifier
    const policied = await openExperience(house, operator, [buyer])
    const content = Buffer.from('nothing')
    house.logos.set('https://mart.example/b/text.png', { size: content.length, content })
    const products = { Products: [{ Ids: [product] }] }
    const logo = (LogoUrl: string) => ({ Name: 'Ours', Configuration: { LogoUrl } })
    const cases: readonly (readonly [code: string, type: string, details: object, id: string])[] = [
      ['ENTITY_NOT_FOUND', 'AllowProductProcurement', products, id],
      ['ENTITY_NOT_FOUND', 'DenyProductProcurement', products, id],
      ['ENTITY_NOT_FOUND', 'AllowProductProcurement', { Products: [{ Ids: ['prod-none'] }] }, policied],
      ['ENTITY_NOT_FOUND', 'UpdateProcurementPolicy', { Name: 'x' }, id],
      ['ENTITY_NOT_FOUND', 'UpdateBrandingSettings', { Name: 'x' }, id],
      ['ENTITY_NOT_FOUND', 'DisassociateAudience', { Principals: [buyer] }, id],
      ['ENTITY_NOT_FOUND', 'DisassociateAudience', { Principals: [other] }, policied],
      ['ENTITY_ALREADY_EXISTS', 'CreateProcurementPolicy', { Name: 'x' }, policied],
      ['ENTITY_ALREADY_EXISTS', 'AssociateAudience', { Principals: [buyer] }, id],
      ['MISSING_DATA', 'UpdateExperience', {}, id],
      ['INVALID_URL', 'CreateBrandingSettings', logo('https://elsewhere.example/logo.png'), id],
      ['INVALID_IMAGE', 'CreateBrandingSettings', logo('https://mart.example/b/text.png'), id],
    ]
    for (const [code, type, details, on] of cases) {
      const refused = await changeAs(house, operator, [onExperience(type, details, on)])
      assert.deepEqual(codesOf(refused), [code], `${type} ${JSON.stringify(details)}`)
    }
    await changeAs(house, operator, [onExperience('CreateBrandingSettings', { Name: 'Ours' }, id)])
    const twice = await changeAs(house, operator, [onExperience('CreateBrandingSettings', { Name: 'Ours' }, id)])
    assert.deepEqual(codesOf(twice), ['ENTITY_ALREADY_EXISTS'])
  })

  it('for a Limited product as for one that is not there, unless the caller sees it or is the operator', async () => {
    const house = await openMarketFixture()
    const { product } = await openShop(house)
    const hides = onProduct('UpdateVisibility', { TargetVisibility: 'Limited' }, product)
    assert.equal((await changeCatalog(house, [hides])).Status, 'SUCCEEDED')
    const allow = async (account: string, id: string, Ids: string[]) => {
      const set = await changeAs(house, account, [onExperience('AllowProductProcurement', { Products: [{ Ids }] }, id)])
      return set.ChangeSet[0].ErrorDetailList[0]
    }
    const own = await openExperience(house, other, [other])
    const hidden = await allow(other, own, [product])
    const unknown = await allow(other, own, ['prod-none'])
    assert.deepEqual(hidden, { ...unknown, ErrorMessage: unknown.ErrorMessage.replace('prod-none', product) })
    assert.equal(await allow(operator, await openExperience(house, operator, [buyer]), [product]), undefined)
    assert.equal(await allow(seller, await openExperience(house, seller, [seller]), [product]), undefined)
    await house.store.close()
  })

  it('for accounts that are not the caller’s, unless the caller is the operator', async () => {
    const house = await openMarketFixture()
    const { offer } = await openShop(house)
    const refused = await changeAs(house, other, [
      newExperience(),
      onExperience('CreateProcurementPolicy', { Name: 'None' }),
      onExperience('AssociateAudience', { Principals: [buyer] }),
      onExperience('UpdateExperience', { Status: 'Enabled' }),
    ])
    assert.ok(codesOf(refused).includes('CALLER_NOT_AUTHORIZED'))
    assert.ok(await buy(house, offer))
  })

  it('when it is started, for products twice or more than fifty, for organizations, and for what is not its own', async () => {
    const house = await openMarketFixture()
    const id = await openExperience(house, operator, [buyer])
    const start = (type: string, details: object, account = operator) =>
      house.as(account)('catalog', 'StartChangeSet', { Catalog, ChangeSet: [onExperience(type, details, id)] })
    const allow = (...Products: object[]) => start('AllowProductProcurement', { Products })
    await assert.rejects(allow({ Ids: ['prod-a'] }, { Ids: ['prod-a'] }), /Values in Ids array must be unique/)
    const ids = (from: number) => ({ Ids: Array.from({ length: 26 }, (_, at) => `prod-${from + at}`) })
    await assert.rejects(allow(ids(0), ids(26)), /must be less than or equal to 50/)
    await assert.rejects(start('AssociateAudience', { Principals: ['o-0123456789'] }), /an account ID of 12 digits/)
    await assert.rejects(start('UpdateExperience', { Status: 'Disabled' }, buyer), {
      code: 'ResourceNotFoundException',
    })
  })

  it('for the later of two that take one account at once', async () => {
    const house = await openMarketFixture()
    const ids: string[] = []
    for (const name of ['One', 'Two'])
      ids.push((await changeAs(house, operator, [newExperience(name)])).ChangeSet[0].Entity.Identifier)
    const ask = house.as(operator)
    const sets: string[] = []
    for (const id of ids) {
      const ChangeSet = [onExperience('AssociateAudience', { Principals: [buyer] }, id)]
      sets.push((await ask('catalog', 'StartChangeSet', { Catalog, ChangeSet })).ChangeSetId)
    }
    const carry = house.reconcilers['change-set']
    const tries = await Promise.allSettled(sets.map(set => carry?.(set, AbortSignal.timeout(10_000))))
    assert.ok(tries.some(({ status }) => status === 'fulfilled'))
    await house.settle()
    await house.settle()
    const ends = await Promise.all(
      sets.map(async ChangeSetId => (await ask('catalog', 'DescribeChangeSet', { Catalog, ChangeSetId })).Status),
    )
    assert.deepEqual(ends.sort(), ['FAILED', 'SUCCEEDED'])
  })
})
