import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { tuningRequest } from '../../test/e2e/chaos-requests.ts'
import { presentEngines } from '../../test/e2e/engines.ts'
import { describeTraining, instanceType, trainingEnd, trainingRequest, trainingRuns } from '../../test/e2e/jobs.ts'
import { makeParty, type Party } from '../../test/e2e/party.ts'
import { until } from '../../test/e2e/until.ts'
import { openWorld, type World } from '../../test/e2e/world.ts'
import { holdsToWcag, openBrowser, type Person } from './browser.ts'
import { openSignedIn, originOf } from './signed-in.ts'

let world: World
let party: Party
let browser: Browser
let person: Person
let page: Page
let jobs: string

before(async () => {
  const [engine] = await presentEngines()
  assert.ok(engine)
  world = await openWorld(engine, 'contract-probe')
  party = await makeParty(world.server, engine, 'trainer', world.image)
  browser = await openBrowser()
  person = await openSignedIn(browser, world.server, 'trainer')
  page = person.page
  jobs = `${originOf(world.server)}/console/sagemaker/jobs`
})
after(async () => {
  await browser?.close()
  await world?.close()
})

const field = (name: string) => page.getByLabel(name, { exact: true })
const button = (name: string | RegExp) => page.getByRole('button', { name })
const choose = async (label: string, option: string) => {
  await page.getByLabel(label).click()
  await page.getByRole('option', { name: option, exact: true }).click()
}
/** A row of hyperparameters: the form has no others with such labels before it. */
const hyperParameter = async (row: number, key: string, value: string) => {
  await button('Add hyperparameter').click()
  await page.getByRole('textbox', { name: 'Key', exact: true }).nth(row).fill(key)
  await page.getByRole('textbox', { name: 'Value', exact: true }).nth(row).fill(value)
}

it('is created by the form: what is wrong is told beside its field, what the API refuses above the button', async () => {
  await page.goto(jobs)
  await button('Create training job').first().click()
  await button('Create training job').last().click()
  await page.getByText('This is required.').first().waitFor()
  assert.equal(
    await page.evaluate(() => document.activeElement?.closest('[data-field]')?.getAttribute('data-field')),
    'name',
  )
  await holdsToWcag(page, 'the form with what is wrong')

  await field('Job name').fill('a-job-that-is-named-with-one-more-letter-than-the-sixty-three-allowed')
  await page.getByText('At most 63 letters').first().waitFor()
  await field('Job name').fill('by-hand')
  await page.getByLabel('IAM role').click()
  await page.getByRole('option', { name: /^Worker/ }).click()
  await field('Container').fill(`${party.image}-that-is-not-there`)
  await button('Add metric').click()
  await page.getByRole('textbox', { name: 'Metric name' }).fill('accuracy')
  await page.getByRole('textbox', { name: 'Regex' }).fill('accuracy=([0-9.]+);')
  await choose('Instance type', instanceType)
  await hyperParameter(0, 'mode', 'lines')
  await hyperParameter(1, 'count', '300')
  await field('S3 location').fill(`s3://${party.bucket}/in/`)
  await field('S3 output path').fill(`s3://${party.bucket}/models`)
  await button('Create training job').last().click()
  await page
    .getByText(/The request was refused\. .*that-is-not-there.* Request ID: /)
    .first()
    .waitFor()

  await field('Container').fill(party.image)
  await button('View as AWS CLI').click()
  await page
    .getByText(/^aws sagemaker create-training-job --training-job-name by-hand --role-arn arn:aws:iam::/)
    .waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
  await button('Create training job').last().click()
  await page.getByText('by-hand is created.').waitFor()
  await page.waitForURL(`${jobs}/by-hand`)
  const { HyperParameters, InputDataConfig } = await describeTraining(party, 'by-hand')
  assert.deepEqual(HyperParameters, { mode: 'lines', count: '300' })
  assert.equal(InputDataConfig?.[0]?.DataSource?.S3DataSource?.S3Uri, `s3://${party.bucket}/in/`)
})

it('is watched to its end without a reload: status, history, lines, metric and artifact', async () => {
  await page.getByText('Completed', { exact: true }).first().waitFor()
  const job = await trainingEnd(party, 'by-hand')
  await page
    .getByText(job.ModelArtifacts?.S3ModelArtifacts as string)
    .first()
    .waitFor()
  for (const heading of ['Job settings', 'Algorithm', 'Input data configuration: train', 'Output data configuration'])
    await page.getByRole('heading', { name: heading }).waitFor()
  await page.getByRole('table', { name: 'Status history' }).getByText('Uploading', { exact: true }).waitFor()
  await page.getByRole('table', { name: 'Metrics' }).getByText('accuracy').waitFor()
  await page.getByRole('application', { name: 'accuracy' }).waitFor()
  await page.getByText(/^30\d lines$/).waitFor()
  await page.getByLabel('Filter events').fill('accuracy')
  await page.getByRole('log').getByText('accuracy=0.9;').waitFor()
  await page.waitForURL(/\?log=accuracy$/)
  await page.reload()
  await page.getByText(/^1 of 30\d lines$/).waitFor()
  await holdsToWcag(page, 'a job')
})

