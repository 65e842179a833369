import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { clientsFor, region } from '../../demo/clients.ts'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { ensureExample } from '../../setup/images.mjs'
import type { PresentEngine } from '../e2e/engines.ts'
import { createEndpoint, download, endpointSettled, transform } from '../e2e/jobs.ts'
import { type Subscription, subscribe } from '../e2e/market-shop.ts'
import { makeParty, type Party } from '../e2e/party.ts'
import { until } from '../e2e/until.ts'
import { openWorld, type World } from '../e2e/world.ts'

const run = promisify(execFile)
const program = fileURLToPath(new URL('../../bin/modelmart.mjs', import.meta.url))
const folder = (name: string) => new URL(`../../examples/${name}/`, import.meta.url)

export const instance = 'ml.m5.large' as const

/** Debian's, for which boto3 is installed. */
const python = '/usr/bin/python3'
export const noBoto3 = existsSync('/usr/lib/python3/dist-packages/boto3') ? false : 'boto3 is not installed'

export const exampleFile = (name: string, path: string): Promise<Buffer> => readFile(new URL(path, folder(name)))

/** A server, and a buyer who has no image of its own to run, but one to push, which is small. */
export async function openShop(engine: PresentEngine): Promise<{ world: World; buyer: Party }> {
  const world = await openWorld(engine, 'contract-probe')
  const image = (await ensureExample(engine, 'contract-probe')) as string
  return { world, buyer: await makeParty(world.server, engine, 'buyer', image) }
}

/** Puts the sample data of an example into the buyer's bucket, each folder a prefix. */
export async function putData(buyer: Party, name: string): Promise<void> {
  const data = fileURLToPath(new URL('data/', folder(name)))
  for (const Key of await readdir(data, { recursive: true }))
    if (/\.\w+$/.test(Key))
      await buyer.s3.putObject({ Bucket: buyer.bucket, Key, Body: await exampleFile(name, `data/${Key}`) })
}

/** What a job reads of the prefix of the same name. */
export const channelOf = (
  { bucket }: Party,
  ChannelName: string,
  ContentType: string,
  S3DataDistributionType: 'FullyReplicated' | 'ShardedByS3Key' = 'FullyReplicated',
  prefix = ChannelName,
) => {
  const S3DataSource = { S3DataType: 'S3Prefix' as const, S3Uri: `s3://${bucket}/${prefix}/`, S3DataDistributionType }
  return { ChannelName, ContentType, DataSource: { S3DataSource } }
}

/** A training job of a bought algorithm on so many hosts; several have files of their own. */
export const jobOf = (buyer: Party, AlgorithmName: string, InstanceCount = 1, ContentType = 'text/csv') => ({
  AlgorithmSpecification: { AlgorithmName, TrainingInputMode: 'File' as const },
  InputDataConfig: [
    channelOf(buyer, 'train', ContentType, InstanceCount > 1 ? 'ShardedByS3Key' : 'FullyReplicated'),
    channelOf(buyer, 'validation', ContentType),
  ],
  ResourceConfig: { InstanceType: instance, InstanceCount, VolumeSizeInGB: 1 },
  StoppingCondition: { MaxRuntimeInSeconds: 600 },
  EnableNetworkIsolation: true,
})

export async function inService(buyer: Party, name: string): Promise<void> {
  const settled = await endpointSettled(buyer, name)
  assert.equal(settled.EndpointStatus, 'InService', settled.FailureReason)
}

/** Serves a model, and gives what asks it. */
export async function served(buyer: Party, name: string) {
  await createEndpoint(buyer, name, [name], { InstanceType: instance })
  await inService(buyer, name)
  return async (ContentType: string, Body: string | Uint8Array, Accept = 'text/csv') => {
    const answer = await buyer.runtime.invokeEndpoint({ EndpointName: name, ContentType, Accept, Body })
    return Buffer.from(answer.Body ?? []).toString()
  }
}

