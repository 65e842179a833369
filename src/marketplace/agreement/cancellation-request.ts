import type * as Sdk from '@aws-sdk/client-marketplace-agreement'
import type { Kysely } from 'kysely'
import { ServiceError } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import type { Input } from '../../service/operation.ts'
import { type ColumnPlace, inOrder, paging } from '../../service/page.ts'
import type { Database } from '../../store/database.ts'
import type { CancellationTable } from '../../store/schema/market-agreement-tables.ts'
import type { Transaction } from '../../store/store.ts'
import { catalog, randomId } from '../identifier.ts'
import { onceForToken } from '../request-token.ts'
import {
  type Agreement,
  closeAgreement,
  findAgreement,
  invalidAgreement,
  isActive,
  requireAcceptor,
  requireParty,
  requireProposer,
} from './agreement.ts'
import { tellCancellation } from './agreement-event.ts'
import type { Op } from './agreement-operation.ts'
import { partyColumn } from './agreement-party.ts'
import { agreementType, checkAgreementCatalog } from './agreement-type.ts'

type Status = 'PENDING_APPROVAL' | 'APPROVED' | 'REJECTED' | 'CANCELLED' | 'VALIDATION_FAILED'
type Reason = Input<typeof Sdk, 'SendAgreementCancellationRequest'>['reasonCode']

/** A request that the buyer does not answer is approved (AWS Marketplace Buyer Guide, cancellation requests: 7 days). */
export const answerWithin = 7 * 86_400_000

const view = (row: CancellationTable) => ({
  agreementId: row.agreement,
  agreementCancellationRequestId: row.id,
  status: row.status as Status,
  reasonCode: row.reason as Reason,
  createdAt: new Date(row.created),
  updatedAt: new Date(row.updated),
})

const detail = (row: CancellationTable) => ({
  ...view(row),
  ...(row.description && { description: row.description }),
  ...(row.message && { statusMessage: row.message }),
})

/** The seller asks the buyer to end an agreement that is in force, contracts too. One such wish at a time. */
export const sendAgreementCancellationRequest: Op<'SendAgreementCancellationRequest'> = async (input, ctx) => {
  const { clientToken, ...request } = input
  const scope = `marketplace-agreement:SendAgreementCancellationRequest:${ctx.account}`
  const now = ctx.now().getTime()
  const id = await ctx.store.transaction(tx =>
    onceForToken(tx, scope, clientToken, request, now, async () => {
      const agreement = await requireProposer(tx.db, input.agreementId, ctx.account)
      if (!isActive(agreement, now))
        throw invalidAgreement('INACTIVE_AGREEMENT', `Agreement ${input.agreementId} is not active.`)
      const open = await pendingRequest(tx.db, agreement.id)
      if (open) throw conflict(open.id, `Cancellation request ${open.id} of the agreement waits for an answer.`)
      return insertRequest(tx, agreement, input, now)
    }),
  )
  return detail(await requireRequest(ctx.store.db, input.agreementId, id))
}

async function insertRequest(
  tx: Transaction,
  agreement: Agreement,
  { reasonCode, description = '' }: Input<typeof Sdk, 'SendAgreementCancellationRequest'>,
  now: number,
): Promise<string> {
  const id = randomId('acr-', 25)
  const times = { created: now, updated: now }
  const row = { id, agreement: agreement.id, reason: reasonCode, description, status: 'PENDING_APPROVAL', ...times }
  await tx.db
    .insertInto('market_cancellation')
    .values({ ...row, message: '' })
    .execute()
  await tellCancellation(tx, agreement, { ...row, message: '' })
  await tx.enqueue('agreement', agreement.id, new Date(now + answerWithin))
  return id
}

/** The request on an agreement that waits for the buyer. */
export async function pendingRequest(db: Kysely<Database>, agreement: string): Promise<CancellationTable | undefined> {
  return db
    .selectFrom('market_cancellation')
    .selectAll()
    .where('agreement', '=', agreement)
    .where('status', '=', 'PENDING_APPROVAL')
    .executeTakeFirst()
}

async function requireRequest(db: Kysely<Database>, agreement: string, id: string): Promise<CancellationTable> {
  const row = await db.selectFrom('market_cancellation').selectAll().where('id', '=', id).executeTakeFirst()
  if (row?.agreement === agreement) return row
  throw new ServiceError('ResourceNotFoundException', `Agreement ${agreement} has no cancellation request ${id}.`, {
    fields: { resourceId: id, resourceType: 'AgreementCancellationRequest' },
  })
}

const conflict = (id: string, message: string): ServiceError =>
  new ServiceError('ConflictException', message, {
    fields: { resourceId: id, resourceType: 'AgreementCancellationRequest' },
  })

