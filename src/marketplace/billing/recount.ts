import Big from 'big.js'
import type { Kysely } from 'kysely'
import type { Database } from '../../store/database.ts'
import { type Agreement, coversUntil } from '../agreement/agreement.ts'
import { isHourly, requests } from '../dimension.ts'
import { findTerm } from '../term.ts'
import type { Pricing } from './bill.ts'
import { monthAfter, monthOf, monthStart } from './billing-month.ts'
import { installment, upfront } from './cost.ts'
import { lineKey } from './ledger.ts'
import { pricingOf } from './statement.ts'
import type { Quota } from './trial-units.ts'

/** What was used of a line, and what it comes to. */
export interface Counted {
  readonly units: bigint
  readonly freeUnits: bigint
  readonly amount: Big
}

/** All of an agreement's facts, counted one by one. */
export interface Recount {
  readonly facts: number
  readonly lines: ReadonlyMap<string, Counted>
}

/**
 * The usage of an agreement up to a time, counted minute by minute and request by request, and what its terms ask for besides: a second
 * way to what `billUsage` sums in SQL and cuts into pieces, to hold one against the other. Slow by design; shares the prices and nothing of
 * the reckoning.
 */
export async function recount(db: Kysely<Database>, agreement: Agreement, until: number): Promise<Recount> {
  const to = Math.min(await coversUntil(db, agreement), until)
  const tally = openTally(await pricingOf(db, agreement))
  const from = agreement.covers_from
  let facts = 0
  for (const fact of await runningFacts(db, agreement, to)) {
    facts++
    const end = Math.min(to, Number(fact.stopped))
    for (let minute = Number(fact.started); minute < end; minute += 60_000)
      if (minute >= from) tally.add(fact.dimension, minute, BigInt(fact.instances))
  }
  for await (const fact of inferenceFacts(db, agreement, to)) {
    facts++
    tally.add(requests, Number(fact.at), BigInt(fact.units))
  }
  return { facts, lines: new Map([...tally.lines(), ...agreedLines(agreement, until)]) }
}

/** What the accepted terms ask for besides usage: the price of a contract on acceptance, or its installments that have fallen due. */
function agreedLines({ accepted, ends, status, document: { terms } }: Agreement, until: number): Map<string, Counted> {
  const schedule = findTerm(terms, 'PaymentScheduleTerm')
  const contract = findTerm(terms, 'FixedUpfrontPricingTerm')
  const lines = new Map<string, Counted>()
  const add = (time: number, dimension: string, price: string) => {
    const key = lineKey({ month: monthOf(time), dimension, price })
    const { units, amount } = lines.get(key) ?? { units: 0n, amount: Big(0) }
    lines.set(key, { units: units + 1n, freeUnits: 0n, amount: amount.plus(price) })
  }
  if (contract && !schedule && accepted <= until) add(accepted, upfront, contract.Price)
  for (const { ChargeDate, ChargeAmount } of schedule?.Schedule ?? []) {
    const due = Math.max(accepted, new Date(ChargeDate).getTime())
    const lapsed = status !== 'ACTIVE' && due >= ends && due > accepted
    if (due <= until && !lapsed) add(due, installment, ChargeAmount)
  }
  return lines
}

const runningFacts = (db: Kysely<Database>, { acceptor, product, covers_from }: Agreement, to: number) =>
  db
    .selectFrom('market_running')
    .select(['dimension', 'started', 'stopped', 'instances'])
    .where('account', '=', acceptor)
    .where('product', '=', product)
    .where('stopped', '>', covers_from)
    .where('started', '<', to)
    .execute()

const pageRows = 10_000

/** Page by page: one read of years would have a running server keep what it writes meanwhile in the database's log. */
async function* inferenceFacts(db: Kysely<Database>, { acceptor, product, covers_from }: Agreement, to: number) {
  const facts = db
    .selectFrom('market_inference_fact')
    .select(['at', 'units'])
    .where('account', '=', acceptor)
    .where('product', '=', product)
  for (let from = covers_from; ; ) {
    const page = facts.where('at', '>=', from).where('at', '<', to).orderBy('at').limit(pageRows)
    const rows = await page.execute()
    if (rows.length < pageRows) return yield* rows
    const last = rows.at(-1)?.at as number
    // There may be more of the last moment: they come together.
    yield* rows.filter(({ at }) => at < last)
    yield* await facts.where('at', '=', last).execute()
    from = last + 1
  }
}