it('stands in a list that the API filters and sorts, by an address that can be shared', async () => {
  const FailureReason = 'the seller’s <b>bold</b> <script>document.title = "it runs"</script> reason'
  await party.sagemaker.createTrainingJob(trainingRequest(party, 'fails', { mode: 'exit', message: FailureReason }))
  await trainingEnd(party, 'fails')
  await page.goto(jobs)
  const row = (name: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) })
  await row('fails').getByText('Failed').waitFor()
  await row('by-hand').getByText('Completed').waitFor()
  await holdsToWcag(page, 'a list')
  await page.getByLabel('Find training jobs by name').fill('hand')
  await row('fails').waitFor({ state: 'detached' })
  await page.waitForURL(/\?name=hand$/)
  await page.reload()
  await row('by-hand').waitFor()
  assert.equal(await row('fails').count(), 0)
  await page.getByLabel('Find training jobs by name').fill('nothing')
  await page.getByText('No matches').first().waitFor()
  await button('Clear filter').first().click()
  await page.goto(`${jobs}?status=Failed&sort=nonsense!`)
  await row('fails').getByRole('link').click()
  // A container's words are words: nothing in them is markup, and nothing runs.
  await page.getByText(FailureReason).first().waitFor()
  assert.equal(await page.title(), 'fails - Modelmart')
  await holdsToWcag(page, 'a job that failed')
  // From anywhere, by a part of its name.
  await page.keyboard.press('Control+k')
  await page.getByLabel('Pages and resources').fill('by-h')
  await page.getByRole('dialog').getByRole('link', { name: 'by-hand' }).click()
  await page.waitForURL(`${jobs}/by-hand`)
})

it('is cloned, asked about and stopped', async () => {
  const endless = { mode: 'hang' }
  await party.sagemaker.createTrainingJob(trainingRequest(party, 'endless', endless))
  await page.goto(`${jobs}/endless`)
  await until(
    'the container runs',
    () => describeTraining(party, 'endless'),
    ({ SecondaryStatus }) => SecondaryStatus === 'Training',
  )
  await button('Stop').click()
  await page.getByRole('dialog').getByText('Stop endless?').waitFor()
  await holdsToWcag(page, 'the question')
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
  assert.equal((await describeTraining(party, 'endless')).TrainingJobStatus, 'InProgress')
  await button('Stop').click()
  await page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click()
  await page.getByText('endless is told to stop.').waitFor()
  await page.getByText('Stopped', { exact: true }).first().waitFor()

  await button('Clone').click()
  await page.waitForURL(/\/create\?clone=endless$/)
  await page.waitForFunction(() => document.querySelectorAll('input[value="hang"]').length === 1)
  assert.equal(await field('Container').inputValue(), party.image)
  // Nothing typed is lost by accident.
  await field('Job name').fill('again')
  page.once('dialog', dialog => void dialog.dismiss())
  await page.getByRole('link', { name: 'Training jobs' }).first().click()
  assert.match(page.url(), /\/create\?clone=endless$/)
  await button('Create training job').last().click()
  await page.getByText('again is created.').waitFor()
  // A program that has not begun to listen to SIGTERM does not hear it, and has two minutes.
  await trainingRuns(party, 'again')
  await party.sagemaker.stopTrainingJob({ TrainingJobName: 'again' })
  await trainingEnd(party, 'again')
})