/** Time has its say on a request that waits: one whose agreement has ended fails: withdrawn is what its seller withdraws; one that is not answered is approved. */
export async function settleRequest(tx: Transaction, agreement: Agreement, now: number): Promise<void> {
  const request = await pendingRequest(tx.db, agreement.id)
  if (!request) return
  if (agreement.status !== 'ACTIVE') await close(tx, request.id, 'VALIDATION_FAILED', now, 'The agreement has ended.')
  else if (request.created + answerWithin <= now) await approve(tx, request, now, 'Not answered within 7 days.')
}

/** Carries out the buyer's yes, or what stands for it: the agreement ends at once. */
async function approve(tx: Transaction, request: CancellationTable, now: number, message = ''): Promise<void> {
  await close(tx, request.id, 'APPROVED', now, message)
  await closeAgreement(tx, request.agreement, 'CANCELLED', now)
}

async function close(tx: Transaction, id: string, status: Status, updated: number, message = ''): Promise<void> {
  const row = await tx.db
    .updateTable('market_cancellation')
    .set({ status, updated, message })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  const agreement = row && (await findAgreement(tx.db, row.agreement))
  if (agreement) await tellCancellation(tx, agreement, row)
}

interface Named {
  readonly agreementId: string
  readonly agreementCancellationRequestId: string
}

/** Changes a request that waits for an answer, as the party that may. Throws ConflictException when it does not wait. */
async function decide(
  { agreementId, agreementCancellationRequestId: id }: Named,
  ctx: Context,
  party: typeof requireAcceptor,
  change: (tx: Transaction, request: CancellationTable, now: number) => Promise<unknown>,
) {
  return ctx.store.transaction(async tx => {
    await party(tx.db, agreementId, ctx.account)
    const request = await requireRequest(tx.db, agreementId, id)
    if (request.status !== 'PENDING_APPROVAL')
      throw conflict(id, `Cancellation request ${id} is ${request.status} and waits for no answer.`)
    await change(tx, request, ctx.now().getTime())
    return detail(await requireRequest(tx.db, agreementId, id))
  })
}

export const acceptAgreementCancellationRequest: Op<'AcceptAgreementCancellationRequest'> = (input, ctx) =>
  decide(input, ctx, requireAcceptor, async (tx, request, now) => {
    if (!isActive(await findAgreement(tx.db, request.agreement), now))
      throw invalidAgreement('INACTIVE_AGREEMENT', `Agreement ${request.agreement} is not active.`)
    await approve(tx, request, now)
  })

export const rejectAgreementCancellationRequest: Op<'RejectAgreementCancellationRequest'> = (input, ctx) =>
  decide(input, ctx, requireAcceptor, (tx, { id }, now) => close(tx, id, 'REJECTED', now, input.rejectionReason))

/** The seller withdraws it. */
export const cancelAgreementCancellationRequest: Op<'CancelAgreementCancellationRequest'> = (input, ctx) =>
  decide(input, ctx, requireProposer, (tx, { id }, now) => close(tx, id, 'CANCELLED', now, input.cancellationReason))

export const getAgreementCancellationRequest: Op<'GetAgreementCancellationRequest'> = async (input, ctx) => {
  await requireParty(ctx.store.db, input.agreementId, ctx.account)
  return detail(await requireRequest(ctx.store.db, input.agreementId, input.agreementCancellationRequestId))
}

/** Requests that one side has sent or received, newest first. */
export const listAgreementCancellationRequests: Op<'ListAgreementCancellationRequests'> = async (input, ctx) => {
  const { nextToken, maxResults = 50, ...asked } = input
  checkAgreementCatalog(input.catalog)
  const listing = ['ListAgreementCancellationRequests', ctx.account, asked]
  const pages = paging<ColumnPlace>(listing, nextToken)
  if (input.agreementType !== undefined && input.agreementType !== agreementType) return { items: [] }
  let query = ctx.store.db
    .selectFrom('market_cancellation')
    .innerJoin('market_agreement', 'market_agreement.id', 'market_cancellation.agreement')
    .selectAll('market_cancellation')
    .where(`market_agreement.${partyColumn(input.partyType)}`, '=', ctx.account)
  if (input.agreementId) query = query.where('market_cancellation.agreement', '=', input.agreementId)
  if (input.status) query = query.where('market_cancellation.status', '=', input.status)
  const order = { column: 'created', id: 'market_cancellation.id', direction: 'desc' } as const
  const found = await inOrder(query, order, pages.after)
    .limit(maxResults + 1)
    .execute()
  const { items, next } = pages.cut(found, maxResults, row => [row.created, row.id])
  return {
    items: items.map(row => ({ ...view(row), agreementType, catalog })),
    ...(next !== undefined && { nextToken: next }),
  }
}
