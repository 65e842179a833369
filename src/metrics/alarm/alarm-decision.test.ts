import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AlarmRule, type AlarmState, type Comparison, decideAlarm, rangeOf, treatments } from './alarm-decision.ts'

const rule = (change: Partial<AlarmRule> = {}): AlarmRule => ({
  ...{
    comparison: 'GreaterThanThreshold',
    threshold: 5,
    evaluationPeriods: 3,
    datapointsToAlarm: 3,
    missing: 'missing',
  },
  ...change,
})

/** As the guide writes datapoints: 0 does not breach, X does, - is missing; the newest on the right. */
const range = (text: string, samples?: number) =>
  text
    .split(' ')
    .map((sign, time) =>
      sign === '-' ? undefined : { time, value: sign === 'X' ? 9 : 0, ...(samples !== undefined && { samples }) },
    )

type Row = readonly [data: string, filled: number, ...states: readonly (AlarmState | undefined)[]]
const retained = undefined

/** CloudWatch User Guide, "How alarm state is evaluated when data is missing": missing, ignore, breaching, notBreaching. */
const tables: Readonly<Record<number, readonly Row[]>> = {
  3: [
    ['0 - X - X', 0, 'OK', 'OK', 'OK', 'OK'],
    ['0 - - - -', 2, 'OK', 'OK', 'OK', 'OK'],
    ['- - - - -', 3, 'INSUFFICIENT_DATA', retained, 'ALARM', 'OK'],
    ['0 X X - X', 0, 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['- - X - -', 2, 'ALARM', retained, 'ALARM', 'OK'],
  ],
  2: [
    ['0 - X - X', 0, 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['0 0 X 0 X', 0, 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['0 - X - -', 1, 'OK', 'OK', 'ALARM', 'OK'],
    ['- - - - 0', 2, 'OK', 'OK', 'ALARM', 'OK'],
    ['- - - X -', 2, 'ALARM', retained, 'ALARM', 'OK'],
  ],
}

for (const [datapoints, rows] of Object.entries(tables))
  for (const [data, filled, ...states] of rows)
    for (const [index, missing] of treatments.entries())
      test(`${datapoints} out of 3, ${missing}: ${data} is ${states[index] ?? 'as it was'}`, () => {
        const decision = decideAlarm(rule({ datapointsToAlarm: Number(datapoints), missing }), range(data))
        assert.equal(decision.state, states[index])
        assert.equal(decision.filled, filled)
      })

test('what may yet turn out well is no alarm: the premature ones of the guide', () => {
  for (const data of ['- - - - X', '- - - X -', '- - - X 0', '- - X - 0'])
    assert.equal(decideAlarm(rule(), range(data)).state, 'OK', data)
})

test('five periods are looked at for three', () => assert.equal(rangeOf(rule()), 5))

test('each comparison holds at its edge or not', () => {
  const edge: Readonly<Record<Comparison, AlarmState>> = {
    GreaterThanOrEqualToThreshold: 'ALARM',
    GreaterThanThreshold: 'OK',
    LessThanThreshold: 'OK',
    LessThanOrEqualToThreshold: 'ALARM',
  }
  for (const [comparison, state] of Object.entries(edge)) {
    const one = rule({ comparison: comparison as Comparison, evaluationPeriods: 1, datapointsToAlarm: 1 })
    assert.equal(decideAlarm(one, [undefined, { time: 0, value: 5 }]).state, state)
  }
})

test('a percentile of few samples leaves the state, when few are not to be evaluated', () => {
  const all = range('X X X', 99)
  assert.equal(decideAlarm(rule({ leastSamples: 100 }), all).state, undefined)
  assert.equal(decideAlarm(rule({ leastSamples: 99 }), all).state, 'ALARM')
})

test('the newest datapoints are told first', () => {
  const { points, breaching } = decideAlarm(rule(), range('X X 0 X X'))
  assert.deepEqual([points.map(({ time }) => time), breaching], [[4, 3, 2], 2])
})
