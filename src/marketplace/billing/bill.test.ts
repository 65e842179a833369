import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import Big from 'big.js'
import fc from 'fast-check'
import { requests } from '../dimension.ts'
import { type BillLine, billUsage, type Pricing, type Usage } from './bill.ts'
import { minutesBegun } from './minutes-begun.ts'

const day = 86_400_000
const start = Date.parse('2026-11-20T12:00:00Z')
const training = 'ml.m5.large.a.t'

interface Run {
  readonly started: number
  readonly stopped: number
  readonly instances: number
}

const usageOf = (runs: readonly Run[], counts: readonly { at: number; units: number }[] = []): Usage => ({
  dimensions: [...(runs.length > 0 ? [training] : []), ...(counts.length > 0 ? [requests] : [])],
  first: Math.min(...runs.map(run => run.started), ...counts.map(count => count.at)),
  async amount(dimension, from, to) {
    if (dimension === requests)
      return BigInt(counts.filter(({ at }) => at >= from && at < to).reduce((sum, { units }) => sum + units, 0))
    return BigInt(runs.reduce((sum, run) => sum + run.instances * minutesBegun(run.started, run.stopped, from, to), 0))
  },
})

const rate = (dimension: string, price: string, announced = start, effective = announced) => ({
  dimension,
  price,
  announced,
  effective,
})
const pricing = (more: Partial<Pricing> = {}): Pricing => ({
  accepted: start,
  rates: [rate(training, '0.60'), rate(requests, '0.001')],
  ...more,
})
const total = (lines: readonly BillLine[]) => lines.reduce((sum, line) => sum.plus(line.amount), Big(0)).toFixed()

describe('minutes', () => {
  it('count when they begin', () => {
    const minutes = (ms: number) => minutesBegun(start, start + ms, 0, start + day)
    assert.deepEqual([0, 1, 60_000, 60_001, 3_600_000].map(minutes), [0, 1, 1, 2, 60])
  })

  it('of a time cut into pieces add up to those of the whole', () => {
    const property = fc.property(
      fc.integer({ min: 0, max: 10_000_000 }),
      fc.array(fc.integer({ min: -1_000_000, max: 11_000_000 }), { maxLength: 6 }),
      (length, cuts) => {
        const edges = [start - day, ...cuts.map(cut => start + cut).sort((one, other) => one - other), start + day]
        const pieces = edges.slice(1).map((to, at) => minutesBegun(start, start + length, edges[at] as number, to))
        assert.equal(
          pieces.reduce((sum, minutes) => sum + minutes, 0),
          Math.ceil(length / 60_000),
        )
      },
    )
    fc.assert(property)
  })
})

