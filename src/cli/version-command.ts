import { readFileSync } from 'node:fs'
import { migrations } from '../store/database.ts'
import type { CommandContext } from './command-context.ts'

/** Of the package, beside the sources in a clone and beside the compiled code in a published one. */
export const version: string = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version

/** `modelmart version`: the program's, its Node's, and the newest step of the schema that it knows. */
export function showVersion({ out }: CommandContext): void {
  const newest = migrations
    .map(({ name }) => name)
    .sort()
    .at(-1)
  out.write(`modelmart ${version}\nnode ${process.version}\nschema ${newest}\n`)
}
