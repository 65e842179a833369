import type { CommandContext } from './command-context.ts'
import { exampleProducts } from './example-products.ts'
import type { OpenServer } from './start.ts'

/** `modelmart examples list`: the example products, a line each, and what their first build fetches. */
export async function examplesList({ out }: Pick<CommandContext, 'out'>): Promise<void> {
  for (const { name, description, download } of await exampleProducts())
    out.write(`${name}  ${description} (${download} MB)\n`)
}

/**
 * `modelmart examples publish [NAME…]`: a market to look around in: builds, certifies and lists example products, as a seller's account of
 * their own; where none is named, those that fetch less than 150 MB. A second run changes nothing. Exits 1 for a name that there is not,
 * and with what was refused.
 */
export async function examplesPublish(
  names: readonly string[],
  { account, notebook }: { readonly account: string; readonly notebook: boolean },
  context: CommandContext,
  openServer: OpenServer,
): Promise<void> {
  try {
    const known = await exampleProducts()
    const unknown = names.filter(name => !known.some(one => one.name === name))
    if (unknown.length > 0)
      throw new Error(`There is no example ${unknown.join(', ')}. There are ${known.map(one => one.name).join(', ')}.`)
    const chosen = known.filter(({ name, isLight }) => (names.length === 0 ? isLight : names.includes(name)))
    // Not with the others: it brings AWS clients, which a server has no use for.
    const { listAll } = await import('./list.ts')
    const directories = chosen.map(({ directory }) => directory)
    await listAll(directories, { account, notebook, dryRun: false, buildArg: [], buildSecret: [] }, context, openServer)
  } catch (error) {
    context.err.write(`modelmart examples: ${(error as Error).message}\n`)
    process.exitCode = 1
  }
}
