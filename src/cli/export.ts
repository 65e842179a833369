import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, copyFile, cp, mkdir, readdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
// @ts-expect-error the set-up is plain JavaScript, since it also runs before anything is installed
import { engineCommand, ensureEngine } from '../../setup/engine.mjs'
import { dataFiles, type Product, readProduct } from './certify-product.ts'
import { artifactUri, prefixes } from './certify-session.ts'
import type { CommandContext } from './command-context.ts'
import { drawnLogo } from './drawn-logo.ts'
import { requireValid } from './export-check.ts'
import { blank, exportScript } from './export-script.ts'
import { type ListingDocument, readListing } from './listing-document.ts'
import { type ImageOptions, imageOf } from './product-image.ts'
import { requestsOf } from './product-requests.ts'
import type { Engine } from './push-image.ts'

const run = promisify(execFile)

/**
 * `modelmart export DIR FOLDER`: the product as calls of the AWS CLI that certify and list it on AWS: a script, its requests, the image
 * and every file that it sends. The requests are held against AWS's interface facts before they are written. Exits 1 with what is wrong.
 */
export async function exportProduct(
  directory: string,
  folder: string,
  options: ImageOptions,
  context: CommandContext,
): Promise<void> {
  try {
    await write(directory, folder, options, context)
  } catch (error) {
    context.err.write(`modelmart export: ${(error as Error).message}\n`)
    process.exitCode = 1
  }
}

async function write(directory: string, folder: string, options: ImageOptions, context: CommandContext): Promise<void> {
  if (existsSync(folder) && (await readdir(folder)).length > 0) throw new Error(`${folder} holds something.`)
  const product = await readProduct(directory, options.image !== undefined)
  const document = await readListing(product)
  const requests = requestsOf(product, document, given(product))
  requireValid(product.type, requests)
  const tell = (line: string) => void context.out.write(`${line}\n`)
  const engine = (await ensureEngine({})) as Engine
  const image = await imageOf(product, engine, options, context, tell)
  const tag = `modelmart-export-${product.repository}:latest`
  await mkdir(join(folder, 'requests'), { recursive: true })
  for (const [name, request] of Object.entries({ ...requests, policy: policy(product) }))
    await writeFile(join(folder, 'requests', `${name}.json`), `${JSON.stringify(request, undefined, 2)}\n`)
  await copyFiles(product, document, folder)
  await onEngine(engine, ['tag', image, tag])
  tell(`writing the image to ${folder}/image.tar`)
  await onEngine(engine, ['save', '--output', join(folder, 'image.tar'), tag])
  await writeFile(join(folder, 'publish.sh'), exportScript(product, document.title, tag))
  await chmod(join(folder, 'publish.sh'), 0o755)
  tell(`${folder} lists ${product.name} on AWS: BUCKET=NAME ${folder}/publish.sh`)
}

/** What the script fills in; a model lies where the script puts it. */
const given = (product: Product) => ({
  ...{ image: blank('IMAGE'), role: blank('ROLE'), accessRole: blank('ACCESS_ROLE'), bucket: blank('BUCKET') },
  ...{ asset: blank('ASSET'), links: blank('LINKS'), account: blank('ACCOUNT'), product: blank('PRODUCT') },
  ...(product.modelData && { artifact: artifactUri({ role: '', bucket: blank('BUCKET'), suffix: product.name }) }),
})

/** Anybody may read what the listing links to. */
const policy = ({ name }: Product) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: `arn:aws:s3:::${blank('BUCKET')}/${name}/public/*`,
    },
  ],
})

const onEngine = (engine: Engine, words: readonly string[]) =>
  run(...(engineCommand(engine, words) as [string, string[]]))

async function copyFiles(product: Product, { notebook, logo, title }: ListingDocument, folder: string): Promise<void> {
  for (const prefix of prefixes(product))
    for (const { key, path } of await dataFiles(product, prefix)) {
      const to = join(folder, key)
      await mkdir(dirname(to), { recursive: true })
      await copyFile(path, to)
    }
  if (product.modelData) await copyFile(product.modelData, join(folder, 'model.tar.gz'))
  await mkdir(join(folder, 'files'))
  await cp(notebook, join(folder, 'files', basename(notebook)))
  if (logo) await copyFile(logo, join(folder, 'files/logo.png'))
  else await writeFile(join(folder, 'files/logo.png'), drawnLogo(title))
}
