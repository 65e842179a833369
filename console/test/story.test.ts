import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { clientsFor } from '../../demo/clients.ts'
import { drawnLogo } from '../../src/cli/drawn-logo.ts'
import { pushImage } from '../../src/cli/push-image.ts'
import { type PresentEngine, presentEngines } from '../../test/e2e/engines.ts'
import { instanceType } from '../../test/e2e/jobs.ts'
import { openWorld, type World } from '../../test/e2e/world.ts'
import { openBrowser, openPerson, type Person } from './browser.ts'
import { type Hands, handsOn } from './hands.ts'
import { beginListing, listingInformation, listingVersion } from './listing.ts'
import { operatorLink } from './signed-in.ts'

/**
 * The whole story by clicks alone: from an empty server, and the one link that it prints, to the bill. The one thing that no browser does is to
 * push an image; the seller's shell does, with the key and the address that the console shows.
 */
interface Actor extends Hands {
  readonly page: Page
  readonly person: Person
  /** Opens an area's page from the search, as one who types its name. */
  goTo(name: string): Promise<void>
}

let engine: PresentEngine
let world: World
let browser: Browser
let operator: Actor
let seller: Actor
let buyer: Actor
let image: string

async function openActor(): Promise<Actor> {
  const person = await openPerson(browser)
  const { page } = person
  const hands = handsOn(page)
  await page.goto(await operatorLink(world.server))
  await hands.heading('Welcome').waitFor()
  const goTo = async (name: string) => {
    await hands.press('Search (Ctrl+K)')
    await hands.dialog().getByLabel('Pages and resources').fill(name)
    await hands.dialog().getByRole('link', { name, exact: true }).first().click()
    await hands
      .heading(new RegExp(`^${name}`))
      .first()
      .waitFor()
  }
  return { ...hands, page, person, goTo }
}

/** Goes on as an account, from the page that an empty installation opens on. */
async function becomes(actor: Actor, account: string): Promise<void> {
  await actor.press(account)
  await actor.submit('Open console as')
  await actor.page.getByRole('button', { name: new RegExp(`root user @ ${account}`) }).waitFor()
}

/** A bucket with a logo, and a file of rows in the folder `in`. */
async function makeBucket(actor: Actor, bucket: string): Promise<void> {
  await actor.goTo('Buckets')
  await actor.press('Create bucket')
  await actor.dialog().getByLabel('Bucket name').fill(bucket)
  await actor.submit('Create bucket')
  await actor.follow(bucket)
  await upload(actor, { name: 'logo.png', mimeType: 'image/png', buffer: drawnLogo(bucket) })
  await actor.press('Create folder')
  await actor.dialog().getByLabel('Folder name').fill('in')
  await actor.submit('Create folder')
  await actor.follow('in/')
  await upload(actor, { name: 'rows.csv', mimeType: 'text/csv', buffer: Buffer.from('one\ntwo\nthree\n') })
  await actor.reads('One file is uploaded.')
}

async function upload(actor: Actor, file: { name: string; mimeType: string; buffer: Buffer }): Promise<void> {
  await actor.press('Upload')
  await actor.dialog().locator('input[type="file"]').first().setInputFiles(file)
  await actor.submit('Upload')
  await actor.page.locator('main').getByText(file.name, { exact: true }).first().waitFor()
}

before(async () => {
  const [present] = await presentEngines()
  assert.ok(present)
  engine = present
  world = await openWorld(engine, 'contract-probe')
  browser = await openBrowser()
  operator = await openActor()
})
after(async () => {
  await browser?.close()
  await world?.close()
})

it('an empty server: the operator makes two accounts, and wants to see what becomes public', async () => {
  for (const name of ['flower-shop', 'gardener']) {
    await operator.press('Create account')
    await operator.dialog().getByLabel('Account name').fill(name)
    await operator.submit('Create account')
    await operator.reads(`${name} is created.`)
  }
  await operator.goTo('Approvals')
  await operator.press('Let products wait for approval')
  await operator.heading('Products wait for approval').waitFor()
  seller = await openActor()
  await becomes(seller, 'flower-shop')
  buyer = await openActor()
  await becomes(buyer, 'gardener')
})

it('the seller makes a key and a repository, and pushes an image as the console says', async () => {
  await seller.goTo('Users')
  await seller.press('Create user')
  await seller.dialog().getByLabel('User name').fill('pusher')
  await seller.submit('Create user')
  await seller.follow('pusher')
  await seller.press('Add permissions')
  await seller
    .dialog()
    .getByRole('button', { name: /^Policy/ })
    .click()
  await seller.page.getByRole('option', { name: 'AmazonEC2ContainerRegistryPowerUser', exact: true }).click()
  await seller.submit('Add permissions')
  await seller.reads('AmazonEC2ContainerRegistryPowerUser is attached.')
  await seller.press('Create access key')
  const shown = async (start: RegExp) => (await seller.dialog().getByText(start).first().innerText()).trim()
  const accessKeyId = await shown(/^AKIA/)
  const secretAccessKey = await shown(/^[\w/+]{40}$/)
  await seller.submit('Close')
  await seller.goTo('Repositories')
  await seller.press('Create repository')
  await seller.fill({ 'Repository name': 'trees' })
  await seller.press('Create repository')
  await seller.press('View push commands')
  const push = await seller
    .dialog()
    .getByText(/^docker push /)
    .innerText()
  const uri = /^docker push (\S+):latest$/.exec(push.trim())?.[1]
  assert.ok(uri, push)
  await seller.submit('Close')
  const { ecr } = clientsFor(world.server.url, { id: '', accessKeyId, secretAccessKey })
  image = await pushImage(engine, world.image, uri, { ecr }, 'latest')
  await seller.press('Refresh')
  await seller.page.getByRole('table', { name: 'Images' }).getByText(image).waitFor()
})

