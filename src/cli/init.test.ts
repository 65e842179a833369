import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { dataFiles, readProduct } from './certify-product.ts'
import { prefixes } from './certify-session.ts'
import { runCommand } from './command.fixture.ts'
import { exampleProducts } from './example-products.ts'
import { requireValid } from './export-check.ts'
import { blanks } from './export-script.ts'
import { readListing } from './listing-document.ts'
import { requestsOf } from './product-requests.ts'

const place = await mkdtemp(join(tmpdir(), 'modelmart-init-'))
after(() => rm(place, { recursive: true }))
const given = {
  ...{ image: blanks.IMAGE, role: blanks.ROLE, accessRole: blanks.ACCESS_ROLE, bucket: blanks.BUCKET },
  ...{ asset: blanks.ASSET, links: blanks.LINKS, account: blanks.ACCOUNT, product: blanks.PRODUCT },
}
const init = (...line: string[]) => runCommand(place, 'init', ...line)

test('init lists the products that there are to begin with', async () => {
  const { out, code } = await init()
  assert.match(out, /^iris-trees {2}Trains a small decision tree/m)
  assert.match(out, /^ticket-topics {2}Learns topics/m)
  assert.doesNotMatch(out, /contract-probe/)
  assert.equal(code, 0)
})

test('init makes a folder that certify reads, under the name of the folder', async () => {
  const directory = join(place, 'my-trees')
  const { out, code } = await init('iris-trees', directory)
  assert.ok(out.includes(`modelmart certify ${directory}`), out)
  assert.equal(code, 0)
  const product = await readProduct(directory)
  assert.deepEqual([product.name, product.repository, product.type], ['my-trees', 'my-trees', 'Algorithm'])
  for (const file of ['USAGE.md', 'notebook.ipynb', 'container/Dockerfile', 'data/training/iris.csv'])
    assert.ok(existsSync(join(directory, file)), file)
  const { Information } = JSON.parse(await readFile(join(directory, 'product.json'), 'utf8'))
  assert.equal(Information.Sku, 'my-trees')
})

for (const { name, directory: example } of await exampleProducts())
  test(`init begins a folder from ${name}, which has all that is certified, listed and exported`, async () => {
    const directory = join(place, `of-${name}`)
    assert.equal((await init(name, directory, '--name', 'mine')).code, 0)
    const product = await readProduct(directory)
    assert.deepEqual([product.name, product.repository, product.notebook], ['mine', 'mine', 'notebook.ipynb'])
    const document = await readListing(product)
    assert.equal(document.title, (await readListing(await readProduct(example))).title)
    requireValid(product.type, requestsOf(product, document, given))
    for (const prefix of prefixes(product)) assert.ok((await dataFiles(product, prefix)).length > 0, prefix)
  })

test('init takes a name for the product that is not the folder’s', async () => {
  const directory = join(place, 'Work In Progress')
  assert.match((await init('iris-trees', directory)).err, /is not fit for a product's name/)
  assert.equal((await init('iris-trees', directory, '--name', 'leaves')).code, 0)
  assert.equal((await readProduct(directory)).name, 'leaves')
})

test('init overwrites nothing, and knows no other template', async () => {
  const directory = join(place, 'full')
  assert.equal((await init('iris-trees', directory)).code, 0)
  await writeFile(join(directory, 'product.json'), 'mine')
  const again = await init('iris-trees', directory)
  assert.match(again.err, /full holds something/)
  assert.equal(again.code, 1)
  assert.equal(await readFile(join(directory, 'product.json'), 'utf8'), 'mine')
  const unknown = await init('contract-probe', join(place, 'other'))
  assert.match(unknown.err, /There is no template contract-probe\. There are .*iris-trees/)
  assert.equal(unknown.code, 1)
})

test('the packages for GPUs of the TensorFlow example are those for CPUs, but for TensorFlow’s and NVIDIA’s', async () => {
  const packagesOf = async (file: string) =>
    (await readFile(new URL(`../../examples/digit-reader/container/${file}`, import.meta.url), 'utf8'))
      .split(/\n(?=\S)/)
      .filter(line => line.trim() !== '')
  const isOwn = (line: string) => /^(tensorflow|nvidia-)/.test(line)
  const [cpu, gpu] = [await packagesOf('requirements.txt'), await packagesOf('requirements-gpu.txt')]
  assert.deepEqual(
    gpu.filter(line => !isOwn(line)).map(line => line.trim()),
    cpu.filter(line => !isOwn(line)).map(line => line.trim()),
  )
  const own = gpu.filter(isOwn)
  assert.equal(own.length, 13)
  for (const line of own) assert.match(line, /^\S+==\S+ \\\n {4}--hash=sha256:[0-9a-f]{64}\n?$/)
  const version = (lines: readonly string[]) => /^tensorflow(-cpu)?==(\S+)/m.exec(lines.join('\n'))?.[2]
  assert.equal(version(gpu), version(cpu))
})
