import { readFileSync } from 'node:fs'
import { servedServices } from './served-services.ts'

/** What can have no answer but an error here. That the error is the right one, tests of official clients hold. */
const neverSucceeds = [
  // As on AWS for a bucket without such a setting, which no bucket can be given here.
  'S3: GetBucketReplication GetBucketWebsite GetObjectLockConfiguration',
  // SageMaker meters the products of machine learning itself: they have no dimension of a seller's, no ECS or EKS, no SaaS registration.
  'Marketplace Metering: MeterUsage RegisterUsage ResolveCustomer',
  // Payments are requested against a VariablePaymentTerm, which only agreements on professional services have.
  'Marketplace Agreement: SendAgreementPaymentRequest AcceptAgreementPaymentRequest RejectAgreementPaymentRequest CancelAgreementPaymentRequest GetAgreementPaymentRequest',
  // It decodes what the same installation encodes, and none here encodes refusals.
  'STS: DecodeAuthorizationMessage',
  // There are no trails here.
  'CloudTrail: GetTrailStatus',
]

const linesOf = (list: readonly string[]): string[] =>
  list.flatMap(text => {
    const [service, names = ''] = text.split(': ')
    return names.split(' ').map(name => `${service}\t${name}`)
  })

// The last word of a whole test run: which served operations no official client has called with success.
const [path] = process.argv.slice(2)
const called = new Set(path ? readFileSync(path, 'utf8').split('\n') : [])
const known = new Set(linesOf(neverSucceeds))
const served = (await servedServices()).flatMap(({ model, operations }) =>
  Object.keys(operations).map(name => `${model.metadata.serviceId}\t${name}`),
)
const missing = served.filter(line => !called.has(line) && !known.has(line))
const unknown = [...known].filter(line => !served.includes(line))
for (const line of missing) process.stderr.write(`never called with success by an official client: ${line}\n`)
for (const line of unknown) process.stderr.write(`not served any more: ${line}\n`)
process.exitCode = missing.length + unknown.length === 0 ? 0 : 1
