import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { MarketplaceAgreement } from '@aws-sdk/client-marketplace-agreement'
import { MarketplaceCatalog } from '@aws-sdk/client-marketplace-catalog'
import { STS, type STSClientConfig } from '@aws-sdk/client-sts'
import { type PresentEngine, presentEngines } from '../e2e/engines.ts'
import { openWorld, type World } from '../e2e/world.ts'

const [engine] = (await presentEngines()) as [PresentEngine]
const program = fileURLToPath(new URL('../../bin/modelmart.mjs', import.meta.url))
const example = fileURLToPath(new URL('../../examples/language-guess', import.meta.url))

const Catalog = 'AWSMarketplace'

interface Cell {
  readonly cell_type: string
  readonly source: string | string[]
  readonly outputs?: readonly { readonly text?: string | string[]; readonly ename?: string }[]
}

const printed = (cells: readonly Cell[]) =>
  cells.flatMap(({ outputs = [] }) => outputs.flatMap(({ text }) => text ?? [])).join('')

/** Prints whose key the notebook has, and what it was told to use. */
const asked = [
  'import boto3, os',
  "me = boto3.client('sts', endpoint_url=os.environ['AWS_ENDPOINT_URL']).get_caller_identity()['Account']",
  "print('as', me, 'with', os.environ['MODEL_PACKAGE_ARN'])",
].join('\n')

function requireBuyer(text: string, seller: string): void {
  const [, account, arn = ''] = /^as (\d{12}) with (\S+)/.exec(text) ?? []
  assert.match(account ?? '', /^\d{12}$/)
  assert.notEqual(account, seller)
  assert.ok(![account, seller].includes(arn.split(':')[4]), 'the marketplace’s own copy')
}

const accountOf = (settings: STSClientConfig) => new STS(settings).getCallerIdentity({}).then(({ Account }) => Account)

