import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const root = new URL('../../', import.meta.url).pathname

/**
 * The lines of a guide that a reader pastes, in order, as one script for bash: its `sh` blocks as they are, its `python` blocks through
 * python3. Only `npm ci` is left out, and each of `places` is replaced: ports, directories and files that would land in the checkout.
 */
export async function guideLines(path: string, places: Readonly<Record<string, string>>): Promise<string> {
  const text = await readFile(join(root, path), 'utf8')
  const blocks = [...text.matchAll(/^```(sh|python)\n(.*?)^```$/gms)].map(([, kind, lines = '']) =>
    kind === 'python' ? `python3 - <<'END OF PYTHON'\n${lines}END OF PYTHON\n` : lines,
  )
  const script = blocks.join('\n').replaceAll(/^npm ci\n/gm, '')
  return Object.entries(places).reduce((lines, [from, to]) => lines.replaceAll(from, to), `set -e\n${script}`)
}
