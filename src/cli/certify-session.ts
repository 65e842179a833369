import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { ECR } from '@aws-sdk/client-ecr'
import { IAM } from '@aws-sdk/client-iam'
import { S3 } from '@aws-sdk/client-s3'
import { SageMaker } from '@aws-sdk/client-sagemaker'
import { SageMakerRuntime } from '@aws-sdk/client-sagemaker-runtime'
import type { EngineClient } from '../driver/engine-client.ts'
import { dataFiles, type Product } from './certify-product.ts'
import { ensureRole } from './ensure-role.ts'
import { defaultRegion, type Profile } from './profiles.ts'

/** Where a certification finds its data and puts its outputs, and as which role. */
export interface ValidationPlace {
  readonly role: string
  readonly bucket: string
  /** Begins the keys in the bucket, and ends the names of what a run makes. */
  readonly suffix: string
}

/** What one certification works with: AWS's own clients on the account, a role, a bucket, and names of its own. */
export interface Session extends ValidationPlace {
  readonly sagemaker: SageMaker
  readonly runtime: SageMakerRuntime
  readonly s3: S3
  readonly ecr: ECR
  readonly logs: CloudWatchLogs
  /** The engine of this machine, to look at what Modelmart runs on it. */
  readonly engine: EngineClient
  /** How long a container may take until it answers `GET /ping`. */
  readonly startupSeconds: number
}

const validation = {
  name: 'ModelmartCertify',
  service: 'sagemaker.amazonaws.com',
  policies: ['AmazonSageMakerFullAccess', 'AmazonS3FullAccess'],
}

/** Makes what is missing of role and bucket, and puts the product's sample data there. */
export async function openSession(
  profile: Profile & { readonly id: string },
  endpoint: string,
  product: Product,
  watch: Pick<Session, 'engine' | 'startupSeconds'>,
): Promise<Session> {
  const credentials = { accessKeyId: profile.accessKeyId, secretAccessKey: profile.secretAccessKey }
  const options = { endpoint, region: defaultRegion, credentials }
  const s3 = new S3({ ...options, forcePathStyle: true })
  const bucket = `certify-${profile.id}`
  const role = await ensureRole(new IAM(options), validation)
  await s3.createBucket({ Bucket: bucket })
  // Of the run, whatever else begins at this moment.
  const suffix = `${Date.now().toString(36)}-${randomBytes(2).toString('hex')}`
  for (const prefix of prefixes(product))
    for (const { key, path } of await dataFiles(product, prefix))
      await s3.putObject({ Bucket: bucket, Key: `${suffix}/${key}`, ...(await content(path)) })
  if (product.modelData)
    await s3.putObject({ Bucket: bucket, Key: artifactKey(suffix), ...(await content(product.modelData)) })
  const clients = { sagemaker: new SageMaker(options), runtime: new SageMakerRuntime(options), ecr: new ECR(options) }
  return { ...clients, ...watch, s3, logs: new CloudWatchLogs(options), role, bucket, suffix }
}

/** A file that is sent as it is read, however large. */
const content = async (path: string) => ({ Body: createReadStream(path), ContentLength: (await stat(path)).size })

const artifactKey = (suffix: string) => `${suffix}/model.tar.gz`

/** Where the session has put the product's own model. */
export const artifactUri = ({ bucket, suffix }: ValidationPlace): string => `s3://${bucket}/${artifactKey(suffix)}`

/** The relative S3 prefixes that the product's validation profile reads. */
export function prefixes({ profile }: Product): string[] {
  const channels = profile.TrainingJobDefinition?.InputDataConfig ?? []
  const sources = [
    ...channels.map(channel => channel.DataSource),
    profile.TransformJobDefinition?.TransformInput?.DataSource,
  ]
  return [...new Set(sources.flatMap(source => source?.S3DataSource?.S3Uri ?? []))]
}

/** The validation profile with its data and outputs in the session's bucket. */
export function profileIn({ bucket, suffix }: ValidationPlace, { profile }: Product): typeof profile {
  const copy = structuredClone(profile) as typeof profile & { TrainingJobDefinition: object }
  const base = `s3://${bucket}/${suffix}`
  const place = (source: { S3DataSource?: { S3Uri: string | undefined } } | undefined) => {
    if (source?.S3DataSource) source.S3DataSource.S3Uri = `${base}/${source.S3DataSource.S3Uri}`
  }
  for (const channel of copy.TrainingJobDefinition?.InputDataConfig ?? []) place(channel.DataSource as never)
  place(copy.TransformJobDefinition?.TransformInput?.DataSource as never)
  if (copy.TrainingJobDefinition) copy.TrainingJobDefinition.OutputDataConfig = { S3OutputPath: `${base}/output` }
  if (copy.TransformJobDefinition?.TransformOutput)
    copy.TransformJobDefinition.TransformOutput.S3OutputPath = `${base}/output/transform`
  return copy
}
