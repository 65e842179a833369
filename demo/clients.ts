import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { ECR } from '@aws-sdk/client-ecr'
import { IAM } from '@aws-sdk/client-iam'
import { MarketplaceAgreement } from '@aws-sdk/client-marketplace-agreement'
import { MarketplaceCatalog } from '@aws-sdk/client-marketplace-catalog'
import { S3 } from '@aws-sdk/client-s3'
import { SageMaker } from '@aws-sdk/client-sagemaker'
import { SageMakerRuntime } from '@aws-sdk/client-sagemaker-runtime'
import { STS } from '@aws-sdk/client-sts'
import { createDiscovery, createSubscribedVersions, type Discovery, type SubscribedVersions } from './discovery.ts'
import type { Credentials } from './server-process.ts'

/** One account's clients: AWS's own, told nothing but the endpoint and the key. */
export interface Clients {
  readonly id: string
  readonly credentials: Credentials
  readonly sagemaker: SageMaker
  readonly runtime: SageMakerRuntime
  readonly s3: S3
  readonly ecr: ECR
  readonly iam: IAM
  readonly sts: STS
  readonly logs: CloudWatchLogs
  readonly catalog: MarketplaceCatalog
  readonly agreement: MarketplaceAgreement
  readonly discovery: Discovery
  readonly subscribedVersions: SubscribedVersions
}

export const region = 'us-east-1'

/** With many retries a client outlives a restart of the server. */
export function clientsFor(
  endpoint: string,
  { id, invokeUrl = endpoint, ...credentials }: Credentials & { readonly id: string; readonly invokeUrl?: string },
): Clients {
  const options = { endpoint, region, credentials, maxAttempts: 12 }
  return {
    id,
    credentials,
    sagemaker: new SageMaker(options),
    runtime: new SageMakerRuntime({ ...options, endpoint: invokeUrl }),
    s3: new S3({ ...options, forcePathStyle: true }),
    ecr: new ECR(options),
    iam: new IAM(options),
    sts: new STS(options),
    logs: new CloudWatchLogs(options),
    catalog: new MarketplaceCatalog(options),
    agreement: new MarketplaceAgreement(options),
    discovery: createDiscovery(endpoint, credentials),
    subscribedVersions: createSubscribedVersions(endpoint, credentials),
  }
}
