import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Of a clone and of the published package. */
const examples = fileURLToPath(new URL('../../examples/', import.meta.url))

export interface ExampleProduct {
  readonly name: string
  readonly description: string
  readonly directory: string
}

/** The examples that are whole products. */
export async function exampleProducts(): Promise<ExampleProduct[]> {
  const names = (await readdir(examples)).sort().filter(name => existsSync(join(examples, name, 'product.json')))
  return Promise.all(
    names.map(async name => {
      const directory = join(examples, name)
      const { Information } = JSON.parse(await readFile(join(directory, 'product.json'), 'utf8'))
      return { name, description: Information.ShortDescription as string, directory }
    }),
  )
}
