import { type Kysely, sql } from 'kysely'
import type { Database } from '../../store/database.ts'
import { type Agreement, coversUntil } from '../agreement/agreement.ts'
import type { PriceChange } from '../catalog/offer-pricing.ts'
import { isHourly, isRealtimeHour, requests } from '../dimension.ts'
import { publicOffer } from '../public-offer.ts'
import { addDuration, findTerm, type Grant } from '../term.ts'
import { type BillLine, billUsage, type Pricing, type Usage } from './billing.ts'
import { announcedRates } from './rate.ts'

type Db = Kysely<Database>

/** The bill of an agreement up to a time, computed from the usage facts: read again, it is the same or has grown. */
export async function usageLines(db: Db, agreement: Agreement, until: number): Promise<BillLine[]> {
  const to = Math.min(await coversUntil(db, agreement), until)
  const usage = await usageOf(db, agreement, to)
  return billUsage(usage, await pricingOf(db, agreement), agreement.covers_from, to)
}

async function usageOf(db: Db, { acceptor, product, covers_from }: Agreement, to: number): Promise<Usage> {
  const running = await db
    .selectFrom('market_running')
    .select(['dimension', eb => eb.fn.min<number>('started').as('first')])
    .where('account', '=', acceptor)
    .where('product', '=', product)
    .where('stopped', '>=', covers_from)
    .where('started', '<', to)
    .groupBy('dimension')
    .execute()
  const counted = await db
    .selectFrom('market_inference')
    .select(['dimension', eb => eb.fn.min<number>('at').as('first')])
    .where('account', '=', acceptor)
    .where('product', '=', product)
    .where('at', '>=', covers_from)
    .where('at', '<', to)
    .groupBy('dimension')
    .execute()
  const begun = [...running, ...counted]
  const amount = (dimension: string) => (isHourly(dimension) ? begunMinutes : countedUnits)
  return {
    dimensions: [...new Set(begun.map(fact => fact.dimension))].sort(),
    first: Math.min(...begun.map(fact => Number(fact.first)), to),
    amount: (dimension, from, end) => amount(dimension)(db, acceptor, product, dimension, from, end),
  }
}

/** Minutes of instances that began in `[from, to)`: see `minutesBegun`. */
async function begunMinutes(
  db: Db,
  account: string,
  product: string,
  dimension: string,
  from: number,
  to: number,
): Promise<number> {
  const before = (time: number) => {
    const end = sql`case when stopped < ${time} then stopped else cast(${time} as bigint) end`
    return sql`case when started < ${time} then (${end} - started + 59999) / 60000 else 0 end`
  }
  const { units } = await db
    .selectFrom('market_running')
    .select(sql<number | string | null>`sum(instances * (${before(to)} - ${before(from)}))`.as('units'))
    .where('account', '=', account)
    .where('product', '=', product)
    .where('dimension', '=', dimension)
    .where('stopped', '>', from)
    .where('started', '<', to)
    .executeTakeFirstOrThrow()
  return Number(units ?? 0)
}

async function countedUnits(
  db: Db,
  account: string,
  product: string,
  dimension: string,
  from: number,
  to: number,
): Promise<number> {
  const { units } = await db
    .selectFrom('market_inference')
    .select(eb => eb.fn.sum<number | string | null>('units').as('units'))
    .where('account', '=', account)
    .where('product', '=', product)
    .where('dimension', '=', dimension)
    .where('at', '>=', from)
    .where('at', '<', to)
    .executeTakeFirstOrThrow()
  return Number(units ?? 0)
}

/** How an agreement prices what is used under it. */
export async function pricingOf(db: Db, agreement: Agreement): Promise<Pricing> {
  const { terms } = agreement.document
  const trial = findTerm(terms, 'FreeTrialPricingTerm')
  const contract = findTerm(terms, 'FixedUpfrontPricingTerm')
  const { starts, accepted } = agreement
  return {
    accepted,
    rates: await ratesFor(db, agreement),
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
const quotasOf = (grants: readonly Grant[]): ReadonlyMap<string, number> =>
  new Map(
    grants.map(({ DimensionKey: key, MaxQuantity = Number.POSITIVE_INFINITY }) => [
      key,
      MaxQuantity * (isHourly(key) ? 60 : 1),
    ]),
  )

/**
 * The offer's own prices. Instance types that came with a later version have the public offer's price where a private one has none: the
 * private offer's buyers got it with the version. Nothing is charged under Free and Byol.
 */
async function ratesFor(db: Db, { offer, product, document }: Agreement): Promise<PriceChange[]> {
  if (document.pricingModel === 'Free' || document.pricingModel === 'Byol') return []
  const own = await announcedRates(db, offer)
  const standing = await publicOffer(db, product)
  if (!standing || standing.id === offer) return own
  const priced = new Set(own.map(rate => rate.dimension))
  const lacking = ({ dimension }: PriceChange) =>
    !priced.has(dimension) && isHourly(dimension) && !(isRealtimeHour(dimension) && priced.has(requests))
  return [...own, ...(await announcedRates(db, standing.id)).filter(lacking)]
}
