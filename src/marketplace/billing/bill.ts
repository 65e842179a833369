import Big from 'big.js'
import type { PriceChange } from '../catalog/offer-pricing.ts'
import { isHourly } from '../dimension.ts'
import { type BillingMonth, monthAfter, monthOf } from './billing-month.ts'
import { openTrial, type Trial } from './trial-units.ts'

/** What is charged for, in whole minutes of instances or whole requests. */
export interface Usage {
  /** Dimensions with any usage. */
  readonly dimensions: readonly string[]
  /** The first of it, in milliseconds. */
  readonly first: number
  /** How much of a dimension falls into `[from, to)`. */
  amount(dimension: string, from: number, to: number): Promise<bigint>
}

/** How an agreement prices usage; all times in milliseconds. */
export interface Pricing {
  readonly accepted: number
  readonly rates: readonly PriceChange[]
  /** Free of charge up to a time and, if a dimension has a quota, up to so many minutes or requests. */
  readonly trial?: Trial
  /** Paid up front until a time. */
  readonly contract?: { readonly ends: number; readonly dimensions: ReadonlySet<string> }
}

/** One line of a bill: a dimension at a price in a month. Amounts are exact to 8 decimals. */
export interface BillLine {
  readonly month: BillingMonth
  readonly dimension: string
  readonly unit: 'minutes' | 'requests'
  /** All usage, with what is free. */
  readonly units: bigint
  readonly freeUnits: bigint
  /** In USD for an hour or a request. */
  readonly price: string
  readonly amount: string
}

/**
 * The bill for usage in `[from, to)`. Time is cut where the month, the price, the trial or the contract ends; what a trial grants is
 * used up in the order of time; then the price that holds at each piece's beginning is paid. Nothing is rounded but a line's amount.
 */
export async function billUsage(usage: Usage, pricing: Pricing, from: number, to: number): Promise<BillLine[]> {
  const lines = new Map<string, Piece>()
  for (const dimension of usage.dimensions) {
    const trial = openTrial(pricing.trial, dimension)
    for (const [begin, end] of pieces(pricing, dimension, Math.max(from, usage.first), to)) {
      const units = await usage.amount(dimension, begin, end)
      if (units === 0n) continue
      const paid = isPaidUpfront(pricing, dimension, begin)
      const free = paid ? units : trial.take(units, begin)
      const piece = { month: monthOf(begin), dimension, units, free, price: priceAt(pricing, dimension, begin) }
      const key = JSON.stringify([piece.month, dimension, piece.price])
      const same = lines.get(key)
      lines.set(key, same ? { ...same, units: same.units + units, free: same.free + free } : piece)
    }
  }
  return [...lines.values()].map(lineOf)
}

interface Piece {
  readonly month: BillingMonth
  readonly dimension: string
  readonly units: bigint
  readonly free: bigint
  readonly price: string
}

function lineOf({ month, dimension, units, free, price }: Piece): BillLine {
  const hourly = isHourly(dimension)
  const paid = Big(price).times(String(units - free))
  const amount = (hourly ? paid.div(60) : paid).round(8, Big.roundHalfUp).toFixed()
  return { month, dimension, unit: hourly ? 'minutes' : 'requests', units, freeUnits: free, price, amount }
}

const isPaidUpfront = ({ contract }: Pricing, dimension: string, at: number): boolean =>
  contract !== undefined && at < contract.ends && contract.dimensions.has(dimension)

/** Where, within a month, the price of a dimension may change or begin. */
export function cutsOf({ trial, contract, rates }: Pricing, dimension: string): number[] {
  const ends = [trial?.ends, contract?.ends].filter(end => end !== undefined)
  return [...ends, ...rates.filter(rate => rate.dimension === dimension).map(rate => rate.effective)]
}

function* pieces(pricing: Pricing, dimension: string, from: number, to: number): Generator<[number, number]> {
  const cuts = cutsOf(pricing, dimension)
  let begin = from
  while (begin < to) {
    const end = Math.min(monthAfter(begin), to, ...cuts.filter(cut => cut > begin))
    yield [begin, end]
    begin = end
  }
}

/**
 * The newest price that holds: one announced before the acceptance holds from the beginning, a later one from when it is effective.
 * What has no price is free.
 */
function priceAt({ rates, accepted }: Pricing, dimension: string, at: number): string {
  const holding = rates.filter(
    rate => rate.dimension === dimension && (rate.announced <= accepted || rate.effective <= at),
  )
  return holding.reduce((newest, rate) => (rate.announced >= newest.announced ? rate : newest), {
    price: '0',
    announced: -1,
  }).price
}
