import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { SMTPServer } from 'smtp-server'
import { deliveryReconciler } from '../delivery/delivery.reconcile.ts'
import { systemClock, useClock } from '../ground/clock.ts'
import { createMailer } from '../outgoing/mailer.ts'
import { letters } from './mail/letter.ts'
import { mailboxes } from './mail/mailbox.ts'
import { type Answer, buyer, type MarketFixture, other, seller } from './market.fixture.ts'
import { heard, openEars } from './market-ears.fixture.ts'
import {
  buy,
  certifiedAlgorithm,
  changeCatalog,
  onOffer,
  onProduct,
  openOfferSet,
  openPackageShop,
  openShop,
  passUntil,
  privateOffer,
  rates,
  trialOf,
  usagePricing,
  version,
} from './market-story.fixture.ts'

const realtime = 'ml.m5.large.m.i.r'
const priced = (price: string) =>
  usagePricing(
    rates.map(rate => (rate.DimensionKey === realtime ? { ...rate, Price: price } : rate)),
    [trialOf()],
  )
const contract = {
  PricingModel: 'Contract',
  Terms: [
    ...usagePricing().Terms,
    {
      ...{ Type: 'FixedUpfrontPricingTerm', CurrencyCode: 'USD', Price: '100.00', Duration: 'P210D' },
      Grants: rates.map(({ DimensionKey }) => ({ DimensionKey })),
    },
  ],
}
const lasting = (AgreementDuration: string) =>
  onOffer('UpdateValidityTerms', { Terms: [{ Type: 'ValidityTerm', AgreementDuration }] })

interface Letter {
  readonly to: string
  readonly subject: string
  readonly text: string
}

/** A mail server that keeps what it gets. */
async function openPost() {
  const got: Letter[] = []
  const server = new SMTPServer({
    ...{ hideSTARTTLS: true, authOptional: true, logger: false },
    onData(stream, { envelope }, callback) {
      const chunks: Buffer[] = []
      stream.on('data', chunk => chunks.push(chunk))
      stream.on('end', () => {
        const [head = '', ...body] = Buffer.concat(chunks).toString().split('\r\n\r\n')
        const [, subject = ''] = /^Subject: (.*)$/m.exec(head.replaceAll(/\r\n[ \t]/g, ' ')) ?? []
        got.push({ to: envelope.rcptTo[0]?.address ?? '', subject, text: body.join('\n\n').replaceAll(/=\r\n/g, '') })
        callback()
      })
    },
  })
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const mailer = createMailer({
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    from: 'no-reply@mart.example',
  })
  return {
    ...{ got, mailer },
    async [Symbol.asyncDispose]() {
      mailer.close()
      await new Promise<void>(resolve => server.close(() => resolve()))
    },
  }
}

const addresses: Readonly<Record<string, string>> = { [seller]: 'sales@seller.example', [buyer]: 'ml@buyer.example' }

async function giveAddresses({ store }: MarketFixture): Promise<void> {
  for (const id of [seller, buyer, other])
    await store.db
      .insertInto('iam_account')
      .values({ id, name: id === seller ? 'Sue' : `Account ${id}`, created: 0, email: addresses[id] ?? '' })
      .execute()
}

