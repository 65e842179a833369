import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { clientsFor } from '../../demo/clients.ts'
import { subscribe } from '../../demo/subscription.ts'
import { presentEngines } from '../../test/e2e/engines.ts'
import { channel, trainingEnd, trainingRequest } from '../../test/e2e/jobs.ts'
import { makeParty, type Party } from '../../test/e2e/party.ts'
import { openWorld, type World } from '../../test/e2e/world.ts'
import { openBrowser } from './browser.ts'
import { openShop } from './shop.ts'
import { openSignedIn, originOf } from './signed-in.ts'

let world: World
let party: Party
let browser: Browser
let page: Page
/** Of somebody who has bought the model package. */
let bought: Page
let agreement: string

before(async () => {
  const [engine] = await presentEngines()
  assert.ok(engine)
  world = await openWorld(engine, 'contract-probe')
  party = await makeParty(world.server, engine, 'reader', world.image)
  const InputDataConfig = [channel(`s3://${party.bucket}/in/`)]
  await party.sagemaker.createTrainingJob(trainingRequest(party, 'mine', { mode: 'ok' }, { InputDataConfig }))
  const PrimaryContainer = { Image: party.image, Environment: { PROBE_MODE: 'echo' } }
  await party.sagemaker.createModel({ ModelName: 'mine', ExecutionRoleArn: party.role, PrimaryContainer })
  await trainingEnd(party, 'mine')
  const { echo } = await openShop(party)
  const buyer = clientsFor(world.server.url, await world.server.account('buyer'))
  agreement = (await subscribe(buyer, echo.offer)).agreement
  browser = await openBrowser()
  page = (await openSignedIn(browser, world.server, 'reader')).page
  bought = (await openSignedIn(browser, world.server, 'buyer')).page
})
after(async () => {
  await browser?.close()
  await world?.close()
})

/** The page of a product, as the buyer reads it. */
const openProduct = async (name: string) => {
  await bought.goto(`${originOf(world.server)}/console/marketplace/search`)
  await bought.getByRole('link', { name, exact: true }).click()
  await bought.getByRole('heading', { name: 'Overview' }).waitFor()
}
const reads = (words: string | RegExp) => bought.getByText(words).first().waitFor()
const openLaunch = () =>
  bought.goto(`${originOf(world.server)}/console/marketplace/subscriptions/${agreement}/configure`)
const open = (path: string) => page.goto(`${originOf(world.server)}/console/${path}`)
const heading = (name: string | RegExp) => page.getByRole('heading', { name }).first().waitFor()
const label = (name: string) => page.getByLabel(name, { exact: true }).waitFor()
const menu = () => page.getByRole('navigation').filter({ has: page.getByRole('group', { name: 'Inference' }) })
const entry = (name: string | RegExp) => menu().getByRole('link', { name, exact: true }).waitFor()
const text = (words: string | RegExp) => page.getByText(words).first().waitFor()

