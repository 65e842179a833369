import { setImmediate as turn } from 'node:timers/promises'
import Big from 'big.js'
import type { Context } from '../../service/context.ts'
import { paging } from '../../service/page.ts'
import type { Db } from '../../store/database.ts'
import {
  type Agreement,
  findAgreement,
  invalidAgreement,
  isActive,
  noSuchAgreement,
  requireAcceptor,
} from '../agreement/agreement.ts'
import type { Op } from '../agreement/agreement-operation.ts'
import { agreementType, checkAgreementCatalog } from '../agreement/agreement-type.ts'
import { renews } from '../agreement/renews.ts'
import { derivedId } from '../identifier.ts'
import { agreementsInOrder } from './agreements-in-order.ts'
import { monthAfter, monthStart } from './billing-month.ts'
import { costLines, isContractual, upfront } from './cost.ts'
import { isOwed } from './installment.ts'
import type { Between } from './statement.ts'

/** Money that an agreement costs: up front on acceptance, by dates to come too, and for each month with usage. The current month's grows. */
export interface Charge {
  readonly id: string
  /** When it falls due: on acceptance, on its date, or at the end of its month. */
  readonly time: number
  /** USD. */
  readonly amount: string
  /** What was given back. */
  readonly refund?: boolean
}

/** Charges of an agreement, by kind: for usage up to a time, and all that was agreed. */
async function chargesOf(db: Db, agreement: Agreement, until: number, between?: Between): Promise<Charge[]> {
  const lines = await costLines(db, agreement, until, between)
  const installments = (agreement.document.installments ?? []).filter(each => isOwed(each, agreement))
  const months = Map.groupBy(
    lines.filter(line => !isContractual(line)),
    line => monthStart(line.month),
  )
  const paid = lines.find(line => line.dimension === upfront)
  return [
    ...(paid
      ? [{ id: agreement.document.upfrontCharge, time: agreement.accepted, amount: money(Big(paid.amount)) }]
      : []),
    ...installments.map(({ charge, time, amount }) => ({ id: charge, time, amount: money(Big(amount)) })),
    ...[...months].map(([start, used]) => ({
      id: derivedId('ch-', 25, agreement.id, String(start)),
      time: monthAfter(start) - 1,
      amount: money(used.reduce((sum, line) => sum.plus(line.amount), Big(0))),
    })),
  ]
}

/** What an agreement's parties see, in the order of time: its charges, and what was given back of them as charges below zero. */
async function shownCharges(db: Db, agreement: Agreement, until: number, between?: Between): Promise<Charge[]> {
  const charges = await chargesOf(db, agreement, until, between)
  const refunds = await db
    .selectFrom('market_adjustment')
    .select(['id', 'amount', 'created'])
    .where('agreement', '=', agreement.id)
    .execute()
  const refunded = refunds.map(({ id, amount, created }) => ({
    ...{ id: derivedId('ch-', 25, agreement.id, id), time: created, amount: money(Big(0).minus(amount)), refund: true },
  }))
  return [...charges, ...refunded].sort((one, other) => one.time - other.time)
}

/** Two decimals at least, as many as it takes. */
const money = (amount: Big): string => {
  const text = amount.toFixed()
  return (text.split('.')[1]?.length ?? 0) < 2 ? amount.toFixed(2) : text
}

interface Position {
  readonly accepted: number
  readonly agreement: string
  readonly charge: string
}

export const listAgreementCharges: Op<'ListAgreementCharges'> = async (input, ctx) => {
  const { nextToken, maxResults = 50, ...asked } = input
  const listing = ['ListAgreementCharges', ctx.account, asked]
  checkAgreementCatalog(input.catalog)
  if (input.agreementType !== undefined && input.agreementType !== agreementType) return { items: [] }
  const pages = paging<Position>(listing, nextToken)
  const after = pages.after
  const found: { agreement: Agreement; charge: Charge }[] = []
  for await (const agreement of agreementsFrom(input.agreementId, after, ctx)) {
    const charges = await shownCharges(ctx.store.db, agreement, ctx.now().getTime(), turn)
    const seen = agreement.id === after?.agreement ? charges.findIndex(charge => charge.id === after.charge) : -1
    found.push(...charges.slice(seen + 1).map(charge => ({ agreement, charge })))
    if (found.length > maxResults) break
  }
  const shown = found.slice(0, maxResults)
  const last = shown.at(-1)
  const orders = await purchaseOrders(
    ctx.store.db,
    shown.map(({ charge }) => charge.id),
  )
  const position = last && { accepted: last.agreement.accepted, agreement: last.agreement.id, charge: last.charge.id }
  return {
    items: shown.map(({ agreement, charge }) => describeCharge(agreement, charge, orders.get(charge.id))),
    ...(found.length > maxResults && { nextToken: pages.token(position as Position) }),
  }
}