interface Line {
  readonly dimension: string
  readonly price: string
  units: bigint
  free: bigint
}

/** A stretch of time in which a dimension's units belong to one line and are free alike. */
interface Stretch {
  readonly from: number
  readonly to: number
  readonly line: Line
  readonly quota: Quota
}

/** Adds up units by month, dimension and price. Units that a quota may cover wait until all are known: the earliest get it. */
function openTally(pricing: Pricing) {
  const lines = new Map<string, Line>()
  const stretches = new Map<string, Stretch>()
  const waiting = new Map<string, { time: number; units: bigint; line: Line }[]>()

  function stretchAt(dimension: string, time: number): Stretch {
    const known = stretches.get(dimension)
    if (known && time >= known.from && time < known.to) return known
    const edges = edgesOf(pricing, dimension, time)
    const price = priceAt(pricing, dimension, time)
    const key = lineKey({ month: monthOf(time), dimension, price })
    const line = lines.get(key) ?? { dimension, price, units: 0n, free: 0n }
    lines.set(key, line)
    const stretch = {
      from: Math.max(...edges.filter(edge => edge <= time)),
      to: Math.min(...edges.filter(edge => edge > time)),
      line,
      quota: quotaAt(pricing, dimension, time),
    }
    stretches.set(dimension, stretch)
    return stretch
  }

  return {
    add(dimension: string, time: number, units: bigint): void {
      const { line, quota } = stretchAt(dimension, time)
      line.units += units
      if (quota === 0n) return
      const waits = waiting.get(dimension)
      if (quota === 'unlimited') line.free += units
      else if (waits) waits.push({ time, units, line })
      else waiting.set(dimension, [{ time, units, line }])
    },
    lines(): Map<string, Counted> {
      for (const [dimension, list] of waiting) {
        let left = BigInt(pricing.trial?.quotas.get(dimension) ?? 0)
        for (const { units, line } of list.sort((one, other) => one.time - other.time)) {
          const free = left < units ? left : units
          left -= free
          line.free += free
        }
      }
      waiting.clear()
      return new Map([...lines].filter(([, line]) => line.units > 0n).map(([key, line]) => [key, counted(line)]))
    },
  }
}

/** Every time at which something may change for a dimension, around a time. */
const edgesOf = ({ rates, trial, contract }: Pricing, dimension: string, time: number): number[] => [
  monthStart(monthOf(time)),
  monthAfter(time),
  ...rates.filter(rate => rate.dimension === dimension).map(rate => rate.effective),
  ...(trial ? [trial.ends] : []),
  ...(contract ? [contract.ends] : []),
]

/** Of the prices that hold, the one that was announced last. */
function priceAt({ rates, accepted }: Pricing, dimension: string, time: number): string {
  const own = rates.filter(rate => rate.dimension === dimension)
  const holding = own.filter(rate => rate.announced <= accepted || rate.effective <= time)
  return holding.toSorted((one, other) => one.announced - other.announced).at(-1)?.price ?? '0'
}

/** How much of a dimension is free at a time: nothing, everything, or up to a quota. */
function quotaAt({ contract, trial }: Pricing, dimension: string, time: number): Quota {
  if (contract && time < contract.ends && contract.dimensions.has(dimension)) return 'unlimited'
  return (trial && time < trial.ends && trial.quotas.get(dimension)) || 0n
}

function counted(line: Line): Counted {
  const paid = Big(line.price).times(String(line.units - line.free))
  const amount = (isHourly(line.dimension) ? paid.div(60) : paid).round(8, Big.roundHalfUp)
  return { units: line.units, freeUnits: line.free, amount }
}
