import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { clientsFor } from '../../../demo/clients.ts'
import { subscribe } from '../../../demo/subscription.ts'
import { presentEngines } from '../../../test/e2e/engines.ts'
import { channel, instanceType, trainingEnd, trainingRequest } from '../../../test/e2e/jobs.ts'
import { change } from '../../../test/e2e/market-shop.ts'
import { makeParty, type Party } from '../../../test/e2e/party.ts'
import { openWorld, type World } from '../../../test/e2e/world.ts'
import { openBrowser } from '../browser.ts'
import { beginListing } from '../listing.ts'
import { openShop } from '../shop.ts'
import { openSignedIn, originOf } from '../signed-in.ts'

export let world: World
export let party: Party
let browser: Browser
export let page: Page
/** Of somebody who has bought the model package. */
export let bought: Page
export let agreement: string
/** Of the algorithm, whose offer has a trial. */
export let tried: string

/** A seller with an algorithm and model packages of each kind, and somebody who has bought. */
export async function openSetting(): Promise<void> {
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
}

export async function closeSetting(): Promise<void> {
  await browser?.close()
  await world?.close()
}

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
export const openProduct = async (name: string) => {
  await bought.goto(`${originOf(world.server)}/console/marketplace/search`)
  await bought.getByRole('link', { name, exact: true }).click()
  await bought.getByRole('heading', { name: 'Overview' }).waitFor()
}
export const reads = (words: string | RegExp) => bought.getByText(words).first().waitFor()
export const openLaunch = () =>
  bought.goto(`${originOf(world.server)}/console/marketplace/subscriptions/${agreement}/configure`)
/** Which page of a wizard is open as it came; what only looks at it does not open it again. */
let screen = ''
export const open = (path: string) => {
  screen = ''
  return page.goto(`${originOf(world.server)}/console/${path}`)
}
export const heading = (name: string | RegExp) => page.getByRole('heading', { name }).first().waitFor()
export const label = (name: string) => page.getByLabel(name, { exact: true }).waitFor()
export const menu = () => page.getByRole('navigation').filter({ has: page.getByRole('group', { name: 'Inference' }) })
export const entry = (name: string | RegExp) => menu().getByRole('link', { name, exact: true }).waitFor()
export const text = (words: string | RegExp) => page.getByText(words).first().waitFor()

/** Opens the help panel, which explains. */
export const helps = async (words: string | RegExp) => {
  await page.getByRole('button', { name: 'Open help panel' }).click()
  await text(words)
}

export const press = (name: string) => page.getByRole('button', { name, exact: true }).first().click()
export const hasEntry = async (name: string | RegExp) => {
  await open('sagemaker/jobs')
  await entry(name)
}
export const pick = async (name: RegExp, option: string) => {
  await page.getByRole('button', { name }).click()
  await page.getByRole('option', { name: option }).click()
  await page.keyboard.press('Escape')
}
export const openPackageWizard = async () => {
  await open('sagemaker/model-packages/create')
  await heading('Inference specifications')
}
/** Looks at a page of a wizard, which is opened unless it is. */
export const onScreen = async (name: string, openIt: () => Promise<unknown>, look: () => Promise<unknown>) => {
  if (screen !== name) await openIt()
  screen = name
  await look()
}
/** What follows changes the screen. */
export const changes = (look: () => Promise<unknown>) => async () => {
  await look()
  screen = ''
}
export const inPackageWizard = (name: string) => onScreen('package', openPackageWizard, () => label(name))
export const fillServing = async () => {
  await page.getByLabel('Location of inference image').fill(party.image)
  await pick(/^Supported instance types for real-time inference/, instanceType)
  await pick(/^Supported instance types for batch transform jobs/, instanceType)
  await page.getByLabel('Supported content types').fill('text/csv')
  await page.getByLabel('Supported response MIME types').fill('text/csv')
}
export const fillPackage = async () => {
  await page.getByLabel('Model package name').fill('made')
  await fillServing()
}
export const openPackageValidation = async () => {
  await openPackageWizard()
  await fillPackage()
  await press('Next')
  await heading('Validation and scanning')
}
export const onPackage = (look: () => Promise<unknown>) => onScreen('package', openPackageWizard, look)
export const onValidation = (look: () => Promise<unknown>) => onScreen('validation', openPackageValidation, look)
export const inPackageProfile = (look: () => Promise<unknown>) =>
  onScreen(
    'profile',
    async () => {
      await openPackageValidation()
      await page.getByRole('radiogroup', { name: 'Validate this resource' }).getByLabel('Yes').check()
    },
    look,
  )
export const inAlgorithmWizard = (look: () => Promise<unknown>) =>
  onScreen(
    'algorithm',
    async () => {
      await open('sagemaker/algorithms/create')
      await heading('Training specifications')
    },
    look,
  )
export const fillTraining = async () => {
  await page.getByLabel('Algorithm name').fill('made')
  await page.getByLabel('Training image').fill(party.image)
  await pick(/instance types for training/, instanceType)
  await page.getByLabel('Supported content types').fill('text/csv')
}

/** The wizard of a listing, at its first page. */
export const inListing = (look: () => Promise<unknown>) =>
  onScreen(
    'listing',
    async () => {
      await open('sagemaker/model-packages/server')
      await beginListing(page, 'Made')
    },
    look,
  )

/** A point of the guides' check list: its number, or several, what it says, and how a person sees that it holds. */
export type Point = readonly [point: string, what: string, look: () => Promise<unknown>]
