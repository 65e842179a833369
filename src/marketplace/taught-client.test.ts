import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { MarketplaceAgreement } from '@aws-sdk/client-marketplace-agreement'
import { MarketplaceMetering } from '@aws-sdk/client-marketplace-metering'
import { findEntity } from './entity.ts'
import { buyer, jobRole, operator, other, seller } from './market.fixture.ts'
import { credentialsOf, type MarketGateway, openMarketGateway } from './market-gateway.fixture.ts'
import {
  buy,
  contractPricing,
  entitledArn,
  information,
  onOffer,
  openOfferSet,
  openPackageShop,
  openShop,
  privateOffer,
  runInstances,
  usagePricing,
} from './market-story.fixture.ts'
import { openExperience } from './procurement/private-marketplace.fixture.ts'
import { isProduct } from './product.ts'

const run = promisify(execFile)
const python = '/usr/bin/python3'
const boto3 = '/usr/lib/python3/dist-packages/boto3'
const day = 86_400_000

/** The models as botocore wants them: NAME/VERSION/service-2.json. */
async function taught(...names: string[]): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'modelmart-models-'))
  for (const name of names) {
    const model = new URL(`../model/${name}.json`, import.meta.url)
    const { metadata } = JSON.parse(await readFile(model, 'utf8'))
    const directory = join(root, name, metadata.apiVersion)
    await mkdir(directory, { recursive: true })
    await copyFile(model, join(directory, 'service-2.json'))
  }
  return root
}

