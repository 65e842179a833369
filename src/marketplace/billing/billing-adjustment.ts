import type * as Sdk from '@aws-sdk/client-marketplace-agreement'
import Big from 'big.js'
import type { Kysely } from 'kysely'
import { ServiceError } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import type { Input } from '../../service/operation.ts'
import { type ColumnPlace, inOrder, paging } from '../../service/page.ts'
import type { Database, Db } from '../../store/database.ts'
import type { AdjustmentRequestTable, InvoiceTable } from '../../store/schema/market-invoice-tables.ts'
import type { Transaction } from '../../store/store.ts'
import { invalidAgreement, requireProposer } from '../agreement/agreement.ts'
import type { Op } from '../agreement/agreement-operation.ts'
import { agreementType, checkAgreementCatalog } from '../agreement/agreement-type.ts'
import { catalog, randomId } from '../identifier.ts'
import { onceForToken } from '../request-token.ts'

type Entry = Input<typeof Sdk, 'BatchCreateBillingAdjustmentRequest'>['billingAdjustmentRequestEntries'][number]
type Reason = Entry['adjustmentReasonCode']
type Status = 'PENDING' | 'COMPLETED' | 'VALIDATION_FAILED'

/** AWS Marketplace Seller Guide, "Product refunds". */
const mostEntries = 5

/**
 * Refunds of invoices, each for itself: what is wrong with one is told beside what was made of the others. What is taken is PENDING until the
 * agreement is looked at, which completes it (`settle-adjustment.ts`): several that were asked for at once may be more than is left.
 */
export const batchCreateBillingAdjustmentRequest: Op<'BatchCreateBillingAdjustmentRequest'> = async (input, ctx) => {
  const entries = input.billingAdjustmentRequestEntries
  if (entries.length === 0)
    throw invalidAgreement('MISSING_BILLING_ADJUSTMENT_REQUEST_ENTRY', 'There is no entry to adjust.')
  if (entries.length > mostEntries)
    throw invalidAgreement('BILLING_ADJUSTMENTS_LIMIT_EXCEEDED', `A batch has at most ${mostEntries} entries.`)
  if (new Set(entries.map(entry => entry.agreementId)).size > 1)
    throw invalidAgreement('MULTIPLE_AGREEMENT_IDS', 'The entries of a batch are about one agreement.')
  const items: { billingAdjustmentRequestId: string; clientToken: string }[] = []
  const errors: { code: ErrorCode; message: string; clientToken: string }[] = []
  for (const entry of entries) {
    const { clientToken } = entry
    try {
      items.push({ billingAdjustmentRequestId: await adjust(entry, ctx), clientToken })
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      errors.push({ code: codes[error.code] ?? 'VALIDATION_EXCEPTION', message: error.message, clientToken })
    }
  }
  return { items, errors }
}

type ErrorCode = 'CONFLICT_EXCEPTION' | 'VALIDATION_EXCEPTION' | 'RESOURCE_NOT_FOUND_EXCEPTION'

const codes: Readonly<Record<string, ErrorCode>> = {
  ConflictException: 'CONFLICT_EXCEPTION',
  ResourceNotFoundException: 'RESOURCE_NOT_FOUND_EXCEPTION',
}

function adjust(entry: Entry, ctx: Context): Promise<string> {
  const { clientToken, ...request } = entry
  const scope = `marketplace-agreement:BatchCreateBillingAdjustmentRequest:${ctx.account}`
  const now = ctx.now().getTime()
  return ctx.store.transaction(tx =>
    onceForToken(tx, scope, clientToken, request, now, async () => {
      const about = await requireProposer(tx.db, entry.agreementId, ctx.account)
      const amount = await requireAdjustable(tx, entry)
      const id = randomId('ba-', 25)
      const { agreementId: agreement, originalInvoiceId: invoice, currencyCode: currency } = entry
      const { adjustmentReasonCode: reason, description = '' } = entry
      const row = { id, agreement, invoice, amount: amount.toFixed(), currency, reason, description, created: now }
      await tx.db
        .insertInto('market_adjustment_request')
        .values({ ...row, status: 'PENDING', message: '', updated: now })
        .execute()
      await tx.enqueue('agreement', about.id, ctx.now())
      return id
    }),
  )
}

