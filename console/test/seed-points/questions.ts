import assert from 'node:assert/strict'
import { putLogo } from '../../../demo/put-logo.ts'
import { listingInformation, listingVersion } from '../listing.ts'
import { originOf } from '../signed-in.ts'
import {
  agreement,
  bought,
  changes,
  fillTraining,
  heading,
  helps,
  inAlgorithmWizard,
  inListing,
  label,
  onPackage,
  open,
  openPackageValidation,
  openPackageWizard,
  openProduct,
  type Point,
  page,
  party,
  press,
  reads,
  text,
  tried,
  world,
} from './setting.ts'

/** Frequent questions. */
export const points: readonly Point[] = [
  [
    '4.4',
    'any framework: none is asked for',
    changes(async () => {
      await openPackageWizard()
      await helps('Any framework serves')
      assert.equal(
        await page
          .locator('main')
          .getByLabel(/framework/i)
          .count(),
        0,
      )
    }),
  ],
  [
    '4.17',
    'an answer within 60 seconds, and 70 until a client gives up',
    async () => {
      await open('sagemaker/endpoints/create')
      await helps(/within 60 seconds; clients should wait 70/)
    },
  ],
  [
    '4.19',
    'the lines of a container, in its stream of CloudWatch',
    async () => {
      await open('sagemaker/jobs/mine')
      await page.getByRole('log').waitFor()
      await page.getByRole('link', { name: 'View logs in CloudWatch' }).click()
      await heading('Log events of mine/')
      await page.getByRole('link', { name: /^mine\/algo-1/ }).click()
      await heading(/^Log events of mine\/algo-1/)
    },
  ],
  [
    '4.20',
    'a seller reads of a buyer’s agreement what was sold, and nothing that the buyer did',
    async () => {
      await open(`partnercentral/agreements/${agreement}`)
      await heading('Invoices')
      assert.doesNotMatch(await page.locator('main').innerText(), /s3:\/\/|:endpoint\/|-job\//)
    },
  ],
  [
    '4.1',
    'scanned for vulnerabilities; how artifacts are encrypted in transit and at rest',
    async () => {
      await open('sagemaker/model-packages/server')
      await heading('Encryption')
      await text('Not encrypted: this server is asked by plain http.')
      await text('Not encrypted: neither the upload nor its bucket has named a key.')
      await page.getByRole('link', { name: 'Open image' }).click()
      await page.getByRole('columnheader', { name: 'Scan report' }).waitFor()
    },
  ],
  [
    '4.14',
    'the hours and the days of a trial, beyond which it is charged',
    async () => {
      await openProduct('Probe-trainer')
      await reads(/14 days without charges for the software\..*10 /)
      await bought.goto(`${originOf(world.server)}/console/marketplace/subscriptions/${tried}`)
      await reads('Free trial left')
      await bought.getByText('14 days', { exact: true }).waitFor()
      const left = bought.getByRole('table', { name: 'Free trial left' })
      await left.getByRole('row', { name: /\.a\.t hours 10 0 10$/ }).waitFor()
      await reads(/14 days without charges for the software\..*10 /)
      await bought.goto(`${originOf(world.server)}/console/marketplace/subscriptions`)
      await bought.getByText('14 days, 10 hours').waitFor()
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
    '4.5',
    'a description, instance types, input types and hyperparameters are given when it is made',
    changes(() =>
      inAlgorithmWizard(async () => {
        await page.getByLabel('Description').first().waitFor()
        await page.getByLabel('Supported content types').waitFor()
        await fillTraining()
        await press('Next')
        await label('Hyperparameter specification')
      }),
    ),
  ],
  [
    '4.6',
    'what a listing needs: six things to have ready',
    () =>
      inListing(async () => {
        for (const thing of [
          ...['marketing information', 'sample Jupyter notebook', 'usage instructions', 'documentation'],
          ...['sample data set', 'support information'],
        ])
          await text(thing)
      }),
  ],
  [
    '4.11, 4.12',
    'offer a free trial: its days and its hours',
    changes(() =>
      inListing(async () => {
        const fill = async (values: Readonly<Record<string, string>>) => {
          for (const [name, value] of Object.entries(values)) await page.getByLabel(name, { exact: true }).fill(value)
        }
        await fill(listingInformation(await putLogo(party, party.bucket, 'Made')))
        await press('Next')
        await fill(listingVersion)
        await page.getByRole('button', { name: 'Create a new role' }).click()
        await page.getByRole('dialog').getByRole('button', { name: 'Create role' }).click()
        await text('Success! You created an IAM role.')
        await press('Next')
        await page.getByLabel(/offer a free trial/i).check()
        await label('Duration of the free trial (days)')
        await label('Free usage hours - optional')
      }),
    ),
  ],
  [
    '4.7',
    'distributed training',
    () => inAlgorithmWizard(() => page.getByRole('radiogroup', { name: 'Support distributed training' }).waitFor()),
  ],
  [
    '4.8',
    'a listed product is a copy that buyers keep',
    async () => {
      await open('sagemaker/model-packages/server')
      await press('Delete')
      await page.getByRole('dialog').getByText('Buyers keep the copy that was listed.').waitFor()
    },
  ],
  [
    '4.15',
    'the size of an image',
    async () => {
      await open('ecr/repositories/probe')
      await page
        .getByRole('table', { name: 'Images' })
        .getByText(/^\d+\.\d MB$/)
        .waitFor()
    },
  ],
  [
    '4.16',
    'one image for processors and GPUs, else two products',
    () =>
      onPackage(async () => {
        await text('One image may serve on processors and on GPUs; where it does not, list two products.')
      }),
  ],
  [
    '4.21',
    'models that were trained elsewhere: an image and its artifacts are enough',
    async () => {
      await openPackageValidation()
    },
  ],
  ['4.9', 'ensembles stand in one container', () => onPackage(() => text('An ensemble stands in one container.'))],
  [
    '4.10',
    'the AWS Marketplace Management Portal, under that name too',
    async () => {
      await open('partnercentral/products')
      await text('AWS Marketplace Management Portal')
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
