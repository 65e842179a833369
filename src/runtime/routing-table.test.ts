import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createRoutingTable, pickVariant, type Route, type RouteVariant } from './routing-table.ts'

const variant = (weight: number, name = `weighs ${weight}`): RouteVariant => ({
  ...{ name, weight, direct: false, products: [], instances: [] },
})

const route = (more: Partial<Route> = {}): Route => ({
  ...{ arn: 'arn:1', account: '1', region: 'us-east-1', name: 'one', variants: [] },
  ...more,
})

describe('traffic', () => {
  it('goes to variants in proportion to their weights, to the last hair', () => {
    const variants = [variant(1), variant(0), variant(2), variant(5)]
    const picked = (random: number) => pickVariant(variants, random)?.weight
    assert.deepEqual([0, 0.1249, 0.125, 0.3749, 0.375, 0.9999].map(picked), [1, 1, 2, 2, 5, 5])
  })

  it('goes to each variant as often as its weight is of all weights', () => {
    const weights = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 6 })
    const property = fc.property(weights, given => {
      const variants = given.map((weight, index) => variant(weight, String(index)))
      const total = given.reduce((sum, weight) => sum + weight, 0)
      const counts = given.map(() => 0)
      // One look in the middle of each unit of weight.
      for (let unit = 0; unit < total; unit++) {
        const index = Number(pickVariant(variants, (unit + 0.5) / total)?.name)
        counts[index] = (counts[index] ?? 0) + 1
      }
      assert.deepEqual(counts, given)
    })
    fc.assert(property)
  })

  it('goes nowhere when every variant weighs nothing, and when there is none', () => {
    assert.equal(pickVariant([variant(0), variant(0)], 0), undefined)
    assert.equal(pickVariant([], 0), undefined)
  })
})

describe('a routing table', () => {
  it('tells endpoints of one name apart by account and region', () => {
    const table = createRoutingTable()
    const all = [route(), route({ account: '2' }), route({ region: 'eu-west-1' }), route({ name: 'two' })]
    for (const each of all) table.set(each)
    for (const each of all) assert.equal(table.get(each.account, each.region, each.name), each)
    assert.equal(table.get('3', 'us-east-1', 'one'), undefined)
  })

  it('forgets the endpoint that is taken away, and no other', () => {
    const table = createRoutingTable()
    const other = route({ arn: 'arn:2', name: 'two' })
    table.set(route())
    table.set(other)
    table.remove('arn:1')
    assert.deepEqual([table.get('1', 'us-east-1', 'one'), table.get('1', 'us-east-1', 'two')], [undefined, other])
  })

  it('hands a route to those who wait for it as soon as it is set', async () => {
    const table = createRoutingTable()
    const waiting = table.appear('1', 'us-east-1', 'one', 60_000)
    table.set(route({ name: 'two' }))
    const made = route()
    table.set(made)
    assert.equal(await waiting, made)
    assert.equal(await table.appear('1', 'us-east-1', 'one', 60_000), made)
  })

  it('lets as many wait for one route as come, without a warning', async () => {
    const warnings: Error[] = []
    const warned = (warning: Error) => void warnings.push(warning)
    process.on('warning', warned)
    const table = createRoutingTable()
    const waiting = Array.from({ length: 30 }, () => table.appear('1', 'us-east-1', 'one', 60_000))
    await new Promise(setImmediate)
    const made = route()
    table.set(made)
    for (const found of await Promise.all(waiting)) assert.equal(found, made)
    process.off('warning', warned)
    assert.deepEqual(warnings, [])
  })

  it('tells those who wait in vain that there is none', async () => {
    assert.equal(await createRoutingTable().appear('1', 'us-east-1', 'one', 1), undefined)
  })
})