/** The answers to the rows of `inference/`, by a batch transform of a model. */
export async function batch(buyer: Party, model: string, file: string, ContentType = 'text/csv'): Promise<string[]> {
  const S3DataSource = { S3DataType: 'S3Prefix' as const, S3Uri: `s3://${buyer.bucket}/inference/` }
  const done = await transform(buyer, model, model, 'inference/', {
    BatchStrategy: 'MultiRecord',
    TransformInput: { ContentType, SplitType: 'Line', DataSource: { S3DataSource } },
    TransformOutput: { S3OutputPath: `s3://${buyer.bucket}/${model}`, Accept: ContentType, AssembleWith: 'None' },
    TransformResources: { InstanceType: instance, InstanceCount: 1 },
  })
  assert.equal(done.TransformJobStatus, 'Completed', done.FailureReason)
  return (await download(buyer, `s3://${buyer.bucket}/${model}/${file}.out`)).toString().trim().split('\n')
}

/** Runs the command on the server's data directory, and returns what it prints. */
export async function modelmart({ server, engine }: World, line: readonly string[]): Promise<string> {
  const env = { ...process.env, DOCKER_HOST: `unix://${engine.socket}`, MODELMART_DATA: server.data }
  return (await run(process.execPath, [program, ...line], { env })).stdout
}

/** Publishes an example by the command, as the account that sells examples, and subscribes a buyer to it. */
export const boughtExample = (world: World, buyer: Party, name: string): Promise<Subscription> =>
  bought(world, buyer, 'examples', ['examples', 'publish', '--no-notebook', name])

/** The same of the product in `NAME/trained`, which another account sells: the example's image with a model. */
export async function boughtTrained(world: World, buyer: Party, name: string): Promise<Subscription> {
  const image = (await ensureExample(world.engine, name)) as string
  const words = [
    'list',
    '--no-notebook',
    fileURLToPath(folder(`${name}/trained`)),
    '--image',
    image,
    '--account',
    'trained',
  ]
  return bought(world, buyer, 'trained', words)
}

async function bought(world: World, buyer: Party, account: string, line: readonly string[]): Promise<Subscription> {
  const seller = clientsFor(world.server.url, await world.server.account(account))
  const stdout = await modelmart(world, line)
  const product = /(prod-\w+) is public/.exec(stdout)?.[1]
  assert.ok(product, stdout)
  const OfferFilters = { ProductId: { ValueList: [product] } }
  const { EntitySummaryList = [] } = await seller.catalog.listEntities({
    ...{ Catalog: 'AWSMarketplace', EntityType: 'Offer', EntityTypeFilters: { OfferFilters } },
  })
  return subscribe(buyer, EntitySummaryList[0]?.EntityId as string)
}

/** Runs the code of an example's notebook, as who has bought it. Returns what it prints. */
export async function runNotebook({ server }: World, buyer: Party, name: string, product: string): Promise<string> {
  const { cells } = JSON.parse((await exampleFile(name, 'notebook.ipynb')).toString())
  const code = cells.flatMap(({ cell_type, source }: { cell_type: string; source: string[] }) =>
    cell_type === 'code' ? source.join('') : [],
  )
  const { accessKeyId, secretAccessKey } = buyer.credentials
  const env = {
    ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_DEFAULT_REGION: region },
    ...{ AWS_ENDPOINT_URL: server.url, AWS_EC2_METADATA_DISABLED: 'true', PATH: process.env.PATH },
    ...{ ALGORITHM_ARN: product, MODEL_PACKAGE_ARN: product, ROLE_ARN: buyer.role, BUCKET: buyer.bucket },
    DATA_DIR: fileURLToPath(new URL('data', folder(name))),
  }
  return (await run(python, ['-c', code.join('\n')], { env })).stdout
}

/** A model of what a bought algorithm has trained. */
export async function modelOf(buyer: Party, name: string, product: string, ModelDataUrl: string): Promise<void> {
  const package_ = { ModelPackageName: name }
  const SourceAlgorithms = [{ AlgorithmName: product, ModelDataUrl }]
  await buyer.sagemaker.createModelPackage({ ...package_, SourceAlgorithmSpecification: { SourceAlgorithms } })
  await until(
    `model package ${name} is made`,
    () => buyer.sagemaker.describeModelPackage(package_),
    ({ ModelPackageStatus }) => ModelPackageStatus === 'Completed',
  )
  await buyer.sagemaker.createModel({
    ...{ ModelName: name, PrimaryContainer: package_, ExecutionRoleArn: buyer.role, EnableNetworkIsolation: true },
  })
}
