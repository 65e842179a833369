import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { clientsFor } from '../../demo/clients.ts'
import { presentEngines } from '../../test/e2e/engines.ts'
import { channel, instanceType, trainingRequest } from '../../test/e2e/jobs.ts'
import { makeParty, type Party } from '../../test/e2e/party.ts'
import { openWorld, type World } from '../../test/e2e/world.ts'
import { holdsInEveryForm, openBrowser, type Person } from './browser.ts'
import { openSignedIn, originOf } from './signed-in.ts'

let world: World
let seller: Party
let browser: Browser
let person: Person
let page: Page
let start: string

before(async () => {
  const [engine] = await presentEngines()
  assert.ok(engine)
  world = await openWorld(engine, 'contract-probe')
  seller = await makeParty(world.server, engine, 'seller', world.image)
  browser = await openBrowser()
  person = await openSignedIn(browser, world.server, 'seller')
  page = person.page
  start = `${originOf(world.server)}/console`
})
after(async () => {
  await browser?.close()
  await world?.close()
})

const field = (name: string) => page.getByLabel(name, { exact: true })
const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true })
const link = (name: string) => page.locator('main').getByRole('link', { name, exact: true })
const heading = (name: string) => page.getByRole('heading', { name, exact: true })
const dialog = () => page.getByRole('dialog')
const select = async (label: string, option: string | RegExp) => {
  await page.getByRole('button', { name: new RegExp(`^${label}`) }).click()
  await page.getByRole('option', { name: option }).click()
  await page.keyboard.press('Escape')
}
/** Answers a question of yes and no. */
const answer = (question: string, yesNo: string) =>
  page.getByRole('radiogroup', { name: question }).getByLabel(yesNo, { exact: true }).check()
const fillServing = async () => {
  await field('Location of inference image').fill(seller.image)
  await select('Supported instance types for real-time inference', instanceType)
  await select('Supported instance types for batch transform jobs', instanceType)
  await field('Supported content types').fill('text/csv, text/plain')
  await field('Supported response MIME types').fill('text/plain')
}
const putLocations = async (label: string, input: string, output: string) => {
  const text = await field(label).inputValue()
  const definition = JSON.parse(text)
  for (const each of definition.InputDataConfig ?? [definition.TransformInput])
    each.DataSource.S3DataSource.S3Uri = input
  ;(definition.OutputDataConfig ?? definition.TransformOutput).S3OutputPath = output
  await field(label).fill(JSON.stringify(definition))
  await button(`Format: ${label}`).click()
}
/** The steps of a certification by their names, each with its status. */
const steps = () => page.getByRole('table', { name: 'Steps of the certification' })
const completes = async (...names: (string | RegExp)[]) => {
  for (const name of names) await steps().getByRole('row', { name }).getByText('Completed', { exact: true }).waitFor()
}

it('a repository is made, tells how images come into it, and what is in them', async () => {
  await page.goto(`${start}/ecr/repositories`)
  await button('Create repository').click()
  await field('Repository name').fill('Wrong Name')
  await button('Create repository').click()
  await page.getByText('2 to 256 small letters').first().waitFor()
  await field('Repository name').fill('flowers/trees')
  await holdsInEveryForm(page, 'the form of a repository')
  await button('Create repository').click()
  await page.getByText('flowers/trees is created.').waitFor()
  await button('View push commands').click()
  await dialog()
    .getByText(/^aws ecr get-login-password .* \| docker login --username AWS --password-stdin /)
    .waitFor()
  await dialog()
    .getByText(/^docker push .*flowers\/trees:latest$/)
    .waitFor()
  await holdsInEveryForm(page, 'push commands')
  await dialog().getByRole('button', { name: 'Close' }).click()
  await page.getByText('No images').waitFor()
  await page.goto(`${start}/ecr/repositories`)
  await link('probe').click()
  const images = page.getByRole('table', { name: 'Images' })
  await images.getByText(seller.image).waitFor()
  await holdsInEveryForm(page, 'a repository')
})

