import assert from 'node:assert/strict'
import { globSync, readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'

const assets = fileURLToPath(new URL('../dist/assets/', import.meta.url))
const mostBytes = 150_000

/** A built script by the name of its source. */
function chunkOf(name: string): string {
  const [file, ...others] = globSync(`${name}-*.js`, { cwd: assets }).filter(
    one => one.length === `${name}-12345678.js`.length,
  )
  assert.ok(file && others.length === 0, `${name} is not one script`)
  return file
}

/** The script and all that it cannot begin without. */
function closure(file: string, known = new Set<string>()): Set<string> {
  if (known.has(file)) return known
  known.add(file)
  const code = readFileSync(assets + file, 'utf8')
  for (const [, next = ''] of code.matchAll(/(?:\bfrom|\bimport)\s*[`"']\.\/([\w.-]+\.js)[`"']/g)) closure(next, known)
  return known
}

/** Parts that a page shows as soon as it opens, whatever is in it. */
const atOnce: Readonly<Record<string, readonly string[]>> = { 'product-page': ['markdown-elements'] }

const table = readFileSync(new URL('../src/shell/pages.ts', import.meta.url), 'utf8')
const pages = [...table.matchAll(/import\('([^']+)\.tsx'\)/g)].map(([, path = '']) => basename(path))

/** `index.html` names the one that all begins with. */
const [, entry = ''] =
  /src="\/console\/assets\/(index-[\w-]+\.js)"/.exec(readFileSync(`${assets}../index.html`, 'utf8')) ?? []
const shop = closure(chunkOf('storefront-page'), closure(chunkOf('shell'), closure(entry)))

it('every page is found', () => assert.ok(pages.length > 75, String(pages.length)))

for (const page of pages)
  it(`${page} loads at most ${mostBytes / 1000} kB of script more than the shop`, t => {
    const parts = [page, ...(atOnce[page] ?? [])].map(chunkOf)
    const files = [...new Set(parts.flatMap(part => [...closure(part)]))].filter(file => !shop.has(file))
    const bytes = files.reduce((sum, file) => sum + statSync(`${assets}${file}.br`).size, 0)
    t.diagnostic(`${page}: ${bytes} bytes in ${files.length} scripts`)
    assert.ok(bytes <= mostBytes, `${page}: ${bytes} bytes`)
  })
