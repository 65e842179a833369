import assert from 'node:assert/strict'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { inflateSync } from 'node:zlib'
import { readProduct } from './certify-product.ts'
import { drawnLogo } from './drawn-logo.ts'
import { readListing, withMeasured } from './listing-document.ts'

const example = new URL('../../examples/iris-trees/', import.meta.url).pathname
const place = await mkdtemp(join(tmpdir(), 'modelmart-listing-'))
after(() => rm(place, { recursive: true }))

/** The example's own file, changed, in a folder where nothing else is. */
// biome-ignore lint/suspicious/noExplicitAny: the file's members are AWS's
async function listing(change: (json: any) => void) {
  const json = JSON.parse(await readFile(join(example, 'product.json'), 'utf8'))
  change(json)
  await writeFile(join(place, 'product.json'), JSON.stringify(json))
  return readListing(await readProduct(place, true))
}

test('a folder without what a listing needs is told what it lacks', async () => {
  await assert.rejects(
    listing(json => delete json.Offer),
    /product\.json: Offer is missing/,
  )
  await assert.rejects(
    listing(() => {}),
    /there is no .*USAGE\.md that tells buyers the usage/,
  )
  await writeFile(join(place, 'README.md'), '# Trees\n')
  await assert.rejects(
    listing(({ Delivery }) => delete Delivery.UsageInstructionsFile),
    /there is no .*notebook\.ipynb/,
  )
})

test('what product.json leaves out comes of README, notebook and the validation profile', async () => {
  await writeFile(join(place, 'README.md'), '# Trees\n\nThey grow.\n')
  await copyFile(join(example, 'notebook.ipynb'), join(place, 'notebook.ipynb'))
  const { information, delivery, notebook, logo, title } = await listing(({ Information, Delivery }) => {
    delete Information.LongDescription
    for (const name of ['UsageInstructionsFile', 'SampleNotebookFile', 'RecommendedInstanceTypes'])
      delete Delivery[name]
  })
  assert.equal(information.LongDescription, '# Trees\n\nThey grow.')
  assert.equal(delivery.UsageInstructions, '# Trees\n\nThey grow.')
  assert.deepEqual(Object.keys(delivery.RecommendedInstanceTypes), ['BatchTransform', 'RealtimeInference', 'Training'])
  assert.equal(notebook, join(place, 'notebook.ipynb'))
  assert.deepEqual([logo, title], [undefined, information.ProductTitle])
})

test('a sample of the seller’s stays; else the certification’s answer is one', () => {
  const SampleOutput = { RealtimeInferenceText: 'mine' }
  const said = { OutputProperties: { Description: 'one a line', SampleOutput } }
  assert.equal(withMeasured(said, 'measured'), said)
  const unsaid = { OutputProperties: { Description: 'one a line' } }
  assert.equal(withMeasured(unsaid, undefined), unsaid)
  const { OutputProperties } = withMeasured(unsaid, 'x'.repeat(5000))
  assert.equal(OutputProperties.SampleOutput.BatchTransformText.length, 1000)
})

test('a logo is drawn of a name: a picture that mirrors itself, another for another name', () => {
  const png = drawnLogo('Trees')
  assert.equal(png.subarray(1, 4).toString(), 'PNG')
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)]
  const data = png.subarray(41, 41 + png.readUInt32BE(33))
  const pixels = inflateSync(data)
  assert.equal(pixels.length, height * (1 + width * 3))
  for (let y = 0; y < height; y++) {
    const row = pixels.subarray(y * (1 + width * 3) + 1, (y + 1) * (1 + width * 3))
    for (let x = 0; x < width; x++)
      assert.deepEqual(row.subarray(x * 3, x * 3 + 3), row.subarray((width - 1 - x) * 3, (width - x) * 3))
  }
  assert.ok(!drawnLogo('Trees').equals(drawnLogo('Topics')))
  assert.ok(drawnLogo('Trees').equals(drawnLogo('Trees')))
})
