import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

/** A reporter for `node --test`: the files in which something failed, a line each time. */
export default async function* (source) {
  for await (const { type, data } of source)
    if (type === 'test:fail') {
      // A file that ends before its tests have is told by its name.
      const file = data.file ?? data.name
      if (existsSync(file)) yield `${resolve(file)}\n`
    }
}
