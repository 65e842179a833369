import { setImmediate as turn } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Db } from '../../store/database.ts'
import { never } from '../../store/schema/market-columns.ts'
import { longRun } from '../../store/schema/market-usage-tables.ts'
import { type Agreement, coversUntil } from '../agreement/agreement.ts'
import type { PriceChange } from '../catalog/offer-pricing.ts'
import { isHourly, isRealtimeHour, requests } from '../dimension.ts'
import { publicOffer } from '../public-offer.ts'
import { addDuration, findTerm, type Grant } from '../term.ts'
import { type BillLine, billUsage, type Pricing, type Usage } from './bill.ts'
import { monthAfter, monthOf, monthStart } from './billing-month.ts'
import { monthInferences, monthMinutes } from './month-sum.ts'
import { announcedRates } from './rate.ts'
import type { Quota } from './trial-units.ts'

/**
 * The bill of an agreement up to a time, computed from the usage facts: read again, it is the same or has grown. Between one stretch of
 * time and the next it does what `between` says, such as to let others have their turn.
 */
export async function usageLines(
  db: Db,
  agreement: Agreement,
  until: number,
  between: Between = () => undefined,
): Promise<BillLine[]> {
  const to = Math.min(await coversUntil(db, agreement), until)
  const usage = await usageOf(db, agreement, agreement.covers_from, to, between)
  return billUsage(usage, await pricingOf(db, agreement), agreement.covers_from, to)
}

/**
 * Those lines of the bill that are of one month, up to a time in it or its end. What was before it is read only where a trial goes on
 * that may have been used up by then.
 */
export async function monthUsageLines(
  db: Db,
  agreement: Agreement,
  month: number,
  until: number,
  rates: readonly PriceChange[],
): Promise<BillLine[]> {
  const to = Math.min(await coversUntil(db, agreement), until)
  const pricing = pricingFrom(agreement, rates)
  const from = (pricing.trial?.ends ?? 0) > month ? agreement.covers_from : Math.max(agreement.covers_from, month)
  if (from >= to) return []
  const lines = await billUsage(await usageOf(db, agreement, from, to, turn), pricing, from, to)
  return lines.filter(line => monthStart(line.month) === month)
}

/** Nothing within a transaction, which does SQL alone. */
export type Between = () => Promise<void> | undefined

async function usageOf(
  db: Db,
  { acceptor, product }: Agreement,
  from: number,
  to: number,
  between: Between,
): Promise<Usage> {
  // First: what stops meanwhile is among the sums then.
  const running = await db
    .selectFrom('market_running')
    .select(['dimension', 'started as first'])
    .where('account', '=', acceptor)
    .where('product', '=', product)
    .where('stopped', '=', never)
    .where('started', '<', to)
    .execute()
  const stopped = await db
    .selectFrom('market_running_month')
    .select(['dimension', eb => eb.fn.min<number>('month').as('first')])
    .where('account', '=', acceptor)
    .where('product', '=', product)
    .where('month', '>=', monthStart(monthOf(from)))
    .where('month', '<', to)
    .groupBy('dimension')
    .execute()
  const counted = await db
    .selectFrom('market_inference_fact')
    .select('at')
    .where('account', '=', acceptor)
    .where('product', '=', product)
    .where('at', '>=', from)
    .where('at', '<', to)
    .orderBy('at')
    .limit(1)
    .executeTakeFirst()
  const begun = [...stopped, ...running, ...(counted ? [{ dimension: requests, first: counted.at }] : [])]
  const amount = (dimension: string) => (isHourly(dimension) ? begunMinutes : countedUnits)
  return {
    dimensions: [...new Set(begun.map(fact => fact.dimension))].sort(),
    // The whole month of the first, which is summed already.
    first: Math.min(...begun.map(fact => monthStart(monthOf(Number(fact.first)))), to),
    async amount(dimension, from, end) {
      await between()
      return amount(dimension)(db, acceptor, product, dimension, from, end)
    },
  }
}

/**
 * Minutes of instances that began in `[from, to)`. Of a whole month what has stopped is summed already; of a part of one, what may have
 * run in it is found by when it began.
 */
