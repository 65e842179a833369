import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { MathFault } from './math-fault.ts'
import { parseExpression } from './metric-expression.ts'
import { createPlanner, type MetricQuery, type Plan, planQueries } from './metric-query.ts'

const minute = 60_000
const metric = (Id: string, Period = 60): MetricQuery => ({
  Id,
  MetricStat: { Metric: { Namespace: 'App', MetricName: Id }, Period, Stat: 'Sum' },
})
const at = (values: readonly (number | undefined)[]) =>
  new Map(values.flatMap((value, index) => (value === undefined ? [] : [[index * minute, value] as const])))

const data = new Map([
  ['m1', at([1, 2, 3, 4])],
  ['m2', at([10, undefined, 30, 0])],
])
const windows = { from: 0, to: 4 * minute, period: minute }

/** What an expression makes of the metrics above, minute by minute. */
function compute(Expression: string, more: readonly MetricQuery[] = []): (number | undefined)[] {
  const query: MetricQuery = { Id: 'e', Expression, Period: 60 }
  const queries = [metric('m1'), metric('m2'), query, ...more]
  const found = createPlanner(queries)(query).compute(data, windows)
  return [0, 1, 2, 3].map(index => found.get(index * minute))
}

const none = undefined
const table: readonly (readonly [expression: string, ...values: (number | undefined)[]])[] = [
  ['m1 + 1', 2, 3, 4, 5],
  ['2 ^ m1 ^ 1', 2, 4, 8, 16],
  ['-m1 * 2 + 10', 8, 6, 4, 2],
  ['100 * (m1 / m2)', 10, none, 10, none],
  ['m1 + m2', 11, none, 33, 4],
  ['m1 > 2 AND m1 < 4', 0, 0, 1, 0],
  ['m1 == 1 || m1 >= 4', 1, 0, 0, 1],
  ['ABS(m1 - 3)', 2, 1, 0, 1],
  ['CEIL(m1 / 2) + FLOOR(m1 / 2)', 1, 2, 3, 4],
  ['SUM(METRICS())', 11, 2, 33, 4],
  ['SUM(METRICS("m1"))', 1, 2, 3, 4],
  ['AVG([m1, m2])', 5.5, 2, 16.5, 2],
  ['MAX([m1, m2]) - MIN([m1, m2])', 9, 0, 27, 4],
  ['DATAPOINT_COUNT([m1, m2])', 2, 1, 2, 2],
  ['STDDEV([m1, m1])', 0, 0, 0, 0],
  ['m1 - AVG(m1)', -1.5, -0.5, 0.5, 1.5],
  ['m1 * METRIC_COUNT([m1, m2])', 2, 4, 6, 8],
  ['FILL(m2, 7)', 10, 7, 30, 0],
  ['FILL(m2, m1)', 10, 2, 30, 0],
  ['FILL(m2, REPEAT)', 10, 10, 30, 0],
  ['FILL(m2, LINEAR)', 10, 20, 30, 0],
  ['IF(m1 > 2, m1, 0)', 0, 0, 3, 4],
  ['IF(m1 > 2, m1)', none, none, 3, 4],
  ['IF(m1 > 2, m2, -1)', -1, -1, 30, 0],
  ['IF(SUM(m1) > 9, m1, 5)', 1, 2, 3, 4],
  ['IF(SUM(m1) > 10, m1, 5)', 5, 5, 5, 5],
  ['DIFF(m1) + DIFF_TIME(m1)', none, 61, 61, 61],
  ['RATE(m2) * 60', none, none, 10, -30],
  ['RUNNING_SUM(m1)', 1, 3, 6, 10],
  ['SUM(m1) / PERIOD(m1) * TIME_SERIES(60)', 10, 10, 10, 10],
  ['MINUTE(m1) + HOUR(m1) + DATE(m1) + MONTH(m1)', 2, 3, 4, 5],
  ['YEAR(m1) - 1970 + DAY(m1) + EPOCH(m1)', 4, 64, 124, 184],
  ['FIRST([m1, m2]) + LAST([m2, m1])', 2, 4, 6, 8],
  ['LOG10(m1 * 0 + 100) + LOG(m1 * 0 + 1)', 2, 2, 2, 2],
]
for (const [expression, ...values] of table)
  test(`${expression} is ${values.map(value => value ?? '-').join(' ')}`, () =>
    assert.deepEqual(compute(expression), values))

test('an expression may be made of others', () => {
  assert.deepEqual(compute('e1 * 2', [{ Id: 'e1', Expression: 'm1 + 1', ReturnData: false }]), [4, 6, 8, 10])
})

