import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { product as example } from '../../demo/product.ts'
import { putLogo } from '../../demo/put-logo.ts'
import { presentEngines } from '../../test/e2e/engines.ts'
import { describeTraining, instanceType } from '../../test/e2e/jobs.ts'
import { change } from '../../test/e2e/market-shop.ts'
import { signedRequest } from '../../test/e2e/market-signed.ts'
import { makeParty, type Party } from '../../test/e2e/party.ts'
import { openWorld, type World } from '../../test/e2e/world.ts'
import { holdsInTwoForms, openBrowser, type Person } from './browser.ts'
import { openShop } from './shop.ts'
import { openSignedIn, originOf } from './signed-in.ts'

let world: World
let buyer: Party
let browser: Browser
let person: Person
let page: Page
let start: string
let products: { trainer: string; echo: string }

/** What a seller may write, and what a browser must not do with it. */
const description = [
  'Trains in **seconds**. <script>document.title = "it runs"</script><img src=x onerror="document.title=\'it runs\'">',
  '',
  '[a script](javascript:document.title="it_runs") and [a page](https://example.com/more)',
].join('\n')

before(async () => {
  const [engine] = await presentEngines()
  assert.ok(engine)
  world = await openWorld(engine, 'contract-probe')
  const seller = await makeParty(world.server, engine, 'seller', world.image)
  buyer = await makeParty(world.server, engine, 'buyer', world.image)
  const { trainer, echo } = await openShop(seller)
  products = { trainer: trainer.product, echo: echo.product }
  const terms = { maxRows: 10, maxMinutes: 10, maxEvaluations: 3 }
  for (const product of Object.values(products))
    await signed(seller, 'PUT', `/products/${product}/evaluationTerms`, terms)
  await buyer.s3.putObject({ Bucket: buyer.bucket, Key: 'try/labels.txt', Body: 'one\ntwo\nfour\n' })
  const Information = { ...example.Information, ProductTitle: 'Probe-trainer', LongDescription: description }
  const LogoUrl = await putLogo(seller, seller.bucket, 'Probe-trainer')
  await change(seller, [['UpdateInformation', 'product', { ...Information, LogoUrl }]], trainer.product)
  await tellUsage(seller, trainer.product)
  browser = await openBrowser()
  person = await openSignedIn(browser, world.server, 'buyer')
  page = person.page
  start = `${originOf(world.server)}/console`
})
after(async () => {
  await browser?.close()
  await world?.close()
})

/** Of this server's own APIs of the market. */
async function signed(party: Party, method: string, path: string, input: object): Promise<Record<string, string>> {
  const { status, text } = await signedRequest(world.server.url, party, method, `/2026-11-30${path}`, input)
  assert.equal(status, 200, text)
  return JSON.parse(text)
}

