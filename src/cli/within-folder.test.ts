import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmod, copyFile, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { dataFiles, readProduct } from './certify-product.ts'
import { exportScript } from './export-script.ts'
import { readListing } from './listing-document.ts'
import { withinFolder } from './within-folder.ts'

const example = new URL('../../examples/iris-trees/', import.meta.url).pathname
const place = await mkdtemp(join(tmpdir(), 'modelmart-folder-'))
after(() => rm(place, { recursive: true }))
const secret = join(place, 'secret')
await writeFile(secret, 'a key')
let folders = 0

/** A product's folder as a stranger sends it. */
// biome-ignore lint/suspicious/noExplicitAny: the file's members are AWS's
async function received(change: (json: any) => void = () => {}): Promise<string> {
  const folder = join(place, `${folders++}`)
  await cp(example, folder, { recursive: true })
  const json = JSON.parse(await readFile(join(folder, 'product.json'), 'utf8'))
  change(json)
  await writeFile(join(folder, 'product.json'), JSON.stringify(json))
  return folder
}

const readAll = async (folder: string) => {
  const product = await readProduct(folder)
  await readListing(product)
  for (const prefix of ['sample-data', '../'].filter(prefix => JSON.stringify(product.profile).includes(prefix)))
    await dataFiles(product, prefix)
}

test('a place in the folder is one, whether it is there or not', async () => {
  const folder = await received()
  for (const name of ['README.md', 'nothing', 'no/such/folder', '', './container/../README.md'])
    assert.equal(await withinFolder(folder, name), join(folder, name))
  await symlink('README.md', join(folder, 'ALSO.md'))
  assert.equal(await withinFolder(folder, 'ALSO.md'), join(folder, 'ALSO.md'))
})

test('a folder below a link is as good as any', async () => {
  const link = join(place, 'link')
  await symlink(await received(), link)
  await readAll(link)
})

const paths: Readonly<Record<string, Parameters<typeof received>[0]>> = {
  notebook: ({ Delivery }) => Object.assign(Delivery, { SampleNotebookFile: '../secret' }),
  usage: ({ Delivery }) => Object.assign(Delivery, { UsageInstructionsFile: '../secret' }),
  'build context': ({ Image }) => Object.assign(Image, { BuildContext: '..' }),
  'folder whose name begins as its own': ({ Delivery }) =>
    Object.assign(Delivery, { SampleNotebookFile: `../${folders - 1}0/x` }),
  'sample data': json => {
    const [profile] = json.ValidationSpecification.ValidationProfiles
    profile.TransformJobDefinition.TransformInput.DataSource.S3DataSource.S3Uri = '../'
  },
}
for (const [what, change] of Object.entries(paths))
  test(`a ${what} outside of the folder is refused`, async () => {
    await assert.rejects(readAll(await received(change)), /leads out of .*: a product's files lie in its folder/)
  })

for (const name of ['notebook.ipynb', 'logo.png', 'USAGE.md', 'README.md', 'product.json', 'container/Dockerfile'])
  test(`${name} that is a link out of the folder is refused`, async () => {
    const folder = await received()
    await rm(join(folder, name), { force: true })
    await symlink(secret, join(folder, name))
    await assert.rejects(readAll(folder), /leads out of/)
  })

for (const name of ['a$(touch pwned)', 'a b', '../a', 'a;b', ''])
  test(`${JSON.stringify(name)} is the name of no product and no repository`, async () => {
    await assert.rejects(
      readAll(await received(json => Object.assign(json, { AlgorithmName: name }))),
      /which is no name/,
    )
    const repository = await received(({ Image }) => Object.assign(Image, { Repository: name }))
    await assert.rejects(readAll(repository), /which is no name/)
  })

test('a server that answers a program in the place of an account has none run by the script', async () => {
  const folder = join(place, 'exported')
  await mkdir(join(folder, 'requests'), { recursive: true })
  await mkdir(join(folder, 'bin'))
  const product = await readProduct(example)
  await writeFile(join(folder, 'publish.sh'), exportScript(product, 'A title', 'a-tag'))
  for (const name of ['policy', 'certification', 'listing', 'publication'])
    await writeFile(join(folder, 'requests', `${name}.json`), '{"Account":"{{ACCOUNT}}"}')
  // In the place of the AWS CLI: what a hostile server answers to whatever is asked.
  await writeFile(join(folder, 'bin/aws'), `#!/bin/sh\necho '1|;1e touch pwned\n#'\n`)
  await chmod(join(folder, 'bin/aws'), 0o755)
  await copyFile(join(folder, 'bin/aws'), join(folder, 'bin/docker'))
  const env = { PATH: `${join(folder, 'bin')}:${process.env.PATH}`, BUCKET: 'mine' }
  const run = () =>
    execFileSync('bash', [join(folder, 'publish.sh')], { env, stdio: 'pipe', encoding: 'utf8', timeout: 60_000 })
  assert.throws(run, ({ stderr }: { stderr: string }) => /That is no name: 1\|;1e touch pwned/.test(stderr))
  await assert.rejects(readFile(join(folder, 'pwned')), { code: 'ENOENT' })
})
