import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decideScaling, type PolicyCall, type ScalingSituation, trackedCapacity } from './scaling-decision.ts'
import { aggregate, stepCapacity } from './step-adjustment.ts'

const minute = 60_000
const situation = (change: Partial<ScalingSituation> = {}): ScalingSituation => ({
  ...{ now: 100 * minute, capacity: 2, least: 1, most: 10, isInSuspended: false, isOutSuspended: false },
  ...{ calls: [], isHeld: false, ...change },
})

/** A policy that tracks 100, called with a value. */
const track = (tracks: 'high' | 'low', value: number, change: Partial<PolicyCall> = {}): PolicyCall => ({
  ...{
    policyArn: 'arn',
    policyName: 'p',
    alarm: `a-${tracks}`,
    tracks,
    cooldownOut: 5 * minute,
    cooldownIn: 5 * minute,
  },
  wants: capacity => trackedCapacity(capacity, value, 100),
  ...change,
})
const steps = (by: number, change: Partial<PolicyCall> = {}): PolicyCall => {
  const { tracks: _, ...rest } = track('high', 0)
  return { ...rest, policyName: 's', wants: capacity => capacity + by, ...change }
}
const nothing = 'nothing'
const ago = (minutes: number, from: number) => ({ at: (100 - minutes) * minute, from })

const table: readonly (readonly [what: string, given: ScalingSituation, expected: number | string])[] = [
  ['nobody calls', situation(), nothing],
  ['nothing to do, and none may be left', situation({ least: 0, calls: [track('low', 0)] }), 0],
  ['nothing to do, and one must be left', situation({ calls: [track('low', 0)] }), 1],
  ['none, and more to do than one could', situation({ capacity: 0, least: 0, calls: [track('high', 250)] }), 3],
  ['none, and one is asked for', situation({ capacity: 0, least: 0, calls: [steps(1)] }), 1],
  ['below the least', situation({ capacity: 1, least: 3 }), 3],
  ['above the most', situation({ capacity: 5, most: 3, calls: [track('high', 900)] }), 3],
  ['bounds hold while scaling is suspended', situation({ capacity: 1, least: 3, isOutSuspended: true }), 3],
  ['one and a half times the target', situation({ calls: [track('high', 150)] }), 3],
  ['far above the target goes to the most at once', situation({ calls: [track('high', 2000)] }), 10],
  ['at the most already', situation({ capacity: 10, calls: [track('high', 150)] }), 'AlreadyAtMaxCapacity'],
  ['a little above the target', situation({ capacity: 2, calls: [track('high', 100)] }), 'AlreadyAtDesiredCapacity'],
  ['half the target', situation({ capacity: 4, calls: [track('low', 50)] }), 2],
  [
    'nine tenths of the target would be above it',
    situation({ calls: [track('low', 90)] }),
    'AutoScalingAnticipatedFlapping',
  ],
  ['nothing is asked any more', situation({ capacity: 4, calls: [track('low', 0)] }), 1],
  ['at the least already', situation({ capacity: 2, least: 2, calls: [track('low', 10)] }), 'AlreadyAtMinCapacity'],
  ['scaling in is suspended', situation({ capacity: 4, isInSuspended: true, calls: [track('low', 50)] }), nothing],
  ['scaling out is suspended', situation({ isOutSuspended: true, calls: [track('high', 150)] }), nothing],
  ['out wins over in', situation({ capacity: 4, calls: [track('low', 25), track('high', 150)] }), 6],
  ['the most of several', situation({ calls: [track('high', 150), track('high', 210), steps(1)] }), 5],
  ['in only as far as all agree', situation({ capacity: 8, calls: [track('low', 25), track('low', 50)] }), 4],
  ['another policy does not want fewer', situation({ capacity: 8, isHeld: true, calls: [track('low', 25)] }), nothing],
  ['steps go in whoever tracks', situation({ capacity: 8, isHeld: true, calls: [steps(-2)] }), 6],
  // Two were four minutes ago made four, whose metrics are not all there yet: what was added is part of what is wanted.
  [
    'cooling from 2, the same again',
    situation({ capacity: 4, calls: [track('high', 200, { out: ago(4, 2) })] }),
    nothing,
  ],
  ['cooling from 2, much more', situation({ capacity: 4, calls: [track('high', 300, { out: ago(4, 2) })] }), 6],
  ['cooled down', situation({ capacity: 4, calls: [track('high', 200, { out: ago(5, 2) })] }), 8],
  ['steps that cool, the same step', situation({ capacity: 3, calls: [steps(1, { out: ago(1, 2) })] }), nothing],
  ['steps that cool, a larger one', situation({ capacity: 3, calls: [steps(4, { out: ago(1, 2) })] }), 6],
  ['went in just now', situation({ capacity: 4, calls: [track('low', 50, { in: ago(1, 6) })] }), nothing],
  ['went in long ago', situation({ capacity: 4, calls: [track('low', 50, { in: ago(6, 6) })] }), 2],
  [
    'went in just now, and is wanted again',
    situation({ capacity: 4, calls: [track('high', 150, { in: ago(1, 6) })] }),
    6,
  ],
]
for (const [what, given, expected] of table)
  test(`${what}: ${expected}`, () => {
    const decision = decideScaling(given)
    const found = decision.do === 'scale' ? decision.to : decision.do === 'tell' ? decision.reason.Code : nothing
    assert.equal(found, expected)
  })

