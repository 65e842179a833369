import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { clientsFor, region } from '../../demo/clients.ts'
import { type Subscription, subscribe } from '../e2e/market-shop.ts'
import type { Party } from '../e2e/party.ts'
import { until } from '../e2e/until.ts'
import type { World } from '../e2e/world.ts'

const run = promisify(execFile)
const program = fileURLToPath(new URL('../../bin/modelmart.mjs', import.meta.url))
const folder = (name: string) => new URL(`../../examples/${name}/`, import.meta.url)

/** Debian's, for which boto3 is installed. */
const python = '/usr/bin/python3'
export const noBoto3 = existsSync('/usr/lib/python3/dist-packages/boto3') ? false : 'boto3 is not installed'

export const exampleFile = (name: string, path: string): Promise<Buffer> => readFile(new URL(path, folder(name)))

/** Publishes an example by the command, as the account that sells examples, and subscribes a buyer to it. */
export async function boughtExample({ server, engine }: World, buyer: Party, name: string): Promise<Subscription> {
  const seller = clientsFor(server.url, await server.account('examples'))
  const env = { ...process.env, DOCKER_HOST: `unix://${engine.socket}`, MODELMART_DATA: server.data }
  const { stdout } = await run(process.execPath, [program, 'examples', 'publish', name], { env })
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
