import { readFileSync } from 'node:fs'

/** Of the package, beside the sources in a clone and beside the compiled code in a published one. */
export const version: string = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version
