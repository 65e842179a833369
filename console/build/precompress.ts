import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Plugin } from 'vite'

const compressors = {
  br: (bytes: Buffer) =>
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }),
  gz: (bytes: Buffer) => promisify(gzip)(bytes, { level: 9 }),
}

/** Lays `.br` and `.gz` beside each text file of the build: the server compresses nothing itself. */
export function precompress(directory: string): Plugin {
  return {
    name: 'precompress',
    apply: 'build',
    async closeBundle() {
      const files = globSync(`${directory}/**/*.{js,css,html,svg,json}`)
      await Promise.all(
        files.flatMap(file =>
          Object.entries(compressors).map(async ([ending, compress]) =>
            writeFileSync(`${file}.${ending}`, await compress(readFileSync(file))),
          ),
        ),
      )
    },
  }
}
