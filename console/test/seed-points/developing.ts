import { trainingEnd } from '../../../test/e2e/jobs.ts'
import {
  changes,
  fillPackage,
  fillTraining,
  heading,
  inAlgorithmWizard,
  open,
  openLaunch,
  openPackageWizard,
  openProduct,
  type Point,
  page,
  party,
  pick,
  press,
  reads,
  text,
} from './setting.ts'

/** Developing what is listed. */
export const points: readonly Point[] = [
  [
    '3.1',
    'the images of what is made for a listing are scanned, and the report names which',
    async () => {
      await open('sagemaker/model-packages/server')
      await page.getByRole('row', { name: /^Image scan: .*probe/ }).waitFor()
    },
  ],
  [
    '3.3',
    'images come from Amazon ECR: another registry is refused by its name',
    changes(async () => {
      await openPackageWizard()
      await page.getByRole('button', { name: 'Browse images' }).waitFor()
      await fillPackage()
      await page.getByLabel('Location of inference image').fill('registry.example.com/mine:1')
      await press('Next')
      await heading('Validation and scanning')
      await page
        .getByRole('radiogroup', { name: /^Publish this model package/ })
        .getByLabel('Yes', { exact: true })
        .check()
      await pick(/^IAM role/, 'Worker')
      const profile = page.getByLabel('Transform job definition', { exact: true })
      await profile.fill((await profile.inputValue()).replaceAll('"s3://"', `"s3://${party.bucket}/in/"`))
      await press('Create marketplace model package')
      await text(/The request was refused\. .*registry\.example\.com/)
    }),
  ],
  [
    '3.6',
    'tried with a training job first',
    () => inAlgorithmWizard(() => page.getByRole('link', { name: /^Test with a training job/ }).waitFor()),
  ],
  [
    '3.4',
    'training code, with or without inference code',
    changes(() =>
      inAlgorithmWizard(async () => {
        await fillTraining()
        await press('Next')
        await press('Next')
        await page.getByLabel('This algorithm supports inference').uncheck()
        await press('Next')
        await heading('Validation specifications')
      }),
    ),
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
]
