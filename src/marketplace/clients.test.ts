import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Sha256 } from '@aws-crypto/sha256-js'
import * as agreement from '@aws-sdk/client-marketplace-agreement'
import * as catalog from '@aws-sdk/client-marketplace-catalog'
import * as entitlement from '@aws-sdk/client-marketplace-entitlement-service'
import * as metering from '@aws-sdk/client-marketplace-metering'
import { SignatureV4 } from '@smithy/signature-v4'
import { type Answer, buyer, type MarketFixture, seller } from './market.fixture.ts'
import { credentialsOf, type MarketGateway, openMarketGateway } from './market-gateway.fixture.ts'
import {
  algorithmArn,
  certifiedAlgorithm,
  change,
  entitledArn,
  legalTerms,
  onOffer,
  onProduct,
  publication,
  rates,
  supportTerms,
  usagePricing,
} from './market-story.fixture.ts'

/** The whole story through the gateway by the official clients; Discovery, which has no client, by signed requests. */
describe('official clients', () => {
  let at: MarketGateway
  let house: MarketFixture
  let endpoint = ''

  before(async () => {
    at = await openMarketGateway()
    ;({ house, endpoint } = at)
  })
  after(() => at.close())

  const client = (account: string) => at.client(account)

  /** A request signed by the SDK's own signer, for the services that have no client. */
  async function ask(account: string, method: string, path: string, input?: object) {
    const { hostname, port } = new URL(endpoint)
    const body = input && JSON.stringify(input)
    const [route = '', search = ''] = path.split('?')
    const query = Object.fromEntries(new URLSearchParams(search))
    const headers = { host: `${hostname}:${port}`, ...(body && { 'content-type': 'application/json' }) }
    const signer = new SignatureV4({
      service: 'aws-marketplace',
      region: 'us-east-1',
      sha256: Sha256,
      credentials: credentialsOf(account),
    })
    const request = { method, protocol: 'http:', hostname, port: Number(port), path: route, headers, query, body }
    const signed = await signer.sign(request)
    const response = await fetch(endpoint + path, { method, headers: signed.headers, ...(body && { body }) })
    return { status: response.status, answer: (await response.json()) as Answer }
  }

  async function discover(account: string, operation: string, input: object): Promise<Answer> {
    const { status, answer } = await ask(account, 'POST', `/2026-02-05/${operation}`, input)
    assert.equal(status, 200, JSON.stringify(answer))
    return answer
  }

  it('sell, find, buy, use and read the bill', async () => {
    await house.escrow.certify(algorithmArn, certifiedAlgorithm)
    const selling = new catalog.MarketplaceCatalogClient(client(seller))
    const started = await selling.send(
      new catalog.StartChangeSetCommand({ Catalog: 'AWSMarketplace', ChangeSet: publication() as Answer }),
    )
    await house.settle()
    const query = { Catalog: 'AWSMarketplace', ChangeSetId: started.ChangeSetId }
    const set = await selling.send(new catalog.DescribeChangeSetCommand(query))
    assert.equal(set.Status, 'SUCCEEDED', set.FailureDescription)
    const product = set.ChangeSet?.[0]?.Entity?.Identifier as string
    const ChangeSet = [onProduct('UpdateVisibility', { TargetVisibility: 'Public' }, product)] as Answer
    await selling.send(new catalog.StartChangeSetCommand({ Catalog: 'AWSMarketplace', ChangeSet }))
    await house.settle()
    const entity = await selling.send(
      new catalog.DescribeEntityCommand({ Catalog: 'AWSMarketplace', EntityId: product }),
    )
    const document = entity.DetailsDocument as Answer
    assert.equal(document.Description.Visibility, 'Public')

    const looking = new catalog.MarketplaceCatalogClient(client(buyer))
    const certificates = await looking.send(
      new catalog.ListAssessmentsCommand({ Catalog: 'AWSMarketplace', AssessmentTargetFilter: { EntityId: product } }),
    )
    const AssessmentIdentifier = certificates.AssessmentSummaryList?.[0]?.AssessmentArn
    const certificate = await looking.send(
      new catalog.DescribeAssessmentCommand({ Catalog: 'AWSMarketplace', AssessmentIdentifier }),
    )
    assert.deepEqual(
      [certificate.AssessmentResult, certificate.AssessmentTargetSummary?.EntityId],
      ['PASS', product.split('@')[0]],
    )
    const startUp = certificate.ControlAssessments?.find(({ ControlId }) => ControlId === 'StartUp')
    assert.equal(startUp?.Errors?.[0]?.Message, 'Answered GET /ping 1.3 s after its start.')

    const { listingSummaries } = await discover(buyer, 'searchListings', { searchText: 'iris' })
    const listing = await discover(buyer, 'getListing', { listingId: listingSummaries[0].listingId })
    const filters = [{ filterType: 'PRODUCT_ID', filterValues: [listing.associatedEntities[0].product.productId] }]
    const { purchaseOptions } = await discover(buyer, 'listPurchaseOptions', { filters })
    const offerId = purchaseOptions[0].purchaseOptionId
    const { agreementProposalId } = await discover(buyer, 'getOffer', { offerId })
    const { offerTerms } = await discover(buyer, 'getOfferTerms', { offerId })

    const buying = new agreement.MarketplaceAgreementClient(client(buyer))
    const request = await buying.send(
      new agreement.CreateAgreementRequestCommand({
        intent: 'NEW',
        agreementProposalIdentifier: agreementProposalId,
        requestedTerms: offerTerms.map((term: Answer) => ({ id: (Object.values(term)[0] as Answer).id })),
      }),
    )
    const { agreementId } = await buying.send(
      new agreement.AcceptAgreementRequestCommand({ agreementRequestId: request.agreementRequestId }),
    )
    const { agreementEntitlements } = await buying.send(new agreement.GetAgreementEntitlementsCommand({ agreementId }))
    assert.equal(agreementEntitlements?.length, 1)
    assert.match(
      agreementEntitlements?.[0]?.licenseArn ?? '',
      /^arn:aws:license-manager::865070037744:license:l-[0-9a-f]{32}$/,
    )
    const productArn = await entitledArn(house, agreementId as string)
    await house.market.requireSubscription(buyer, productArn)

    const subject = { account: buyer, region: 'us-east-1', productArn, resourceArn: 'arn:job' }
    const begin = new Date(Date.now() - 60_000)
    await house.store.transaction(tx => house.market.usageStarted(tx, subject, 'ml.m5.large.a.t', 1, begin))
    await house.store.transaction(tx => house.market.usageStopped(tx, 'arn:job', new Date()))
    const { items } = await buying.send(new agreement.ListAgreementChargesCommand({}))
    assert.ok(items?.[0]?.time instanceof Date)
    assert.match(items[0].amount ?? '', /^0\.0[12]$/)
    const sellingOn = new agreement.MarketplaceAgreementClient(client(seller))
    const { agreementCancellationRequestId } = await sellingOn.send(
      new agreement.SendAgreementCancellationRequestCommand({ agreementId, reasonCode: 'TEST_AGREEMENT' }),
    )
    const no = { agreementId, agreementCancellationRequestId, rejectionReason: 'We stay.' }
    const rejected = await buying.send(new agreement.RejectAgreementCancellationRequestCommand(no))
    assert.deepEqual([rejected.status, rejected.statusMessage], ['REJECTED', 'We stay.'])
    const refund = { agreementId, originalInvoiceId: 'inv-none', adjustmentAmount: '1', currencyCode: 'USD' }
    const entry = { ...refund, adjustmentReasonCode: 'INCORRECT_METERING' as const, clientToken: 'a' }
    const { errors } = await sellingOn.send(
      new agreement.BatchCreateBillingAdjustmentRequestCommand({ billingAdjustmentRequestEntries: [entry] }),
    )
    assert.equal(errors?.[0]?.code, 'RESOURCE_NOT_FOUND_EXCEPTION')
    await buying.send(new agreement.CancelAgreementCommand({ agreementId }))
    const described = await buying.send(new agreement.DescribeAgreementCommand({ agreementId }))
    assert.equal(described.status, 'CANCELLED')

    const reviews = `/2026-11-20/products/${product}`
    const written = await ask(buyer, 'PUT', `${reviews}/review`, { rating: 4, title: 'Grüße' })
    assert.deepEqual([written.status, written.answer.review.title], [200, 'Grüße'])
    const { answer } = await ask(seller, 'GET', `${reviews}/reviews?maxResults=10&sortBy=NEWEST`)
    assert.equal(answer.summary.averageRating, '4.0')
    const { reviewId } = answer.reviews[0]
    const thanks = await ask(seller, 'PUT', `${reviews}/reviews/${reviewId}/answer`, { body: 'Thank you.' })
    assert.equal(thanks.answer.review.answer.body, 'Thank you.')
    for (const rating of [2.5, '4', 6])
      assert.equal((await ask(buyer, 'PUT', `${reviews}/review`, { rating })).status, 400)
    assert.equal((await ask(seller, 'PUT', `${reviews}/review`, { rating: 5 })).status, 403)
    assert.equal((await ask(buyer, 'DELETE', `${reviews}/review`)).status, 200)

    const ProductCode = document.Description.ProductCode
    const entitling = new entitlement.MarketplaceEntitlementServiceClient(client(seller))
    assert.deepEqual((await entitling.send(new entitlement.GetEntitlementsCommand({ ProductCode }))).Entitlements, [])
    const meter = new metering.MarketplaceMeteringClient(client(seller))
    const usage = { ProductCode, Timestamp: new Date(), UsageDimension: 'ml.m5.large.a.t' }
    await assert.rejects(meter.send(new metering.MeterUsageCommand(usage)), { name: 'InvalidUsageDimensionException' })
  })

  it('lists, tags and shares what is on sale, and takes a change set back', async () => {
    const selling = new catalog.MarketplaceCatalog(client(seller))
    const Catalog = 'AWSMarketplace'
    const { EntitySummaryList } = await selling.listEntities({ Catalog, EntityType: 'MachineLearningProduct' })
    const { EntityId, EntityArn: ResourceArn = '' } = EntitySummaryList?.[0] ?? assert.fail('nothing is on sale')
    const { EntityDetails } = await selling.batchDescribeEntities({ EntityRequestList: [{ Catalog, EntityId }] })
    assert.ok(EntityDetails?.[EntityId ?? ''])
    await selling.tagResource({ ResourceArn, Tags: [{ Key: 'team', Value: 'trees' }] })
    assert.deepEqual((await selling.listTagsForResource({ ResourceArn })).Tags, [{ Key: 'team', Value: 'trees' }])
    await selling.untagResource({ ResourceArn, TagKeys: ['team'] })
    const statement = {
      ...{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${buyer}:root` }, Resource: ResourceArn },
      Action: ['aws-marketplace:DescribeEntity'],
    }
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
    await selling.putResourcePolicy({ ResourceArn, Policy })
    assert.match((await selling.getResourcePolicy({ ResourceArn })).Policy ?? '', /DescribeEntity/)
    await selling.deleteResourcePolicy({ ResourceArn })
    const ChangeSet = [onProduct('UpdateVisibility', { TargetVisibility: 'Limited' }, EntityId)] as Answer
    const { ChangeSetId } = await selling.startChangeSet({ Catalog, ChangeSet })
    await selling.cancelChangeSet({ Catalog, ChangeSetId })
    await house.settle()
    const { ChangeSetSummaryList } = await selling.listChangeSets({ Catalog })
    const cancelled = ChangeSetSummaryList?.find(each => each.ChangeSetId === ChangeSetId)
    assert.equal(cancelled?.Status, 'CANCELLED')
  })

  it('replace an agreement by an offer that is paid by dates', async () => {
    const [selling, buying] = [
      new catalog.MarketplaceCatalogClient(client(seller)),
      new agreement.MarketplaceAgreementClient(client(buyer)),
    ]
    const day = (from: number) => new Date(Date.now() + from * 86_400_000).toISOString().slice(0, 10)
    const publicOffer = await house.store.db
      .selectFrom('market_entity')
      .select(['id', 'product'])
      .where('kind', '=', 'Offer')
      .execute()
    const accept = async (offerId: string, more: object) => {
      const { agreementProposalId } = await discover(buyer, 'getOffer', { offerId })
      const { offerTerms } = await discover(buyer, 'getOfferTerms', { offerId })
      const requestedTerms = offerTerms.map((term: Answer) => ({ id: (Object.values(term)[0] as Answer).id }))
      const request = { intent: 'NEW', agreementProposalIdentifier: agreementProposalId, requestedTerms, ...more }
      const made = await buying.send(new agreement.CreateAgreementRequestCommand(request as Answer))
      const accepted = { agreementRequestId: made.agreementRequestId }
      const { agreementId } = await buying.send(new agreement.AcceptAgreementRequestCommand(accepted))
      return { agreementId: agreementId as string, summary: made.chargeSummary }
    }
    const first = await accept(publicOffer[0]?.id as string, {})
    const Schedule = [
      { ChargeDate: day(10), ChargeAmount: '20.00' },
      { ChargeDate: day(50), ChargeAmount: '30.50' },
    ]
    const upfront = {
      ...{ Type: 'FixedUpfrontPricingTerm', CurrencyCode: 'USD', Price: '0.0', Duration: 'P3M' },
      Grants: rates.map(({ DimensionKey }) => ({ DimensionKey })),
    }
    const details = { ProductId: publicOffer[0]?.product, Name: 'By dates' }
    const ChangeSet = [
      change('CreateOffer', 'Offer@1.0', undefined, details, { ChangeName: 'Offer' }),
      onOffer('UpdateInformation', { Description: 'Paid by dates' }),
      onOffer('UpdateTargeting', { PositiveTargeting: { BuyerAccounts: [buyer] } }),
      onOffer('UpdateAvailability', { AvailabilityEndDate: day(20) }),
      onOffer('UpdatePricingTerms', { PricingModel: 'Contract', Terms: [...usagePricing().Terms, upfront] }),
      onOffer('UpdatePaymentScheduleTerms', {
        Terms: [{ Type: 'PaymentScheduleTerm', CurrencyCode: 'USD', Schedule }],
      }),
      onOffer('UpdateValidityTerms', { Terms: [{ Type: 'ValidityTerm', AgreementEndDate: day(90) }] }),
      onOffer('UpdateLegalTerms', legalTerms),
      onOffer('UpdateSupportTerms', supportTerms),
      onOffer('ReleaseOffer', {}),
    ] as Answer
    const { ChangeSetId } = await selling.send(
      new catalog.StartChangeSetCommand({ Catalog: 'AWSMarketplace', ChangeSet }),
    )
    await house.settle()
    const query = { Catalog: 'AWSMarketplace', ChangeSetId }
    const set = await selling.send(new catalog.DescribeChangeSetCommand(query))
    assert.equal(set.Status, 'SUCCEEDED', set.FailureDescription)
    const replacing = { intent: 'REPLACE', sourceAgreementIdentifier: first.agreementId }
    const second = await accept(set.ChangeSet?.[0]?.Entity?.Identifier as string, replacing)
    assert.deepEqual(
      second.summary?.expectedCharges?.map(({ time, timing, amount }) => [
        time?.toISOString().slice(0, 10),
        timing,
        amount,
      ]),
      [
        [day(10), 'SCHEDULED', '20.00'],
        [day(50), 'SCHEDULED', '30.50'],
      ],
    )
    const { agreementId } = second
    const described = await buying.send(new agreement.DescribeAgreementCommand({ agreementId }))
    assert.equal(described.estimatedCharges?.agreementValue, '50.5')
    const { acceptedTerms = [] } = await buying.send(new agreement.GetAgreementTermsCommand({ agreementId }))
    const term = acceptedTerms.find(each => each.paymentScheduleTerm)?.paymentScheduleTerm
    assert.deepEqual(
      term?.schedule?.map(each => each.chargeDate?.toISOString()),
      [`${day(10)}T00:00:00.000Z`, `${day(50)}T00:00:00.000Z`],
    )
    const { items = [] } = await buying.send(new agreement.ListAgreementChargesCommand({ agreementId }))
    const purchaseOrders = [{ chargeId: items[1]?.id, agreementId, purchaseOrderReference: 'PO-9' }]
    await buying.send(new agreement.UpdatePurchaseOrdersCommand({ purchaseOrders }))
    const after = await buying.send(new agreement.ListAgreementChargesCommand({ agreementId }))
    assert.deepEqual(
      after.items?.map(item => [item.amount, item.purchaseOrderReference]),
      [
        ['20.00', undefined],
        ['30.50', 'PO-9'],
      ],
    )

    const asking = new agreement.MarketplaceAgreement(client(seller))
    const answering = new agreement.MarketplaceAgreement(client(buyer))
    const send = async () => {
      const sent = await asking.sendAgreementCancellationRequest({ agreementId, reasonCode: 'TEST_AGREEMENT' })
      return { agreementId, agreementCancellationRequestId: sent.agreementCancellationRequestId }
    }
    const withdrawn = await send()
    assert.equal((await answering.getAgreementCancellationRequest(withdrawn)).status, 'PENDING_APPROVAL')
    await asking.cancelAgreementCancellationRequest({ ...withdrawn, cancellationReason: 'A mistake.' })
    const accepted = await send()
    await answering.acceptAgreementCancellationRequest(accepted)
    const listed = await asking.listAgreementCancellationRequests({ partyType: 'Proposer', agreementId })
    assert.deepEqual(listed.items?.map(({ status }) => status).toSorted(), ['APPROVED', 'CANCELLED'])
    assert.deepEqual((await asking.listBillingAdjustmentRequests({ agreementId })).items, [])
    const lines = await answering.listAgreementInvoiceLineItems({ agreementId, groupBy: 'INVOICE_ID' })
    assert.ok(Array.isArray(lines.agreementInvoiceLineItemGroupSummaries))
  })

  it('get AWS’s errors', async () => {
    const selling = new catalog.MarketplaceCatalogClient(client(seller))
    const missing = new catalog.DescribeEntityCommand({ Catalog: 'AWSMarketplace', EntityId: 'prod-nothing' })
    const absent: Answer = await selling.send(missing).catch(caught => caught)
    assert.deepEqual([absent.name, absent.$metadata.httpStatusCode], ['ResourceNotFoundException', 404])
    const wrong = new catalog.StartChangeSetCommand({
      Catalog: 'AWSMarketplace',
      ChangeSet: [onProduct('ReleaseProduct', { Now: true }, 'prod-nothing')] as Answer,
    })
    const invalid: Answer = await selling.send(wrong).catch(caught => caught)
    assert.deepEqual([invalid.name, invalid.$metadata.httpStatusCode], ['ValidationException', 422])
    const buying = new agreement.MarketplaceAgreementClient(client(buyer))
    const error: Answer = await buying
      .send(
        new agreement.CreateAgreementRequestCommand({
          intent: 'NEW',
          agreementProposalIdentifier: 'at-x',
          requestedTerms: [{ id: 't' }],
        }),
      )
      .catch(caught => caught)
    assert.equal(error.name, 'ResourceNotFoundException')
    assert.equal(error.resourceType, 'AgreementProposal')
    const payments = await buying.send(new agreement.ListAgreementPaymentRequestsCommand({ partyType: 'Acceptor' }))
    assert.deepEqual(payments.items, [])
  })
})