it('a model package is certified from the wizard: what is wrong stops a step, a role is made, progress is shown to the end', async () => {
  await page.goto(`${start}/sagemaker/model-packages`)
  await page.getByText('No marketplace model packages').first().waitFor()
  await holdsInEveryForm(page, 'no model packages')
  await button('Create marketplace model package').first().click()
  await heading('Inference specifications').waitFor()
  await button('Next').click()
  await page.getByText('1 to 63 letters, digits and hyphens').first().waitFor()
  await page.getByText('Choose at least one.').first().waitFor()
  await holdsInEveryForm(page, 'the first page with what is wrong')
  await field('Model package name').fill('echo')
  await field('Description').fill('Says what it is told.')
  await fillServing()
  await field('Location of model data artifacts - optional').fill('s3://somewhere/model.zip')
  await button('Next').click()
  await page.getByText('A .tar.gz in S3').first().waitFor()
  await field('Location of model data artifacts - optional').fill('')
  await button('Next').click()
  await heading('Validation and scanning').first().waitFor()
  await answer('Publish this model package on AWS Marketplace', 'Yes')
  assert.equal(
    await page
      .getByRole('radiogroup', { name: 'Validate this resource' })
      .getByLabel('Yes', { exact: true })
      .isChecked(),
    true,
  )
  await button('Create a new role').click()
  await dialog().getByText('AmazonSageMakerFullAccess').waitFor()
  await dialog().getByRole('button', { name: 'Create role' }).click()
  await page.getByText('Success! You created an IAM role.').waitFor()
  await field('Transform job definition').fill('{"TransformInput": ')
  await button('Create marketplace model package').click()
  await page.getByText('This is no JSON').first().waitFor()
  await button('Reset to template: Transform job definition').click()
  await putLocations('Transform job definition', `s3://${seller.bucket}/in/`, `s3://${seller.bucket}/validation`)
  await holdsInEveryForm(page, 'the page of validation')
  await button('View as AWS CLI').click()
  await dialog()
    .getByText(/^aws sagemaker create-model-package --model-package-name echo /)
    .waitFor()
  await dialog().getByRole('button', { name: 'Close' }).click()
  await button('Create marketplace model package').click()
  await page.getByText('echo is being created and certified.').waitFor()
  await completes('validation-profile-1-TransformJob', /^Image scan: .*probe/)
  await page.getByText('Completed', { exact: true }).first().waitFor()
  await holdsInEveryForm(page, 'a model package')
  const { CertifyForMarketplace } = await seller.sagemaker.describeModelPackage({ ModelPackageName: 'echo' })
  assert.equal(CertifyForMarketplace, true)
})

it('what a certification leaves behind is at hand: its job, its report, the scan of its image', async () => {
  await link('Open transform job').waitFor()
  const downloads = page.waitForEvent('download')
  await button('Validation report').click()
  const report = JSON.parse(await readFile(await (await downloads).path(), 'utf8'))
  assert.equal(report.ModelPackageStatusDetails.ValidationStatuses[0].Status, 'Completed')
  assert.match(report.jobs.TransformJob.name, /^echo-transform-/)
  await link('Open image').click()
  await button(/^Scan 1/).click()
  // Nobody has told this installation of vulnerabilities.
  await page.getByText('FAILED', { exact: true }).waitFor()
  await page
    .getByRole('table', { name: 'Images' })
    .getByText(/vulnerabilit/)
    .waitFor()
  const scans = page.waitForEvent('download')
  await button(/^Scan report of /).click()
  const scan = JSON.parse(await readFile(await (await scans).path(), 'utf8'))
  assert.equal(scan.repositoryName, 'probe')
  assert.equal(scan.imageScanStatus.status, 'FAILED')
  await page.goto(`${start}/sagemaker/model-packages/echo`)
  await link('Open transform job').click()
  await page.getByText('Completed', { exact: true }).first().waitFor()
  await page.getByText('probe serves in mode echo').waitFor()
})

