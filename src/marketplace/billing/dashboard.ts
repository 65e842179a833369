import Big from 'big.js'
import { ValidationException } from '../../ground/errors.ts'
import { turns } from '../../ground/turns.ts'
import type { Context } from '../../service/context.ts'
import type { Agreement } from '../agreement/agreement.ts'
import { renews } from '../agreement/renews.ts'
import { type Interest, interestIn } from '../discovery/interest.ts'
import type { SellerNames } from '../discovery/listing.ts'
import { findEntity } from '../entity.ts'
import { isProduct, type Product } from '../product.ts'
import { agreementPages, agreementsInOrder } from './agreements-in-order.ts'
import { type BillingMonth, monthAfter, monthStart } from './billing-month.ts'
import { percent, toldFunnel } from './funnel.ts'
import { openReport, type ReportType } from './report.ts'
import { subscriberRows } from './subscriber-report.ts'

export type DashboardParts = SellerNames & { readonly interest: Interest }
type Row = Readonly<Record<string, string>>

/**
 * One product in one month, as AWS's seller dashboards have it (Seller Guide, "Listing performance", "Usage", "Customer agreements"): the
 * funnel, revenue, usage, trials and churn, by the same numbers as the reports.
 */
export async function getSellerDashboard(
  { productId, billingPeriod }: { readonly productId: string; readonly billingPeriod: BillingMonth },
  ctx: Context & DashboardParts,
) {
  const product = await requireOwn(productId, ctx)
  const start = monthStart(billingPeriod)
  await ctx.interest.write()
  const rowsOf = (type: ReportType) => rowsOn(ctx, type, billingPeriod, productId)
  const usage = await rowsOf('SELLER_USAGE')
  const trials = await rowsOf('SELLER_TRIALS')
  const subscribers = await subscribersOf(ctx, productId, start)
  return {
    ...{ productId, productTitle: product.name, billingPeriod },
    funnel: toldFunnel(await stepsOf(ctx, product, start, usage, subscribers.newcomers)),
    ...{ revenue: total(usage), currencyCode: 'USD', usage: usageByDimension(usage) },
    ...(trials[0] && { trials: trialsOf(trials[0]) }),
    subscribers: subscribers.told,
  }
}

/** Another account's product is as one that is not there. */
async function requireOwn(id: string, ctx: Context): Promise<Product> {
  const product = await findEntity(ctx.store, id)
  if (isProduct(product) && product.account === ctx.account) return product
  throw new ValidationException(`There is no product ${id} of account ${ctx.account}.`)
}

/** Of a report, as it would be written, the rows of one product or of all. */
async function rowsOn(ctx: Context & SellerNames, type: ReportType, month: BillingMonth, product?: string) {
  const parts = { db: ctx.store.db, sellerName: ctx.sellerName, now: ctx.now().getTime() }
  const rows: Row[] = []
  for await (const page of openReport(parts, type, ctx.account, month).pages) {
    rows.push(...page.filter(row => product === undefined || row.product_id === product))
    await turns.takeAgain(ctx.account)
  }
  return rows
}

async function stepsOf(
  { store: { db } }: Context,
  product: Product,
  start: number,
  usage: readonly Row[],
  newcomers: readonly string[],
) {
  const seen = await interestIn(db, product, start)
  const users = new Set(
    usage
      .filter(({ dimension = '' }) => dimension.startsWith('ml.') || dimension.startsWith('inference.'))
      .map(row => row.customer_account_id),
  )
  return [
    { step: 'IMPRESSIONS' as const, ...seen.IMPRESSION },
    { step: 'VISITS' as const, ...seen.VISIT },
    { step: 'SUBSCRIPTIONS' as const, times: newcomers.length, accounts: new Set(newcomers).size },
    { step: 'CONFIGURATIONS' as const, ...seen.CONFIGURATION },
    { step: 'LAUNCHES' as const, times: users.size, accounts: users.size },
  ]
}