/** The one asked for, or the caller's in their order, read as they are needed. */
async function* agreementsFrom(
  id: string | undefined,
  after: Position | undefined,
  ctx: Context,
): AsyncGenerator<Agreement> {
  if (id !== undefined) yield await requireAcceptor(ctx.store.db, id, ctx.account)
  else yield* agreementsInOrder(ctx.store.db, 'acceptor', ctx.account, after)
}

async function purchaseOrders(db: Db, charges: readonly string[]): Promise<Map<string, string>> {
  if (charges.length === 0) return new Map()
  const rows = await db
    .selectFrom('market_purchase_order')
    .selectAll()
    .where('charge', 'in', [...charges])
    .execute()
  return new Map(rows.map(row => [row.charge, row.reference]))
}

/** A charge keeps its first revision: its amount is read from the facts, its purchase order belongs to the charge as such. */
const describeCharge = (agreement: Agreement, { id, time, amount }: Charge, order: string | undefined) => ({
  id,
  revision: 1,
  agreementId: agreement.id,
  agreementType,
  ...(order && { purchaseOrderReference: order }),
  currencyCode: 'USD',
  amount,
  time: new Date(time),
})

/** What falls due within so long cannot be given a purchase order any more (API reference, UpdatePurchaseOrders). */
const closesBefore = 3 * 60 * 60 * 1000

/** One that is over is open still where the renewal takes its purchase order over. */
function isRenewed(agreement: Agreement, charge: Charge, now: number): boolean {
  const { upfrontCharge, installments = [] } = agreement.document
  const isKept = charge.id === upfrontCharge || installments.some(each => each.charge === charge.id)
  return renews(agreement) && isKept && charge.time <= now
}

/** Throws ValidationException for what AWS lets nobody change. */
function requireOpenCharge(agreement: Agreement, charge: Charge, revision: number, now: number): void {
  const why = charge.refund
    ? 'gives money back'
    : charge.time <= now + closesBefore && !isRenewed(agreement, charge, now)
      ? 'is due, or within three hours'
      : revision !== 1
        ? 'is at revision 1'
        : isActive(agreement, now)
          ? undefined
          : 'is of an agreement that is not in force'
  if (why) throw invalidAgreement('UNSUPPORTED_ACTION', `Charge ${charge.id} ${why}.`)
}

/**
 * Sets the purchase order of charges to come, of one agreement, or takes it away when no reference is given: all of them or none. Throws
 * ValidationException, ResourceNotFoundException.
 */
export const updatePurchaseOrders: Op<'UpdatePurchaseOrders'> = async ({ purchaseOrders: orders }, ctx) => {
  const now = ctx.now().getTime()
  if (new Set(orders.map(order => order.agreementId)).size > 1)
    throw invalidAgreement('UNSUPPORTED_ACTION', 'The charges of a request are of one agreement.')
  await ctx.store.transaction(async ({ db }) => {
    for (const { chargeId, chargeRevision = 1, agreementId, purchaseOrderReference } of orders) {
      if (!agreementId)
        throw invalidAgreement('MISSING_AGREEMENT_ID', `agreementId is required with charge ${chargeId}.`)
      const agreement = await findAgreement(db, agreementId)
      if (agreement?.acceptor !== ctx.account) throw noSuchAgreement(agreementId)
      const charge = (await shownCharges(db, agreement, now)).find(each => each.id === chargeId)
      if (!charge) throw invalidAgreement('INVALID_CHARGE_ID', `Agreement ${agreementId} has no charge ${chargeId}.`)
      requireOpenCharge(agreement, charge, chargeRevision, now)
      await db.deleteFrom('market_purchase_order').where('charge', '=', chargeId).execute()
      if (purchaseOrderReference)
        await db
          .insertInto('market_purchase_order')
          .values({ charge: chargeId, agreement: agreementId, reference: purchaseOrderReference })
          .execute()
    }
  })
  return {}
}
