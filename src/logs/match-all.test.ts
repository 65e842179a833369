import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchAll } from './match-all.ts'

test('an expression that backtracks without end is answered all the same, and nobody waits for it', async () => {
  const answered = matchAll('%a*a*a*a*a*b%')([`${'a'.repeat(20_000)}c`, 'aaab'])
  let turns = 0
  const others = setInterval(() => turns++, 1)
  assert.deepEqual(await answered, [false, true])
  clearInterval(others)
  assert.ok(turns > 5, `the main thread turned ${turns} times`)
})

test('a pattern is read before anything is asked', () => {
  assert.throws(() => matchAll('%(%'), { code: 'InvalidParameterException' })
})

test('patterns with and without expressions match the same way', async () => {
  assert.deepEqual(await matchAll('%b%')(['abc', 'x']), [true, false])
  assert.deepEqual(await matchAll('abc')(['abc', 'x']), [true, false])
  assert.deepEqual(await matchAll('{ $.a = %^x+$% }')(['{"a":"xx"}', '{"a":"y"}', 'no JSON']), [true, false, false])
})