/** The year as it goes. */
async function live(house: MarketFixture): Promise<void> {
  const [ask, sell] = [house.as(buyer), house.as(seller)]
  const change = async (date: string, changes: Parameters<typeof changeCatalog>[1], status = 'SUCCEEDED') => {
    await passUntil(house, date)
    const { Status, FailureDescription } = await changeCatalog(house, changes)
    assert.equal(Status, status, FailureDescription)
    return house.settle()
  }
  const { product, offer } = await openShop(house, priced('0.25'))
  const first = await buy(house, offer)
  await house.settle()
  await change('2027-01-10', [onOffer('UpdatePricingTerms', priced('0.2'), offer)])
  const trees = [await openPackageShop(house, 'Oaks'), await openPackageShop(house, 'Elms')]
  await openOfferSet(
    house,
    trees.map(each => ({ product: each, accounts: [other] })),
  )
  await house.escrow.certify('arn:aws:sagemaker:us-east-1:111111111111:algorithm/second', certifiedAlgorithm)
  await change('2027-02-01', [
    onProduct(
      'AddDeliveryOptions',
      version('2.0', 'arn:aws:sagemaker:us-east-1:111111111111:algorithm/second'),
      product,
    ),
  ])
  const { DetailsDocument } = await sell('catalog', 'DescribeEntity', { Catalog: 'AWSMarketplace', EntityId: product })
  const [{ DeliveryOptions }] = DetailsDocument.Versions
  const DeliveryOptionIds = [DeliveryOptions[0].Id]
  await change('2027-02-10', [onProduct('RestrictDeliveryOptions', { DeliveryOptionIds }, product)])
  await change(
    '2027-02-15',
    [onProduct('RestrictDeliveryOptions', { DeliveryOptionIds: ['do-none'] }, product)],
    'FAILED',
  )
  const ChangeSet = [onProduct('UpdateVisibility', { TargetVisibility: 'Restricted' }, product)]
  const { ChangeSetId } = await sell('catalog', 'StartChangeSet', { Catalog: 'AWSMarketplace', ChangeSet })
  await sell('catalog', 'CancelChangeSet', { Catalog: 'AWSMarketplace', ChangeSetId })

  // A contract in the place of the public offer, which renews itself.
  await passUntil(house, '2027-03-01')
  const own = await privateOffer(house, product, contract, [
    lasting('P210D'),
    onOffer('UpdateAvailability', { AvailabilityEndDate: '2027-03-20' }),
    onOffer('UpdateRenewalTerms', {
      Terms: [
        { Type: 'RenewalTerm', LockoutPeriod: 'P15D', PriceIncrease: { Type: 'FixedPercentage', Value: '5.00' } },
      ],
    }),
  ])
  await change('2027-03-02', [onOffer('UpdateAvailability', { AvailabilityEndDate: '2027-03-25' }, own)])
  const second = await buy(house, own, {
    renew: true,
    more: { intent: 'REPLACE', sourceAgreementIdentifier: first },
  })
  await passUntil(house, '2027-04-10')
  for (const isRenewed of [false, true]) await amend(house, own, second, isRenewed)

  // Somebody else has one that ends, and goes on by usage.
  const brief = await privateOffer(house, product, contract, [lasting('P40D')], [other])
  await buy(house, brief, { account: other })

  // The second renews itself on September 28th; then the seller wants out.
  await passUntil(house, '2027-10-01')
  const third = await currentAgreement(house)
  const request = async (agreementId = third) => {
    const named = { agreementId, reasonCode: 'PRODUCT_DISCONTINUED', description: 'No more trees' }
    const { agreementCancellationRequestId } = await sell('agreement', 'SendAgreementCancellationRequest', named)
    return { agreementId, agreementCancellationRequestId }
  }
  await ask('agreement', 'RejectAgreementCancellationRequest', { ...(await request()), rejectionReason: 'We need it' })
  await sell('agreement', 'CancelAgreementCancellationRequest', { ...(await request()), cancellationReason: 'Not so' })
  await request()
  await passUntil(house, '2027-10-20')
  const { agreementInvoiceLineItemGroupSummaries: groups } = await sell('agreement', 'ListAgreementInvoiceLineItems', {
    ...{ agreementId: second, groupBy: 'INVOICE_ID' },
  })
  const refund = {
    ...{ agreementId: second, originalInvoiceId: groups[0].invoiceId, adjustmentAmount: '5.25', currencyCode: 'USD' },
    ...{ adjustmentReasonCode: 'BUYER_DISSATISFACTION', clientToken: 'refund' },
  }
  // With the other more than there is: one of both fails.
  const all = { adjustmentAmount: groups[0].pricingCurrencyAmount.maxAdjustmentAmount, clientToken: 'refund-of-all' }
  const { errors } = await sell('agreement', 'BatchCreateBillingAdjustmentRequest', {
    billingAdjustmentRequestEntries: [refund, { ...refund, ...all }],
  })
  assert.deepEqual(errors, [])
  await passUntil(house, '2027-11-01')
  const fourth = await buy(house, offer, { skip: ['FreeTrialPricingTerm'] })
  await change('2027-11-10', [onProduct('UpdateVisibility', { TargetVisibility: 'Restricted' }, product)])
  // The buyer is faster than the answer.
  await request(fourth)
  await ask('agreement', 'CancelAgreement', { agreementId: fourth })
  await passUntil(house, '2027-12-01')
}

