import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { letters } from './letter.ts'

test('every letter leads to a page that the console has', () => {
  const table = readFileSync(new URL('../../../console/src/route/path-table.ts', import.meta.url), 'utf8')
  const patterns = [...table.matchAll(/^ {2}\w+: '(\/[^']*)'/gm)].map(([, path = '']) => path)
  assert.ok(patterns.length > 20)
  const pages = patterns.map(path => new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}$`))
  for (const { page } of Object.values(letters)) {
    const [path = ''] = page.split('?')
    assert.ok(
      pages.some(pattern => pattern.test(path)),
      page,
    )
  }
})