describe('a bill', () => {
  it('prorates hours by the minute and multiplies instances, exactly', async () => {
    const lines = await billUsage(
      usageOf([{ started: start, stopped: start + 61_000, instances: 3 }]),
      pricing(),
      start,
      start + day,
    )
    assert.deepEqual(lines, [
      {
        month: { year: 2026, month: 11 },
        dimension: training,
        unit: 'minutes',
        units: 6n,
        freeUnits: 0n,
        price: '0.60',
        amount: '0.06',
      },
    ])
  })

  it('rounds a line to 8 decimals and nothing else', async () => {
    const runs = Array.from({ length: 7 }, (_, at) => ({
      started: start + at * 600_000,
      stopped: start + at * 600_000 + 1,
      instances: 1,
    }))
    const lines = await billUsage(usageOf(runs), pricing({ rates: [rate(training, '0.10')] }), start, start + day)
    assert.equal(total(lines), '0.01166667')
  })

  it('counts requests by the unit', async () => {
    const lines = await billUsage(
      usageOf(
        [],
        [
          { at: start, units: 3 },
          { at: start + 1, units: 4 },
        ],
      ),
      pricing(),
      start,
      start + day,
    )
    assert.equal(total(lines), '0.007')
  })

  it('uses the trial first, then the price, in the order of time', async () => {
    const trial = { ends: start + 5 * day, quotas: new Map([[requests, 100n]]) }
    const counts = [
      { at: start + 1, units: 80 },
      { at: start + day, units: 50 },
      { at: start + 6 * day, units: 10 },
    ]
    const lines = await billUsage(usageOf([], counts), pricing({ trial }), start, start + 9 * day)
    assert.deepEqual(
      lines.map(({ units, freeUnits }) => [units, freeUnits]),
      [[140n, 100n]],
    )
    assert.equal(total(lines), '0.04')
  })

  it('does not carry what is left of a trial beyond its end', async () => {
    const trial = { ends: start + day, quotas: new Map([[requests, 100n]]) }
    const counts = [
      { at: start + 1, units: 10 },
      { at: start + 2 * day, units: 10 },
    ]
    assert.equal(total(await billUsage(usageOf([], counts), pricing({ trial }), start, start + 9 * day)), '0.01')
  })

  it('carries what is left of a trial over the end of a month, and no more than that', async () => {
    const trial = { ends: start + 14 * day, quotas: new Map([[requests, 100n]]) }
    const counts = [
      { at: start + day, units: 80 },
      { at: start + 11 * day, units: 15 },
      { at: start + 13 * day, units: 25 },
    ]
    const lines = await billUsage(usageOf([], counts), pricing({ trial }), start, start + 60 * day)
    assert.deepEqual(
      lines.map(({ month, units, freeUnits, amount }) => [month.month, units, freeUnits, amount]),
      [
        [11, 80n, 80n, '0'],
        [12, 40n, 20n, '0.02'],
      ],
    )
  })

  it('is free without a bound in a trial that names none, to its last millisecond, and for no other dimension', async () => {
    const trial = { ends: start + day, quotas: new Map([[requests, 'unlimited' as const]]) }
    const counts = [
      { at: start + day - 1, units: 7_000_000 },
      { at: start + day, units: 1000 },
    ]
    const runs = [{ started: start, stopped: start + 3_600_000, instances: 1 }]
    const lines = await billUsage(usageOf(runs, counts), pricing({ trial }), start, start + 9 * day)
    assert.deepEqual(
      lines.map(({ dimension, units, freeUnits, amount }) => [dimension, units, freeUnits, amount]),
      [
        [training, 60n, 0n, '0.6'],
        [requests, 7_001_000n, 7_000_000n, '1'],
      ],
    )
  })

  it('uses up no trial for what a contract has paid', async () => {
    const trial = { ends: start + 5 * day, quotas: new Map([[requests, 100n]]) }
    const contract = { ends: start + 2 * day, dimensions: new Set([requests]) }
    const counts = [
      { at: start + day, units: 1000 },
      { at: start + 3 * day, units: 130 },
    ]
    const lines = await billUsage(usageOf([], counts), pricing({ trial, contract }), start, start + 9 * day)
    assert.deepEqual(
      lines.map(({ units, freeUnits, amount }) => [units, freeUnits, amount]),
      [[1130n, 1100n, '0.03']],
    )
  })

  it('has no line for what was not used, and prices what has no price at nothing', async () => {
    const nothing = await billUsage(usageOf([], [{ at: start + day, units: 1 }]), pricing(), start, start + day)
    assert.deepEqual(nothing, [])
    const [line] = await billUsage(usageOf([], [{ at: start, units: 3 }]), pricing({ rates: [] }), start, start + day)
    assert.deepEqual([line?.unit, line?.price, line?.amount, line?.units], ['requests', '0', '0', 3n])
  })

  it('has a line for each price in a month, the newest of those that hold at once', async () => {
    const rates = [
      rate(requests, '1', start - 2),
      rate(requests, '2', start, start),
      rate(requests, '3', start, start),
      rate(requests, '4', start + 1, start + 100),
    ]
    const counts = [
      { at: start, units: 1 },
      { at: start + 99, units: 1 },
      { at: start + 100, units: 1 },
      { at: start + 5000, units: 1 },
    ]
    const lines = await billUsage(usageOf([], counts), pricing({ rates }), start, start + day)
    assert.deepEqual(
      lines.map(({ units, price }) => [units, price]),
      [
        [2n, '3'],
        [2n, '4'],
      ],
    )
  })

  it('takes a price that was announced as the buyer accepted, though for others it holds later', async () => {
    const rates = [rate(requests, '1', start - 1), rate(requests, '2', start, start + 90 * day)]
    assert.equal(
      total(await billUsage(usageOf([], [{ at: start, units: 1 }]), pricing({ rates }), start, start + day)),
      '2',
    )
  })

  it('rounds half of the eighth decimal up', async () => {
    const lines = await billUsage(
      usageOf([{ started: start, stopped: start + 60_000, instances: 3 }]),
      pricing({ rates: [rate(training, '0.0000001')] }),
      start,
      start + day,
    )
    // Three minutes at a ten-millionth an hour are five billionths: half a unit of the eighth decimal.
    assert.equal(total(lines), '0.00000001')
  })

  it('is free of charge while a contract lasts, for what it grants', async () => {
    const contract = { ends: start + day, dimensions: new Set([training]) }
    const runs = [{ started: start + day - 3_600_000, stopped: start + day + 3_600_000, instances: 1 }]
    const lines = await billUsage(
      usageOf(runs, [{ at: start, units: 10 }]),
      pricing({ contract }),
      start,
      start + 9 * day,
    )
    assert.equal(total(lines), '0.61')
  })

  it('takes the price that holds: announced before the acceptance at once, afterwards when it is effective', async () => {
    const runs = [{ started: start, stopped: start + 4 * 3_600_000, instances: 1 }]
    const rates = [
      rate(training, '1', start - 10, start + 90 * day),
      rate(training, '2', start + 1, start + 3_600_000),
      rate(training, '4', start + 2, start + 2 * 3_600_000),
      rate(training, '8', start + 3, start + 90 * day),
    ]
    assert.equal(total(await billUsage(usageOf(runs), pricing({ rates }), start, start + day)), '11')
  })

  it('is the sum of its months, however it is cut', async () => {
    const run = fc.record({
      started: fc.integer({ min: 0, max: 80 * day }),
      length: fc.integer({ min: 0, max: 3 * day }),
      instances: fc.integer({ min: 1, max: 4 }),
    })
    const property = fc.asyncProperty(
      fc.array(run, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 0, max: 90 * day }),
      async (given, cut) => {
        const runs = given.map(({ started, length, instances }) => ({
          started: start + started,
          stopped: start + started + length,
          instances,
        }))
        const minutes = (lines: readonly BillLine[]) => lines.reduce((sum, line) => sum + Number(line.units), 0)
        const whole = await billUsage(usageOf(runs), pricing(), start, start + 100 * day)
        const before = await billUsage(usageOf(runs), pricing(), start, start + cut)
        const after = await billUsage(usageOf(runs), pricing(), start + cut, start + 100 * day)
        assert.equal(minutes(before) + minutes(after), minutes(whole))
        assert.equal(
          minutes(whole),
          given.reduce((sum, { length, instances }) => sum + instances * Math.ceil(length / 60_000), 0),
        )
      },
    )
    await fc.assert(property, { numRuns: 30 })
  })
})