it('an algorithm is certified by really running it, from the seller’s wizard', async () => {
  await makeBucket(seller, 'flower-samples')
  await seller.goTo('Algorithms')
  await seller.press('Create algorithm')
  await seller.fill({ 'Algorithm name': 'trees', 'Training image': image })
  await seller.choose('Support instance types for training', instanceType)
  await seller.fill({ 'Supported content types': 'text/csv' })
  await seller.press('Next')
  await seller.heading('Hyperparameters').waitFor()
  await seller.press('Next')
  await seller.fill({ 'Location of inference image': image })
  await seller.choose('Supported instance types for real-time inference', instanceType)
  await seller.choose('Supported instance types for batch transform jobs', instanceType)
  await seller.fill({ 'Supported content types': 'text/csv', 'Supported response MIME types': 'text/csv' })
  await seller.press('Next')
  await seller.answer('Publish this algorithm on AWS Marketplace', 'Yes')
  await seller.newRole()
  for (const label of ['Training job definition', 'Transform job definition']) {
    const definition = JSON.parse(await seller.field(label).inputValue())
    for (const input of definition.InputDataConfig ?? [definition.TransformInput])
      input.DataSource.S3DataSource.S3Uri = 's3://flower-samples/in/'
    ;(definition.OutputDataConfig ?? definition.TransformOutput).S3OutputPath = 's3://flower-samples/out'
    await seller.field(label).fill(JSON.stringify(definition))
  }
  await seller.press('Create algorithm package')
  await seller.reads('trees is being created and certified.')
  const steps = seller.page.getByRole('table', { name: 'Steps of the certification' })
  for (const step of ['validation-profile-1-TrainingJob', 'validation-profile-1-TransformJob', /^Image scan/])
    await steps.getByRole('row', { name: step }).getByText('Completed', { exact: true }).waitFor()
})

it('an image that is not there is refused, and one that fails is not certified: the page has the evidence', async () => {
  await seller.press('Clone')
  await seller.fill({ 'Algorithm name': 'rotten', 'Training image': `${image}-not-there` })
  await seller.press('Next')
  const words = ['mode', 'message'].map(Name => ({ Name, Type: 'FreeText', IsRequired: false }))
  await seller.fill({ 'Hyperparameter specification': JSON.stringify(words) })
  await seller.press('Next')
  await seller.press('Next')
  const definition = JSON.parse(await seller.field('Training job definition').inputValue())
  definition.HyperParameters = { mode: 'exit', message: 'The roots have rotted.' }
  await seller.field('Training job definition').fill(JSON.stringify(definition))
  await seller.press('Create algorithm package')
  await seller.reads(/The request was refused\. .*not-there.* Request ID: /)
  for (let step = 0; step < 3; step++) await seller.press('Previous')
  await seller.fill({ 'Training image': image })
  for (let step = 0; step < 3; step++) await seller.press('Next')
  await seller.press('Create algorithm package')
  await seller.reads('rotten is being created and certified.')
  await seller.reads('Certification failed')
  await seller.reads(/The roots have rotted\./)
  await seller.follow('Open training job')
  await seller.page.getByText('Failed', { exact: true }).first().waitFor()
  await seller.page.getByRole('log').waitFor()
  await seller.goTo('Algorithms')
  await seller.follow('trees')
})