const refused: readonly (readonly [expression: string, fault: RegExp])[] = [
  ['m1 +', /a value is missing before "its end"/],
  ['(m1', /"\)" is missing/],
  ['m1 m2', /nothing may follow before "m2"/],
  ['m1 $ 2', /cannot be read from "\$ 2" on/],
  ['m3 + 1', /m3 is the Id of no query/],
  ['e + 1', /e is computed from itself/],
  ['SEARCH("x", "Sum")', /the function SEARCH is not served/],
  ['ANOMALY_DETECTION_BAND(m1)', /the function ANOMALY_DETECTION_BAND is not served/],
  ['NONE(m1)', /there is no function NONE/],
  ['ABS(m1, m2)', /ABS takes 1 values, not 2/],
  ['FILL(m1)', /FILL takes 2 values/],
  ['IF(METRICS(), 1)', /the condition of IF is a number or a metric/],
  ['METRICS() + METRICS()', /a list of metrics on both sides/],
  ['METRICS()', /it makes a list of metrics, not one metric/],
  ['SUM(m1)', /it makes a number, not one metric/],
  ['[1]', /a list holds metrics, not numbers/],
  ["'text'", /the text 'text' stands where a value is wanted/],
  [`${'('.repeat(60)}m1${')'.repeat(60)}`, /more than 50 levels deep/],
]
for (const [expression, fault] of refused)
  test(`refused: ${expression.slice(0, 40)}`, () =>
    assert.throws(
      () => compute(expression),
      (error: Error) => error instanceof MathFault && fault.test(error.message),
    ))

test('expressions that are made of one another twice each time are computed once each', () => {
  const chain = Array.from({ length: 400 }, (_, index) => ({
    Id: `e${index}`,
    Expression: index === 0 ? 'm1' : `e${index - 1} * 0.5 + e${index - 1} * 0.5`,
  }))
  const planned = planQueries([metric('m1'), ...chain], '111122223333')
  assert.equal(planned.fault, undefined)
  assert.deepEqual([...(planned.plans?.get('e399')?.compute(data, windows).values() ?? [])], [1, 2, 3, 4])
})

test('periods that differ, and an expression of no metric without one, are refused', () => {
  const fault = (...queries: MetricQuery[]) => planQueries(queries, '111122223333').fault
  assert.match(fault(metric('a'), metric('b', 300), { Id: 'e', Expression: 'a + b' }) ?? '', /periods of 60 and 300/)
  assert.match(fault({ Id: 'e', Expression: 'TIME_SERIES(1)' }) ?? '', /needs a Period/)
  assert.equal(fault({ Id: 'e', Expression: 'TIME_SERIES(1)', Period: 60 }), undefined)
})

test('whatever is written is read or refused in words', () => {
  const signs = fc.constantFrom(
    'm1',
    '1',
    '(',
    ')',
    '[',
    ']',
    ',',
    '+',
    '-',
    '^',
    '<',
    'SUM',
    'IF',
    "'x'",
    ' ',
    '==',
    '&',
  )
  fc.assert(
    fc.property(fc.array(signs, { maxLength: 30 }), parts => {
      try {
        parseExpression(parts.join(''))
      } catch (error) {
        assert.ok(error instanceof MathFault && error.message.length > 0)
      }
    }),
  )
})

test('sums and products of numbers are what JavaScript makes of them', () => {
  const leaf = fc.integer({ min: 0, max: 9 }).map(String)
  const { whole } = fc.letrec<{ whole: string }>(tie => ({
    whole: fc.oneof(
      { maxDepth: 5 },
      leaf,
      fc
        .tuple(tie('whole'), fc.constantFrom('+', '-', '*'), tie('whole'), fc.boolean())
        .map(([left, sign, right, isClosed]) => (isClosed ? `(${left} ${sign} ${right})` : `${left} ${sign} ${right}`)),
    ),
  }))
  fc.assert(
    fc.property(whole, text => {
      const [value] = compute(`TIME_SERIES(${text})`)
      assert.equal(value, runInNewContext(text))
    }),
  )
})

test('a list holds as many metrics as a request may ask for: lists of lists do not grow without a bound', () => {
  const query = (Id: string, Expression: string): MetricQuery => ({ Id, Period: 60, Expression })
  const list = (what: string, times: number) => `[${Array(times).fill(what).join()}]`
  const sumFirst = [query('sum', 'SUM(c)'), query('c', list('b', 600)), query('b', list('a', 600))]
  const { fault } = planQueries([metric('m1'), ...sumFirst, query('a', list('m1', 500))], 'here')
  assert.match(String(fault), /query sum: .*: a list holds more than 500 metrics/)
  assert.equal(planQueries([metric('m1'), query('sum', `SUM(${list('m1', 500)})`)], 'here').fault, undefined)
})

test('five hundred expressions of a thousand sums, each of the one before, cost what they are long', {
  timeout: 120_000,
}, () => {
  const chain = Array.from({ length: 499 }, (_, n) => ({
    ...{ Id: `e${n}`, Period: 60 },
    Expression: `${n === 0 ? 'm1' : `e${n - 1}`}${'+1'.repeat(1000)}`,
  }))
  const { plans } = planQueries([metric('m1'), ...chain], 'here') as { plans: ReadonlyMap<string, Plan> }
  assert.equal(plans.get('e0')?.work(1), 1 + 2001)
  assert.equal(plans.get('e498')?.work(1), 1 + 499 * 2001)
})

test('what an expression costs counts every metric of its lists', () => {
  const all: MetricQuery = { Id: 'all', Period: 60, Expression: 'SUM(METRICS() * 2)' }
  const { plans } = planQueries([...Array.from({ length: 10 }, (_, n) => metric(`m${n}`)), all], 'here') as {
    plans: ReadonlyMap<string, Plan>
  }
  // Ten metrics as they are read, asked for and doubled; the two; the sum.
  assert.equal(plans.get('all')?.work(1), 10 + 10 + 10 + 1 + 1)
})