it('an algorithm is certified from the wizard, its template has a channel for each that was specified', async () => {
  await page.goto(`${start}/sagemaker/algorithms`)
  await button('Create algorithm').first().click()
  await field('Algorithm name').fill('probe')
  await field('Training image').fill(seller.image)
  await select('Support instance types for training', instanceType)
  await field('Channel name').fill('training')
  await field('Supported content types').fill('text/csv')
  await button('Add channel').click()
  await field('Channel name').last().fill('test')
  await field('Supported content types').last().fill('text/csv')
  await holdsInEveryForm(page, 'the page of training')
  await button('Next').click()
  await heading('Hyperparameters').waitFor()
  await field('Hyperparameter specification').fill('{}')
  await button('Next').click()
  await page.getByText('A JSON array.').waitFor()
  const mode = { Name: 'mode', Type: 'FreeText', IsRequired: false, DefaultValue: 'ok' }
  await field('Hyperparameter specification').fill(JSON.stringify([mode]))
  await button('Add metric').click()
  await page.getByRole('textbox', { name: 'Metric name' }).fill('accuracy')
  await page.getByRole('textbox', { name: 'Regex' }).fill('accuracy=([0-9.]+);')
  await holdsInEveryForm(page, 'the page of tuning')
  await button('Next').click()
  await heading('Container definition').waitFor()
  await fillServing()
  await button('Next').click()
  await answer('Publish this algorithm on AWS Marketplace', 'Yes')
  await select('IAM role', /^Worker/)
  const template = JSON.parse(await field('Training job definition').inputValue())
  const channels = template.InputDataConfig.map((each: { ChannelName: string }) => each.ChannelName)
  assert.deepEqual(channels, ['training', 'test'])
  await putLocations('Training job definition', `s3://${seller.bucket}/in/`, `s3://${seller.bucket}/validation`)
  await putLocations('Transform job definition', `s3://${seller.bucket}/in/`, `s3://${seller.bucket}/validation`)
  await button('Create algorithm package').click()
  await page.getByText('probe is being created and certified.').waitFor()
  await completes('validation-profile-1-TrainingJob', 'validation-profile-1-TransformJob', /^Image scan/)
  await page.getByRole('table', { name: 'Channel specification' }).getByText('training', { exact: true }).waitFor()
  await holdsInEveryForm(page, 'an algorithm')
})

