import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** The product's source folder, with a slash at its end. */
export const source = new URL('../src/', import.meta.url).pathname

/** `s3` of `src/s3/bucket.ts`; `server` of `src/server.ts`. */
export const partOf = (file: string): string => relative(source, file).split('/')[0]?.replace(/\.ts$/, '') ?? ''

/** Tests and what serves them: none of it is compiled for the package. */
export const isTestSupport = (file: string): boolean =>
  /\.test\.ts$|\.fixture\.ts$|\/(\w+-)?suite(-\w+)?\.ts$/.test(file)

/** Absolute paths of our own files that one imports, types included, and those that it loads later. */
const allImportsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^(?:import|export)\s[^'"]*?from '(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm)].map(
    ([, named, later]) => join(dirname(file), (named ?? later) as string),
  )

/** Those of the product's. The set-up stands outside the house: plain JavaScript that also runs before anything is installed. */
export const importsOf = (file: string): string[] => allImportsOf(file).filter(path => path.startsWith(source))

const loading = /^(?:import|export)\s(?!type\b)([^'"]*?)from '([^']+)'|\bawait import\('([^']+)'\)/gm

/** What a program loads when it starts and later: our own files, and the names of modules that are not. Types are nothing. */
export function loadedBy(
  program: string,
  atStart = false,
): { readonly files: Set<string>; readonly modules: Set<string> } {
  const files = new Set<string>()
  const modules = new Set<string>()
  const visit = (file: string): void => {
    if (files.has(file)) return
    files.add(file)
    if (!file.endsWith('.ts')) return
    for (const [, clause = '', named, later] of readFileSync(file, 'utf8').matchAll(loading)) {
      const names = /^\{(.*)\}\s*$/s
        .exec(clause.trim())?.[1]
        ?.split(',')
        .map(name => name.trim())
        .filter(Boolean)
      if (names?.every(name => name.startsWith('type '))) continue
      if (later && atStart) continue
      const to = (named ?? later) as string
      if (to.startsWith('.')) visit(join(dirname(file), to))
      else modules.add(to)
    }
  }
  visit(program)
  return { files, modules }
}

/** Groups of files that import one another in a circle, each sorted; by Tarjan's strongly connected components. */
export function importCircles(files: readonly string[]): string[][] {
  const imports = new Map(files.map(file => [file, allImportsOf(file).filter(path => /\.m?[jt]s$/.test(path))]))
  const order = new Map<string, number>()
  const lowest = new Map<string, number>()
  const open: string[] = []
  const circles: string[][] = []
  const visit = (file: string): number => {
    const mine = order.size
    order.set(file, mine)
    let low = mine
    open.push(file)
    for (const next of imports.get(file) ?? []) {
      if (!order.has(next)) low = Math.min(low, visit(next))
      else if (open.includes(next)) low = Math.min(low, order.get(next) as number)
    }
    lowest.set(file, low)
    if (low === mine) {
      const members = open.splice(open.indexOf(file))
      if (members.length > 1) circles.push(members.map(member => relative(join(source, '..'), member)).sort())
    }
    return low
  }
  for (const file of files) if (!order.has(file)) visit(file)
  return circles
}
