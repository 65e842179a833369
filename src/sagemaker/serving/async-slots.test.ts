import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Route, RouteVariant } from '../../runtime/routing-table.ts'
import { createSlots, type Slot } from './async-slots.ts'

const variant = (name: string, weight: number, instances: number): RouteVariant => ({
  ...{ name, weight, direct: false, products: [] },
  instances: Array.from({ length: instances }, (_, index) => ({
    ...{ addresses: ['http://x'], hostnames: [undefined], logStream: `${name}/${index}` },
  })),
})

const route = (...variants: RouteVariant[]): Route => ({ arn: 'a', account: '1', region: 'r', name: 'n', variants })

describe('the slots of an asynchronous endpoint', () => {
  it('are as many as its instances take at once, and are given back once', () => {
    const slots = createSlots(2)
    const one = route(variant('v', 1, 1))
    const [first, second] = [slots.take(one, 0), slots.take(one, 0)]
    assert.equal(slots.take(one, 0), undefined)
    assert.equal(slots.free(one), 0)
    first?.release()
    assert.equal(slots.free(one), 1)
    second?.release()
    assert.equal(slots.free(one), 2)
  })

  it('are at the instance with the fewest requests, and at no variant of weight 0', () => {
    const slots = createSlots(4)
    const two = route(variant('v', 1, 2), variant('silent', 0, 1))
    assert.equal(slots.free(two), 8)
    const taken = Array.from({ length: 8 }, () => slots.take(two, 0.99)?.instance.logStream)
    assert.equal(taken.filter(name => name === 'v/0').length, 4)
    assert.equal(taken.filter(name => name === 'v/1').length, 4)
    assert.deepEqual(new Set(taken.slice(0, 2)).size, 2)
  })

  it('of an instance that was replaced hold up nothing at the one that came for it', () => {
    const slots = createSlots(1)
    slots.take(route(variant('old', 1, 1)), 0)
    assert.equal(slots.free(route(variant('new', 1, 1))), 1)
  })

  it('never are more than there are, whatever is taken and given back', () => {
    const world = fc.record({
      most: fc.integer({ min: 1, max: 5 }),
      shape: fc.array(
        fc.record({ weight: fc.integer({ min: 0, max: 3 }), instances: fc.integer({ min: 0, max: 3 }) }),
        {
          maxLength: 4,
        },
      ),
      steps: fc.array(fc.record({ take: fc.boolean(), random: fc.double({ min: 0, max: 0.999, noNaN: true }) })),
    })
    fc.assert(
      fc.property(world, ({ most, shape, steps }) => {
        const all = route(...shape.map(({ weight, instances }, index) => variant(`v${index}`, weight, instances)))
        const total = shape.reduce((sum, { weight, instances }) => sum + (weight > 0 ? instances * most : 0), 0)
        const slots = createSlots(most)
        const held: Slot[] = []
        for (const { take, random } of steps) {
          const slot = take ? slots.take(all, random) : undefined
          if (slot) held.push(slot)
          else if (!take) held.pop()?.release()
          assert.equal(slots.free(all), total - held.length)
        }
      }),
    )
  })
})
