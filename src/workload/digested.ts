import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { joiningStream, through } from '../ground/joiner.ts'

/** The same content, and its SHA-256, hexadecimal, once it has been read to its end. */
export function digested(content: Readable): { readonly content: Readable; digest(): string } {
  const sum = createHash('sha256')
  return {
    content: through(content, joiningStream({ each: chunk => sum.update(chunk) })),
    digest: () => sum.digest('hex'),
  }
}