/** The version's samples and its notebook, which lies in a bucket of the seller's that everybody may read. */
async function tellUsage(seller: Party, product: string) {
  await seller.s3.createBucket({ Bucket: 'notebooks' })
  await seller.s3.deletePublicAccessBlock({ Bucket: 'notebooks' })
  const statement = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::notebooks/*' }
  await seller.s3.putBucketPolicy({
    Bucket: 'notebooks',
    Policy: JSON.stringify({ Version: '2012-10-17', Statement: statement }),
  })
  const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
  const html = '<script>document.title = "it runs"</script><img src=x onerror="document.title=\'it runs\'">'
  const outputs = [
    { output_type: 'stream', name: 'stdout', text: [`drawn ${html}`] },
    { output_type: 'display_data', data: { 'text/html': html, 'image/svg+xml': '<svg/>', 'image/png': png } },
  ]
  const cells = [
    { cell_type: 'markdown', metadata: {}, source: `# How it is **asked** ${html}` },
    { cell_type: 'code', metadata: {}, execution_count: 1, source: ['import boto3\n', 'draw()'], outputs },
  ]
  const Body = JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells })
  await seller.s3.putObject({ Bucket: 'notebooks', Key: 'sample.ipynb', Body })
  const { DetailsDocument } = await seller.catalog.describeEntity({ Catalog: 'AWSMarketplace', EntityId: product })
  // biome-ignore lint/suspicious/noExplicitAny: a document
  const Id = (DetailsDocument as any).Versions[0].DeliveryOptions[0].Id
  const SampleNotebookUrl = `${world.server.url}/notebooks/sample.ipynb`
  const InputProperties = {
    Description: 'A line for **each** question.',
    Limitations: 'Not more than a thousand.',
    SampleInput: { RealtimeInferenceText: `north ${html}`, BatchTransformUrl: 'https://example.com/rows.csv' },
    Parameters: [{ Name: 'temperature', Description: 'How bold', Constraints: '0 to 1', Required: true }],
  }
  const SageMakerAlgorithmDeliveryOptionDetails = { SampleNotebookUrl, InputProperties }
  const DeliveryOptions = [{ Id, Details: { SageMakerAlgorithmDeliveryOptionDetails } }]
  await change(seller, [['UpdateDeliveryOptions', 'product', { DeliveryOptions }]], product)
}

const field = (name: string) => page.getByLabel(name, { exact: true })
const button = (name: string) => page.getByRole('button', { name, exact: true })
const link = (name: string) => page.locator('main').getByRole('link', { name, exact: true })
const heading = (name: string) => page.getByRole('heading', { name, exact: true })
const dialog = () => page.getByRole('dialog')
const choose = async (label: string, option: string | RegExp) => {
  await page.getByLabel(label).click()
  await page.getByRole('option', { name: option }).click()
}
const subscribe = async (product: string) => {
  await link(product).click()
  await button('Continue to Subscribe').click()
  await heading('Subscribe to this software').waitFor()
  await button('Accept offer').click()
  await dialog().getByText('Due now: 0 USD').waitFor()
  await dialog().getByRole('button', { name: 'Accept offer' }).click()
  await page.getByText(`Thank you for subscribing to ${product}.`).waitFor()
  await heading('Configure and launch').waitFor()
}

it('products are found as one types, by facets, in an order, under an address that can be shared', async () => {
  await page.goto(start)
  await link('AWS Marketplace').click()
  await heading('2 products').waitFor()
  for (const name of ['Probe-trainer', 'Echo-server']) await link(name).waitFor()
  await holdsInTwoForms(page, 'the shop')
  await page.getByLabel('Search AWS Marketplace products').fill('echo')
  await heading('1 product').waitFor()
  await page.waitForURL(/\?text=echo$/)
  assert.equal(await link('Probe-trainer').count(), 0)
  await page.getByLabel('Search AWS Marketplace products').fill('')
  await heading('2 products').waitFor()
  await page.getByLabel('Algorithm (1)').check()
  await heading('1 product').waitFor()
  await link('Probe-trainer').waitFor()
  await page.getByRole('button', { name: /Sort by/ }).click()
  await page.getByRole('menuitemcheckbox', { name: 'Average rating' }).click()
  await page.waitForURL(/type=SAGEMAKER_ALGORITHM/)
  await page.waitForURL(/sort=rating/)
  await page.reload()
  await page.getByRole('button', { name: /Sort by/ }).click()
  await page.getByRole('menuitemcheckbox', { name: 'Relevance' }).click()
  await page.waitForURL(address => !address.searchParams.has('sort'))
  await heading('1 product').waitFor()
  await page.getByLabel('Search AWS Marketplace products').fill('nothing like it')
  await page.getByText('No products').first().waitFor()
  await button('Clear filters').first().click()
  await page.getByLabel('Algorithm (0)').waitFor()
  assert.equal(await page.getByLabel('Algorithm (0)').isChecked(), false)
})

it('a product’s page tells what it is, costs and does, and nothing that its seller wrote runs', async () => {
  await page.goto(`${start}/marketplace/search?text=trainer`)
  await link('Probe-trainer').click()
  const names = ['Overview', 'Pricing', 'Usage', 'Versions', 'Resources', 'Support', 'Customer reviews']
  for (const name of names) await heading(name).waitFor()
  const prices = page.getByRole('table', { name: 'Software price by instance type' })
  await prices.getByRole('row', { name: instanceType }).getByText('1', { exact: true }).first().waitFor()
  await page.getByText('<script>document.title = "it runs"</script>', { exact: false }).first().waitFor()
  await page.locator('main strong').getByText('seconds').waitFor()
  assert.equal(await link('a script').count(), 0)
  assert.equal(await link('a page').getAttribute('href'), 'https://example.com/more')
  assert.equal(await page.locator('main img').count(), 0)
  // Point 4.22 of the guides' list: what is sent, as samples and as a notebook, which is read here.
  await page.locator('main strong').getByText('each').waitFor()
  await page.locator('main pre').getByText('north <script>document.title', { exact: false }).waitFor()
  await page.getByRole('link', { name: /^Inputs: sample for batch transform/ }).waitFor()
  await page.getByRole('row', { name: /temperature How bold 0 to 1 Yes/ }).waitFor()
  await button('Read the notebook here').click()
  await page.locator('main strong').getByText('asked').waitFor()
  await page.locator('main pre').getByText('import boto3').waitFor()
  await page.locator('main pre').getByText('drawn <script>', { exact: false }).waitFor()
  const drawn = page.getByRole('img', { name: 'A picture that the code has drawn' })
  assert.match((await drawn.getAttribute('src')) ?? '', /^data:image\/png;base64,iVBOR/)
  assert.equal(await page.locator('main svg script, main pre script, main pre img').count(), 0)
  // What certification measured, and where.
  const measured = page.getByRole('table', { name: 'What certification measured' })
  await measured.getByRole('row', { name: new RegExp(`Training time Trained in .* ${instanceType}`) }).waitFor()
  await measured
    .getByRole('row', { name: /Image scan and size .* MB compressed/ })
    .first()
    .waitFor()
  await heading('Similar products').waitFor()
  await link('Echo-server').waitFor()
  assert.doesNotMatch(await page.title(), /it runs/)
  await holdsInTwoForms(page, 'a product')
})

it('a product is saved to a list, which the shop shows in every tab, until it is removed', async () => {
  await button('Save to list').click()
  await button('Remove from list').waitFor()
  const shop = await person.newTab()
  await shop.goto(`${start}/marketplace/search`)
  const saved = shop.getByRole('navigation', { name: 'Saved products' })
  await saved.getByRole('link', { name: 'Probe-trainer' }).waitFor()
  await holdsInTwoForms(shop, 'the shop with saved products')
  await button('Remove from list').click()
  await saved.waitFor({ state: 'detached' })
  await shop.close()
})

it('products are evaluated side by side on own data before they are bought, an algorithm after it has learnt', async () => {
  await page.goto(`${start}/marketplace/search?text=trainer`)
  await link('Probe-trainer').click()
  await heading('Evaluate before you buy').waitFor()
  await page.getByText('3 / 3', { exact: true }).waitFor()
  await button('Evaluate on your data').click()
  await heading('Start evaluation').first().waitFor()
  await page.getByLabel('Remove Probe-trainer').waitFor()
  await page.getByRole('button', { name: /^Products/ }).click()
  await page.getByPlaceholder('Find products').last().fill('echo')
  await page.getByRole('option', { name: /Echo-server/ }).click()
  await page.keyboard.press('Escape')
  await page.getByLabel('Remove Echo-server').waitFor()
  await holdsInTwoForms(page, 'the form of an evaluation')
  await field('S3 location').fill(`s3://${buyer.bucket}/in/rows.csv`)
  await button('Add channel').click()
  await page.getByRole('button', { name: 'Remove', exact: true }).nth(1).click()
  await button('Add hyperparameter').click()
  await page.getByRole('textbox', { name: /Key$/ }).fill('message')
  await page.getByRole('textbox', { name: /Value$/ }).fill('trial')
  await choose('IAM role', /^Worker/)
  await field('S3 location of the rows').fill(`s3://${buyer.bucket}/in/rows.csv`)
  await field('Content type').fill('text/plain')
  await field('S3 location of the answers').fill(`s3://${buyer.bucket}/tried`)
  await button('Start evaluation').click()
  await page.getByText('This metric needs labels.').waitFor()
  await field('S3 location of the labels').fill(`s3://${buyer.bucket}/try/labels.txt`)
  await button('Start evaluation').click()
  await page.getByText('The evaluation runs.').waitFor()
  const table = page.getByRole('table', { name: 'Products side by side' })
  for (const product of ['Probe-trainer', 'Echo-server'])
    await table.getByRole('row', { name: new RegExp(`${product}.* 1 0\\.6667 .*SUCCEEDED`) }).waitFor()
  await table.getByText(/^\d+, \d+ of them to learn$/).waitFor()
  await page.getByText('ENDED', { exact: true }).waitFor()
  await holdsInTwoForms(page, 'an evaluation')
  await table.getByRole('link', { name: 'Training data' }).click()
  await page.getByText('message', { exact: true }).first().waitFor()
})

it('an evaluation that runs is stopped from the list', async () => {
  const { evaluationId = '' } = await signed(buyer, 'POST', '/evaluations', {
    candidates: [{ productId: products.trainer, hyperParameters: { mode: 'slow' } }],
    roleArn: buyer.role,
    training: {
      channels: [{ channelName: 'training', s3Uri: `s3://${buyer.bucket}/in/rows.csv`, contentType: 'text/csv' }],
    },
    input: { s3Uri: `s3://${buyer.bucket}/in/rows.csv`, contentType: 'text/plain' },
    output: { s3Uri: `s3://${buyer.bucket}/tried` },
    metric: 'LATENCY',
  })
  await page.goto(`${start}/marketplace/evaluations`)
  await page.getByRole('radio', { name: `Select ${evaluationId}` }).check()
  await holdsInTwoForms(page, 'evaluations')
  await button('Actions').click()
  await page.getByRole('menuitem', { name: 'Stop evaluation' }).click()
  await dialog().getByRole('button', { name: 'Stop evaluation' }).click()
  await page.getByText('The evaluation is being stopped.').waitFor()
  await link(evaluationId).click()
  await page.getByText('STOPPED', { exact: true }).waitFor()
})

it('an administrator approves products for accounts, users ask for others, and are answered', async () => {
  const dialogButton = (name: string) => dialog().getByRole('button', { name, exact: true })
  const fill = async (label: string, text: string, verb: string, done: string) => {
    await dialog().getByLabel(label).fill(text)
    await dialogButton(verb).click()
    await page.getByText(done).first().waitFor()
    await dialog().waitFor({ state: 'detached' })
  }
  await page.goto(`${start}/marketplace/private-marketplaces`)
  await button('Create private marketplace').first().click()
  await fill('Name', 'What we use', 'Create private marketplace', 'The private marketplace is created.')
  await link('What we use').click()
  await page.getByText('No product is approved').waitFor()
  await button('Approve product').click()
  await dialog().getByLabel('Product IDs').fill('trees')
  await dialogButton('Approve product').click()
  await dialog().getByText('Give one to fifty product IDs').waitFor()
  await fill('Product IDs', products.echo, 'Approve product', 'The products are approved.')
  await page.getByRole('table', { name: 'Approved products' }).getByText('Echo-server').waitFor()
  await button('Add account').click()
  await fill('Account IDs', buyer.id, 'Add account', 'The accounts are changed.')
  await page.getByRole('table', { name: 'Accounts' }).getByText(buyer.id).waitFor()
  await button('Enable').click()
  await dialogButton('Enable').click()
  await page.getByText('The private marketplace governs its accounts.').waitFor()
  await page.getByText('Enabled', { exact: true }).waitFor()
  await holdsInTwoForms(page, 'a private marketplace')
  const experience = page.url()

  const wish = async (comment: string) => {
    await page.goto(`${start}/marketplace/procurement?productId=${products.trainer}`)
    await button('Accept offer').click()
    await dialog().getByText('Your administrator has not approved this product.').waitFor()
    await fill('Comment', comment, 'Request product', 'Your administrator has your request.')
  }
  const answer = async (text: string) => {
    await page
      .getByRole('radio', { name: /^Select preq-/ })
      .first()
      .check()
    await button('Actions').click()
    await page.getByRole('menuitem', { name: text }).click()
  }
  await wish('For trees')
  await page.goto(`${start}/marketplace/product-requests`)
  await page.getByText('For trees').waitFor()
  await holdsInTwoForms(page, 'product requests')
  await answer('Cancel request')
  await dialogButton('Cancel request').click()
  await page.getByText('The request is cancelled.').waitFor()
  await wish('For flowers')
  await page.goto(`${start}/marketplace/product-requests?status=PENDING`)
  await page.getByText('Requests to answer', { exact: true }).click()
  await page.getByText('My requests', { exact: true }).click()
  await page.goto(`${start}/marketplace/product-requests?scope=ADMINISTERED&status=PENDING`)
  await page.getByText('For flowers').waitFor()
  await answer('Decline request')
  await fill('Answer', 'Which flowers?', 'Decline request', 'The request is declined.')
  await wish('For roses')
  await page.goto(`${start}/marketplace/product-requests?scope=ADMINISTERED&status=PENDING`)
  await page.getByText('For roses').waitFor()
  await answer('Approve request')
  await fill('Answer', 'Very well', 'Approve request', 'The product is approved, and the account may subscribe.')
  await page.goto(experience)
  await page.getByRole('table', { name: 'Approved products' }).getByText('Probe-trainer').waitFor()
  await button('Decline product').click()
  await fill('Product IDs', products.echo, 'Decline product', 'The products are declined.')
  await page.getByRole('table', { name: 'Declined products' }).getByText('Echo-server').waitFor()
  await button('Remove account').click()
  await fill('Account IDs', buyer.id, 'Remove account', 'The accounts are changed.')
  await page.getByText('No account is governed.').waitFor()
  await button('Disable').click()
  await dialogButton('Disable').click()
  await page.getByText('The private marketplace governs nobody.').waitFor()
  await button('Branding').click()
  await dialog().getByLabel('Theme color').fill('blue')
  await dialogButton('Save branding').click()
  await dialog().getByText('Give a color like #232F3E.').waitFor()
  await dialog().getByLabel('Theme color').fill('#0073BB')
  await fill('Title', 'Models that we trust', 'Save branding', 'The branding is changed.')
  await page.getByText('Models that we trust').first().waitFor()
  await button('Archive').click()
  await dialogButton('Archive').click()
  await page.getByText('The private marketplace is archived.').waitFor()
  await page.getByText('Archived', { exact: true }).waitFor()
  await button('Reactivate').click()
  await dialogButton('Reactivate').click()
  await page.getByText('The private marketplace is reactivated.').waitFor()
  await button('Archive').waitFor()
})

it('an algorithm is subscribed to, and launched into a training job whose form its specification fills', async () => {
  await page.goto(`${start}/marketplace/search?text=trainer`)
  await link('Probe-trainer').click()
  await button('Continue to Subscribe').click()
  await holdsInTwoForms(page, 'the page to subscribe')
  await page.goto(`${start}/marketplace/search?text=trainer`)
  await subscribe('Probe-trainer')
  await holdsInTwoForms(page, 'the page to launch')
  await page.getByText('AWS CLI', { exact: true }).click()
  await page.getByText(/^aws sagemaker create-training-job .*algorithm\//).waitFor()
  await button('View in Amazon SageMaker AI').click()
  await heading('Create training job').waitFor()
  assert.match(await field('Choose an algorithm subscription').inputValue(), /:algorithm\//)
  assert.equal(await page.getByLabel('Enable network isolation').isChecked(), true)
  await page
    .getByLabel(/^Instance type/)
    .getByText(instanceType)
    .waitFor()
  await field('Job name').fill('bought')
  await choose('IAM role', /^Worker/)
  await field('S3 output path').fill(`s3://${buyer.bucket}/models`)
  await button('Create training job').click()
  await page.getByText('bought is created.').waitFor()
  await page.getByText('Completed', { exact: true }).first().waitFor()
  const { AlgorithmSpecification, EnableNetworkIsolation } = await describeTraining(buyer, 'bought')
  assert.match(AlgorithmSpecification?.AlgorithmName ?? '', /:algorithm\//)
  assert.equal(EnableNetworkIsolation, true)
})

it('a model package is subscribed to, and launched into a model and a batch transform job', async () => {
  await page.goto(`${start}/marketplace/search?text=echo`)
  await subscribe('Echo-server')
  await page.getByLabel('Create a batch transform job').check()
  await button('View in Amazon SageMaker AI').click()
  await field('Model name').fill('bought')
  await choose('IAM role', /^Worker/)
  await button('Create model').click()
  await page.getByText('bought is created.').waitFor()
  await heading('Create batch transform job').waitFor()
  assert.equal(await field('Content type - optional').inputValue(), 'text/plain')
  await page
    .getByLabel(/^Model name/)
    .getByText('bought')
    .waitFor()
  await page
    .getByLabel(/^Instance type/)
    .getByText(instanceType)
    .waitFor()
  await field('Job name').fill('bought-rows')
  await field('S3 location').fill(`s3://${buyer.bucket}/in/`)
  await field('S3 output location').fill(`s3://${buyer.bucket}/answers`)
  await button('Create batch transform job').click()
  await page.getByText('bought-rows is created.').waitFor()
  await page.getByText('Completed', { exact: true }).first().waitFor()
})

it('a buyer leaves a review, which others read as text', async () => {
  await page.goto(`${start}/marketplace/search?text=trainer`)
  await link('Probe-trainer').click()
  await page.getByText('You are subscribed to this product.').waitFor()
  await button('Leave a review').click()
  await dialog().getByLabel('4 of 5 stars').check()
  await dialog().getByLabel('Title').fill('<b>Bold</b> and fast')
  await dialog().getByRole('button', { name: 'Submit Review' }).click()
  await page.getByText('Your review is shown.').waitFor()
  const review = page.getByRole('article')
  await review.getByText('<b>Bold</b> and fast').waitFor()
  await review.getByText('4 of 5 stars').waitFor()
})

it('what is subscribed to is listed, with its terms and charges, and cancelled after a word', async () => {
  await page.goto(start)
  await page.getByRole('link', { name: 'Manage subscriptions' }).click()
  await link('Echo-server').waitFor()
  await page.getByRole('columnheader', { name: 'Free trial left' }).waitFor()
  await holdsInTwoForms(page, 'subscriptions')
  await link('Probe-trainer').click()
  for (const name of ['Agreement', 'Product ARN', 'Charges', 'Invoices', 'Terms that were accepted'])
    await heading(name).waitFor()
  await page.getByText('Refund policy').waitFor()
  await holdsInTwoForms(page, 'a subscription')
  await button('Cancel subscription').click()
  await dialog().getByText('Endpoints and jobs that run go on').waitFor()
  const yes = dialog().getByRole('button', { name: 'Yes, cancel subscription' })
  assert.equal(await yes.isDisabled(), true)
  await dialog().getByLabel('Type confirm to go on').fill('confirm')
  await yes.click()
  await page.getByText('The subscription is cancelled.').waitFor()
  await page.getByText('CANCELLED', { exact: true }).waitFor()
  await page.goto(`${start}/marketplace/subscriptions?status=ACTIVE`)
  await link('Echo-server').waitFor()
  assert.equal(await link('Probe-trainer').count(), 0)
})

it('does nothing against the page’s policy', () => {
  assert.deepEqual(person.problems, [])
})
