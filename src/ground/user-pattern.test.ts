import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPatternSearch, type Within, within } from './user-pattern.ts'

const bytes = new Int32Array(new SharedArrayBuffer(4))

test('who waits for a processor is not given up: the bound is the thread’s own time', () => {
  const waits = () => Atomics.wait(bytes, 0, 0, 100)
  assert.equal(within(20, waits), 'timed-out')
})

test('who takes a processor without end is given up, and the next one begins afresh', () => {
  const endless = () => {
    for (;;);
  }
  assert.equal(within(20, endless), undefined)
  assert.equal(
    within(20, () => 'quick'),
    'quick',
  )
})

test('what a work throws is its own, no want of time', () => {
  const throws = () => {
    throw new RangeError('mine')
  }
  assert.throws(() => within(20, throws), RangeError)
})

/** Gives up the first works that are asked for, and does the others. */
function givesUp(count: number): Within {
  let asked = 0
  return (_, work) => (asked++ < count ? undefined : work())
}
const loss = { source: 'loss=(\\d+)', flags: '' }
const texts = ['loss=1', 'Loss=2']

test('a pattern that JavaScript’s engine does not do in time is done by the linear one, with the same flags', () => {
  const search = createPatternSearch([{ ...loss, flags: 'i' }], givesUp(1))
  const matches = [
    { text: 0, pattern: 0, captured: '1' },
    { text: 1, pattern: 0, captured: '2' },
  ]
  assert.deepEqual(search(texts), { matches, dropped: [] })
})

test('one that neither does in time is dropped once, and applied no more; the others go on', () => {
  const search = createPatternSearch([loss, { source: '^L', flags: '' }], givesUp(2))
  const matches = [{ text: 1, pattern: 1, captured: '' }]
  assert.deepEqual(search(texts), { matches, dropped: [0] })
  assert.deepEqual(search(texts), { matches, dropped: [] })
})

test('one that only JavaScript’s engine can read is dropped when that does not do it in time', () => {
  const search = createPatternSearch([{ source: '(?=l)loss', flags: '' }], givesUp(1))
  assert.deepEqual(search(texts), { matches: [], dropped: [0] })
})
