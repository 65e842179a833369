import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = new URL('../../', import.meta.url).pathname

/** Reconcilers that no simulated server has, and why. */
const elsewhere: Readonly<Record<string, string>> = {
  'src/marketplace/mail/subscriber-notice.reconcile.ts':
    'it is asked for by change sets alone, which are not here; a page of letters and where it ends are one transaction',
  'src/marketplace/catalog/change-set.reconcile.ts':
    'escrow reads artifacts and images, which are not simulated; its own test kills it at each step',
}

test('every reconciler lives in the simulation, or it is said why not', () => {
  const all = globSync('src/**/*.reconcile.ts', { cwd: root }).sort()
  const server = readFileSync(join(root, 'test/simulation/server.ts'), 'utf8')
  const simulated = all.filter(file => server.includes(`'../../${file}'`))
  assert.deepEqual([...simulated, ...Object.keys(elsewhere)].sort(), all)
})
