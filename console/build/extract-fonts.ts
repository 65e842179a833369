import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'

const embedded = /url\(["']?data:font\/(woff2)[^,]*;base64,([^"')]+)["']?\)/g

/** Cloudscape's styles hold their fonts as data: they become files, so that the policy allows no data and the style stays small. */
export function extractFonts(directory: string): Plugin {
  return {
    name: 'extract-fonts',
    enforce: 'pre',
    transform(code, id) {
      if (!/global-styles\/.*\.css/.test(id)) return null
      mkdirSync(directory, { recursive: true })
      return code.replaceAll(embedded, (_, ending: string, base64: string) => {
        const bytes = Buffer.from(base64, 'base64')
        const file = join(directory, `${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.${ending}`)
        writeFileSync(file, bytes)
        return `url("${file}")`
      })
    },
  }
}
