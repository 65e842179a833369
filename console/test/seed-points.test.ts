import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { clientsFor } from '../../demo/clients.ts'
import { subscribe } from '../../demo/subscription.ts'
import { presentEngines } from '../../test/e2e/engines.ts'
import { channel, instanceType, trainingEnd, trainingRequest } from '../../test/e2e/jobs.ts'
import { change } from '../../test/e2e/market-shop.ts'
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
/** Of the algorithm, whose offer has a trial. */
let tried: string

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
  const { echo, trainer } = await openShop(party)
  await offerTrial(party, trainer.offer)
  const InferenceSpecification = {
    Containers: [{ Image: party.image }],
    ...{ SupportedContentTypes: ['text/csv'], SupportedResponseMIMETypes: ['text/csv'] },
    SupportedTransformInstanceTypes: [instanceType as 'ml.c5.xlarge'],
    SupportedRealtimeInferenceInstanceTypes: [instanceType],
  }
  await party.sagemaker.createModelPackage({ ModelPackageName: 'unproven', InferenceSpecification })
  const buyer = clientsFor(world.server.url, await world.server.account('buyer'))
  agreement = (await subscribe(buyer, echo.offer)).agreement
  tried = (await subscribe(buyer, trainer.offer)).agreement
  browser = await openBrowser()
  page = (await openSignedIn(browser, world.server, 'reader')).page
  bought = (await openSignedIn(browser, world.server, 'buyer')).page
})
after(async () => {
  await browser?.close()
  await world?.close()
})

/** A fortnight, and ten hours of it, without charges. */
async function offerTrial(seller: Party, offer: string): Promise<void> {
  const keys = ['m.i.r', 'm.i.b', 'a.t'].map(use => `${instanceType}.${use}`)
  const RateCards = [{ RateCard: keys.map(DimensionKey => ({ DimensionKey, Price: '1' })) }]
  const Grants = keys.map(DimensionKey => ({ DimensionKey, MaxQuantity: 10 }))
  const Terms = [
    { Type: 'UsageBasedPricingTerm', CurrencyCode: 'USD', RateCards },
    { Type: 'FreeTrialPricingTerm', Duration: 'P14D', Grants },
  ]
  await change(seller, [['UpdatePricingTerms', 'offer', { PricingModel: 'Usage', Terms }]], offer)
}

/** The page of a product, as the buyer reads it. */
const openProduct = async (name: string) => {
  await bought.goto(`${originOf(world.server)}/console/marketplace/search`)
  await bought.getByRole('link', { name, exact: true }).click()
  await bought.getByRole('heading', { name: 'Overview' }).waitFor()
}
const reads = (words: string | RegExp) => bought.getByText(words).first().waitFor()
const openLaunch = () =>
  bought.goto(`${originOf(world.server)}/console/marketplace/subscriptions/${agreement}/configure`)
/** Which page of a wizard is open as it came; what only looks at it does not open it again. */
let screen = ''
const open = (path: string) => {
  screen = ''
  return page.goto(`${originOf(world.server)}/console/${path}`)
}
const heading = (name: string | RegExp) => page.getByRole('heading', { name }).first().waitFor()
const label = (name: string) => page.getByLabel(name, { exact: true }).waitFor()
const menu = () => page.getByRole('navigation').filter({ has: page.getByRole('group', { name: 'Inference' }) })
const entry = (name: string | RegExp) => menu().getByRole('link', { name, exact: true }).waitFor()
const text = (words: string | RegExp) => page.getByText(words).first().waitFor()

/** Opens the help panel, which explains. */
const helps = async (words: string | RegExp) => {
  await page.getByRole('button', { name: 'Open help panel' }).click()
  await text(words)
}

const press = (name: string) => page.getByRole('button', { name, exact: true }).first().click()
const hasEntry = async (name: string | RegExp) => {
  await open('sagemaker/jobs')
  await entry(name)
}
const pick = async (name: RegExp, option: string) => {
  await page.getByRole('button', { name }).click()
  await page.getByRole('option', { name: option }).click()
  await page.keyboard.press('Escape')
}
const openPackageWizard = async () => {
  await open('sagemaker/model-packages/create')
  await heading('Inference specifications')
}
/** Looks at a page of a wizard, which is opened unless it is. */
const onScreen = async (name: string, openIt: () => Promise<unknown>, look: () => Promise<unknown>) => {
  if (screen !== name) await openIt()
  screen = name
  await look()
}
/** What follows changes the screen. */
const changes = (look: () => Promise<unknown>) => async () => {
  await look()
  screen = ''
}
const inPackageWizard = (name: string) => onScreen('package', openPackageWizard, () => label(name))
const fillServing = async () => {
  await page.getByLabel('Location of inference image').fill(party.image)
  await pick(/^Supported instance types for real-time inference/, instanceType)
  await pick(/^Supported instance types for batch transform jobs/, instanceType)
  await page.getByLabel('Supported content types').fill('text/csv')
  await page.getByLabel('Supported response MIME types').fill('text/csv')
}
const fillPackage = async () => {
  await page.getByLabel('Model package name').fill('made')
  await fillServing()
}
const openPackageValidation = async () => {
  await openPackageWizard()
  await fillPackage()
  await press('Next')
  await heading('Validation and scanning')
}
const onPackage = (look: () => Promise<unknown>) => onScreen('package', openPackageWizard, look)
const onValidation = (look: () => Promise<unknown>) => onScreen('validation', openPackageValidation, look)
const inPackageProfile = (look: () => Promise<unknown>) =>
  onScreen(
    'profile',
    async () => {
      await openPackageValidation()
      await page.getByRole('radiogroup', { name: 'Validate this resource' }).getByLabel('Yes').check()
    },
    look,
  )
