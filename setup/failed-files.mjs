import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

/** A reporter for `node --test`: the files that were run and in which something failed, a line each time. */
export default async function* (source) {
  for await (const { type, data } of source) {
    // A test may stand in a suite that several files share: each file tells how it ended.
    const failed = type === 'test:summary' && data.file !== undefined && !data.success
    // One that ends before its tests have tells nothing, and is a failed test by its name.
    const died = type === 'test:fail' && existsSync(data.name)
    if (failed || died) yield `${resolve(failed ? data.file : data.name)}\n`
  }
}