async function begunMinutes(
  db: Db,
  account: string,
  product: string,
  dimension: string,
  from: number,
  to: number,
): Promise<bigint> {
  const minutes = sql<string | null>`cast(sum(instances * (${minutesBefore(to)} - ${minutesBefore(from)})) as text)`
  const runs = db
    .selectFrom('market_running')
    .select(minutes.as('units'))
    .where('account', '=', account)
    .where('product', '=', product)
    .where('dimension', '=', dimension)
    .where('started', '<', to)
  if (isWholeMonth(from, to)) {
    const { units } = await runs.where('stopped', '=', never).executeTakeFirstOrThrow()
    return BigInt(units ?? 0) + (await monthMinutes(db, { account, product, dimension, month: from }))
  }
  const long = sql<boolean>`stopped - started > ${sql.lit(longRun)}`
  const recent = runs.where('started', '>=', from - longRun).where(eb => eb.not(long))
  const found = [await runs.where('stopped', '>', from).where(long).executeTakeFirstOrThrow()]
  found.push(await recent.where('stopped', '>', from).executeTakeFirstOrThrow())
  return found.reduce((sum, { units }) => sum + BigInt(units ?? 0), 0n)
}

/** Minutes of a run that were begun before a time: see `minutesBegun`. */
function minutesBefore(time: number) {
  const end = sql`case when stopped < ${time} then stopped else cast(${time} as bigint) end`
  return sql`case when started < ${time} then (${end} - started + 59999) / 60000 else 0 end`
}

const isWholeMonth = (from: number, to: number): boolean =>
  from === monthStart(monthOf(from)) && to === monthAfter(from)

/** A whole month is summed already; of a part of one, the facts are. */
async function countedUnits(
  db: Db,
  account: string,
  product: string,
  _dimension: string,
  from: number,
  to: number,
): Promise<bigint> {
  if (isWholeMonth(from, to)) return monthInferences(db, { account, product, month: from })
  const facts = await db
    .selectFrom('market_inference_fact')
    .select('units')
    .where('account', '=', account)
    .where('product', '=', product)
    .where('at', '>=', from)
    .where('at', '<', to)
    .execute()
  return facts.reduce((sum, { units }) => sum + BigInt(units), 0n)
}

/** How an agreement prices what is used under it. */
export const pricingOf = async (db: Db, agreement: Agreement): Promise<Pricing> =>
  pricingFrom(agreement, await ratesFor(db, agreement))

function pricingFrom(agreement: Agreement, rates: readonly PriceChange[]): Pricing {
  const { terms } = agreement.document
  const trial = findTerm(terms, 'FreeTrialPricingTerm')
  const contract = findTerm(terms, 'FixedUpfrontPricingTerm')
  const { starts, accepted } = agreement
  return {
    accepted,
    rates,
    ...(trial && { trial: { ends: addDuration(starts, trial.Duration), quotas: quotasOf(trial.Grants) } }),
    ...(contract && {
      contract: {
        ends: addDuration(starts, contract.Duration),
        dimensions: new Set(contract.Grants.map(grant => grant.DimensionKey)),
      },
    }),
  }
}

/** Quotas of hours in minutes; without a quota any number is free. */
const quotasOf = (grants: readonly Grant[]): ReadonlyMap<string, Quota> =>
  new Map(
    grants.map(({ DimensionKey: key, MaxQuantity: most }) => [
      key,
      most === undefined ? 'unlimited' : BigInt(most) * (isHourly(key) ? 60n : 1n),
    ]),
  )

/**
 * Whether an agreement lets its buyer begin to use a dimension: a private offer that prices anything lets use what it prices (Seller Guide,
 * private offers for machine learning products: new instance types only by a new private offer).
 */
export async function isPriced(db: Db, { offer, product }: Agreement, dimension: string): Promise<boolean> {
  if ((await publicOffer(db, product))?.id === offer) return true
  const priced = new Set((await announcedRates(db, offer)).map(rate => rate.dimension))
  return priced.size === 0 || priced.has(dimension) || (isRealtimeHour(dimension) && priced.has(requests))
}

/**
 * The offer's own prices. What a private one has no price for cannot be begun under it; where it runs already, as it did under the agreement
 * before, it goes on at the public offer's price. Nothing is charged under Free.
 */
export async function ratesFor(db: Db, { offer, product, document }: Agreement): Promise<PriceChange[]> {
  if (document.pricingModel === 'Free') return []
  const own = await announcedRates(db, offer)
  const standing = await publicOffer(db, product)
  if (!standing || standing.id === offer) return own
  const priced = new Set(own.map(rate => rate.dimension))
  const lacking = ({ dimension }: PriceChange) =>
    !priced.has(dimension) && isHourly(dimension) && !(isRealtimeHour(dimension) && priced.has(requests))
  return [...own, ...(await announcedRates(db, standing.id)).filter(lacking)]
}