it('what is certified is listed by a wizard, for some, and then for everyone', async () => {
  await page.goto(`${start}/sagemaker/model-packages/echo`)
  await button('Publish new ML Marketplace listing').click()
  await heading('Provide product information').waitFor()
  await button('Next').click()
  await page.getByText('1 to 72 letters.').first().waitFor()
  await holdsInEveryForm(page, 'the page of information with what is wrong')
  await field('Product title').fill('Echo server')
  await field('Short description').fill('Says what it is told.')
  await field('Long description').fill('Says **exactly** what it is told.')
  await field('Product logo URL').fill('https://example.com/logo.svg')
  await field('Highlights').fill('Fast\nSmall')
  await field('Keywords').fill('echo, test')
  await field('Support description').fill('Write to us.')
  await button('Next').click()
  await heading('Amazon Resource Names (ARNs)').waitFor()
  await button('Create a new role').click()
  await dialog().getByText('The role lets the marketplace read your resource').waitFor()
  await dialog().getByRole('button', { name: 'Create role' }).click()
  await page.getByText('Success! You created an IAM role.').first().waitFor()
  await field('Release notes').fill('First.')
  await field('Usage instructions').fill('# Ask it')
  await field('Input summary').fill('Text.')
  await field('Sample input').fill('one')
  await field('Output summary').fill('The same text.')
  await field('Sample output').fill('one')
  await field('Repository URL').fill('https://example.com/echo')
  await field('Notebook URL').fill('https://example.com/echo.ipynb')
  await holdsInEveryForm(page, 'the page of the version')
  await button('Next').click()
  await heading('Configure the pricing model').waitFor()
  await field(`Real-time inference, ${instanceType}`).fill('0.25')
  await button('Next').click()
  await page.getByText('Each has a price').first().waitFor()
  await field(`Batch transform, ${instanceType}`).fill('0.5')
  await page.getByLabel('Offer a free trial').check()
  await field('Free usage hours - optional').fill('10')
  await holdsInEveryForm(page, 'the page of prices')
  await button('Next').click()
  await field('Refund policy').fill('None.')
  await button('Next').click()
  await page.getByLabel('Standard contract for AWS Marketplace (SCMP)').waitFor()
  await button('Next').click()
  await field('AWS account IDs - optional').fill('12')
  await button('Submit').click()
  await page.getByText('Twelve digits each.').first().waitFor()
  await field('AWS account IDs - optional').fill(seller.id)
  await button('Submit').click()
  await page.getByText('Echo server is listed with limited visibility').waitFor()
  await page.getByText('Limited', { exact: true }).waitFor()
  await holdsInEveryForm(page, 'an own product')
  const { discovery } = clientsFor(world.server.url, await world.server.account('anybody'))
  const seen = async () => (await discovery<{ totalResults: number }>('SearchListings', {})).totalResults
  assert.equal(await seen(), 0)
  await button('Make public').click()
  await dialog().getByRole('button', { name: 'Make public' }).click()
  await page.getByText('The product is Public.').waitFor()
  await page.getByText('Public', { exact: true }).first().waitFor()
  assert.equal(await seen(), 1)
  await button('View on AWS Marketplace').click()
  await page.getByText('14 days without charges for the software.').waitFor()
  await page.locator('main strong').getByText('exactly').waitFor()
  await page.goto(`${start}/partnercentral/products`)
  await link('Echo server').waitFor()
  await holdsInEveryForm(page, 'own products')
})

it('one whose certification fails says why, and is cloned and deleted', async () => {
  await page.goto(`${start}/sagemaker/model-packages/echo`)
  await button('Clone').click()
  await field('Model package name').fill('broken')
  assert.equal(await field('Location of inference image').inputValue(), seller.image)
  await button('Next').click()
  await putLocations('Transform job definition', `s3://${seller.bucket}/nothing/`, `s3://${seller.bucket}/validation`)
  await button('Create marketplace model package').click()
  await page.getByText('Certification failed').waitFor()
  await steps()
    .getByText(/nothing/)
    .waitFor()
  await holdsInEveryForm(page, 'a certification that failed')
  await button('Delete').click()
  await dialog().getByText('Buyers keep the copy that was listed').waitFor()
  await dialog().getByRole('button', { name: 'Delete' }).click()
  await page.getByText('broken is deleted.').waitFor()
  await link('echo').waitFor()
  await holdsInEveryForm(page, 'model packages')
  await page.getByRole('tab', { name: 'AWS Marketplace subscriptions' }).click()
  await page.getByText('No subscriptions').waitFor()
  await button('Find model packages').waitFor()
})

it('a training job with an algorithm leads to a model package of what it made', async () => {
  const changes = {
    AlgorithmSpecification: { AlgorithmName: 'probe', TrainingInputMode: 'File' as const },
    InputDataConfig: [
      channel(`s3://${seller.bucket}/in/`),
      { ...channel(`s3://${seller.bucket}/in/`), ChannelName: 'test' },
    ],
  }
  await seller.sagemaker.createTrainingJob(trainingRequest(seller, 'trained', { mode: 'ok' }, changes))
  await page.goto(`${start}/sagemaker/jobs/trained`)
  await page.getByText('Completed', { exact: true }).first().waitFor()
  await button('Create model package').click()
  await heading('Algorithm and model artifacts').waitFor()
  assert.match(await field('Algorithm ARN').inputValue(), /probe$/)
  assert.match(await field('Location of model data artifacts').inputValue(), /\/model\.tar\.gz$/)
})

it('does nothing against the page’s policy', () => {
  assert.deepEqual(person.problems, [])
})
