import assert from 'node:assert/strict'
import { until } from '../../../test/e2e/until.ts'
import {
  changes,
  fillPackage,
  fillServing,
  fillTraining,
  hasEntry,
  heading,
  helps,
  inAlgorithmWizard,
  inListing,
  inPackageProfile,
  inPackageWizard,
  label,
  onPackage,
  onValidation,
  open,
  openPackageWizard,
  type Point,
  page,
  party,
  press,
  text,
} from './setting.ts'

/** Making model packages and algorithms in the console. */
export const points: readonly Point[] = [
  [
    '1.3, 1.4, 2.1, 3.5, 4.3, 4.18',
    'what a seller has to have, and to know, is told beside both wizards',
    async () => {
      for (const wizard of ['algorithms', 'model-packages']) {
        await open(`sagemaker/${wizard}/create`)
        await helps('Supported AWS Regions for publishing')
        for (const words of [
          ...['Sample notebooks', 'You may encrypt', 'Build no authentication into the container', 'Test data for'],
          /inference image/,
        ])
          await text(words)
      }
      await text('which container or algorithm it is made of, where its artifacts are, on which instance types')
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
  ['1.5', 'the menu has Model packages', () => hasEntry(/^(Marketplace )?model packages$/i)],
  [
    '1.6',
    'the list has Create model package',
    async () => {
      await open('sagemaker/model-packages')
      await page
        .getByRole('button', { name: /^Create (marketplace )?model package$/ })
        .first()
        .waitFor()
    },
  ],
  [
    '1.7',
    'a name such as my-model-package',
    () =>
      onPackage(async () => {
        assert.equal(await page.getByLabel(/^(Model package )?name/i).getAttribute('placeholder'), 'my-model-package')
      }),
  ],
  ['1.8', 'Location of inference image', () => inPackageWizard('Location of inference image')],
  [
    '1.9',
    'the URI of an image is in the Amazon ECR console, to be copied',
    async () => {
      await open('ecr/repositories/probe')
      await page.getByRole('table', { name: 'Images' }).getByText(party.image).waitFor()
      await page.getByRole('table', { name: 'Images' }).getByRole('button', { name: 'Copy' }).first().waitFor()
    },
  ],
  [
    '1.10',
    'Location of model data artifacts, left empty when the image holds the model',
    async () => {
      await openPackageWizard()
      await label('Location of model data artifacts - optional')
      await text('Left empty when the image holds the model.')
      await fillPackage()
      await press('Next')
      await heading('Validation and scanning')
    },
  ],
  [
    '1.11',
    'else the full S3 location of a .tar.gz',
    async () => {
      await openPackageWizard()
      await fillPackage()
      await page.getByLabel('Location of model data artifacts - optional').fill('s3://bucket/model.zip')
      await press('Next')
      await text('A .tar.gz in S3')
    },
  ],
  [
    '1.12',
    'two drop-downs of supported instance types',
    () =>
      onPackage(async () => {
        for (const what of ['real-time inference', 'batch transform jobs'])
          await page.getByRole('button', { name: new RegExp(`^Supported instance types for ${what}`) }).waitFor()
      }),
  ],
  [
    '1.13',
    'Next',
    () =>
      onPackage(async () => {
        await page.getByRole('button', { name: 'Next', exact: true }).waitFor()
      }),
  ],
  [
    '1.14',
    'Publish this model package in AWS Marketplace',
    () =>
      onValidation(async () => {
        await page.getByRole('radiogroup', { name: /Publish this model package (in|on) AWS Marketplace/ }).waitFor()
      }),
  ],
  [
    '1.15',
    'Yes or No; what is not chosen cannot be published later',
    () =>
      onValidation(async () => {
        for (const yesNo of ['Yes', 'No']) await page.getByLabel(yesNo, { exact: true }).first().waitFor()
        await text('What is not chosen here can never be listed later.')
      }),
  ],
  ['1.16', 'IAM role', () => inPackageProfile(() => page.getByRole('button', { name: /^IAM role/ }).waitFor())],
  [
    '1.17',
    'Create a new role',
    () => inPackageProfile(() => page.getByRole('button', { name: 'Create a new role' }).waitFor()),
  ],
  [
    '1.18',
    'review the settings, Create role',
    changes(() =>
      inPackageProfile(async () => {
        await press('Create a new role')
        await page.getByRole('dialog').getByText('S3 buckets you specify').waitFor()
        await page.getByRole('dialog').getByRole('button', { name: 'Create role' }).waitFor()
      }),
    ),
  ],
  [
    '1.19, 2.36',
    'the role gets AmazonSageMakerFullAccess',
    changes(() =>
      inPackageProfile(async () => {
        await press('Create a new role')
        await page.getByRole('dialog').getByText('AmazonSageMakerFullAccess').waitFor()
        await page.getByRole('dialog').getByRole('button', { name: 'Create role' }).click()
        await text('Success! You created an IAM role.')
        const { Roles = [] } = await party.iam.listRoles({ PathPrefix: '/service-role/' })
        const RoleName = Roles[0]?.RoleName as string
        const { AttachedPolicies = [] } = await party.iam.listAttachedRolePolicies({ RoleName })
        assert.ok(AttachedPolicies.some(({ PolicyName }) => PolicyName === 'AmazonSageMakerFullAccess'))
      }),
    ),
  ],
  [
    '1.20',
    'the JSON of the validation profile is edited, and checked as one types',
    changes(() =>
      inPackageProfile(async () => {
        const profile = page.getByLabel('Transform job definition', { exact: true })
        const template = await profile.inputValue()
        await profile.fill(template.replace('SplitType', 'Split'))
        const line = template.slice(0, template.indexOf('SplitType')).split('\n').length
        await text(
          `Line ${line}: TransformInput.Split is no member. There are DataSource, ContentType, CompressionType, SplitType.`,
        )
        await press(`Go to line ${line}: Transform job definition`)
        const selected = await profile.evaluate(area => {
          const { value, selectionStart, selectionEnd } = area as HTMLTextAreaElement
          return value.slice(selectionStart, selectionEnd)
        })
        assert.match(selected, /^ *"Split": "None"/)
        await profile.fill(template.replace('"SplitType": "None"', '"SplitType": "Lines"'))
        await text('TransformInput.SplitType must be None, Line, RecordIO or TFRecord.')
        const written = await profile.inputValue()
        await press('Reset to template: Transform job definition')
        assert.equal(await profile.inputValue(), template)
        await press('Undo reset: Transform job definition')
        assert.equal(await profile.inputValue(), written)
        await press('Reset to template: Transform job definition')
      }),
    ),
  ],
  [
    '1.21 to 1.26',
    'the template of a transform job has the members that the guide names',
    () =>
      inPackageProfile(async () => {
        const template = JSON.parse(await page.getByLabel('Transform job definition', { exact: true }).inputValue())
        const { TransformInput: input, TransformOutput: output } = template
        assert.equal(typeof input.DataSource.S3DataSource.S3Uri, 'string')
        assert.equal(input.ContentType, 'text/csv')
        assert.deepEqual([input.CompressionType, input.SplitType, output.AssembleWith], ['None', 'None', 'None'])
        assert.equal(typeof output.S3OutputPath, 'string')
        await text('its ContentType is passed on as it stands')
        for (const [member, values] of [
          ['ContentType', ['application/json', 'text/plain', 'image/png']],
          ['SplitType', ['None', 'Line', 'RecordIO', 'TFRecord']],
        ] as const)
          for (const value of values) {
            await page.getByRole('button', { name: new RegExp(`^${member}: Transform job definition`) }).click()
            await page.getByRole('option').filter({ hasText: value }).click()
            const profile = page.getByLabel('Transform job definition', { exact: true })
            await until(
              `${member} is ${value}`,
              async () => JSON.parse(await profile.inputValue()).TransformInput[member],
              set => set === value,
            )
          }
      }),
  ],
  [
    '1.27',
    'Create model package submits',
    () =>
      inPackageProfile(async () => {
        await page.getByRole('button', { name: /^Create (marketplace )?model package$/ }).waitFor()
      }),
  ],
  [
    '1.28, 1.29',
    'the steps of a certification stand on its page in their order, and the status is Completed',
    async () => {
      await open('sagemaker/model-packages/server')
      await page.getByRole('table', { name: 'Steps of the certification' }).waitFor()
      const names = await page.getByRole('rowheader').allInnerTexts()
      assert.match(names.join(' '), /profile-TransformJob.*Image scan/s)
      await text('Completed')
    },
  ],
  [
    '1.30',
    'accuracy is not evaluated',
    () =>
      onValidation(async () => {
        await text('Accuracy is not evaluated')
      }),
  ],
  ['1.32', 'the menu has Algorithms', () => hasEntry('Algorithms')],
  [
    '1.33',
    'Create algorithm',
    async () => {
      await open('sagemaker/algorithms')
      await page.getByRole('button', { name: 'Create algorithm' }).first().waitFor()
    },
  ],
  [
    '1.34',
    'a name such as my-algorithm',
    async () => {
      await open('sagemaker/algorithms/create')
      assert.equal(
        await page
          .getByLabel(/^(Algorithm )?name/i)
          .first()
          .getAttribute('placeholder'),
        'my-algorithm',
      )
    },
  ],
  ['1.35', 'Training image', () => inAlgorithmWizard(() => label('Training image'))],
  [
    '1.36',
    'instance types for training',
    () => inAlgorithmWizard(() => page.getByRole('button', { name: /instance types for training/i }).waitFor()),
  ],
  [
    '1.37',
    'a channel for each dataset; how many is explained',
    changes(() =>
      inAlgorithmWizard(async () => {
        await heading('Channel specification')
        for (let channels = 1; channels < 8; channels++) await press('Add channel')
        assert.equal(await page.getByLabel('Channel name', { exact: true }).and(page.locator('input')).count(), 8)
        assert.ok(await page.getByRole('button', { name: 'Add channel' }).isDisabled())
        await text('up to 8')
      }),
    ),
  ],
  [
    '1.38, 1.39, 1.40',
    'Next leads to the tuning parameters, and a note recommends them',
    changes(() =>
      inAlgorithmWizard(async () => {
        await fillTraining()
        await press('Next')
        await heading('Tuning specifications')
        await text('Tunable parameters let buyers use automatic model tuning.')
        await page.getByRole('button', { name: 'Next', exact: true }).waitFor()
      }),
    ),
  ],
  [
    '1.41',
    'Location of inference image, its types, Next',
    changes(() =>
      inAlgorithmWizard(async () => {
        await fillTraining()
        await press('Next')
        await press('Next')
        await label('Location of inference image')
        await page.getByRole('button', { name: /^Supported instance types for real-time inference/ }).waitFor()
        await page.getByRole('button', { name: 'Next', exact: true }).waitFor()
      }),
    ),
  ],
  [
    '1.42 to 1.47',
    'publishing, a role, both definitions, and the button of the guide',
    changes(() =>
      inAlgorithmWizard(async () => {
        await fillTraining()
        await press('Next')
        await press('Next')
        await fillServing()
        await press('Next')
        const publish = page.getByRole('radiogroup', { name: /Publish this algorithm (in|on) AWS Marketplace/ })
        await publish.getByLabel('Yes').check()
        await page.getByRole('button', { name: /^IAM role/ }).waitFor()
        await page.getByRole('button', { name: 'Create a new role' }).waitFor()
        const training = JSON.parse(await page.getByLabel('Training job definition', { exact: true }).inputValue())
        assert.deepEqual(
          training.InputDataConfig.map((each: { ChannelName: string }) => each.ChannelName),
          ['train'],
        )
        assert.equal(typeof training.OutputDataConfig.S3OutputPath, 'string')
        await text('/opt/ml/model')
        const transform = JSON.parse(await page.getByLabel('Transform job definition', { exact: true }).inputValue())
        assert.equal(transform.TransformInput.SplitType, 'None')
        await text('SplitType is None, Line, RecordIO or TFRecord.')
        await page.getByRole('button', { name: /^Create algorithm( package)?$/ }).waitFor()
      }),
    ),
  ],
  [
    '1.48',
    'test training, then batch transform, in that order; Completed',
    async () => {
      await open('sagemaker/algorithms/trainer')
      await page.getByRole('table', { name: 'Steps of the certification' }).waitFor()
      await page.getByRole('rowheader', { name: 'profile-TrainingJob' }).waitFor()
      await text('Completed')
    },
  ],
  [
    '1.49',
    'only batch is validated; real-time is the seller’s duty',
    () =>
      onValidation(async () => {
        await text('only batch transform is tried: real-time inference is yours to test')
      }),
  ],
  [
    '1.31, 2.2, 2.10',
    'what is validated may be listed; what is not says why it cannot',
    async () => {
      await inListing(async () => {})
      await open('sagemaker/model-packages/unproven')
      await text('Validation was not requested: this can never be listed.')
      const publish = page.getByRole('button', { name: 'Publish new ML Marketplace listing' })
      await publish.hover()
      // The reason is there for screen readers too, unseen.
      const why = page.getByText('Only what is Completed and certified for AWS Marketplace can be listed.')
      await why.filter({ visible: true }).first().waitFor()
      assert.equal(await publish.getAttribute('aria-disabled'), 'true')
    },
  ],
]
