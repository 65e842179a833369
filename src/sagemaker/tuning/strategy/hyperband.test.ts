import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hyperbandVerdict, rungsOf } from './hyperband.ts'

const resource = { min: 1, max: 27 }

test('rungs are powers of three below the maximum, and brackets begin at different ones, the early ones more often', () => {
  const counts = new Map<string, number>()
  for (let number = 0; number < 3000; number++) {
    const key = rungsOf(resource, 7, number).join()
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  assert.deepEqual([...counts.keys()].sort(), ['1,3,9', '3,9', '9'])
  // 27, 12 and 6 trials to begin with, as Hyperband has them for these brackets.
  for (const [rungs, size] of [
    ['1,3,9', 27],
    ['3,9', 12],
    ['9', 6],
  ] as const)
    assert.ok(Math.abs((counts.get(rungs) as number) / 3000 - size / 45) < 0.03, `${rungs}: ${counts.get(rungs)}`)
  assert.deepEqual(rungsOf(resource, 7, 5), rungsOf(resource, 7, 5))
})

test('a job is stopped before the minimum never, and with a minimum at the maximum only there', () => {
  for (let number = 0; number < 50; number++) {
    assert.ok((rungsOf({ min: 4, max: 30 }, 1, number)[0] as number) >= 4)
    assert.deepEqual(rungsOf({ min: 5, max: 5 }, 1, number), [])
  }
})

const climber = (rungs: number[], ...values: number[]) => ({ rungs, values })
const peers = [0.1, 0.2, 0.3, 0.4, 0.5].map(value => climber([1, 3, 9], value))

test('at a rung the best third go on', () => {
  const verdict = (value: number) => hyperbandVerdict('Maximize', resource, climber([1, 3, 9], value), 0, peers)
  assert.equal(verdict(0.6), undefined)
  assert.equal(verdict(0.45), undefined)
  assert.match(verdict(0.35) ?? '', /^After 1 values .*, 2 of the 6 training jobs .* better than its 0.35\.$/)
  assert.match(hyperbandVerdict('Minimize', resource, climber([1, 3, 9], 0.35), 0, peers) ?? '', /3 of the 6/)
})

test('between rungs, at a rung judged already, beside other brackets and with too few to compare a job goes on', () => {
  assert.equal(hyperbandVerdict('Maximize', resource, climber([1, 3, 9], 0.0, 0.0), 1, peers), undefined)
  assert.equal(hyperbandVerdict('Maximize', resource, climber([3, 9], 0, 0, 0), 0, peers), undefined)
  assert.equal(hyperbandVerdict('Maximize', resource, climber([1, 3, 9], 0), 0, peers.slice(0, 1)), undefined)
})

test('the first that come to a rung are not stopped by each other unless a third of them are better', () => {
  const two = peers.slice(0, 2)
  assert.match(hyperbandVerdict('Maximize', resource, climber([1, 3, 9], 0), 0, two) ?? '', /2 of the 3/)
  assert.equal(hyperbandVerdict('Maximize', resource, climber([1, 3, 9], 1), 0, two), undefined)
})

test('at the maximum a job is stopped, however good it is', () => {
  const best = climber([9], ...Array(27).fill(1))
  assert.equal(hyperbandVerdict('Maximize', resource, best, 9, []), 'It has reached MaxResource, 27.')
})
