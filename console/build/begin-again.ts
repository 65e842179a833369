import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type HtmlTagDescriptor, minify, type Plugin, transformWithOxc } from 'vite'

/**
 * Puts the script before all others, which is no module: a page whose own scripts were lost has it. Twice, since it may be lost itself: a
 * browser that has it asks no second time, and what follows waits for it.
 */
export function beginAgain(path: string): Plugin {
  let fileName = ''
  return {
    name: 'begin-again',
    apply: 'build',
    async buildStart() {
      const { code } = await transformWithOxc(await readFile(path, 'utf8'), path)
      const source = (await minify(path, code)).code
      fileName = `assets/begin-again-${createHash('sha256').update(source).digest('hex').slice(0, 8)}.js`
      this.emitFile({ type: 'asset', fileName, source })
    },
    transformIndexHtml: {
      order: 'post',
      handler() {
        const tag: HtmlTagDescriptor = {
          tag: 'script',
          attrs: { src: `/console/${fileName}` },
          injectTo: 'head-prepend',
        }
        return [tag, tag]
      },
    },
  }
}
