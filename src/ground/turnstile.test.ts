import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTurnstile } from './turnstile.ts'

test('so many works go on at a time, the others in their order, and one that fails gives its place away', async () => {
  const pass = createTurnstile(2)
  const begun: number[] = []
  const works = Array.from({ length: 5 }, () => Promise.withResolvers<void>())
  const results = works.map(({ promise }, index) =>
    pass(() => {
      begun.push(index)
      return promise.then(() => index)
    }),
  )
  const settled = Promise.allSettled(results)
  await Promise.resolve()
  assert.deepEqual(begun, [0, 1])
  works[1]?.reject(new Error('broken'))
  await results[1]?.catch(() => {})
  await new Promise(setImmediate)
  assert.deepEqual(begun, [0, 1, 2])
  for (const { resolve } of works) resolve()
  const ends = await settled
  assert.deepEqual(begun, [0, 1, 2, 3, 4])
  assert.deepEqual(
    ends.map(end => (end.status === 'fulfilled' ? end.value : 'failed')),
    [0, 'failed', 2, 3, 4],
  )
})
