import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Of a clone and of the published package. */
const examples = fileURLToPath(new URL('../../examples/', import.meta.url))

/** What is fetched for the first build of each, in MB. */
const downloads: Readonly<Record<string, number>> = {
  ...{
    'valve-watch': 19,
    'ticket-topics': 23,
    'demand-boost': 56,
    'vine-grades': 64,
    'language-guess': 81,
    'churn-tree': 81,
  },
  ...{ 'iris-trees': 134, 'digit-reader': 320, 'name-maker': 542, 'freight-quotes': 598 },
}
/** Of what is built where nobody has named what. */
const mostUnnamed = 150

export interface ExampleProduct {
  readonly name: string
  readonly description: string
  readonly directory: string
  /** MB that the first build fetches. */
  readonly download: number
  /** Whether it is published where none is named: built within a minute or so. */
  readonly isLight: boolean
}

/** The examples that are whole products, those first of which the least is fetched. */
export async function exampleProducts(): Promise<ExampleProduct[]> {
  const weight = (name: string) => downloads[name] ?? Number.POSITIVE_INFINITY
  const names = (await readdir(examples))
    .filter(name => existsSync(join(examples, name, 'product.json')))
    .sort((one, other) => weight(one) - weight(other))
  return Promise.all(
    names.map(async name => {
      const directory = join(examples, name)
      const { Information } = JSON.parse(await readFile(join(directory, 'product.json'), 'utf8'))
      const download = weight(name)
      return {
        ...{ name, description: Information.ShortDescription as string, directory },
        ...{ download, isLight: download <= mostUnnamed },
      }
    }),
  )
}
