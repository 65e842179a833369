import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { clientsFor, region } from '../../demo/clients.ts'
import { type AccountKey, type ServerProcess, startServer } from '../../demo/server-process.ts'
import { saveEntity } from '../../src/marketplace/entity.ts'
import { newProduct, type Version } from '../../src/marketplace/product.ts'
import { modelPackages } from '../../src/sagemaker/product/model-package.ts'
import { endpoints } from '../../src/sagemaker/serving/endpoint.ts'
import { openDataStore } from '../../src/store/store.fixture.ts'
import type { Store } from '../../src/store/store.ts'
import { recordsOf } from '../../src/workload/input-record.ts'
import { sketchOf } from '../../src/workload/input-sketch.ts'
import { holdsInTwoForms, openBrowser, type Person } from './browser.ts'
import { openSignedIn, originOf } from './signed-in.ts'

const day = 86_400_000
const asset = `arn:aws:sagemaker:${region}:865070037744:model-package/flowers-1`
const product = 'prod-drifting'

let data: string
let server: ServerProcess
let browser: Browser
let store: Store
let buyer: AccountKey
let page: Page
let person: Person
const endpointArn = () => `arn:aws:sagemaker:${region}:${buyer.id}:endpoint/flowers`

before(async () => {
  data = await mkdtemp(join(tmpdir(), 'modelmart-console-drift-'))
  server = await startServer({ data, engineSocket: 'unix:///nobody' })
  buyer = await server.account('buyer')
  const seller = await server.account('seller')
  store = await openDataStore(data)
  await sell(seller.id)
  await serve(await makeRole())
  browser = await openBrowser()
  person = await openSignedIn(browser, server, 'buyer')
  page = person.page
})
after(async () => {
  await browser?.close()
  await store?.close()
  await server?.stop()
  await rm(data, { recursive: true })
})

async function makeRole(): Promise<string> {
  const { iam } = clientsFor(server.url, buyer)
  const Statement = [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'sagemaker.amazonaws.com' } }]
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  return (await iam.createRole({ RoleName: 'Jobs', AssumeRolePolicyDocument })).Role?.Arn ?? ''
}

const resource = (arn: string, account: string) => ({
  ...{ arn, account, region, name: arn.split('/')[1], parent: '', created: 7, modified: 7 },
})

/** A product with a version, and what its certification was given: no engine is needed to tell of them. */
async function sell(seller: string): Promise<void> {
  const version = {
    ...{ id: 'v', title: '1.0.0', releaseNotes: 'First.', created: 7, deliveryOptionId: 'option-1', assetArn: asset },
    ...{ type: 'SageMakerModelPackage', sourceArn: asset, contentTypes: ['text/csv'], visibility: 'Public' },
    ...{ instanceTypes: { training: [], realtime: ['ml.m5.large'], transform: [] }, restricted: 0, usage: {} },
  } as unknown as Version
  const made = newProduct(product, seller, Date.now(), Number.MAX_SAFE_INTEGER)
  const document = { ...made.document, information: { ProductTitle: 'Flowers' }, versions: [version] }
  const rows = Array.from({ length: 60 }, (_, at) => `${at},red\n`).join('')
  const inputSketch = sketchOf([...recordsOf(Buffer.from(rows), 'text/csv')])
  await store.transaction(async tx => {
    await saveEntity(tx, { ...made, name: 'Flowers', state: 'Limited', document })
    await tx.db
      .insertInto('market_asset')
      .values({ arn: asset, product, delivery_option: 'option-1', kind: version.type, published: 7, restricted: 8e15 })
      .execute()
    await modelPackages.insert(tx, {
      ...{ ...resource(asset, '865070037744'), status: 'Completed', inputSketch, containers: [], request: {} },
    } as never)
  })
}

/** Of what an endpoint is, as much as its page and a comparison look at; nothing wishes it to be reconciled. */
async function serve(executionRole: string): Promise<void> {
  const variant = (name: string, productArn?: string) => ({
    ...{ name, instanceType: 'ml.m5.large', weight: 1, startupTimeoutSeconds: 480 },
    model: { name, executionRole, invocation: 'Serial', containers: [{ productArn, image: {}, definition: {} }] },
  })
  const capture = {
    ...{ InitialSamplingPercentage: 100, DestinationS3Uri: 's3://flowers/asked', EnableCapture: true },
    CaptureOptions: [{ CaptureMode: 'Input' }],
  }
  const live = { configName: 'flowers', variants: [variant('sold', asset), variant('own')], hosts: [], capture }
  const row = { ...resource(endpointArn(), buyer.id), status: 'InService', live, lastAttempt: 1 }
  await store.transaction(tx => endpoints.insert(tx, row as never))
}