it('it is listed, refused by the operator with a reason that the seller reads, and then approved', async () => {
  await beginListing(seller.page, 'Rose trees')
  await seller.fill(listingInformation(`${world.server.url}/flower-samples/logo.png`))
  await seller.press('Next')
  await seller.newRole()
  await seller.fill(listingVersion)
  await seller.press('Next')
  for (const use of ['Training', 'Real-time inference', 'Batch transform'])
    await seller.fill({ [`${use}, ${instanceType}`]: '3600' })
  await seller.press('Next')
  await seller.fill({ 'Refund policy': 'None.' })
  await seller.press('Next')
  await seller.field('Standard contract for AWS Marketplace (SCMP)').waitFor()
  await seller.press('Next')
  await seller.press('Submit')
  await seller.reads('Rose trees is listed with limited visibility')

  // What waits is taken back, and asked for again.
  await asksToBePublic()
  await seller.goTo('Requests')
  await seller.page
    .getByRole('row', { name: /PREPARING/ })
    .getByRole('radio')
    .check()
  await seller.press('Actions')
  await seller.page.getByRole('menuitem', { name: 'Cancel request' }).click()
  await seller.submit('Cancel request')
  const cancelled = seller.page.getByRole('row', { name: /CANCELLED/ }).first()
  const id = await cancelled.getByRole('link').first().innerText()
  await seller.page.goBack()
  await asksToBePublic()
  await operator.goTo('Approvals')
  // Their page was open all the while, and may still have it.
  await operator.page.getByRole('row', { name: id }).waitFor({ state: 'detached' })
  await operator.button(/^Reject /).click()
  await operator.dialog().getByLabel('Reason').fill('Tell what the rows are.')
  await operator.submit('Reject')
  await operator.dialog().waitFor({ state: 'detached' })
  await seller.reads(/Tell what the rows are\./)
  await buyer.goTo('AWS Marketplace')
  await buyer.heading('0 products').waitFor()

  await asksToBePublic()
  await operator.button(/^Approve (?!everything)/).click()
  await seller.reads('The product is Public.')
})

async function asksToBePublic(): Promise<void> {
  await seller.press('Make public')
  await seller.submit('Make public')
  await seller.reads('Changing the visibility')
}

it('the buyer finds it, subscribes, and trains on rows of their own', async () => {
  await makeBucket(buyer, 'garden')
  await buyer.goTo('AWS Marketplace')
  await buyer.link('Rose trees').click()
  await buyer.press('Continue to Subscribe')
  await buyer.press('Accept offer')
  await buyer.submit('Accept offer')
  await buyer.reads('Thank you for subscribing to Rose trees.')
  await buyer.press('View in Amazon SageMaker AI')
  await buyer.fill({ 'Job name': 'first', 'S3 location': 's3://garden/in/', 'S3 output path': 's3://garden/models' })
  await buyer.newRole()
  await buyer.press('Create training job')
  await buyer.reads('first is created.')
  await buyer.page.getByText('Completed', { exact: true }).first().waitFor()
})

it('makes a package of what was trained, an endpoint of it, and asks it', async () => {
  await buyer.press('Create model package')
  await buyer.fill({ 'Model package name': 'garden' })
  await buyer.press('Next')
  await buyer.press('Create marketplace model package')
  await buyer.heading('garden').waitFor()
  await buyer.page.getByText('Completed', { exact: true }).first().waitFor()
  await buyer.press('Create endpoint')
  await buyer.fill({ 'Model name': 'garden' })
  await buyer.choose('IAM role', /AmazonSageMaker-ExecutionRole/)
  await buyer.press('Create model')
  await buyer.fill({ 'Endpoint configuration name': 'garden' })
  await buyer.press('Create endpoint configuration')
  await buyer.reads('garden is created.')
  await buyer.press('Create endpoint')
  await buyer.fill({ 'Endpoint name': 'garden' })
  await buyer.press('Create endpoint')
  await buyer.page.getByText('InService', { exact: true }).first().waitFor()
  await buyer.fill({ Body: 'a rose is a rose' })
  await buyer.press('Send request')
  await buyer.page.locator('main').getByText('a rose is a rose').last().waitFor()
  await buyer.reads(/^\d+ ms$/)
})

it('a batch transform job answers a file of rows, which is read in the bucket', async () => {
  await buyer.goTo('Models')
  await buyer.follow('garden')
  await buyer.press('Create batch transform job')
  await buyer.fill({
    ...{ 'Job name': 'rows', 'S3 location': 's3://garden/in/', 'S3 output location': 's3://garden/answers' },
    'Content type - optional': 'text/csv',
  })
  await buyer.choose('Instance type', instanceType)
  await buyer.press('Create batch transform job')
  await buyer.reads('rows is created.')
  await buyer.page.getByText('Completed', { exact: true }).first().waitFor()
  await buyer.goTo('Buckets')
  await buyer.follow('garden')
  await buyer.follow('answers/')
  const downloads = buyer.page.waitForEvent('download')
  await buyer.press('Download answers/rows.csv.out')
  const answered = await (await (await downloads).createReadStream()).toArray().then(String)
  assert.equal(answered, 'one\ntwo\nthree\n')
})

it('the endpoint runs until it is deleted; then the bill says what everything cost', async () => {
  await buyer.goTo('Endpoints')
  await buyer.page.getByRole('radio', { name: 'Select garden' }).check()
  await buyer.press('Actions')
  await buyer.page.getByRole('menuitem', { name: 'Delete' }).click()
  await buyer.submit('Delete')
  await buyer.reads('No endpoints')
  await buyer.goTo('Manage subscriptions')
  await buyer.follow('Rose trees')
  const charges = buyer.page.getByRole('table', { name: 'Charges' })
  await charges
    .getByRole('row', { name: /\d USD/ })
    .first()
    .waitFor()
  await operator.goTo('Invoices')
  await operator.reads('Every charge follows from the facts.')
})

it('nobody did anything against the page’s policy', () => {
  for (const { person } of [operator, seller, buyer]) assert.deepEqual(person.problems, [])
})
