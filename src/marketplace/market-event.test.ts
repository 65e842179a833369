import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, buyer, seller } from './market.fixture.ts'
import { heard, openEars, typesOf } from './market-ears.fixture.ts'
import {
  buy,
  changeCatalog,
  contractPricing,
  entitledArn,
  onOffer,
  onProduct,
  openShop,
  privateOffer,
  runInstances,
  usagePricing,
} from './market-story.fixture.ts'

test('a seller hears how change sets end and that an offer is released; buyers hear of none of it', async () => {
  const house = await openEars()
  const { product, offer } = await openShop(house)
  const events = await heard(house)
  assert.deepEqual(typesOf(events, seller), ['Offer Released', 'Change Set Succeeded', 'Change Set Succeeded'])
  assert.deepEqual(typesOf(events, buyer), [])
  const [released, succeeded] = events
  assert.equal(released?.source, 'aws.marketplacecatalog')
  assert.deepEqual(
    [released?.detail.offer.id, released?.detail.product.id, released?.detail.sellerOfRecord.accountId],
    [offer, product, seller],
  )
  assert.match(succeeded?.resource ?? '', /:AWSMarketplace\/ChangeSet\//)
  await changeCatalog(house, [onProduct('RestrictDeliveryOptions', { DeliveryOptionIds: ['do-unknown'] }, product)])
  const [failed] = await heard(house)
  assert.deepEqual([failed?.type, failed?.detail.FailureCode], ['Change Set Failed', 'CLIENT_ERROR'])
  const ChangeSet = [onProduct('UpdateVisibility', { TargetVisibility: 'Restricted' }, product)]
  const ask = house.as(seller)
  const { ChangeSetId } = await ask('catalog', 'StartChangeSet', { Catalog: 'AWSMarketplace', ChangeSet })
  await ask('catalog', 'CancelChangeSet', { Catalog: 'AWSMarketplace', ChangeSetId })
  const [cancelled] = await heard(house)
  assert.deepEqual([cancelled?.type, cancelled?.detail.ChangeSetId], ['Change Set Cancelled', ChangeSetId])
})

test('a private offer is told to those whom it is for', async () => {
  const house = await openEars()
  const { product } = await openShop(house)
  await heard(house)
  const offer = await privateOffer(house, product, usagePricing())
  const events = await heard(house)
  assert.deepEqual(typesOf(events, seller), ['Offer Released', 'Change Set Succeeded'])
  const [released] = events
  assert.deepEqual(released?.detail.targetedBuyerAccountIds, [buyer])
  const [available] = events.filter(({ account }) => account === buyer)
  assert.deepEqual(
    [available?.source, available?.type, available?.detail.offer.id, available?.detail.offer.expirationDate],
    ['aws.discovery-marketplace', 'Private Offer Available', offer, released?.detail.offer.expirationDate],
  )
})

test('both sides hear that an agreement is made and how it ends', async () => {
  const house = await openEars()
  const { product, offer } = await openShop(house)
  await heard(house)
  const id = await buy(house, offer)
  const made = await heard(house)
  assert.deepEqual(typesOf(made, seller), ['Purchase Agreement Created - Proposer'])
  assert.deepEqual(typesOf(made, buyer), ['Purchase Agreement Created - Acceptor'])
  const [created] = made
  const { agreement, acceptor, proposer, offer: sold } = created?.detail ?? {}
  assert.equal(created?.source, 'aws.agreement-marketplace')
  assert.deepEqual(
    [agreement.id, agreement.intent, agreement.status, agreement.previousAgreementId],
    [id, 'NEW', 'ACTIVE', undefined],
  )
  assert.deepEqual([acceptor.accountId, proposer.accountId, sold.id], [buyer, seller, offer])
  assert.equal(created?.detail.product.id, product)
  await house.as(buyer)('agreement', 'CancelAgreement', { agreementId: id })
  const ended = await heard(house)
  assert.deepEqual(typesOf(ended, seller), ['Purchase Agreement Ended - Proposer'])
  assert.deepEqual(typesOf(ended, buyer), ['Purchase Agreement Ended - Acceptor'])
  assert.deepEqual(
    ended.map(({ detail }) => detail.agreement),
    Array(2).fill({ id, status: 'CANCELLED' }),
  )
})

test('both sides hear what becomes of a wish to end an agreement', async () => {
  const house = await openEars()
  const { offer } = await openShop(house)
  const agreementId = await buy(house, offer)
  await heard(house)
  const send = () =>
    house.as(seller)('agreement', 'SendAgreementCancellationRequest', {
      ...{ agreementId, reasonCode: 'PRODUCT_DISCONTINUED', description: 'It is over.' },
    })
  const { agreementCancellationRequestId } = await send()
  const pending = await heard(house)
  const what = 'Agreement Cancellation Request'
  assert.deepEqual(typesOf(pending, buyer), [`${what} Pending Approval - Acceptor`])
  const toBuyer = pending.find(({ account }) => account === buyer)?.detail
  assert.deepEqual([toBuyer.agreement.proposerId, toBuyer.agreement.acceptorId], [seller, undefined])
  assert.equal(toBuyer.agreementCancellationRequest.reasonMessage, 'It is over.')
  const named = { agreementId, agreementCancellationRequestId }
  await house.as(buyer)('agreement', 'RejectAgreementCancellationRequest', { ...named, rejectionReason: 'No.' })
  const rejected = await heard(house)
  assert.deepEqual(typesOf(rejected, seller), [`${what} Rejected - Proposer`])
  assert.equal(rejected[0]?.detail.agreementCancellationRequest.statusMessage, 'No.')
  const again = (await send()).agreementCancellationRequestId
  await heard(house)
  await house.as(buyer)('agreement', 'AcceptAgreementCancellationRequest', {
    ...{ agreementId, agreementCancellationRequestId: again },
  })
  assert.deepEqual(typesOf(await heard(house), seller), [
    `${what} Approved - Proposer`,
    'Purchase Agreement Ended - Proposer',
  ])
})

test('a renewal is a new agreement after the old, and an amendment is told', async () => {
  const house = await openEars()
  const { product } = await openShop(house)
  const offer = await privateOffer(house, product, contractPricing('10'), [
    onOffer('UpdateValidityTerms', { Terms: [{ Type: 'ValidityTerm', AgreementDuration: 'P1M' }] }),
    onOffer('UpdateRenewalTerms', {
      Terms: [{ Type: 'RenewalTerm', PriceIncrease: { Type: 'FixedPercentage', Value: '0.00' } }],
    }),
  ])
  const id = await buy(house, offer, { renew: true })
  await heard(house)
  const ask = house.as(buyer)
  const { offerTerms } = await ask('discovery', 'GetOfferTerms', { offerId: offer })
  const { renewalTerm } = offerTerms.find((term: Answer) => term.renewalTerm)
  const configuration = { renewalTermConfiguration: { enableAutoRenew: true } }
  const { agreementRequestId } = await ask('agreement', 'CreateAgreementRequest', {
    ...{ intent: 'AMEND', sourceAgreementIdentifier: id },
    requestedTerms: [{ id: renewalTerm.id, configuration }],
  })
  await ask('agreement', 'AcceptAgreementRequest', { agreementRequestId })
  const [amended] = await heard(house)
  assert.equal(amended?.type, 'Purchase Agreement Amended - Proposer')
  assert.deepEqual(amended?.detail.agreement, { id, intent: 'AMEND', autoRenewalEnabled: true })
  assert.equal(amended?.detail.renewalSummary.disabledBy, null)
  house.clock.time += 30 * 86_400_000
  await house.settle()
  const renewed = await heard(house)
  assert.deepEqual(typesOf(renewed, buyer), [
    'Purchase Agreement Ended - Acceptor',
    'Purchase Agreement Created - Acceptor',
  ])
  const [ended, next] = renewed
  assert.deepEqual(ended?.detail.agreement, { id, status: 'RENEWED' })
  assert.deepEqual([next?.detail.agreement.intent, next?.detail.agreement.previousAgreementId], ['RENEW', id])
})

test('both sides hear when the price of a renewal is settled, and when the renewal is', async () => {
  const house = await openEars()
  const { product } = await openShop(house)
  const increase = { Type: 'PercentageRange', MinValue: '0.00', DefaultValue: '5.00', MaxValue: '10.00' }
  const renewal = { Type: 'RenewalTerm', LockoutPeriod: 'P5D', AdjustmentDeadline: 'P8D', PriceIncrease: increase }
  const offer = await privateOffer(house, product, contractPricing('10'), [
    onOffer('UpdateValidityTerms', { Terms: [{ Type: 'ValidityTerm', AgreementDuration: 'P20D' }] }),
    onOffer('UpdateRenewalTerms', { Terms: [renewal] }),
  ])
  const id = await buy(house, offer, { renew: true })
  await heard(house)
  const day = 86_400_000
  const accepted = house.clock.time
  house.clock.time = accepted + 12 * day - 1000
  await house.settle()
  assert.deepEqual(await heard(house), [])
  house.clock.time = accepted + 12 * day
  await house.settle()
  const events = await heard(house)
  assert.deepEqual(typesOf(events, seller), ['Purchase Agreement Renewal Terms Finalized - Proposer'])
  assert.deepEqual(typesOf(events, buyer), ['Purchase Agreement Renewal Terms Finalized - Acceptor'])
  const { agreement, renewalSummary } = events[0]?.detail ?? {}
  assert.equal(agreement.id, id)
  assert.deepEqual(
    [renewalSummary.tcv, renewalSummary.lockoutReached, renewalSummary.termsFinalizedTime],
    ['10.5', false, new Date(house.clock.time).toISOString().replace('.000', '')],
  )
  house.clock.time = accepted + 15 * day
  await house.settle()
  assert.deepEqual(typesOf(await heard(house), buyer), ['Purchase Agreement Renewal Upcoming - Acceptor'])
})

test('both sides hear of money that goes back', async () => {
  const house = await openEars()
  const { offer } = await openShop(house)
  const agreementId = await buy(house, offer)
  await runInstances(house, await entitledArn(house, agreementId), 'arn:job', 3_600_000)
  house.clock.time += 40 * 86_400_000
  await house.settle()
  const ask = house.as(seller)
  const { agreementInvoiceLineItemGroupSummaries: groups } = await ask('agreement', 'ListAgreementInvoiceLineItems', {
    ...{ agreementId, groupBy: 'INVOICE_ID' },
  })
  const originalInvoiceId = groups[0].invoiceId
  await heard(house)
  const refund = { agreementId, originalInvoiceId, adjustmentAmount: '0.25', currencyCode: 'USD' }
  const entry = { ...refund, adjustmentReasonCode: 'INCORRECT_METERING', clientToken: 'a' }
  await ask('agreement', 'BatchCreateBillingAdjustmentRequest', { billingAdjustmentRequestEntries: [entry] })
  await house.settle()
  const events = await heard(house)
  const what = 'Purchase Agreement Billing Adjustment Completed'
  assert.deepEqual(typesOf(events, seller), [`${what} - Proposer`])
  assert.deepEqual(typesOf(events, buyer), [`${what} - Acceptor`])
  assert.deepEqual(
    [events[0]?.detail.billingAdjustmentRequest.adjustmentAmount, events[0]?.detail.invoice],
    ['-0.25', { originalInvoiceId }],
  )
})