const button = (name: string) => page.getByRole('button', { name, exact: true })
const start = () => `${originOf(server)}/console`

it('a buyer has the inputs of a variant compared; of one that is no product the page says why not', async () => {
  await page.goto(`${start()}/sagemaker/endpoints/flowers`)
  await page.getByRole('heading', { name: 'Inputs compared with certification' }).waitFor()
  await button('Compare inputs of own').click()
  await page.getByText('Variant own does not give its inputs to a product.').waitFor()
  await button('Compare inputs of sold').click()
  await page.getByText('Inputs of sold are compared.').waitFor()
  await page.getByText(/^The next day that is compared begins at \d{4}-\d\d-\d\d, midnight UTC\.$/).waitFor()
  await page.getByRole('table', { name: 'Compared days of sold' }).getByText('No day has been compared yet.').waitFor()
  const watches = await store.db.selectFrom('market_input_watch').select(['endpoint', 'variant']).execute()
  assert.deepEqual(
    watches.map(row => ({ ...row })),
    [{ endpoint: endpointArn(), variant: 'sold' }],
  )
  await holdsInTwoForms(page, 'an endpoint whose inputs are compared')
})

it('reads the days with the columns that differ, and ends it after being asked', async () => {
  const window = { endpoint: endpointArn(), variant: 'sold', account: buyer.id, votes: '{}' }
  const levels = JSON.stringify({ '#bytes': 'NONE', '0': 'MODERATE', '1': 'LARGE' })
  await store.db
    .insertInto('market_input_window')
    .values([
      { ...window, start: day * 20_000, asset, status: 'COMPARED', levels },
      { ...window, start: day * 20_001, asset, status: 'TOO_FEW_RECORDS', levels: '{}' },
      { ...window, start: day * 20_002, asset, status: 'COMPARED', levels: JSON.stringify({ '0': 'NONE' }) },
    ])
    .execute()
  await page.reload()
  const table = page.getByRole('table', { name: 'Compared days of sold' })
  await table.getByRole('row', { name: /2024-10-04.*COMPARED.*1: LARGE, 0: MODERATE/ }).waitFor()
  await table.getByRole('row', { name: /2024-10-05.*TOO_FEW_RECORDS.*-/ }).waitFor()
  await table.getByRole('row', { name: /2024-10-06.*COMPARED.*None/ }).waitFor()
  await holdsInTwoForms(page, 'compared days')
  await button('Stop comparing inputs of sold').click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText(/is taken back/).waitFor()
  await dialog.getByRole('button', { name: 'Stop comparing', exact: true }).click()
  await page.getByText('Inputs of sold are compared no more.').waitFor()
  await button('Compare inputs of sold').waitFor()
  assert.deepEqual(await store.db.selectFrom('market_input_watch').selectAll().execute(), [])
  assert.deepEqual(await store.db.selectFrom('market_input_window').selectAll().execute(), [])
})

it('the seller reads on the product’s page what is told of five buyers and more, and of fewer nothing', async () => {
  const seller = await openSignedIn(browser, server, 'seller')
  await seller.page.goto(`${start()}/partnercentral/products/${product}`)
  const table = seller.page.getByRole('table', { name: 'Inputs of buyers' })
  await table.getByText(/^Nothing is told yet/).waitFor()
  const levels = JSON.stringify({ '0': 'LARGE', '1': 'NONE' })
  await store.db
    .insertInto('market_input_drift')
    .values([
      { asset, start: day * 20_000, accounts: 5, levels },
      { asset, start: day * 20_001, accounts: 0, levels },
    ])
    .execute()
  await seller.page.reload()
  await table.getByRole('row', { name: /1\.0\.0.*2024-10-04.*5 or more.*0: LARGE/ }).waitFor()
  assert.equal(await table.getByRole('row').count(), 2)
  await holdsInTwoForms(seller.page, 'inputs of buyers')
  assert.deepEqual(seller.problems, [])
})

it('does nothing against the page’s policy', () => assert.deepEqual(person.problems, []))