it('is one of many that a tuning job runs, whose best one is named', async () => {
  const tuning = jobs.replace(/jobs$/, 'hyper-tuning-jobs')
  await page.goto(tuning)
  await page.getByText('No hyperparameter tuning jobs').first().waitFor()
  await party.sagemaker.createHyperParameterTuningJob(tuningRequest(party, 'tuned', 2))
  await page.goto(`${tuning}/tuned`)
  await page.getByRole('heading', { name: 'Best training job' }).waitFor()
  await page.getByText('Completed', { exact: true }).first().waitFor()
  await page.getByRole('table', { name: 'Training jobs' }).getByRole('link').first().waitFor()
  await page.getByRole('table', { name: 'Hyperparameter ranges' }).getByText('0.1 to 0.9').waitFor()
  await holdsToWcag(page, 'a tuning job')
  await page.goto(tuning)
  await page.getByRole('row', { name: /tuned .*2\/2/ }).waitFor()
  const hangs = tuningRequest(party, 'endless-tuning', 2)
  const TrainingJobDefinition = {
    ...(hangs.TrainingJobDefinition as NonNullable<typeof hangs.TrainingJobDefinition>),
    StaticHyperParameters: { mode: 'slow', seconds: '3600' },
  }
  await party.sagemaker.createHyperParameterTuningJob({ ...hangs, TrainingJobDefinition })
  await page.goto(`${tuning}/endless-tuning`)
  // A container that has not begun to listen for the signal is killed only after SageMaker's two minutes.
  const named = { HyperParameterTuningJobName: 'endless-tuning' }
  const begun = () => party.sagemaker.listTrainingJobsForHyperParameterTuningJob(named)
  const both = await until('both jobs', begun, ({ TrainingJobSummaries = [] }) => TrainingJobSummaries.length === 2)
  for (const { TrainingJobName = '' } of both.TrainingJobSummaries ?? []) await trainingRuns(party, TrainingJobName)
  await button('Stop tuning job').click()
  await page.getByRole('dialog').getByRole('button', { name: 'Stop tuning job' }).click()
  await page.getByText('endless-tuning is told to stop.').waitFor()
  await page.getByText('Stopped', { exact: true }).first().waitFor()
})

it('a tuning job is created by the form, and cloned into it', async () => {
  const tuning = jobs.replace(/jobs$/, 'hyper-tuning-jobs')
  await page.goto(tuning)
  await button('Create hyperparameter tuning job').first().click()
  await button('Create jobs').click()
  await page.getByText('1 to 32 letters').first().waitFor()
  await page.getByText('At least one; each has a name').first().waitFor()
  await holdsToWcag(page, 'the form of a tuning job with what is wrong')
  await field('Hyperparameter tuning job name').fill('by-form')
  await page.getByLabel('IAM role').click()
  await page.getByRole('option', { name: /^Worker/ }).click()
  await field('Container').fill(party.image)
  await button('Add metric').click()
  await page.getByRole('textbox', { name: 'Metric name' }).fill('accuracy')
  await page.getByRole('textbox', { name: 'Regex' }).fill('accuracy=([0-9.]+);')
  await page.getByRole('button', { name: /^Objective metric/ }).click()
  await page.getByRole('option', { name: 'accuracy' }).click()
  await field('Name').fill('accuracy')
  await field('Smallest value').fill('0.1')
  await field('Largest value').fill('0.9')
  await page.getByRole('button', { name: /^Strategy/ }).click()
  await page.getByRole('option', { name: 'Random' }).click()
  await hyperParameter(0, 'mode', 'slow')
  await hyperParameter(1, 'seconds', '0')
  await field('S3 location').fill(`s3://${party.bucket}/in/`)
  await field('S3 output path').fill(`s3://${party.bucket}/models`)
  await choose('Instance type', instanceType)
  await field('Maximum training jobs').fill('501')
  await button('Create jobs').click()
  await page.getByText('1 to 500.').first().waitFor()
  await field('Maximum training jobs').fill('2')
  await button('View as AWS CLI').click()
  await page
    .getByText(/^aws sagemaker create-hyper-parameter-tuning-job --hyper-parameter-tuning-job-name by-form /)
    .waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
  await button('Create jobs').click()
  await page.getByText('by-form is created.').waitFor()
  await page.waitForURL(`${tuning}/by-form`)
  await page.getByText('Completed', { exact: true }).first().waitFor()
  const { HyperParameterTuningJobConfig: config, TrainingJobDefinition: definition } =
    await party.sagemaker.describeHyperParameterTuningJob({ HyperParameterTuningJobName: 'by-form' })
  assert.equal(config?.Strategy, 'Random')
  const { mode, seconds } = definition?.StaticHyperParameters ?? {}
  assert.deepEqual({ mode, seconds }, { mode: 'slow', seconds: '0' })
  await button('Clone').click()
  await page.waitForURL(/\/create\?clone=by-form$/)
  await field('Largest value').and(page.locator('[value="0.9"]')).waitFor()
  assert.equal(await field('Container').inputValue(), party.image)
  assert.equal(await field('Hyperparameter tuning job name').inputValue(), '')
  assert.equal(await page.locator('input[value="_tuning_objective_metric"]').count(), 0)
})

it('does nothing against the page’s policy', () => {
  assert.deepEqual(person.problems, [])
})
