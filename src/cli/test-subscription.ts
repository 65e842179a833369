import { IAM } from '@aws-sdk/client-iam'
import { MarketplaceCatalog } from '@aws-sdk/client-marketplace-catalog'
import { S3 } from '@aws-sdk/client-s3'
import { SageMaker } from '@aws-sdk/client-sagemaker'
import { makeChanges } from './change-set-run.ts'
import { ensureRole } from './ensure-role.ts'
import { testOffer } from './listing-changes.ts'
import type { Details, ListingDocument } from './listing-document.ts'
import { marketRequest } from './market-request.ts'
import type { Profile } from './profiles.ts'
import { clientSettings, type Publisher } from './publisher.ts'
import { accountOf } from './seller-account.ts'

/** An account that has bought one product for nothing, to use it as its buyers will. */
export interface TestSubscription {
  readonly profile: Profile
  /** What the subscription shows for this region. */
  readonly arn: string
  readonly role: string
  readonly bucket: string
  /** Cancels it, and removes the endpoints and ends the jobs that were left. */
  end(): Promise<void>
}

const jobs = {
  name: 'Jobs',
  service: 'sagemaker.amazonaws.com',
  policies: ['AmazonSageMakerFullAccess', 'AmazonS3FullAccess'],
}

/**
 * A fresh account subscribes to a released product: its seller makes it a free private offer for a day, as sellers on AWS try a listing
 * before it is public, and it accepts. Throws an Error with what was refused.
 */
export async function subscribeToTest(
  publisher: Publisher,
  product: string,
  document: ListingDocument,
): Promise<TestSubscription> {
  const { url, context, tell } = publisher
  const profile = await accountOf(`notebook-${product.slice(-4)}-${Date.now().toString(36)}`, context)
  const settings = clientSettings({ profile, url })
  const seller = new MarketplaceCatalog(clientSettings(publisher))
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)
  const offer = await makeChanges(seller, testOffer(document, product, profile.id, tomorrow), tell, 'Offer')
  const ask = marketOf(url, new MarketplaceCatalog(settings))
  const { agreementProposalId } = await ask.discovery('getOffer', { offerId: offer })
  const { offerTerms } = await ask.discovery('getOfferTerms', { offerId: offer })
  const requestedTerms = offerTerms.map((term: Details) => ({ id: (Object.values(term)[0] as Details).id }))
  const { agreementRequestId } = await ask.agreement('CreateAgreementRequest', {
    ...{ intent: 'NEW', agreementProposalIdentifier: agreementProposalId, requestedTerms },
  })
  const { agreementId } = await ask.agreement('AcceptAgreementRequest', { agreementRequestId })
  const { versions } = await ask.usage(`agreements/${agreementId}/versions`)
  const bucket = `notebook-${profile.id}`
  await new S3({ ...settings, forcePathStyle: true }).createBucket({ Bucket: bucket })
  return {
    ...{ profile, bucket, arn: versions[0].arn },
    role: await ensureRole(new IAM(settings), jobs),
    async end() {
      await ask.agreement('CancelAgreement', { agreementId })
      await endLeftovers(new SageMaker(settings))
    },
  }
}

/** Whatever is there is the notebook's. */
async function endLeftovers(sagemaker: SageMaker): Promise<void> {
  const { Endpoints = [] } = await sagemaker.listEndpoints({ MaxResults: 100 })
  for (const { EndpointName } of Endpoints) await sagemaker.deleteEndpoint({ EndpointName })
  const running = { MaxResults: 100, StatusEquals: 'InProgress' as const }
  const { TrainingJobSummaries = [] } = await sagemaker.listTrainingJobs(running)
  for (const { TrainingJobName } of TrainingJobSummaries) await sagemaker.stopTrainingJob({ TrainingJobName })
  const { TransformJobSummaries = [] } = await sagemaker.listTransformJobs(running)
  for (const { TransformJobName } of TransformJobSummaries) await sagemaker.stopTransformJob({ TransformJobName })
}

/** The buyer's side of the market: the Discovery API, which no SDK has, the Agreement API, and this server's own of usage. */
function marketOf(url: string, catalog: MarketplaceCatalog) {
  const ask = marketRequest(url, catalog)
  return {
    discovery: (operation: string, input: object) => ask('POST', `/2026-02-05/${operation}`, input),
    agreement: (operation: string, input: object) =>
      ask('POST', '/', input, {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `AWSMPCommerceService_v20200301.${operation}`,
      }),
    usage: (path: string) => ask('GET', `/2026-11-29/${path}`),
  }
}
