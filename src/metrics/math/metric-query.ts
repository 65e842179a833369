import type * as Sdk from '@aws-sdk/client-cloudwatch'
import type { Kysely } from 'kysely'
import type { ServiceError } from '../../ground/errors.ts'
import type { Input } from '../../service/operation.ts'
import type { Database } from '../../store/database.ts'
import { writeDimensions } from '../series.ts'
import { findSeries, isPeriod, readWindows, type Windows } from '../series-data.ts'
import { needsValues, parseStatistic } from '../statistic.ts'
import { evaluate } from './evaluate-expression.ts'
import { MathFault } from './math-fault.ts'
import { type Expression, parseExpression } from './metric-expression.ts'
import { isSeries, type Series, type Value } from './series-value.ts'

/** A query of GetMetricData, or of the Metrics of an alarm. */
export type MetricQuery = Input<typeof Sdk, 'GetMetricData'>['MetricDataQueries'][number]
export type MetricStat = NonNullable<MetricQuery['MetricStat']>

/** Whose metrics, and where. */
export interface Place {
  readonly account: string
  readonly region: string
}

/** A datapoint, and of how many samples it is. */
export interface MetricPoint {
  readonly time: number
  readonly value: number
  readonly samples: number
}

/** The datapoints of a metric, in order of time. */
export async function readMetric(
  db: Kysely<Database>,
  { account, region }: Place,
  { Metric, Stat, Unit }: MetricStat,
  windows: Windows,
): Promise<MetricPoint[]> {
  const name = { namespace: Metric.Namespace ?? '', name: Metric.MetricName ?? '' }
  const dimensions = writeDimensions(Metric.Dimensions ?? [])
  const series = await findSeries(db, { account, region, ...name, dimensions, ...(Unit && { unit: Unit }) })
  const of = parseStatistic(Stat)
  const ids = series.map(({ id }) => id)
  const found = await readWindows(db, ids, windows, needsValues(Stat))
  return found.flatMap(({ time, bucket }) => {
    const value = of(bucket)
    return value === undefined ? [] : [{ time, value, samples: bucket.count }]
  })
}

/** What an expression asks for: the metrics that it needs, whichever way, and the one period that they have. */
export interface Plan {
  readonly needs: readonly MetricQuery[]
  /** Seconds. */
  readonly period: number
  /** How many datapoints all its parts come to for so many periods. */
  work(periods: number): number
  /** From what was read of the metrics it needs, by their Ids. Throws MathFault when the result is no metric. */
  compute(data: ReadonlyMap<string, Series>, windows: Windows): Series
}

/** How each expression of some queries is computed, which throws MathFault for one that cannot be, whatever the data. */
export function createPlanner(queries: readonly MetricQuery[]): (query: MetricQuery) => Plan {
  const byId = new Map(queries.map(query => [query.Id, query]))
  const parsed = new Map<string, Parsed>()
  /** How many metrics the parts of an expression make, those of its own alone: a list of three makes three. */
  const made = new Map<string, number>()
  let making = 0
  const closures = new Map<string, ReadonlySet<MetricQuery>>()
  const nothing: Results = new Map()

  const parsedOf = (query: MetricQuery): Parsed => {
    const found = parsed.get(query.Id) ?? readExpression(query.Expression ?? '')
    parsed.set(query.Id, found)
    return found
  }

  /** A query and all that it is made of. */
  const closureOf = (query: MetricQuery, within: readonly string[]): ReadonlySet<MetricQuery> => {
    const known = closures.get(query.Id)
    if (known) return known
    if (within.includes(query.Id)) throw new MathFault(`${query.Id} is computed from itself.`)
    const found = new Set([query])
    const { names, holding } = query.MetricStat ? nothingAsked : parsedOf(query)
    const asked = [...names].flatMap(name => byId.get(name) ?? [])
    for (const each of [...asked, ...[...holding].flatMap(text => metricsOf(queries, text))])
      for (const part of closureOf(each, [...within, query.Id])) found.add(part)
    closures.set(query.Id, found)
    return found
  }

  const compute = (query: MetricQuery, data: ReadonlyMap<string, Series>, windows: Windows, known: Results): Series => {
    const count = Math.ceil((windows.to - windows.from) / windows.period)
    const times = Array.from({ length: count }, (_, index) => windows.from + index * windows.period)
    const computed = (asked: MetricQuery): Value => {
      const outer = making
      making = 0
      const found = evaluate(parsedOf(asked).expression, scope)
      made.set(asked.Id, making)
      making = outer
      return found
    }
    const result = (id: string): Value | undefined => {
      const asked = byId.get(id)
      if (!asked) return undefined
      const found = known.get(id) ?? (asked.MetricStat ? (data.get(id) ?? new Map()) : computed(asked))
      known.set(id, found)
      return found
    }
    const metrics = (holding: string) => metricsOf(queries, holding).map(({ Id }) => data.get(Id) ?? new Map())
    const note = (metrics: number) => {
      making += metrics
    }
    const scope = { times, period: windows.period / 1000, result, metrics, note }
    const found = result(query.Id)
    if (found !== undefined && isSeries(found)) return found
    throw new MathFault(`it makes ${typeof found === 'number' ? 'a number' : 'a list of metrics'}, not one metric.`)
  }

  return query => {
    const parts = [...closureOf(query, [])]
    const needs = parts.filter(({ MetricStat: stat }) => stat)
    // What is wrong with it is wrong whatever the data.
    compute(query, new Map(), { from: 0, to: 0, period: 60_000 }, nothing)
    const period = periodOf(query, needs)
    const all = parts.reduce((sum, { Id }) => sum + (made.get(Id) ?? 1), 0)
    return {
      ...{ needs, period },
      work: periods => periods * all,
      compute: (data, windows) => compute(query, data, windows, new Map()),
    }
  }
}

