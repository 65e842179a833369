import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { inferenceUnits, mostUnits } from './inference-metering.ts'

const header = (ConsumedUnits: unknown, Dimension: unknown = 'inference.count') =>
  JSON.stringify({ Dimension, ConsumedUnits })

describe('what a container says its answer costs', () => {
  it('is taken for whole numbers up to the bound, which is included', () => {
    assert.deepEqual(
      [0, 1, 3, mostUnits].map(units => inferenceUnits(header(units))),
      [0, 1, 3, mostUnits].map(units => ({ units })),
    )
    assert.equal(mostUnits, 2_147_483_647)
  })

  it('is one inference when it says nothing', () => assert.deepEqual(inferenceUnits(undefined), { units: 1 }))

  it('is one inference, with the reason, when it is no such number', () => {
    for (const units of [mostUnits + 1, Number.MAX_SAFE_INTEGER, -1, 0.5, '3', null, undefined, [3]])
      assert.deepEqual(inferenceUnits(header(units)), {
        units: 1,
        ignored: 'ConsumedUnits is no whole number from 0 to 2147483647',
      })
  })

  it('is one inference, with the reason, for any other dimension', () => {
    for (const dimension of ['tokens', '', 'inference.count.m.i.c', 7, null])
      assert.deepEqual(inferenceUnits(header(3, dimension)), {
        units: 1,
        ignored: 'Dimension is not inference.count',
      })
  })

  it('is one inference, with the reason, for what is no object', () => {
    for (const text of ['', '{', 'null', 'three'])
      assert.deepEqual(inferenceUnits(text), { units: 1, ignored: 'it is no JSON object' })
  })

  it('is a number within the bound whatever a container sends', () => {
    const property = fc.property(fc.oneof(fc.string(), fc.json()), text => {
      const { units } = inferenceUnits(text)
      return Number.isInteger(units) && units >= 0 && units <= mostUnits
    })
    fc.assert(property)
  })
})
