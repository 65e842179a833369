import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Change } from '@aws-sdk/client-marketplace-catalog'
import type { CreateAlgorithmInput } from '@aws-sdk/client-sagemaker'
import { region } from '../../demo/clients.ts'
import { putLogo } from '../../demo/put-logo.ts'
import { makeRole } from '../../demo/seller-steps.ts'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { ensureExample } from '../../setup/images.mjs'
import type { GivenValues, ProductRequests } from '../../src/cli/product-requests.ts'
import { type PresentEngine, presentEngines } from './engines.ts'
import { download, train, transform } from './jobs.ts'
import { type Subscription, subscribe } from './market-shop.ts'
import { makeParty, type Party } from './party.ts'
import { input } from './training-program.ts'
import { until } from './until.ts'
import { openWorld, type World } from './world.ts'

const run = promisify(execFile)
const folder = new URL('../../examples/ticket-topics/', import.meta.url)

/** What `modelmart request` prints. */
async function request<Name extends keyof ProductRequests>(name: Name, given: Partial<GivenValues>) {
  const options = Object.entries(given).flatMap(([option, value]) => [`--${option}`, value])
  const { stdout } = await run(process.execPath, [program, 'request', name, fileURLToPath(folder), ...options])
  return JSON.parse(stdout) as ProductRequests[Name]
}
const file = (path: string): Promise<Buffer> => readFile(new URL(path, folder))
/** Debian's, for which boto3 is installed. */
const python = '/usr/bin/python3'
const noBoto3 = existsSync('/usr/lib/python3/dist-packages/boto3') ? false : 'boto3 is not installed'

// The story is the same on every engine; what differs between them is behind the driver.
const [engine] = (await presentEngines()) as [PresentEngine]

describe('the example without Python', { timeout: 400_000 }, () => {
  let world: World
  let seller: Party
  let buyer: Party
  let product = ''
  let agreementId = ''
  before(async () => {
    world = await openWorld(engine, 'ticket-topics')
    seller = await makeParty(world.server, engine, 'seller', world.image)
    // Has no image of its own to run, but one to push, which is small.
    buyer = await makeParty(world.server, engine, 'buyer', (await ensureExample(engine, 'contract-probe')) as string)
  })
  after(() => world?.close())

  it('is certified, listed and bought', async () => {
    for (const path of await readdir(new URL('data/', folder), { recursive: true }))
      if (/\.\w+$/.test(path))
        await seller.s3.putObject({
          Bucket: seller.bucket,
          Key: `ticket-topics/data/${path}`,
          Body: await file(`data/${path}`),
        })
    const given = { image: seller.image, role: seller.role, bucket: seller.bucket }
    const certification = (await request('certification', given)) as CreateAlgorithmInput
    const { AlgorithmName } = certification
    const { AlgorithmArn = '' } = await seller.sagemaker.createAlgorithm(certification)
    const { AlgorithmStatus, AlgorithmStatusDetails } = await until(
      'the algorithm is certified',
      () => seller.sagemaker.describeAlgorithm({ AlgorithmName }),
      answer => /Completed|Failed/.test(answer.AlgorithmStatus ?? ''),
    )
    assert.equal(AlgorithmStatus, 'Completed', JSON.stringify(AlgorithmStatusDetails))
    const subscription = await bought(seller, buyer, AlgorithmArn)
    product = subscription.arn
    agreementId = subscription.agreement
  })

  it('has a notebook whose cells train, deploy, ask and clear away for who has bought it', {
    skip: noBoto3,
  }, async () => {
    const { server } = world
    const { cells } = JSON.parse((await file('notebook.ipynb')).toString())
    const code = cells.flatMap(({ cell_type, source }: { cell_type: string; source: string[] }) =>
      cell_type === 'code' ? source.join('') : [],
    )
    const { accessKeyId, secretAccessKey } = buyer.credentials
    const env = {
      ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_DEFAULT_REGION: region },
      ...{ AWS_ENDPOINT_URL: server.url, AWS_EC2_METADATA_DISABLED: 'true', PATH: process.env.PATH },
      ...{ ALGORITHM_ARN: product, ROLE_ARN: buyer.role, BUCKET: buyer.bucket },
      DATA_DIR: fileURLToPath(new URL('data', folder)),
    }
    const { stdout } = await run(python, ['-c', code.join('\n')], { env })
    assert.match(stdout, /'validation-accuracy': 1\b/)
    assert.match(stdout, /^100 topics: billing, access, wish$/m)
  })

  it('trains and transforms for who has bought it, and what it costs is told', async () => {
    await buyer.s3.putObject({ Bucket: buyer.bucket, Key: 'mine/a.csv', Body: await file('data/training/tickets.csv') })
    await buyer.s3.putObject({ Bucket: buyer.bucket, Key: 'new/texts', Body: 'please add a theme\nthe app crashes\n' })
    const job = await train(
      buyer,
      'topics',
      { smoothing: '0.5' },
      {
        AlgorithmSpecification: { AlgorithmName: product, TrainingInputMode: 'File' },
        InputDataConfig: [input('training', `s3://${buyer.bucket}/mine/`, {}, { ContentType: 'text/csv' })],
        ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
        EnableNetworkIsolation: true,
      },
    )
    assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
    const SourceAlgorithms = [{ AlgorithmName: product, ModelDataUrl: job.ModelArtifacts?.S3ModelArtifacts }]
    const name = { ModelPackageName: 'topics' }
    await buyer.sagemaker.createModelPackage({ ...name, SourceAlgorithmSpecification: { SourceAlgorithms } })
    await until(
      'the model package is made',
      () => buyer.sagemaker.describeModelPackage(name),
      ({ ModelPackageStatus }) => ModelPackageStatus === 'Completed',
    )
    await buyer.sagemaker.createModel({
      ...{ ModelName: 'topics', PrimaryContainer: name, ExecutionRoleArn: buyer.role, EnableNetworkIsolation: true },
    })
    const done = await transform(buyer, 'topics', 'topics', 'new/', {
      BatchStrategy: 'MultiRecord',
      TransformInput: {
        ContentType: 'text/plain',
        SplitType: 'Line',
        DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${buyer.bucket}/new/` } },
      },
      TransformOutput: { S3OutputPath: `s3://${buyer.bucket}/out`, Accept: 'text/plain', AssembleWith: 'None' },
      TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
    })
    assert.equal(done.TransformJobStatus, 'Completed', done.FailureReason)
    assert.equal((await download(buyer, `s3://${buyer.bucket}/out/texts.out`)).toString(), 'wish\ndefect\n')
    const { items = [] } = await until(
      'charges are told',
      () => buyer.agreement.listAgreementCharges({ agreementId }),
      answer => (answer.items ?? []).length > 0,
    )
    assert.ok(items.every(({ currencyCode }) => currencyCode === 'USD'))
  })

  it('is what `modelmart init` begins a folder with, which is certified as it is', async () => {
    const place = await mkdtemp(join(tmpdir(), 'modelmart-begun-'))
    const modelmart = (...line: string[]) =>
      run(process.execPath, [program, ...line], {
        env: { ...process.env, DOCKER_HOST: `unix://${engine.socket}`, MODELMART_DATA: world.server.data },
      })
    try {
      await modelmart('init', 'ticket-topics', join(place, 'begun'))
      const { stdout } = await modelmart(
        'certify',
        join(place, 'begun'),
        '--json',
        '--strict',
        '--build-arg',
        'PLAIN=yes',
      )
      const { product: name, certified, checks } = JSON.parse(stdout) as Report
      assert.deepEqual([name, certified, checks.filter(({ good }) => good !== true)], ['begun', true, []])
    } finally {
      await rm(place, { recursive: true })
    }
  })

  it('leaves nothing behind', () => world.leavesNothing())
})