const total = (rows: readonly Row[]): string =>
  rows.reduce((sum, { amount = '0' }) => sum.plus(amount), Big(0)).toFixed()

function usageByDimension(rows: readonly Row[]) {
  const groups = Map.groupBy(rows, ({ dimension = '', unit = '' }) => `${dimension}\n${unit}`)
  return [...groups]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, some]) => {
      const [dimension = '', unit = ''] = key.split('\n')
      const sum = (column: string) => some.reduce((before, row) => before + BigInt(row[column] ?? 0), 0n)
      return {
        ...{ dimension, unit, quantity: String(sum('quantity')), freeQuantity: String(sum('free_quantity')) },
        amount: total(some),
      }
    })
}

const trialsOf = ({ new: begun, current, converted, non_converted: nonConverted }: Row) => ({
  ...{ new: Number(begun), current: Number(current), converted: Number(converted), nonConverted: Number(nonConverted) },
})

/** Accounts, not agreements: who renews or goes over to another offer neither comes nor goes. */
async function subscribersOf({ store: { db }, account, now }: Context, product: string, start: number) {
  const span = { start, end: monthAfter(start), now: now().getTime() }
  const last = Math.min(span.end - 1, span.now)
  const [before, after] = [new Set<string>(), new Set<string>()]
  const [newcomers, leavers]: [string[], string[]] = [[], []]
  for await (const agreement of agreementsInOrder(db, 'proposer', account)) {
    if (agreement.product !== product || agreement.accepted > last) continue
    if (isInForce(agreement, start - 1)) before.add(agreement.acceptor)
    if (isInForce(agreement, last)) after.add(agreement.acceptor)
    for (const { change } of subscriberRows(agreement, span))
      (change === 'NEW' ? newcomers : leavers).push(agreement.acceptor)
  }
  const left = new Set(leavers.filter(each => !after.has(each)))
  const lost = [...left].filter(each => before.has(each)).length
  const told = {
    ...{ active: after.size, new: new Set(newcomers).size, cancelled: left.size },
    ...(before.size > 0 && { churn: percent(lost, before.size) }),
  }
  return { newcomers, told }
}

const isInForce = ({ starts, ends }: Agreement, time: number): boolean => starts <= time && time < ends

const day = 86_400_000

/**
 * What an account spends in a month by product and seller, and its agreements with what is about to end or renew (Buyer Guide, "Procurement insights": within 30 and 60
 * days).
 */
export async function getBuyerDashboard(
  { billingPeriod }: { readonly billingPeriod: BillingMonth },
  ctx: Context & SellerNames,
) {
  const rows = await rowsOn(ctx, 'BUYER_USAGE', billingPeriod)
  const byProduct = Map.groupBy(rows, row => row.product_id as string)
  const spend = [...byProduct].map(([productId, some]) => ({
    ...{ productId, productTitle: some[0]?.product_title ?? productId, seller: some[0]?.seller ?? '' },
    ...{ amount: total(some), usage: usageByDimension(some) },
  }))
  spend.sort((one, other) => Big(other.amount).cmp(one.amount))
  return { billingPeriod, totalAmount: total(rows), currencyCode: 'USD', spend, agreements: await agreementsOf(ctx) }
}

/** As they are now. */
async function agreementsOf({ store: { db }, account, now }: Context) {
  const time = now().getTime()
  const counts = {
    active: 0,
    renewingWithin30Days: 0,
    renewingWithin60Days: 0,
    endingWithin30Days: 0,
    endingWithin60Days: 0,
  }
  for await (const page of agreementPages(db, 'acceptor', account))
    for (const agreement of page) {
      if (agreement.status !== 'ACTIVE' || !isInForce(agreement, time)) continue
      counts.active++
      for (const days of [30, 60] as const)
        if (agreement.ends - time <= days * day)
          counts[`${renews(agreement) ? 'renewing' : 'ending'}Within${days}Days`]++
    }
  return counts
}
