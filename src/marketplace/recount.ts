import Big from 'big.js'
import type { Kysely } from 'kysely'
import type { Database } from '../store/database.ts'
import { type Agreement, coversUntil } from './agreement.ts'
import type { Pricing } from './billing.ts'
import { monthOf } from './billing-month.ts'
import { isHourly } from './dimension.ts'
import { lineKey } from './ledger.ts'
import type { PriceChange } from './pricing.ts'
import { pricingOf } from './statement.ts'

/** What was used of a line, and what it comes to. */
export interface Counted {
  readonly units: number
  readonly freeUnits: number
  readonly amount: Big
}

/** All of an agreement's facts, counted one by one. */
export interface Recount {
  readonly facts: number
  readonly lines: ReadonlyMap<string, Counted>
}

/**
 * The usage of an agreement up to a time, counted minute by minute and request by request: a second way to what `billUsage` sums in
 * SQL and cuts into pieces, to hold one against the other. Slow by design; shares the prices and nothing of the reckoning.
 */
export async function recount(db: Kysely<Database>, agreement: Agreement, until: number): Promise<Recount> {
  const to = Math.min(await coversUntil(db, agreement), until)
  const tally = openTally(await pricingOf(db, agreement))
  const from = agreement.covers_from
  let facts = 0
  for await (const fact of runningFacts(db, agreement, to)) {
    facts++
    const end = Math.min(to, Number(fact.stopped))
    for (let minute = Number(fact.started); minute < end; minute += 60_000)
      if (minute >= from) tally.add(fact.dimension, minute, fact.instances)
  }
  for await (const fact of inferenceFacts(db, agreement, to)) {
    facts++
    tally.add(fact.dimension, Number(fact.at), Number(fact.units))
  }
  return { facts, lines: tally.lines() }
}

const runningFacts = (db: Kysely<Database>, { acceptor, product, covers_from }: Agreement, to: number) =>
  db
    .selectFrom('market_running')
    .select(['dimension', 'started', 'stopped', 'instances'])
    .where('account', '=', acceptor)
    .where('product', '=', product)
    .where('stopped', '>', covers_from)
    .where('started', '<', to)
    .stream(1000)

const inferenceFacts = (db: Kysely<Database>, { acceptor, product, covers_from }: Agreement, to: number) =>
  db
    .selectFrom('market_inference')
    .select(['dimension', 'at', 'units'])
    .where('account', '=', acceptor)
    .where('product', '=', product)
    .where('at', '>=', covers_from)
    .where('at', '<', to)
    .stream(1000)

/** Adds up units by month, dimension and price. Units that a quota may cover wait until all are known: the earliest get it. */
function openTally(pricing: Pricing) {
  const lines = new Map<string, { dimension: string; price: string; units: number; free: number }>()
  const waiting = new Map<string, { time: number; units: number }[]>()
  const priceOf = pricer(pricing)

  function note(dimension: string, time: number, units: number, free: number): void {
    const price = priceOf(dimension, time)
    const key = lineKey({ month: monthOf(time), dimension, price })
    const line = lines.get(key)
    if (!line) lines.set(key, { dimension, price, units, free })
    else {
      line.units += units
      line.free += free
    }
  }

  function hold(dimension: string, use: { time: number; units: number }): void {
    const known = waiting.get(dimension)
    if (known) known.push(use)
    else waiting.set(dimension, [use])
  }

  return {
    add(dimension: string, time: number, units: number): void {
      const quota = quotaAt(pricing, dimension, time)
      if (quota === 0) note(dimension, time, units, 0)
      else if (quota === Number.POSITIVE_INFINITY) note(dimension, time, units, units)
      else hold(dimension, { time, units })
    },
    lines(): Map<string, Counted> {
      for (const [dimension, list] of waiting) {
        let left = pricing.trial?.quotas.get(dimension) ?? 0
        for (const { time, units } of list.sort((one, other) => one.time - other.time)) {
          const free = Math.min(left, units)
          left -= free
          note(dimension, time, units, free)
        }
      }
      waiting.clear()
      return new Map([...lines].map(([key, line]) => [key, counted(line)]))
    },
  }
}

/** How much of a dimension is free at a time: nothing, everything, or up to a quota. */
function quotaAt({ contract, trial }: Pricing, dimension: string, time: number): number {
  if (contract && time < contract.ends && contract.dimensions.has(dimension)) return Number.POSITIVE_INFINITY
  return (trial && time < trial.ends && trial.quotas.get(dimension)) || 0
}

function counted(line: { dimension: string; price: string; units: number; free: number }): Counted {
  const paid = Big(line.price).times(line.units - line.free)
  const amount = (isHourly(line.dimension) ? paid.div(60) : paid).round(8, Big.roundHalfUp)
  return { units: line.units, freeUnits: line.free, amount }
}

/** The last announced of the prices that hold, looked up among the times at which one begins to hold. */
function pricer({ rates, accepted }: Pricing): (dimension: string, time: number) => string {
  const tables = new Map<string, { from: number; price: string }[]>()
  return (dimension, time) => {
    const known = tables.get(dimension)
    const table = known ?? priceTable(rates, accepted, dimension)
    if (!known) tables.set(dimension, table)
    let at = table.length - 1
    while (at >= 0 && (table[at]?.from as number) > time) at--
    return table[at]?.price ?? '0'
  }
}

function priceTable(rates: readonly PriceChange[], accepted: number, dimension: string) {
  const own = rates.filter(rate => rate.dimension === dimension)
  const holds = ({ announced, effective }: PriceChange) => (announced <= accepted ? 0 : effective)
  const times = [...new Set(own.map(holds))].sort((one, other) => one - other)
  return times.map(from => {
    const holding = own.filter(rate => holds(rate) <= from)
    return { from, price: holding.toSorted((one, other) => one.announced - other.announced).at(-1)?.price ?? '0' }
  })
}