async function amend(house: MarketFixture, offerId: string, agreement: string, enableAutoRenew: boolean) {
  const ask = house.as(buyer)
  const { offerTerms } = await ask('discovery', 'GetOfferTerms', { offerId })
  const { renewalTerm } = offerTerms.find((term: Answer) => term.renewalTerm)
  const { agreementRequestId } = await ask('agreement', 'CreateAgreementRequest', {
    ...{ intent: 'AMEND', sourceAgreementIdentifier: agreement },
    requestedTerms: [{ id: renewalTerm.id, configuration: { renewalTermConfiguration: { enableAutoRenew } } }],
  })
  await ask('agreement', 'AcceptAgreementRequest', { agreementRequestId })
}

async function currentAgreement(house: MarketFixture): Promise<string> {
  const filters = [
    { name: 'PartyType', values: ['Acceptor'] },
    { name: 'AgreementType', values: ['PurchaseAgreement'] },
    { name: 'Status', values: ['ACTIVE'] },
  ]
  const { agreementViewSummaries } = await house.as(buyer)('agreement', 'SearchAgreements', { filters })
  return agreementViewSummaries[0].agreementId
}

/** Each event of AWS's table that can occur here: how often the seller hears it in this year, and the buyer; of the seller's, some are about the other buyer. */
const expectedEvents: readonly (readonly [type: string, seller: number, buyer: number])[] = [
  // Released: the public offers of three products, two private ones, and two in a set.
  ['Offer Released', 7, 0],
  ['OfferSet Released', 1, 0],
  ['Private Offer Available', 0, 1],
  ['Change Set Succeeded', 14, 0],
  ['Change Set Failed', 1, 0],
  ['Change Set Cancelled', 1, 0],
  ['Purchase Agreement Created', 6, 4],
  ['Purchase Agreement Amended', 2, 2],
  ['Purchase Agreement Ended', 5, 4],
  // 180, 120, 90, 60 and 30 days before the end of the second; 30 days before that of the other buyer's.
  ['Purchase Agreement Ending', 6, 5],
  ['Purchase Agreement Renewal Upcoming', 1, 1],
  ['Agreement Cancellation Request Pending Approval', 4, 4],
  ['Agreement Cancellation Request Validation Failed', 1, 0],
  ['Agreement Cancellation Request Rejected', 1, 1],
  ['Agreement Cancellation Request Cancelled', 1, 1],
  ['Agreement Cancellation Request Approved', 1, 1],
  ['Purchase Agreement Billing Adjustment Completed', 1, 1],
  ['Purchase Agreement Billing Adjustment Failed', 1, 0],
]

/** The letters of the year, by who gets them. */
const expectedMail: Readonly<Record<string, readonly (readonly [subject: string, count: number])[]>> = {
  'ml@buyer.example': [
    ['You have subscribed to Iris Trees', 2],
    ['Your free trial of Iris Trees has begun', 1],
    ['Your free trial of Iris Trees ends in three days', 1],
    ['What do you think of Iris Trees?', 1],
    ['Prices of Iris Trees change', 1],
    ['Iris Trees has a new version', 1],
    ['A version of Iris Trees was withdrawn', 1],
    ['Sue has an offer for you: Iris Trees', 1],
    ['Sue has changed an offer for you: Iris Trees', 1],
    ['Your subscription to Iris Trees has new terms', 1],
    ['The renewal of Iris Trees was changed', 2],
    ...[180, 120, 90, 60, 30].map(days => [`Your subscription to Iris Trees ends in ${days} days`, 1] as const),
    ['Your subscription to Iris Trees will be renewed', 1],
    ['Your subscription to Iris Trees was renewed', 1],
    ['A seller asks to end your subscription to Iris Trees', 4],
    ['The end of an agreement on Iris Trees was refused', 1],
    ['A wish to end an agreement on Iris Trees was withdrawn', 1],
    ['The end of an agreement on Iris Trees was approved', 1],
    ['Your subscription to Iris Trees was cancelled', 2],
    ['An invoice for Iris Trees was corrected', 1],
    ['Iris Trees was withdrawn', 1],
  ],
  'sales@seller.example': [
    ['Your offer Pay as you go can be accepted', 3],
    ['Your offer Part0 can be accepted', 1],
    ['Your offer Part1 can be accepted', 1],
    ['Your offer set Both can be accepted', 1],
    ['Your offer For you can be accepted', 2],
    ['Somebody has subscribed to Iris Trees', 3],
    ['A subscription to Iris Trees has new terms', 2],
    ['A buyer has changed the renewal of Iris Trees', 2],
    ...[180, 120, 90, 60].map(days => [`A subscription to Iris Trees ends in ${days} days`, 1] as const),
    ['A subscription to Iris Trees ends in 30 days', 2],
    ['A subscription to Iris Trees will be renewed', 1],
    ['A subscription to Iris Trees was renewed', 1],
    ['Your wish to end an agreement on Iris Trees was sent', 4],
    ['Your wish to end an agreement on Iris Trees is void', 1],
    ['An invoice for Iris Trees was not corrected', 1],
    ['The end of an agreement on Iris Trees was refused', 1],
    ['A wish to end an agreement on Iris Trees was withdrawn', 1],
    ['The end of an agreement on Iris Trees was approved', 1],
    ['A subscription to Iris Trees was cancelled', 2],
    ['An invoice for Iris Trees was corrected', 1],
  ],
}