/** A product that was bought and used two months ago, and a bill for it that is out. */
describe('official clients, the month after', () => {
  let at: MarketGateway
  let shop: { product: string; offer: string }
  let agreementId = ''
  let contract = ''
  let weighed = ''
  let set = ''
  let entitled = ''
  let used = new Date()

  before(async () => {
    at = await openMarketGateway()
    const { house } = at
    const now = house.clock.time
    used = new Date(now - 62 * day)
    house.clock.time = used.getTime()
    shop = await openShop(house)
    agreementId = await buy(house, shop.offer)
    entitled = await entitledArn(house, agreementId)
    await runInstances(house, entitled, 'arn:job', 3_600_000)
    house.clock.time = now
    await house.settle()
    const PriceIncrease = { Type: 'PercentageRange', MinValue: '1.00', DefaultValue: '2.50', MaxValue: '9.00' }
    const own = await privateOffer(
      house,
      shop.product,
      contractPricing('200'),
      [
        onOffer('UpdateValidityTerms', { Terms: [{ Type: 'ValidityTerm', AgreementDuration: 'P30D' }] }),
        onOffer('UpdateRenewalTerms', { Terms: [{ Type: 'RenewalTerm', PriceIncrease, AdjustmentDeadline: 'P10D' }] }),
      ],
      [other],
    )
    contract = await buy(house, own, { renew: true, account: other })
    weighed = await openPackageShop(house, 'Weighed')
    await openExperience(house, operator, [buyer])
    set = await openOfferSet(house, [{ product: shop.product, pricing: usagePricing() }, { product: weighed }])
    const variant = { created: 1, role: jobRole(buyer), isCaptured: true, productArn: entitled, days: new Map() }
    const sketch = { records: 50, columns: [] }
    house.variants.set(`arn:aws:sagemaker:us-east-1:${buyer}:endpoint/flowers all`, { ...variant, sketch })
    house.files.set(`${buyer}/rows.csv`, '1\n2\n3\n').set(`${buyer}/labels.txt`, '1\n2\n3\n')
  })
  after(() => at.close())

  it('boto3, taught our models: discovery, reviews, reports, usage, renewals, evaluations and requests for products', {
    skip: !existsSync(boto3) && `${boto3} is not there: apt-get install python3-boto3`,
    timeout: 240_000,
  }, async () => {
    const AWS_DATA_PATH = await taught(
      'marketplace-discovery',
      'marketplace-reviews',
      'marketplace-reports',
      'marketplace-usage',
      'marketplace-renewals',
      'marketplace-evaluations',
      'marketplace-procurement',
    )
    const keys = (account: string) => Object.values(credentialsOf(account)).join(',')
    const script = new URL('taught-client.py', import.meta.url).pathname
    const month = [String(used.getUTCFullYear()), String(used.getUTCMonth() + 1)]
    const { product, offer } = shop
    const words = [
      script,
      at.endpoint,
      keys(seller),
      keys(buyer),
      product,
      offer,
      seller,
      ...month,
      agreementId,
      contract,
      weighed,
      buyer,
      set,
      keys(operator),
    ]
    const env = { PATH: process.env.PATH, HOME: AWS_DATA_PATH, AWS_DATA_PATH, AWS_EC2_METADATA_DISABLED: 'true' }
    const { stdout } = await run(python, words, { env })
    assert.deepEqual(JSON.parse(stdout), {
      ...{ listing: information.ProductTitle, facets: 1, product: information.ProductTitle },
      ...{
        fulfilled: 1,
        options: [offer, set],
        set: [shop.product, weighed],
        offer,
        terms: 3,
        sample: '5.1,3.5,1.4,0.2',
      },
      ...{ reviews: [['Grüße', 'Thank you.']], left: [], report: '0.6', trial: [] },
      versions: [['SageMakerAlgorithm', '1.0', entitled]],
      ...{ certificate: true, risen: '215.54', evaluation: [3, 'IN_PROGRESS', '0', true, 1] },
      lesson: [3, { max_leaf_nodes: '4' }],
      drift: [['all'], [], []],
      dashboards: ['0.6', 'IMPRESSIONS', '0.6'],
      wishes: ['APPROVED', 'CANCELLED', 'DECLINED', ['APPROVED', 'CANCELLED', 'DECLINED']],
    })
    await rm(AWS_DATA_PATH, { recursive: true })
  })

  it('a refund of an invoice is read back', async () => {
    const selling = new MarketplaceAgreement(at.client(seller))
    const grouped = { agreementId, groupBy: 'INVOICE_ID' as const }
    const { agreementInvoiceLineItemGroupSummaries: groups = [] } = await selling.listAgreementInvoiceLineItems(grouped)
    const originalInvoiceId = groups[0]?.invoiceId
    const refund = { agreementId, originalInvoiceId, adjustmentAmount: '0.25', currencyCode: 'USD' as const }
    const entry = { ...refund, adjustmentReasonCode: 'INCORRECT_METERING' as const, clientToken: 'a' }
    const { items } = await selling.batchCreateBillingAdjustmentRequest({ billingAdjustmentRequestEntries: [entry] })
    const { billingAdjustmentRequestId } = items?.[0] ?? assert.fail('no refund was made')
    const asked = { agreementId, billingAdjustmentRequestId }
    assert.equal((await selling.getBillingAdjustmentRequest(asked)).status, 'PENDING')
    // The gateway has the time of the machine.
    at.house.clock.time = Date.now()
    await at.house.settle()
    const read = await selling.getBillingAdjustmentRequest(asked)
    assert.deepEqual(
      [read.adjustmentAmount, read.originalInvoiceId, read.status],
      ['0.25', originalInvoiceId, 'COMPLETED'],
    )
  })

  it('a batch of no records is metered, one of any record is refused: SageMaker meters what products of machine learning do', async () => {
    const product = await findEntity(at.house.store, shop.product)
    const meter = new MarketplaceMetering(at.client(seller))
    const ProductCode = isProduct(product) ? product.document.productCode : assert.fail()
    assert.deepEqual((await meter.batchMeterUsage({ ProductCode, UsageRecords: [] })).Results, [])
    const record = { Timestamp: new Date(), CustomerIdentifier: 'someone', Dimension: 'ml.m5.large.a.t', Quantity: 1 }
    const calls = [
      [() => meter.batchMeterUsage({ ProductCode, UsageRecords: [record] }), 'InvalidUsageDimensionException'],
      [
        () => meter.meterUsage({ ProductCode, Timestamp: new Date(), UsageDimension: 'x' }),
        'InvalidUsageDimensionException',
      ],
      [() => meter.registerUsage({ ProductCode, PublicKeyVersion: 1 }), 'PlatformNotSupportedException'],
      [() => meter.resolveCustomer({ RegistrationToken: 'x' }), 'InvalidTokenException'],
    ] as const
    for (const [call, name] of calls) await assert.rejects(call(), { name })
  })

  it('a payment is not requested of an agreement on machine learning, and none is found', async () => {
    const selling = new MarketplaceAgreement(at.client(seller))
    const buying = new MarketplaceAgreement(at.client(buyer))
    const { acceptedTerms = [] } = await buying.getAgreementTerms({ agreementId })
    const termId = acceptedTerms.find(each => each.usageBasedPricingTerm)?.usageBasedPricingTerm?.id
    const asked = { agreementId, termId, name: 'One more', chargeAmount: '1.00', currencyCode: 'USD' as const }
    await assert.rejects(selling.sendAgreementPaymentRequest(asked), {
      name: 'ValidationException',
      reason: 'INVALID_TERM_ID',
    })
    const named = { agreementId, paymentRequestId: 'pr-1234567890' }
    for (const call of [
      () => buying.acceptAgreementPaymentRequest(named),
      () => buying.rejectAgreementPaymentRequest(named),
      () => selling.cancelAgreementPaymentRequest(named),
      () => selling.getAgreementPaymentRequest(named),
    ])
      await assert.rejects(call(), { name: 'ResourceNotFoundException', resourceType: 'PaymentRequest' })
  })
})
