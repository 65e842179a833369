import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPending } from './pending.ts'

test('tells whose transaction has waited for seconds, and how many with it', () => {
  let now = 0
  const pending = createPending(() => now)
  assert.equal(pending.stuck(), undefined)
  const first = pending.begin(() => 'createEndpoint')
  const second = pending.begin(() => 'createModel')
  now = 4999
  assert.equal(pending.stuck(), undefined)
  now = 7000
  assert.equal(pending.stuck(), 'the transaction of createEndpoint has waited 7 s, and 1 others with it')
  first[Symbol.dispose]()
  second[Symbol.dispose]()
  assert.equal(pending.stuck(), undefined)
})
