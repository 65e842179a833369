import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Words for Node before a program of ours: whoever compiles even its first line itself keeps the twenty megabytes that do so. */
export const compiled = [
  '--import',
  'data:text/javascript,import{enableCompileCache}from"node:module";enableCompileCache()',
]

/** The path of a program beside a module, given by its `import.meta.url`: a source in a clone, compiled in a package. */
export const programBeside = (url: string, name: string): string =>
  fileURLToPath(new URL(`./${name}${extname(url)}`, url))
