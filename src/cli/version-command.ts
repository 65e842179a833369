import { migrations } from '../store/database.ts'
import type { CommandContext } from './command-context.ts'
import { version } from './version.ts'

/** `modelmart version`: the program's, its Node's, and the newest step of the schema that it knows. */
export function showVersion({ out }: CommandContext): void {
  const newest = migrations
    .map(({ name }) => name)
    .sort()
    .at(-1)
  out.write(`modelmart ${version}\nnode ${process.version}\nschema ${newest}\n`)
}
