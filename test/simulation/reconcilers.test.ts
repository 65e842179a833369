import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = new URL('../../', import.meta.url).pathname

/** Reconcilers that no simulated server has, and why. */
const elsewhere: Readonly<Record<string, string>> = {}

test('every reconciler lives in the simulation, or it is said why not', () => {
  const all = globSync('src/**/*.reconcile.ts', { cwd: root }).sort()
  const server = readFileSync(join(root, 'test/simulation/server.ts'), 'utf8')
  const simulated = all.filter(file => server.includes(`'../../${file}'`))
  assert.deepEqual([...simulated, ...Object.keys(elsewhere)].sort(), all)
})