const inAlgorithmWizard = (look: () => Promise<unknown>) =>
  onScreen(
    'algorithm',
    async () => {
      await open('sagemaker/algorithms/create')
      await heading('Training specifications')
    },
    look,
  )
const fillTraining = async () => {
  await page.getByLabel('Algorithm name').fill('made')
  await page.getByLabel('Training image').fill(party.image)
  await pick(/instance types for training/, instanceType)
  await page.getByLabel('Supported content types').fill('text/csv')
}

/** What the wizard of a listing wants on its first two pages. */
const listing = {
  ...{ 'Product title': 'Made', 'Short description': 'Short.', 'Long description': 'Long.', Highlights: 'Fast' },
  ...{ 'Product logo URL': 'https://example.com/a.svg', Keywords: 'fast', 'Support description': 'Write to us.' },
}
const listingVersion = {
  ...{ 'Release notes': 'First.', 'Usage instructions': 'Ask it.', 'Input summary': 'Text.', 'Sample input': 'one' },
  ...{ 'Output summary': 'Text.', 'Sample output': 'one' },
  ...{ 'Repository URL': 'https://example.com/a', 'Notebook URL': 'https://example.com/a.ipynb' },
}
const openListing = async () => {
  await open('sagemaker/model-packages/server')
  await press('Publish new ML Marketplace listing')
  await heading('Provide product information')
}

/** What the guides tell a person to look for, by guide and number of its check list. A point that is not here does not hold yet. */
const points: readonly (readonly [point: string, what: string, look: () => Promise<unknown>])[] = [
  [
    '0.6',
    'whom to ask: the operator, from the seller’s portal',
    async () => {
      await open('partnercentral/products')
      await helps(/^Contact: who runs this installation is its operator\./)
    },
  ],
  [
    '0.8',
    'what was trained becomes a model package, and that an endpoint',
    async () => {
      await open('sagemaker/jobs/mine')
      await page.getByRole('button', { name: 'Create model package' }).waitFor()
      await open('sagemaker/model-packages/server')
      await page.getByRole('button', { name: 'Create endpoint' }).waitFor()
    },
  ],
  [
    '0.9',
    'an endpoint: real-time inference and hosting are the same',
    async () => {
      await open('sagemaker/endpoints/create')
      await helps('AWS Marketplace says real-time inference, SageMaker says hosting')
    },
  ],
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
    '0.2',
    'products are found from the SageMaker console and in the marketplace',
    async () => {
      for (const [path, button] of [
        ['algorithms', 'Find algorithms'],
        ['model-packages', 'Find model packages'],
      ]) {
        await open(`sagemaker/${path}?tab=subscriptions`)
        await press(button as string)
        await heading('AWS Marketplace')
      }
    },
  ],
  [
    '0.4',
    'after subscribing a product is in the list of the SageMaker console',
    async () => {
      await bought.goto(`${originOf(world.server)}/console/sagemaker/model-packages`)
      await bought.getByRole('tab', { name: 'AWS Marketplace subscriptions' }).click()
      await bought.getByRole('row', { name: /Echo-server/ }).waitFor()
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
        await text('TransformInput.Split is no member. There are DataSource, ContentType, CompressionType, SplitType.')
        await profile.fill(template.replace('"SplitType": "None"', '"SplitType": "Lines"'))
        await text('TransformInput.SplitType is None, Line, RecordIO or TFRecord.')
        await press('Reset to template: Transform job definition')
        assert.equal(await profile.inputValue(), template)
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
            const set = JSON.parse(await page.getByLabel('Transform job definition', { exact: true }).inputValue())
            assert.equal(set.TransformInput[member], value)
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
  ['2.4', 'the bucket is in the same Region', () => inPackageProfile(() => text('The bucket is in this Region.'))],
  ['2.5', 'only data to be exposed', () => inPackageProfile(() => text('Provide only data that you want to expose'))],
  [
    '1.31, 2.2, 2.10',
    'what is validated may be listed; what is not says why it cannot',
    async () => {
      await openListing()
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
      await reads(/14 days without charges for the software\..*10 /)
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
    async () => {
      await openListing()
      for (const thing of [
        ...['marketing information', 'sample Jupyter notebook', 'usage instructions', 'documentation'],
        ...['sample data set', 'support information'],
      ])
        await text(thing)
    },
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
    '4.11, 4.12',
    'offer a free trial: its days and its hours',
    async () => {
      await openListing()
      for (const [name, value] of Object.entries(listing)) await page.getByLabel(name, { exact: true }).fill(value)
      await press('Next')
      for (const [name, value] of Object.entries(listingVersion))
        await page.getByLabel(name, { exact: true }).fill(value)
      await page.getByRole('button', { name: 'Create a new role' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Create role' }).click()
      await text('Success! You created an IAM role.')
      await press('Next')
      await page.getByLabel(/offer a free trial/i).check()
      await label('Duration of the free trial (days)')
      await label('Free usage hours - optional')
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
