import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { presentEngines } from '../../test/e2e/engines.ts'
import { instanceType } from '../../test/e2e/jobs.ts'
import { makeParty, type Party } from '../../test/e2e/party.ts'
import { until } from '../../test/e2e/until.ts'
import { openWorld, type World } from '../../test/e2e/world.ts'
import { holdsToWcag, openBrowser, openPerson, type Person } from './browser.ts'
import { openSignedIn, operatorLink, originOf } from './signed-in.ts'

let world: World
let party: Party
let browser: Browser
let person: Person
let page: Page
let area: string

before(async () => {
  const [engine] = await presentEngines()
  assert.ok(engine)
  world = await openWorld(engine, 'contract-probe')
  party = await makeParty(world.server, engine, 'server', world.image)
  browser = await openBrowser()
  person = await openSignedIn(browser, world.server, 'server')
  page = person.page
  area = `${originOf(world.server)}/console/sagemaker`
})
after(async () => {
  await browser?.close()
  await world?.close()
})

const field = (name: string) => page.getByLabel(name, { exact: true })
const button = (name: string) => page.getByRole('button', { name, exact: true })
const choose = async (label: string | RegExp, option: string | RegExp) => {
  await page.getByLabel(label).click()
  await page.getByRole('option', { name: option }).click()
}
const confirm = (verb: string) => page.getByRole('dialog').getByRole('button', { name: verb }).click()

it('a model is made of an image by the form', async () => {
  await page.goto(`${area}/models`)
  await page.getByText('No models').first().waitFor()
  await button('Create model').first().click()
  await button('Create model').click()
  await page.getByText('This is required.').first().waitFor()
  await holdsToWcag(page, 'the form of a model')
  await field('Model name').fill('echo')
  await choose('IAM role', /^Worker/)
  await field('Location of inference code image').fill(party.image)
  await field('Container host name - optional').fill('first')
  await button('Create model').click()
  await page.getByText('echo is created.').waitFor()
  await page.getByRole('heading', { name: 'Primary container' }).waitFor()
  await page.getByText(party.image).waitFor()
  await holdsToWcag(page, 'a model')
})

it('its endpoint configuration and its endpoint follow from it, a click after the other', async () => {
  await button('Create endpoint').click()
  await field('Endpoint configuration name').fill('echo-config')
  await page.getByText('echo', { exact: true }).waitFor()
  await choose('Instance type', instanceType)
  await holdsToWcag(page, 'the form of an endpoint configuration')
  await button('Create endpoint configuration').click()
  await page.getByText('echo-config is created.').waitFor()
  await page.getByRole('table', { name: 'Production variants' }).getByText('AllTraffic').waitFor()
  await holdsToWcag(page, 'an endpoint configuration')
  await button('Create endpoint').click()
  await field('Endpoint name').fill('echo')
  await holdsToWcag(page, 'the form of an endpoint')
  await button('Create endpoint').click()
  await page.getByText('echo is being created.').waitFor()
  await page.getByText('InService', { exact: true }).first().waitFor()
  const { EndpointStatus } = await party.sagemaker.describeEndpoint({ EndpointName: 'echo' })
  assert.equal(EndpointStatus, 'InService')
})

it('is asked in the page: the answer, its type and its time; what it refuses; its log', async () => {
  await field('Body').fill('5.1,3.5 <script>document.title = "it runs"</script>')
  await field('Custom attributes').fill('trace=1')
  await button('Send request').click()
  const answer = page.locator('main').getByText('<script>document.title = "it runs"</script>', { exact: false })
  await answer.last().waitFor()
  await page.getByText(/^\d+ ms$/).waitFor()
  assert.equal(await page.title(), 'echo - Modelmart')
  await holdsToWcag(page, 'an endpoint that was asked')
  await page.getByRole('log').waitFor()
  await field('Custom attributes').fill('')
  await field('Content type').fill('no type')
  await field('Body').fill('x'.repeat(6 * 1024 * 1024 + 1))
  await button('Send request').click()
  await page.getByText('A request has at most 6 MB.').waitFor()
})

it('a batch transform job asks it for the lines of a file, by the form, and its page tells to the end', async () => {
  await page.goto(`${area}/models/echo`)
  await button('Create batch transform job').click()
  await button('Create batch transform job').click()
  await page.getByText('Begins with s3://').first().waitFor()
  await holdsToWcag(page, 'the form of a transform job')
  await field('Job name').fill('rows')
  await choose('Instance type', instanceType)
  await choose('Split type', 'Line')
  await field('Content type - optional').fill('text/csv')
  await field('S3 location').fill(`s3://${party.bucket}/in/`)
  await field('S3 output location').fill(`s3://${party.bucket}/answers`)
  await choose('Assemble with', 'Line')
  await button('Create batch transform job').click()
  await page.getByText('rows is created.').waitFor()
  await page.getByText('Completed', { exact: true }).first().waitFor()
  await page.getByText('probe serves in mode echo').waitFor()
  await holdsToWcag(page, 'a transform job')
  const answers = await party.s3.getObject({ Bucket: party.bucket, Key: 'answers/rows.csv.out' })
  assert.equal(await answers.Body?.transformToString(), 'one\ntwo\nthree\n')
  await button('Clone').click()
  await page.waitForURL(/\/create\?clone=rows$/)
  await page.waitForFunction(() =>
    document.querySelector<HTMLInputElement>('[data-field="uri"] input')?.value.endsWith('/in/'),
  )
  await page.goto(`${area}/transform-jobs?status=Completed`)
  await page.getByRole('link', { name: 'rows', exact: true }).waitFor()
  await holdsToWcag(page, 'transform jobs')
})