interface Report {
  readonly product: string
  readonly certified: boolean
  readonly checks: readonly { readonly good: boolean | null }[]
}

const program = fileURLToPath(new URL('../../bin/modelmart.mjs', import.meta.url))

/** Lists the algorithm by the example's own words, and subscribes. */
async function bought(seller: Party, buyer: Party, algorithm: string): Promise<Subscription> {
  const readers = ['AmazonSageMakerReadOnly', 'AmazonS3ReadOnlyAccess', 'AmazonEC2ContainerRegistryReadOnly']
  const role = await makeRole(seller, 'Assets', 'assets.marketplace.amazonaws.com', readers)
  const logo = await putLogo(seller, `listed-${seller.id}`, 'Logo')
  const links = logo.replace(/\/logo.png$/, '')
  const made = await changed(seller, await request('listing', { asset: algorithm, role, links, account: seller.id }))
  await changed(seller, await request('publication', { product: made.get('product-CreateProduct') as string }))
  return subscribe(buyer, made.get('offer-CreateOffer') as string)
}

async function changed({ catalog }: Party, changes: readonly Change[]): Promise<Map<string | undefined, string>> {
  const { ChangeSetId } = await catalog.startChangeSet({ Catalog: 'AWSMarketplace', ChangeSet: [...changes] })
  const done = await until(
    'the change set ends',
    () => catalog.describeChangeSet({ Catalog: 'AWSMarketplace', ChangeSetId }),
    ({ Status }) => /SUCCEEDED|FAILED|CANCELLED/.test(Status ?? ''),
  )
  assert.equal(done.Status, 'SUCCEEDED', JSON.stringify(done.ChangeSet?.flatMap(one => one.ErrorDetailList ?? [])))
  const named = done.ChangeSet?.map(
    ({ ChangeName, Entity }) => [ChangeName, Entity?.Identifier?.split('@')[0]] as const,
  )
  return new Map(named as [string | undefined, string][])
}
