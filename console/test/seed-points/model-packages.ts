import assert from 'node:assert/strict'
import {
  changes,
  hasEntry,
  heading,
  inPackageProfile,
  inPackageWizard,
  label,
  menu,
  onPackage,
  open,
  openPackageValidation,
  openPackageWizard,
  type Point,
  page,
  press,
  text,
} from './setting.ts'

/** A model package, field by field. */
export const points: readonly Point[] = [
  [
    '2.3',
    'the certification’s model and its transform job are there to be looked at',
    async () => {
      await open('sagemaker/model-packages/server')
      await page.getByRole('link', { name: 'Open transform job' }).click()
      await text('Model name')
    },
  ],
  [
    '2.30',
    'an algorithm of one’s own, or one that is subscribed to',
    changes(() =>
      onPackage(async () => {
        await page.getByLabel('Provide the algorithm used for training and its model artifacts').check()
        await press('Browse algorithms')
        await page.getByRole('dialog').getByRole('table', { name: 'AWS Marketplace subscriptions' }).waitFor()
        await page.getByRole('button', { name: 'Choose trainer' }).click()
        assert.match(await page.getByLabel('Algorithm ARN').inputValue(), /:algorithm\/trainer$/)
      }),
    ),
  ],
  ['2.4', 'the bucket is in the same Region', () => inPackageProfile(() => text('The bucket is in this Region.'))],
  ['2.5', 'only data to be exposed', () => inPackageProfile(() => text('Provide only data that you want to expose'))],
  [
    '2.6',
    'it may take its time: each step tells since when and how long',
    async () => {
      await open('sagemaker/model-packages/server')
      await page
        .getByRole('row', { name: /profile-TransformJob/ })
        .getByText(/\d s$/)
        .waitFor()
      for (const name of ['Started', 'Duration']) await page.getByRole('columnheader', { name }).waitFor()
    },
  ],
  [
    '2.7',
    'the pages of transform jobs show the jobs of the certification',
    async () => {
      await open('sagemaker/transform-jobs')
      await page.getByRole('link', { name: /^server-transform-/ }).waitFor()
    },
  ],
  [
    '2.8',
    'validation and scan reports from the console',
    async () => {
      await open('sagemaker/model-packages/server')
      await page.getByRole('button', { name: 'Validation report' }).waitFor()
      await page.getByRole('link', { name: 'Open image' }).click()
      await page.getByRole('columnheader', { name: 'Scan report' }).waitFor()
    },
  ],
  [
    '2.9',
    'after fixing, recreate: Clone fills the wizard',
    async () => {
      await open('sagemaker/model-packages/server')
      await press('Clone')
      await page.waitForFunction(() =>
        document.querySelector<HTMLInputElement>('[data-field="image"] input')?.value.includes('probe'),
      )
    },
  ],
  [
    '2.11',
    'to publish it has to be validated',
    async () => {
      await openPackageValidation()
      const named = (name: string) => page.getByRole('radiogroup', { name })
      await named('Publish this model package on AWS Marketplace').getByLabel('Yes').check()
      await named('Validate this resource').getByLabel('No', { exact: true }).check()
      await press('Create marketplace model package')
      await text('A resource has to be validated to be published.')
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
  ['2.13', 'the entry Marketplace model packages', () => hasEntry('Marketplace model packages')],
  [
    '2.14',
    'Create marketplace model package',
    async () => {
      await open('sagemaker/model-packages')
      await press('Create marketplace model package')
      await heading('Inference specifications')
    },
  ],
  ['2.15', 'the page Inference specifications', () => openPackageWizard()],
  [
    '2.16',
    'Model package name: 63 at most, and the next is refused',
    async () => {
      await openPackageWizard()
      await text('1 to 63 letters, digits and hyphens')
      await page.getByLabel('Model package name').fill('a'.repeat(64))
      await press('Next')
      await page.getByLabel('Model package name').and(page.locator('[aria-invalid="true"]')).waitFor()
    },
  ],
  [
    '2.17',
    'a description, shown in SageMaker and AWS Marketplace',
    () =>
      onPackage(async () => {
        await label('Description')
        await text('Shown in SageMaker and on the listing.')
      }),
  ],
  [
    '2.18 to 2.20',
    'Inference specification options',
    () =>
      onPackage(async () => {
        const options = page.getByRole('radiogroup', { name: 'Inference specification options' })
        await options.getByLabel('Provide the location of the inference image and model artifacts').waitFor()
        await options.getByLabel('Provide the algorithm used for training and its model artifacts').waitFor()
      }),
  ],
  [
    '2.21, 2.22',
    'Container definition and Supported resources',
    () =>
      onPackage(async () => {
        await heading('Container definition')
        await heading('Supported resources')
      }),
  ],
  ['2.23', 'Location of inference image', () => inPackageWizard('Location of inference image')],
  ['2.24', 'Location of model data artifacts', () => inPackageWizard('Location of model data artifacts - optional')],
  ['2.25', 'Container DNS host name', () => inPackageWizard('Container DNS host name - optional')],
  [
    '2.26, 2.27',
    'Supported instance types',
    () =>
      onPackage(async () => {
        for (const what of ['real-time inference', 'batch transform jobs'])
          await page.getByText(`Supported instance types for ${what}`, { exact: true }).waitFor()
      }),
  ],
  ['2.28', 'Supported content types', () => inPackageWizard('Supported content types')],
  ['2.29', 'Supported response MIME types', () => inPackageWizard('Supported response MIME types')],
  [
    '2.31',
    'by an algorithm the location of model data artifacts is required',
    async () => {
      await openPackageWizard()
      await page.getByLabel('Provide the algorithm used for training and its model artifacts').check()
      await label('Algorithm ARN')
      await page.getByLabel('Model package name').fill('made')
      await page.getByLabel('Algorithm ARN').fill('trainer')
      await press('Next')
      await page.getByLabel('Location of model data artifacts').and(page.locator('[aria-invalid="true"]')).waitFor()
    },
  ],
  [
    '2.32, 2.33',
    'Next leads to the page Validation and scanning',
    async () => {
      await openPackageValidation()
    },
  ],
  [
    '2.34, 2.35',
    'to publish means to validate',
    async () => {
      await openPackageValidation()
      const named = (name: string) => page.getByRole('radiogroup', { name })
      await named('Publish this model package on AWS Marketplace').getByLabel('Yes').check()
      assert.equal(await named('Validate this resource').getByLabel('Yes').isChecked(), true)
    },
  ],
  ['2.37', 'a validation profile has a name', () => inPackageProfile(() => label('Validation profile name'))],
  [
    '2.38',
    'a transform job definition in the API’s format',
    () => inPackageProfile(() => label('Transform job definition')),
  ],
  [
    '2.39',
    'Create marketplace model package submits',
    () => inPackageProfile(() => page.getByRole('button', { name: 'Create marketplace model package' }).waitFor()),
  ],
  [
    '2.40',
    'or by the API: the same request as a line',
    changes(() =>
      inPackageProfile(async () => {
        await press('View as AWS CLI')
        await page
          .getByRole('dialog')
          .getByText(/^aws sagemaker create-model-package /)
          .waitFor()
      }),
    ),
  ],
]