async function requireAdjustable({ db }: Transaction, entry: Entry): Promise<Big> {
  const { agreementId, originalInvoiceId: id, currencyCode, adjustmentReasonCode, description } = entry
  const invoice = await db.selectFrom('market_invoice').selectAll().where('id', '=', id).executeTakeFirst()
  if (invoice?.agreement !== agreementId)
    throw new ServiceError('ResourceNotFoundException', `Agreement ${agreementId} has no invoice ${id}.`)
  if (invoice.type !== 'INVOICE') throw invalidAgreement('OTHER', `${id} is a credit memo.`)
  if (currencyCode !== invoice.currency)
    throw invalidAgreement('INVALID_CURRENCY_CODE', `Invoice ${id} is in ${invoice.currency}.`)
  if (adjustmentReasonCode === 'OTHER' && !description)
    throw invalidAgreement('MISSING_DESCRIPTION', 'Say in description what the reason OTHER is.')
  const amount = decimal(entry.adjustmentAmount)
  if (!amount || amount.lte(0) || !amount.eq(amount.round(2)))
    throw invalidAgreement('INVALID_ADJUSTMENT_AMOUNT', `${entry.adjustmentAmount} is not an amount of whole cents.`)
  const excess = await excessOf(db, invoice, amount)
  if (excess) throw invalidAgreement('EXCEEDED_MAXIMUM_ADJUSTMENT_AMOUNT', excess)
  return amount
}

/** The model's pattern lets `.` and nothing at all pass. */
const decimal = (text: string): Big | undefined => (/\d/.test(text) ? Big(`0${text}`.replace(/\.$/, '')) : undefined)

/** Why an amount is too much of an invoice; undefined when it is not. */
export async function excessOf(db: Db, { id, amount }: InvoiceTable, asked: Big): Promise<string | undefined> {
  const left = Big(amount).minus(await adjusted(db, id))
  return asked.gt(left) ? `At most ${left.toFixed(2)} of invoice ${id} is left.` : undefined
}

/** How much of an invoice was refunded. */
export async function adjusted(db: Kysely<Database>, invoice: string): Promise<Big> {
  const rows = await db.selectFrom('market_adjustment').select('amount').where('invoice', '=', invoice).execute()
  return rows.reduce((sum, row) => sum.plus(row.amount), Big(0))
}

const summary = (row: AdjustmentRequestTable) => ({
  billingAdjustmentRequestId: row.id,
  agreementId: row.agreement,
  originalInvoiceId: row.invoice,
  adjustmentAmount: row.amount,
  currencyCode: row.currency,
  status: row.status as Status,
  createdAt: new Date(row.created),
  updatedAt: new Date(row.updated),
})

export const getBillingAdjustmentRequest: Op<'GetBillingAdjustmentRequest'> = async (input, ctx) => {
  const { agreementId, billingAdjustmentRequestId: id } = input
  await requireProposer(ctx.store.db, agreementId, ctx.account)
  const row = await ctx.store.db
    .selectFrom('market_adjustment_request')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst()
  if (row?.agreement !== agreementId)
    throw new ServiceError('ResourceNotFoundException', `Agreement ${agreementId} has no billing adjustment ${id}.`, {
      fields: { resourceId: id, resourceType: 'BillingAdjustmentRequest' },
    })
  const { reason, description, message } = row
  return {
    ...{ ...summary(row), adjustmentReasonCode: reason as Reason },
    ...(description && { description }),
    ...(message && { statusMessage: message }),
  }
}

/** A seller's adjustments, oldest first. */
export const listBillingAdjustmentRequests: Op<'ListBillingAdjustmentRequests'> = async (input, ctx) => {
  const { nextToken, maxResults = 50, ...asked } = input
  checkAgreementCatalog(input.catalog)
  const listing = ['ListBillingAdjustmentRequests', ctx.account, asked]
  const pages = paging<ColumnPlace>(listing, nextToken)
  const { agreementId, createdAfter, createdBefore, status } = input
  if (input.agreementType !== undefined && input.agreementType !== agreementType) return { items: [] }
  let query = ctx.store.db
    .selectFrom('market_adjustment_request')
    .innerJoin('market_agreement', 'market_agreement.id', 'market_adjustment_request.agreement')
    .selectAll('market_adjustment_request')
    .where('market_agreement.proposer', '=', ctx.account)
  if (agreementId) query = query.where('market_adjustment_request.agreement', '=', agreementId)
  if (status) query = query.where('market_adjustment_request.status', '=', status)
  if (createdAfter) query = query.where('created', '>', createdAfter.getTime())
  if (createdBefore) query = query.where('created', '<', createdBefore.getTime())
  const order = { column: 'created', id: 'market_adjustment_request.id', direction: 'asc' } as const
  const found = await inOrder(query, order, pages.after)
    .limit(maxResults + 1)
    .execute()
  const { items, next } = pages.cut(found, maxResults, row => [row.created, row.id])
  return {
    items: items.map(row => ({ ...summary(row), agreementType, catalog })),
    ...(next !== undefined && { nextToken: next }),
  }
}