describe('a product’s notebook, as a part of its certification', { timeout: 900_000 }, () => {
  let world: World
  let place = ''
  let credentials: Awaited<ReturnType<World['server']['account']>>
  before(async () => {
    world = await openWorld(engine, 'contract-probe')
    credentials = await world.server.account('seller')
    place = await mkdtemp(join(tmpdir(), 'modelmart-notebook-'))
    await cp(example, join(place, 'product'), { recursive: true })
  })
  after(async () => {
    await rm(place, { recursive: true, force: true })
    await world?.close()
  })

  const path = () => join(place, 'product/notebook.ipynb')
  const executed = async (): Promise<Cell[]> => JSON.parse(await readFile(join(place, 'out.ipynb'), 'utf8')).cells
  const certify = () => {
    const env = { ...process.env, DOCKER_HOST: `unix://${engine.socket}`, MODELMART_DATA: world.server.data }
    const words = ['certify', join(place, 'product'), '--notebook', join(place, 'out.ipynb'), '--json']
    return promisify(execFile)(process.execPath, [program, ...words], { env }).then(
      ({ stdout }) => ({ code: 0, ...JSON.parse(stdout) }),
      ({ code, stdout }) => ({ code, ...JSON.parse(stdout) }),
    )
  }
  const notebookOf = ({ checks }: { checks: { what: string; good: boolean; detail: string }[] }) =>
    checks.find(({ what }) => what === 'notebook')
  const asSeller = () => ({ ...{ endpoint: world.server.url, region: 'us-east-1', credentials } })
  /** Puts a cell of code before all others. */
  const begin = async (source: string) => {
    const notebook = JSON.parse(await readFile(join(example, 'notebook.ipynb'), 'utf8'))
    const cell = { cell_type: 'code', id: 'first', metadata: {}, execution_count: null, outputs: [], source }
    await writeFile(path(), JSON.stringify({ ...notebook, cells: [cell, ...notebook.cells] }))
  }

  it('is executed from its first cell to its last, and kept with its outputs', async () => {
    const report = await certify()
    assert.match(notebookOf(report)?.detail ?? '', /^4 cells executed in [\d.]+ s, isolated$/)
    assert.equal(report.code, 0)
    assert.match(printed(await executed()), /10 lines: english, german, french, spanish, italian/)
  })

  it('is executed by an account that has subscribed, to a listing that is withdrawn with the test', async () => {
    await begin(asked)
    assert.equal((await certify()).code, 0)
    requireBuyer(printed(await executed()), (await accountOf(asSeller())) as string)
    const catalog = new MarketplaceCatalog(asSeller())
    const { EntitySummaryList = [] } = await catalog.listEntities({ Catalog, EntityType: 'MachineLearningProduct' })
    const shown = EntitySummaryList.map(({ Name, Visibility }) => [Name, Visibility])
    assert.deepEqual(shown, Array(2).fill(['Test of language-guess', 'Restricted']))
  })

  it('wants what a listing is made of, and says what is missing', async () => {
    const product = join(place, 'product/product.json')
    const { Offer: _, ...unoffered } = JSON.parse(await readFile(product, 'utf8'))
    await writeFile(product, JSON.stringify(unoffered))
    const report = await certify()
    await cp(join(example, 'product.json'), product)
    assert.equal(report.code, 1)
    assert.match(notebookOf(report)?.detail ?? '', /as a buyer of a listing\. \S+product\.json: Offer is missing/)
  })

  it('is told with the cell that fails, and costs the certificate', async () => {
    await begin('print(missing)')
    const report = await certify()
    assert.deepEqual([report.code, report.certified], [1, false])
    assert.equal(notebookOf(report)?.detail, "cell 1 of 5: NameError: name 'missing' is not defined")
    assert.equal((await executed())[0]?.outputs?.at(-1)?.ename, 'NameError')
  })

  it('reaches the server and nothing else', async () => {
    await begin(
      [
        'import os, socket',
        'try:',
        "    socket.create_connection(('10.255.255.1', 80), 2)",
        'except OSError as error:',
        "    print('outside:', error.strerror)",
        "print('devices:', sorted(os.listdir('/sys/class/net')))",
        'try:',
        "    open('/product/new', 'w')",
        'except OSError as error:',
        "    print('product:', error.strerror)",
      ].join('\n'),
    )
    const report = await certify()
    assert.equal(notebookOf(report)?.good, true, notebookOf(report)?.detail)
    const [text] = [(await executed())[0]?.outputs?.flatMap(({ text = [] }) => text).join('') ?? '']
    assert.deepEqual(text.trim().split('\n'), [
      'outside: Network is unreachable',
      "devices: ['lo']",
      'product: Read-only file system',
    ])
  })

  it('leaves a file, not a link to one of this machine', async () => {
    // What executes it writes through the link, inside; who reads it here would be led to the file of that name.
    await begin(`import os\nos.makedirs('/tmp/x')\nos.symlink('/tmp/x/out', '/out/notebook.ipynb')`)
    const report = await certify()
    assert.equal(report.code, 1)
    assert.equal(notebookOf(report)?.detail, 'the executed notebook is no file (ELOOP).')
  })

  describe('as a part of its publication', () => {
    const list = () => {
      const env = { ...process.env, DOCKER_HOST: `unix://${engine.socket}`, MODELMART_DATA: world.server.data }
      return promisify(execFile)(process.execPath, [program, 'list', join(place, 'product')], { env }).then(
        ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
        ({ code, stdout, stderr }) => ({ code, out: stdout as string, err: stderr as string }),
      )
    }
    const listed = async () => {
      const catalog = new MarketplaceCatalog(asSeller())
      const filter = { MachineLearningProductFilters: { ProductTitle: { WildCardValue: 'Language Guess' } } }
      const { EntitySummaryList = [] } = await catalog.listEntities({
        ...{ Catalog, EntityType: 'MachineLearningProduct', EntityTypeFilters: filter },
      })
      const { DetailsDocument } = await catalog.describeEntity({ Catalog, EntityId: EntitySummaryList[0]?.EntityId })
      // biome-ignore lint/suspicious/noExplicitAny: the document's members are AWS's
      const { Description, Versions } = DetailsDocument as any
      const link: string = Versions[0].DeliveryOptions[0].Instructions.SampleNotebookUrl
      const { cells } = (await (await fetch(link)).json()) as { cells: Cell[] }
      const seller = EntitySummaryList[0]?.EntityArn?.split(':')[4]
      return { visibility: Description.Visibility as string, notebook: cells, seller }
    }
    it('costs the page when a cell fails, which is told', async () => {
      await begin('print(missing)')
      const { code, err } = await list()
      assert.equal(code, 1)
      assert.match(err, /executed as a buyer of prod-\w+: cell 1 of 5: NameError: name 'missing' is not defined/)
      const { visibility, notebook } = await listed()
      assert.deepEqual([visibility, printed(notebook)], ['Limited', ''])
    })

    it('runs as an account that has subscribed, and is shown with its outputs', async () => {
      await begin(asked)
      const { code, out, err } = await list()
      assert.equal(code, 0, err)
      assert.match(out, /notebook\.ipynb: 5 cells executed in [\d.]+ s, isolated/)
      const { visibility, notebook, seller } = await listed()
      assert.equal(visibility, 'Public')
      requireBuyer(printed(notebook), seller as string)
      assert.match(printed(notebook), /10 lines: english, german, french, spanish, italian/)
    })

    it('is not executed again while nothing differs', async () => {
      const { code, out } = await list()
      assert.deepEqual([code, /executing/.test(out)], [0, false])
    })

    it('leaves no agreement in force and nothing to pay', async () => {
      const agreements = new MarketplaceAgreement(asSeller())
      const filters = [
        { name: 'PartyType', values: ['Proposer'] },
        { name: 'AgreementType', values: ['PurchaseAgreement'] },
      ]
      const { agreementViewSummaries = [] } = await agreements.searchAgreements({ catalog: Catalog, filters })
      assert.deepEqual(
        agreementViewSummaries.map(({ status }) => status),
        // Of each certification whose folder tells a listing, and of each publication.
        Array(7).fill('CANCELLED'),
      )
    })
  })

  it('leaves nothing behind', () => world.leavesNothing())
})
