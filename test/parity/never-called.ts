import { readFileSync } from 'node:fs'
import { servedServices } from './served-services.ts'

/** What can have no answer but an error here, as on AWS for a bucket without such a setting. */
const neverSucceeds = ['S3: GetBucketReplication GetBucketWebsite GetObjectLockConfiguration']

/** Called with success only by the services' own tests, not yet by an official client. The list may only become shorter. */
const owed = [
  'Marketplace Metering: MeterUsage BatchMeterUsage RegisterUsage ResolveCustomer',
  'Marketplace Agreement: GetBillingAdjustmentRequest SendAgreementPaymentRequest AcceptAgreementPaymentRequest RejectAgreementPaymentRequest CancelAgreementPaymentRequest GetAgreementPaymentRequest',
  'Marketplace Discovery: SearchListings SearchFacets GetListing GetProduct ListFulfillmentOptions GetOffer GetOfferTerms GetOfferSet ListPurchaseOptions',
  'Marketplace Reviews: PutReview DeleteReview ListReviews PutReviewAnswer DeleteReviewAnswer',
  'Marketplace Reports: CreateReport',
  'SageMaker: DeleteHyperParameterTuningJob',
]

const linesOf = (list: readonly string[]): string[] =>
  list.flatMap(text => {
    const [service, names = ''] = text.split(': ')
    return names.split(' ').map(name => `${service}\t${name}`)
  })

// The last word of a whole test run: which served operations no official client has called with success.
const [path] = process.argv.slice(2)
const called = new Set(path ? readFileSync(path, 'utf8').split('\n') : [])
const known = new Set(linesOf([...neverSucceeds, ...owed]))
const served = (await servedServices()).flatMap(({ model, operations }) =>
  Object.keys(operations).map(name => `${model.metadata.serviceId}\t${name}`),
)
const missing = served.filter(line => !called.has(line) && !known.has(line))
const unknown = [...known].filter(line => !served.includes(line))
for (const line of missing) process.stderr.write(`never called with success by an official client: ${line}\n`)
for (const line of unknown) process.stderr.write(`not served any more: ${line}\n`)
process.exitCode = missing.length + unknown.length === 0 ? 0 : 1
