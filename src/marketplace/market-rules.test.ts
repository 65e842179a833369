import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')

test('each rule of the market names tests that are there', () => {
  const rules = read('../../docs/decisions/2026-11-30-market-rules.md')
    .split('\n')
    .filter(line => line.includes('.test.ts`:'))
  assert.ok(rules.length > 30)
  for (const rule of rules) {
    const [, file = '', title = ''] = /`(\S+\.test\.ts)`: (.+) \|$/.exec(rule) ?? assert.fail(rule)
    const titles = read(`../${file}`).matchAll(/\b(?:it|test)\((['`])(.+?)\1/g)
    assert.ok(
      [...titles].some(([, , found = '']) => found.startsWith(title)),
      `${title} in ${file}`,
    )
  }
})
