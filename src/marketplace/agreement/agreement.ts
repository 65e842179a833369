import { ServiceError } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import type { Db } from '../../store/database.ts'
import type { AgreementTable } from '../../store/schema/market-agreement-tables.ts'
import { never } from '../../store/schema/market-columns.ts'
import type { Transaction } from '../../store/store.ts'
import { monthAfter } from '../billing/billing-month.ts'
import type { Installment } from '../billing/installment.ts'
import type { PricingModel } from '../offer-document.ts'
import { findTerm, type Term, validUntil } from '../term.ts'

import { type Beginning, tellCreated, tellEnded, tellTrial } from './agreement-event.ts'
import { nextReminder } from './agreement-reminder.ts'
import type { AgreementStatus } from './agreement-status.ts'

/** What a buyer accepted. */
interface AgreementDocument {
  readonly pricingModel: PricingModel
  readonly terms: readonly Term[]
  readonly autoRenew: boolean
  /** Its seller does not renew it, whatever the buyer chose. */
  readonly optedOut?: true
  /** By how many percent its seller raises the price of the next one, within the range of the terms. */
  readonly chosen?: string
  /** The charge on acceptance; empty when nothing is paid up front. */
  readonly upfrontCharge: string
  /** What is paid by dates, in their order. */
  readonly installments?: readonly Installment[]
  /** How often it has been renewed. */
  readonly renewals?: number
  /** The first of those that followed each other, where it is not that. */
  readonly initial?: string
  /** Up to when its parties were reminded of what comes; milliseconds. */
  readonly reminded?: number
}

/** An accepted offer. Times in milliseconds; usage since `covers_from` belongs to it until the buyer's next agreement on the product. */
export interface Agreement extends Readonly<Omit<AgreementTable, 'document' | 'status'>> {
  readonly status: AgreementStatus
  readonly document: AgreementDocument
}

export const agreementOf = (row: AgreementTable): Agreement => ({
  ...row,
  status: row.status as AgreementStatus,
  document: JSON.parse(row.document),
})

/** The first agreement of those that followed each other by renewal or replacement. */
export const initialOf = ({ id, document }: Pick<Agreement, 'id' | 'document'>): string => document.initial ?? id

export async function findAgreement(db: Db, id: string): Promise<Agreement | undefined> {
  const row = await db.selectFrom('market_agreement').selectAll().where('id', '=', id).executeTakeFirst()
  return row && agreementOf(row)
}

/** The buyer's newest agreement on a product, whatever became of it. */
export async function latestAgreement(db: Db, account: string, product: string): Promise<Agreement | undefined> {
  const row = await db
    .selectFrom('market_agreement')
    .selectAll()
    .where('acceptor', '=', account)
    .where('product', '=', product)
    .orderBy('accepted', 'desc')
    .orderBy('covers_from', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && agreementOf(row)
}

export const isActive = (agreement: Agreement | undefined, now: number): agreement is Agreement =>
  agreement?.status === 'ACTIVE' && agreement.ends > now

/** When the usage of an agreement ends to be its own: where the buyer's next agreement on the product begins. */
export async function coversUntil(db: Db, agreement: Agreement): Promise<number> {
  const next = await db
    .selectFrom('market_agreement')
    .select('covers_from')
    .where('acceptor', '=', agreement.acceptor)
    .where('product', '=', agreement.product)
    .where('covers_from', '>', agreement.covers_from)
    .orderBy('covers_from')
    .limit(1)
    .executeTakeFirst()
  return next?.covers_from ?? never
}

/** Writes an agreement, tells its parties and hands it to the reconciler that ends, renews and invoices it. */
export async function insertAgreement(
  tx: Transaction,
  agreement: Omit<Agreement, 'status' | 'ends' | 'covers_from' | 'trial'>,
  beginning: Beginning = { intent: 'NEW' },
): Promise<void> {
  const before = await latestAgreement(tx.db, agreement.acceptor, agreement.product)
  const ends = validUntil(agreement.document.terms, agreement.starts) ?? never
  // Two agreements never cover the same moment, however soon one follows the other.
  const covers_from = before ? Math.max(agreement.starts, before.covers_from + 1) : 0
  await tx.db
    .insertInto('market_agreement')
    .values({
      ...agreement,
      status: 'ACTIVE',
      ends,
      covers_from,
      trial: findTerm(agreement.document.terms, 'FreeTrialPricingTerm') ? 1 : 0,
      document: JSON.stringify(agreement.document),
    })
    .execute()
  await tellCreated(tx, { ...agreement, ends }, beginning)
  await tellTrial(tx, agreement)
  const reminder = nextReminder({ ...agreement, ends, covers_from }, agreement.accepted) ?? never
  await tx.enqueue('agreement', agreement.id, new Date(Math.min(ends, reminder, monthAfter(agreement.accepted))))
}

/** Ends an agreement at a time, and tells its parties. */
export const closeAgreement = async (
  tx: Transaction,
  id: string,
  status: AgreementStatus,
  at: number,
): Promise<void> => {
  await tx.db.updateTable('market_agreement').set({ status, ends: at }).where('id', '=', id).execute()
  const ended = await findAgreement(tx.db, id)
  if (ended) await tellEnded(tx, ended, status)
}

export const noSuchAgreement = (id: string): ServiceError =>
  new ServiceError('ResourceNotFoundException', `Agreement ${id} was not found.`, {
    fields: { resourceId: id, resourceType: 'Agreement' },
  })

/** An agreement of which the account is a party. Throws ResourceNotFoundException for others, so that they learn nothing. */
export async function requireParty(db: Db, id: string, account: string): Promise<Agreement> {
  const agreement = await findAgreement(db, id)
  if (agreement?.acceptor !== account && agreement?.proposer !== account) throw noSuchAgreement(id)
  return agreement
}

/** An agreement that the account accepted. */
export async function requireAcceptor(db: Db, id: string, account: string): Promise<Agreement> {
  const agreement = await findAgreement(db, id)
  if (agreement?.acceptor !== account) throw noSuchAgreement(id)
  return agreement
}

/** An agreement in force that the caller accepted, to be amended or replaced. Throws ValidationException. */
export async function requireSource(db: Db, id: string | undefined, ctx: Context): Promise<Agreement> {
  if (!id) throw invalidAgreement('MISSING_SOURCE_AGREEMENT_IDENTIFIER', 'sourceAgreementIdentifier is required.')
  const source = await requireAcceptor(db, id, ctx.account)
  if (!isActive(source, ctx.now().getTime()))
    throw invalidAgreement('INACTIVE_AGREEMENT', `Agreement ${id} is not active.`)
  return source
}

/** An agreement that the account proposed. */
export async function requireProposer(db: Db, id: string, account: string): Promise<Agreement> {
  const agreement = await findAgreement(db, id)
  if (agreement?.proposer !== account) throw noSuchAgreement(id)
  return agreement
}

/** ValidationException of the Agreement API with one of its reasons. */
export const invalidAgreement = (reason: string, message: string): ServiceError =>
  new ServiceError('ValidationException', message, { fields: { reason } })