test('who caused it is told as AWS tells it', () => {
  const decision = decideScaling(situation({ calls: [track('high', 150)] }))
  assert.equal(decision.do === 'scale' && decision.cause, 'monitor alarm a-high in state ALARM triggered policy p')
  const bound = decideScaling(situation({ capacity: 1, least: 2 }))
  assert.equal(bound.do === 'scale' && bound.cause, 'minimum capacity was set to 2')
})

const intervals = [
  { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 10, ScalingAdjustment: 10 },
  { MetricIntervalLowerBound: 10, ScalingAdjustment: 30 },
  { MetricIntervalLowerBound: -10, MetricIntervalUpperBound: 0, ScalingAdjustment: -10 },
  { MetricIntervalUpperBound: -10, ScalingAdjustment: -30 },
]
const percent = { AdjustmentType: 'PercentChangeInCapacity', StepAdjustments: intervals } as const
const stepTable: readonly (readonly [what: string, found: number | undefined, expected: number | undefined])[] = [
  ['the lower bound is in above', stepCapacity(percent, 10, 10), 13],
  ['the upper bound is not', stepCapacity(percent, 10, 9.9), 11],
  ['the threshold itself', stepCapacity(percent, 10, 0), 11],
  ['the upper bound is in below', stepCapacity(percent, 10, -10), 7],
  ['between', stepCapacity(percent, 10, -9), 9],
  ['3.9 more are 3', stepCapacity(percent, 13, 20), 16],
  ['0.1 more is 1', stepCapacity(percent, 1, 5), 2],
  ['0.3 fewer is 1', stepCapacity(percent, 1, -20), 0],
  ['at least so many', stepCapacity({ ...percent, MinAdjustmentMagnitude: 4 }, 10, 5), 14],
  ['in numbers', stepCapacity({ AdjustmentType: 'ChangeInCapacity', StepAdjustments: intervals }, 2, 5), 12],
  ['exactly', stepCapacity({ AdjustmentType: 'ExactCapacity', StepAdjustments: intervals }, 2, 5), 10],
  ['no step is for it', stepCapacity({ ...percent, StepAdjustments: intervals.slice(1, 2) }, 2, 5), undefined],
  ['the average', aggregate([1, 2, 6]), 3],
  ['the least', aggregate([1, 2, 6], 'Minimum'), 1],
  ['the most', aggregate([1, 2, 6], 'Maximum'), 6],
]
for (const [what, found, expected] of stepTable) test(`steps: ${what}`, () => assert.equal(found, expected))

test('whatever is asked, what comes out is between the bounds, and another number than before', () => {
  const number = fc.integer({ min: 1, max: 20 })
  const call = fc
    .tuple(fc.constantFrom('high' as const, 'low' as const), fc.integer({ min: 0, max: 1000 }), fc.boolean(), number)
    .map(([tracks, value, cools, from]) => track(tracks, value, cools ? { out: ago(1, from), in: ago(1, from) } : {}))
  fc.assert(
    fc.property(number, number, number, fc.array(call, { maxLength: 4 }), (capacity, a, b, calls) => {
      const [least, most] = [Math.min(a, b), Math.max(a, b)]
      const decision = decideScaling(situation({ capacity, least, most, calls }))
      if (decision.do === 'scale') assert.ok(decision.to >= least && decision.to <= most && decision.to !== capacity)
    }),
  )
})