/** What the guides tell a person to look for, by guide and number of its check list. A point that is not here does not hold yet. */
const points: readonly (readonly [point: string, what: string, look: () => Promise<unknown>])[] = [
  [
    '0.1',
    'two types of product: model package and algorithm',
    async () => {
      await open('marketplace/search')
      for (const type of ['Model package (1)', 'Algorithm (1)']) await label(type)
      await openProduct('Echo-server')
      await bought.getByText('Model package', { exact: true }).first().waitFor()
    },
  ],
  [
    '0.3',
    'descriptions, documentation, reviews, pricing, support information before subscribing',
    async () => {
      await openProduct('Probe-trainer')
      for (const name of ['Overview', 'Usage', 'Resources', 'Customer reviews', 'Pricing', 'Support'])
        await bought.getByRole('heading', { name, exact: true }).waitFor()
    },
  ],
  [
    '0.5',
    'the console or the CLI makes an inference endpoint or batch inference',
    async () => {
      await openLaunch()
      for (const words of ['SageMaker console', 'AWS CLI']) await reads(words)
      for (const name of ['Create a real-time inference endpoint', 'Create a batch transform job'])
        await bought.getByLabel(name).waitFor()
    },
  ],
  [
    '0.7',
    'own data, a training job, model artifacts in the buyer’s S3 bucket',
    async () => {
      await open('sagemaker/jobs/create')
      await heading('Input data configuration')
      await heading('Output data configuration')
      await label('S3 output path')
      await open('sagemaker/jobs/mine')
      await text('S3 model artifact')
      await text(`s3://${party.bucket}/out/mine/output/model.tar.gz`)
    },
  ],
  [
    '0.10',
    'an endpoint runs until the buyer stops it',
    async () => {
      await openLaunch()
      await reads('An endpoint runs, and costs, until you delete it.')
      await bought.goto(`${originOf(world.server)}/console/marketplace/subscriptions/${agreement}`)
      await bought.getByRole('button', { name: 'Cancel subscription' }).click()
      await reads('go on costing, until you stop them')
    },
  ],
  [
    '0.11',
    'a batch transform job: data in S3, results to S3, it ends by itself',
    async () => {
      await open('sagemaker/transform-jobs/create')
      await label('S3 location')
      await label('S3 output location')
      await text('ends by itself')
    },
  ],
  [
    '1.1',
    'the Amazon SageMaker console',
    async () => {
      await open('')
      await page
        .locator('main')
        .getByRole('link', { name: /Amazon SageMaker/ })
        .click()
      await heading('Training jobs')
    },
  ],
  [
    '1.2',
    'the AWS Region at the top right of the page',
    async () => {
      await open('sagemaker/jobs')
      const box = await page.getByRole('button', { name: 'Region: us-east-1' }).boundingBox()
      assert.ok(box && box.x > 640 && box.y < 100, JSON.stringify(box))
    },
  ],
  [
    '2.12',
    'the left menu has Inference',
    async () => {
      await open('sagemaker/jobs')
      await menu().getByText('Inference', { exact: true }).waitFor()
    },
  ],
  [
    '3.7',
    'a buyer’s containers run internet-free and call no AWS service',
    async () => {
      await openProduct('Echo-server')
      await reads('Runs without any network')
      await openLaunch()
      await reads('run without any network, and call no AWS service')
    },
  ],
  [
    '3.8',
    'a model is code, artifacts, an IAM role and other information',
    async () => {
      await open('sagemaker/models/mine')
      for (const words of [
        'Location of inference code image',
        'Location of model artifacts',
        'IAM role ARN',
        'Environment variables',
      ])
        await text(words)
    },
  ],
  [
    '3.9',
    'artifacts as DescribeTrainingJob tells them in ModelArtifacts, to be copied',
    async () => {
      await open('sagemaker/jobs/mine')
      const { ModelArtifacts } = await trainingEnd(party, 'mine')
      await text(ModelArtifacts?.S3ModelArtifacts as string)
      await page.getByRole('button', { name: 'Copy' }).first().waitFor()
    },
  ],
  [
    '4.2',
    'buyers reach a product by its endpoints alone: no image and no code is shown',
    async () => {
      await openProduct('Echo-server')
      await reads('you see neither image nor code')
      assert.doesNotMatch(await bought.locator('main').innerText(), /probe:|\.dkr\.|model\.tar\.gz/)
    },
  ],
  [
    '4.13',
    'the price is pay-as-you-go',
    async () => {
      await openProduct('Echo-server')
      await bought.getByRole('heading', { name: 'Pay-as-you-go' }).waitFor()
    },
  ],
]

describe('what the guides tell a person to look for', () => {
  for (const [point, what, look] of points)
    it(`${point}: ${what}`, async () => {
      await look()
    })

  it('stands in the menu under the guides’ words', async () => {
    await open('sagemaker/jobs')
    for (const name of ['Training jobs', 'Models', 'Endpoint configurations', 'Endpoints']) await entry(name)
    await entry(/^(Batch )?transform jobs$/i)
  })
})