const counted = (names: readonly string[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(names, name => name)].map(([name, all]) => [name, all.length]))

test('a year in the market is told to both sides, each thing once, by events and by mail', async () => {
  await using post = await openPost()
  const house = await openEars()
  using _ = useClock({ ...systemClock, now: () => house.clock.time })
  const receivers = { 'aws-marketplace': mailboxes({ mailer: post.mailer, url: 'https://mart.example' }) }
  house.reconcilers['event-delivery'] = deliveryReconciler({ store: house.store, now: house.now, receivers })
  await giveAddresses(house)
  await live(house)

  const events = await heard(house)
  const told = (account: string) =>
    counted(events.filter(event => event.account === account).map(({ type }) => type.replace(/ - \w+$/, '')))
  const inTable = (side: 1 | 2) =>
    Object.fromEntries(expectedEvents.flatMap(row => (row[side] > 0 ? [[row[0], row[side]]] : [])))
  assert.deepEqual(told(seller), inTable(1))
  assert.deepEqual(told(buyer), inTable(2))
  for (const { account, type } of events)
    assert.ok(!type.endsWith(account === seller ? ' - Acceptor' : ' - Proposer'), `${type} to ${account}`)
  assert.equal(new Set(events.map(({ detail }) => detail.requestId)).size, events.length)
  const upcoming = events.find(({ type }) => type === 'Purchase Agreement Renewal Upcoming - Acceptor')
  const { lockoutReached, tcv, currency } = upcoming?.detail.renewalSummary ?? {}
  assert.deepEqual([lockoutReached, tcv, currency], [true, '105', 'USD'])
  const ending = events.filter(({ type }) => type === 'Purchase Agreement Ending - Acceptor')
  assert.deepEqual(
    ending.map(({ detail }) => detail.agreement.daysBeforeEndTime),
    [180, 120, 90, 60, 30],
  )

  for (const [to, expected] of Object.entries(expectedMail)) {
    const subjects = post.got.filter(letter => letter.to === to).map(({ subject }) => subject)
    assert.deepEqual(counted(subjects), Object.fromEntries(expected), to)
  }
  assert.deepEqual(new Set(post.got.map(({ to }) => to)), new Set(Object.values(addresses)))
  for (const { subject, text } of post.got) {
    assert.match(text, /^https:\/\/mart\.example\/console\/(marketplace|partnercentral)\/\S+$/m, subject)
    assert.ok(!/[{}]|undefined/.test(text), text)
  }
  const known = Object.values(expectedMail)
    .flat()
    .map(([subject]) => subject)
  const unused = Object.entries(letters).filter(([, { subject }]) => !known.some(sent => isFilled(subject, `${sent}`)))
  assert.deepEqual(unused, [], 'a letter that nothing sends')
  // The other buyer's agreement by usage goes on.
  const left = await house.store.db.selectFrom('work').selectAll().execute()
  assert.deepEqual(
    left.map(({ kind, due }) => [kind, new Date(due).toISOString()]),
    [['agreement', '2028-01-01T00:00:00.000Z']],
  )
  assert.deepEqual(await house.store.db.selectFrom('event_delivery').select('body').execute(), [])
  assert.deepEqual(await house.store.db.selectFrom('event_dead_letter').select('body').execute(), [])
})

const isFilled = (template: string, text: string): boolean =>
  new RegExp(`^${template.replaceAll(/[.?()"]/g, '.').replaceAll(/\{[^}]*\}/g, '.+')}$`).test(text)
