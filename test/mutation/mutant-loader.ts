import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { Mutant } from './mutants.ts'

/** Loads one file as the mutant that the environment names; the file on the disk stays as it is. */
const { file, start, end, text } = JSON.parse(process.env.MUTANT ?? '{}') as Partial<Mutant>
const target = file && pathToFileURL(file).href

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    if (url !== target) return loaded
    const source = String(loaded.source)
    return { ...loaded, source: source.slice(0, start) + text + source.slice(end) }
  },
})
