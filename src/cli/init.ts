import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommandContext } from './command-context.ts'
import { exampleProducts } from './example-products.ts'

/** As repositories of images are called. */
const fit = /^[a-z0-9]+(?:-[a-z0-9]+)*$/

/**
 * `modelmart init [TEMPLATE] [DIRECTORY]`: a seller's folder, a copy of one of the example products under a name of its own; without a
 * template the list of them. Exits 1 for a template that there is not, a name that is not fit and a folder that holds something.
 */
export async function init(
  template: string | undefined,
  directory: string | undefined,
  name: string,
  context: Pick<CommandContext, 'out' | 'err'>,
): Promise<void> {
  try {
    await begin(template, directory, name, context)
  } catch (error) {
    context.err.write(`modelmart init: ${(error as Error).message}\n`)
    process.exitCode = 1
  }
}

async function begin(
  template: string | undefined,
  directory: string | undefined,
  name: string,
  { out }: Pick<CommandContext, 'out'>,
): Promise<void> {
  const known = await exampleProducts()
  if (template === undefined || directory === undefined) {
    for (const { name, description } of known) out.write(`${name}  ${description}\n`)
    return void out.write('\nmodelmart init TEMPLATE starts a folder with one of them.\n')
  }
  const found = known.find(one => one.name === template)
  if (!found) throw new Error(`There is no template ${template}. There are ${known.map(one => one.name).join(', ')}.`)
  if (!fit.test(name))
    throw new Error(`${name} is not fit for a product's name: lower-case letters, digits and hyphens.`)
  if (existsSync(directory) && (await readdir(directory)).length > 0) throw new Error(`${directory} holds something.`)
  await mkdir(directory, { recursive: true })
  await cp(found.directory, directory, { recursive: true, filter: source => !source.endsWith('__pycache__') })
  await rename(join(directory, 'product.json'), template, name)
  out.write(`${directory} holds ${name}, begun from ${template}.\n\nmodelmart certify ${directory}\n`)
}

/** The product's own names in it; its texts and programs stay the example's until somebody writes others. */
async function rename(path: string, from: string, to: string): Promise<void> {
  const text = await readFile(path, 'utf8')
  await writeFile(path, text.replaceAll(`: "${from}"`, `: "${to}"`))
}