/** What was computed already. */
type Results = Map<string, Value>

const metricsOf = (queries: readonly MetricQuery[], holding: string): MetricQuery[] =>
  queries.filter(({ MetricStat: stat, Id }) => stat && Id.includes(holding))

/** An expression, with the Ids that it names and the texts by which it asks for `METRICS`. */
interface Parsed {
  readonly expression: Expression
  readonly names: ReadonlySet<string>
  readonly holding: ReadonlySet<string>
}

const nothingAsked = { names: new Set<string>(), holding: new Set<string>() }

function readExpression(source: string): Parsed {
  const expression = parseExpression(source)
  const [names, holding] = [new Set<string>(), new Set<string>()]
  // Not by recursion: a thousand sums stand in one another.
  for (const open = [expression]; open.length > 0; ) {
    const node = open.pop() as Expression
    if (node.kind === 'name') names.add(node.name)
    else if (node.kind === 'call' && node.name === 'METRICS') holding.add(askedText(node.given[0]))
    open.push(...partsOf(node).toReversed())
  }
  return { expression, names, holding }
}

const askedText = (given: Expression | undefined): string => (given?.kind === 'text' ? given.value : '')

function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'minus':
      return [expression.of]
    case 'binary':
      return [expression.left, expression.right]
    case 'list':
      return expression.items
    case 'call':
      return expression.given
    default:
      return []
  }
}

function periodOf({ Period }: MetricQuery, needs: readonly MetricQuery[]): number {
  const periods = new Set(
    [...needs.map(({ MetricStat: stat }) => stat?.Period), Period].filter(one => one !== undefined),
  )
  const [first, ...more] = [...periods]
  if (first === undefined) throw new MathFault('an expression of no metric needs a Period.')
  if (more.length > 0)
    throw new MathFault(`periods of ${[...periods].join(' and ')} seconds in one expression are not served.`)
  return first
}

/** What is wrong with a query of GetMetricData or of an alarm, or not served of it. */
function queryFault(
  { Id, Expression: expression, MetricStat: stat, Label, Period, AccountId }: MetricQuery,
  account: string,
): string | undefined {
  if (!/^[a-z]\w*$/.test(Id))
    return 'its Id must begin with a lower-case letter and hold letters, digits and underscores only.'
  if (expression !== undefined && stat !== undefined) return 'it may have an Expression or a MetricStat, not both.'
  if (AccountId !== undefined && AccountId !== account) return `account ${AccountId} is not linked to this one.`
  if (Label?.includes('${')) return `dynamic labels are not served: ${Label}`
  const period = stat?.Period ?? Period
  if (period !== undefined && !isPeriod(period))
    return `its Period ${period} must be 1, 5, 10, 20, 30 or a multiple of 60, at most 86400.`
  if (expression !== undefined) return undefined
  if (!stat) return 'it needs a MetricStat or an Expression.'
  if (Period !== undefined) return 'its Period belongs into MetricStat.'
  if (!stat.Metric.Namespace || !stat.Metric.MetricName) return 'its Metric needs a Namespace and a MetricName.'
  return statisticFault(stat.Stat)
}

function statisticFault(name: string): string | undefined {
  try {
    parseStatistic(name)
  } catch (error) {
    return (error as ServiceError).message
  }
}

/** What is wrong with the queries of one request, or how its expressions are computed, by their Ids. */
export function planQueries(
  queries: readonly MetricQuery[],
  account: string,
): { readonly fault: string } | { readonly fault?: undefined; readonly plans: ReadonlyMap<string, Plan> } {
  const ids = new Set<string>()
  const planner = createPlanner(queries)
  const plans = new Map<string, Plan>()
  for (const query of queries) {
    if (ids.has(query.Id)) return { fault: `The Id ${query.Id} is in MetricDataQueries more than once.` }
    ids.add(query.Id)
    const fault = queryFault(query, account)
    if (fault) return { fault: `The query ${query.Id}: ${fault}` }
  }
  for (const query of queries.filter(({ Expression: expression }) => expression !== undefined))
    try {
      plans.set(query.Id, planner(query))
    } catch (error) {
      if (!(error instanceof MathFault)) throw error
      return { fault: `The query ${query.Id}: Expression ${query.Expression}: ${error.message}` }
    }
  return { plans }
}

/** Reads what an expression needs and computes it. `between` gives others their turn. Throws MathFault. */
export async function readPlan(
  db: Kysely<Database>,
  place: Place,
  plan: Plan,
  windows: Windows,
  between: () => Promise<unknown>,
): Promise<Series> {
  const data = new Map<string, Series>()
  for (const { Id, MetricStat: stat } of plan.needs) {
    await between()
    const points = await readMetric(db, place, stat as MetricStat, windows)
    data.set(Id, new Map(points.map(({ time, value }) => [time, value])))
  }
  return plan.compute(data, windows)
}
