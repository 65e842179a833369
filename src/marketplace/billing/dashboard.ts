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
import { createUsageTotal, type UsageTotal } from './usage-total.ts'

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
  const own = (take: (row: Row) => void) => (row: Row) => row.product_id === productId && take(row)
  const usage = createUsageTotal()
  const users = new Set<string>()
  const addUse = own(row => {
    usage.add(row)
    if (isLaunch(row)) users.add(row.customer_account_id as string)
  })
  await eachRow(ctx, 'SELLER_USAGE', billingPeriod, addUse)
  let trials: Row | undefined
  const keep = own(row => {
    trials = row
  })
  await eachRow(ctx, 'SELLER_TRIALS', billingPeriod, keep)
  const subscribers = await subscribersOf(ctx, productId, start)
  return {
    ...{ productId, productTitle: product.name, billingPeriod },
    funnel: toldFunnel(await stepsOf(ctx, product, start, users.size, subscribers.newcomers)),
    ...{ revenue: usage.amount().toFixed(), currencyCode: 'USD', usage: usage.byDimension() },
    ...(trials && { trials: trialsOf(trials) }),
    subscribers: subscribers.told,
  }
}

/** Another account's product is as one that is not there. */
async function requireOwn(id: string, ctx: Context): Promise<Product> {
  const product = await findEntity(ctx.store, id)
  if (isProduct(product) && product.account === ctx.account) return product
  throw new ValidationException(`There is no product ${id} of account ${ctx.account}.`)
}

/** Of a report, as it would be written, each row as it is read: a month has as many as there were buyers, and none is kept. */
async function eachRow(
  ctx: Context & SellerNames,
  type: ReportType,
  month: BillingMonth,
  take: (row: Row) => unknown,
): Promise<void> {
  const parts = { db: ctx.store.db, sellerName: ctx.sellerName, now: ctx.now().getTime() }
  for await (const page of openReport(parts, type, ctx.account, month).pages) {
    for (const row of page) take(row)
    await turns.takeAgain(ctx.account)
  }
}

/** Of what ran or answered, not of what a contract costs. */
const isLaunch = ({ dimension = '' }: Row): boolean => dimension.startsWith('ml.') || dimension.startsWith('inference.')

async function stepsOf(
  { store: { db } }: Context,
  product: Product,
  start: number,
  users: number,
  newcomers: readonly string[],
) {
  const seen = await interestIn(db, product, start)
  return [
    { step: 'IMPRESSIONS' as const, ...seen.IMPRESSION },
    { step: 'VISITS' as const, ...seen.VISIT },
    { step: 'SUBSCRIPTIONS' as const, times: newcomers.length, accounts: new Set(newcomers).size },
    { step: 'CONFIGURATIONS' as const, ...seen.CONFIGURATION },
    { step: 'LAUNCHES' as const, times: users, accounts: users },
  ]
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
  const products = new Map<string, { readonly head: Row; readonly used: UsageTotal }>()
  await eachRow(ctx, 'BUYER_USAGE', billingPeriod, row => {
    const id = row.product_id as string
    const product = products.get(id) ?? { head: row, used: createUsageTotal() }
    product.used.add(row)
    products.set(id, product)
  })
  const spent = [...products].toSorted(([, one], [, other]) => other.used.amount().cmp(one.used.amount()))
  const spend = spent.map(([productId, { head, used }]) => ({
    ...{ productId, productTitle: head.product_title ?? productId, seller: head.seller ?? '' },
    ...{ amount: used.amount().toFixed(), usage: used.byDimension() },
  }))
  const totalAmount = spent.reduce((sum, [, { used }]) => sum.plus(used.amount()), Big(0)).toFixed()
  return { billingPeriod, totalAmount, currencyCode: 'USD', spend, agreements: await agreementsOf(ctx) }
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
