import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** The product's source folder, with a slash at its end. */
export const source = new URL('../src/', import.meta.url).pathname

/** `s3` of `src/s3/bucket.ts`; `server` of `src/server.ts`. */
export const partOf = (file: string): string => relative(source, file).split('/')[0]?.replace(/\.ts$/, '') ?? ''

/** Tests and what serves them: none of it is compiled for the package. */
export const isTestSupport = (file: string): boolean =>
  /\.test\.ts$|\.fixture\.ts$|\/(\w+-)?suite(-\w+)?\.ts$/.test(file)

/**
 * Absolute paths of the product's files that one imports, types included. The set-up stands outside the house: plain JavaScript that
 * also runs before anything is installed.
 */
export function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  const paths = [...text.matchAll(/^(?:import|export)\s[^'"]*?from '(\.[^']+)'/gm)].map(match =>
    join(dirname(file), match[1] as string),
  )
  return paths.filter(path => path.startsWith(source))
}