it('an endpoint for inference components shows them, and one of them is asked', async () => {
  const { sagemaker, role, image } = party
  const EndpointName = 'shared'
  await sagemaker.createEndpointConfig({
    ...{ EndpointConfigName: EndpointName, ExecutionRoleArn: role },
    ProductionVariants: [{ VariantName: 'all', InstanceType: instanceType, InitialInstanceCount: 1 }],
  })
  await sagemaker.createEndpoint({ EndpointName, EndpointConfigName: EndpointName })
  await page.goto(`${area}/endpoints/${EndpointName}`)
  await page.getByText('There is none yet.').waitFor()
  const create = async (name: string, memory: string) => {
    await button('Create inference component').click()
    const dialog = page.getByRole('dialog', { name: 'Create inference component' })
    await dialog.getByLabel('Name', { exact: true }).fill(name)
    await choose(/^Model/, 'echo')
    await dialog.getByLabel('Memory of a copy, in MB').fill(memory)
    return dialog
  }
  const dialog = await create('small', '12')
  await confirm('Create inference component')
  await dialog.getByText('A whole number, 128 or more.').first().waitFor()
  await holdsToWcag(page, 'the form of an inference component')
  await dialog.getByLabel('Memory of a copy, in MB').fill('256')
  await confirm('Create inference component')
  await page.getByText('small is being created.').waitFor()
  await create('large', String(1024 ** 2))
  await confirm('Create inference component')
  await page.getByText('large is being created.').waitFor()
  await sagemaker.createInferenceComponent({
    ...{ InferenceComponentName: 'plain', EndpointName, VariantName: 'all', RuntimeConfig: { CopyCount: 1 } },
    Specification: { Container: { Image: image }, ComputeResourceRequirements: { MinMemoryRequiredInMb: 256 } },
  })
  await page.getByRole('button', { name: 'Refresh' }).click()
  const row = (name: string) => page.getByRole('table', { name: 'Inference components' }).getByRole('row', { name })
  await row('small').getByText('InService').waitFor()
  await row('small').getByText('1 of 1').waitFor()
  await row('plain').getByText(image).waitFor()
  await row('large').getByText('Failed').waitFor()
  await row('large')
    .getByText(/not enough room .* a copy needs 1048576 MB of memory/)
    .waitFor()
  await row('large').getByRole('link', { name: 'echo', exact: true }).waitFor()
  await holdsToWcag(page, 'an endpoint for inference components')
  await page.getByRole('button', { name: /^Inference component / }).click()
  await page.getByRole('option', { name: 'small' }).click()
  await field('Body').fill('of the small one')
  await button('Send request').click()
  await page.getByText(/^\d+ ms$/).waitFor()

  await button('Set copies of small').click()
  await page.getByRole('dialog').getByLabel('Copies').fill('0')
  await confirm('Set copies')
  await page.getByText('small is to have 0 copies.').waitFor()
  await row('small').getByText('0 of 0').waitFor()
  for (const name of ['small', 'large', 'plain']) {
    await button(`Delete ${name}`).click()
    await confirm('Delete')
    await page.getByText(`${name} is deleted.`).waitFor()
  }
  await until(
    'all components are gone',
    () => sagemaker.listInferenceComponents({ EndpointNameEquals: EndpointName }),
    ({ InferenceComponents = [] }) => InferenceComponents.length === 0,
  )
  await sagemaker.deleteEndpoint({ EndpointName })
  await sagemaker.deleteEndpointConfig({ EndpointConfigName: EndpointName })
  await until(
    'the endpoint is gone',
    () => sagemaker.listEndpoints({ NameContains: EndpointName }),
    ({ Endpoints = [] }) => Endpoints.length === 0,
  )
})

it('is not asked by an account that the operator has disabled, from the next request on', async () => {
  const operator = await openPerson(browser)
  await operator.page.goto(await operatorLink(world.server))
  await operator.page.getByRole('heading', { name: 'Welcome' }).waitFor()
  const act = async (verb: string, done: string) => {
    await operator.page.goto(`${originOf(world.server)}/console/operator/accounts`)
    await operator.page.getByRole('radio', { name: 'Select server', exact: true }).check()
    await operator.page.getByRole('button', { name: 'Actions' }).click()
    await operator.page.getByRole('menuitem', { name: verb }).click()
    await operator.page.getByRole('dialog').getByRole('button', { name: verb, exact: true }).click()
    await operator.page.getByText(done).waitFor()
  }
  const ask = () => party.runtime.invokeEndpoint({ EndpointName: 'echo', Body: 'hello', ContentType: 'text/plain' })
  await ask()
  await act('Disable', 'server is disabled.')
  await assert.rejects(ask(), { name: 'UnrecognizedClientException' })
  await act('Enable', 'server is enabled.')
  await ask()
  await operator.context.close()
})

it('stands in lists, and all three are deleted after a question', async () => {
  const remove = async (list: string, name: string) => {
    await page.goto(`${area}/${list}`)
    await page.getByRole('radio', { name: `Select ${name}` }).check()
    await holdsToWcag(page, list)
    await button('Actions').click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByText(`Delete ${name}?`).waitFor()
    await confirm('Delete')
    await page.getByText(`${name} is deleted.`).waitFor()
  }
  await remove('endpoints', 'echo')
  await page.getByText('No endpoints').first().waitFor()
  await remove('endpointConfig', 'echo-config')
  await page.getByText('No endpoint configurations').first().waitFor()
  await remove('models', 'echo')
  await page.getByText('No models').first().waitFor()
})

it('does nothing against the page’s policy', () => {
  assert.deepEqual(person.problems, [])
})
