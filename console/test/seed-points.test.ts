import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { presentEngines } from '../../test/e2e/engines.ts'
import { channel, trainingEnd, trainingRequest } from '../../test/e2e/jobs.ts'
import { makeParty, type Party } from '../../test/e2e/party.ts'
import { openWorld, type World } from '../../test/e2e/world.ts'
import { openBrowser } from './browser.ts'
import { openSignedIn, originOf } from './signed-in.ts'

let world: World
let party: Party
let browser: Browser
let page: Page

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
  browser = await openBrowser()
  page = (await openSignedIn(browser, world.server, 'reader')).page
})
after(async () => {
  await browser?.close()
  await world?.close()
})

const open = (path: string) => page.goto(`${originOf(world.server)}/console/${path}`)
const heading = (name: string | RegExp) => page.getByRole('heading', { name }).first().waitFor()
const label = (name: string) => page.getByLabel(name, { exact: true }).waitFor()
const menu = () => page.getByRole('navigation').filter({ has: page.getByRole('group', { name: 'Inference' }) })
const entry = (name: string | RegExp) => menu().getByRole('link', { name, exact: true }).waitFor()
const text = (words: string | RegExp) => page.getByText(words).first().waitFor()

/** What the guides tell a person to look for, by guide and number of its check list. A point that is not here does not hold yet. */
const points: readonly (readonly [point: string, what: string, look: () => Promise<unknown>])[] = [
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
