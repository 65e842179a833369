import { ServiceError } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import type { ProductRequestTable } from '../../store/schema/market-procurement-tables.ts'
import type { Transaction } from '../../store/store.ts'
import { notFound } from '../catalog/catalog-check.ts'
import { findEntity, saveEntity } from '../entity.ts'
import { decideProducts, isPolicy } from './experience.ts'
import { type RequestStatus, requestView, requireRequest, statusAt } from './product-request.ts'
import { tellRequest } from './product-request-event.ts'

type Party = 'account' | 'administrator'

interface Answer {
  readonly requestId: string
  readonly note?: string
  readonly blockFurtherRequests?: boolean
}

/** The administrator's yes: the product is allowed from now on. */
export const associateProductsWithPrivateMarketplace = (input: Answer, ctx: Context) =>
  answer(input, ctx, 'administrator', 'APPROVED', (tx, row) => decide(tx, row, 'allowed', input.note, ctx))

/** The administrator's no, for this time or for good. */
export const disassociateProductsFromPrivateMarketplace = (input: Answer, ctx: Context) =>
  answer(input, ctx, 'administrator', 'DECLINED', async (tx, row) => {
    if (input.blockFurtherRequests) await decide(tx, row, 'denied', input.note, ctx)
  })

/** Who has asked wants it no more. */
export const cancelPrivateMarketplaceRequests = (input: { readonly requestId: string }, ctx: Context) =>
  answer(input, ctx, 'account', 'CANCELLED', async () => undefined)

type Effect = (tx: Transaction, row: ProductRequestTable) => Promise<void>

async function answer({ requestId, note }: Answer, ctx: Context, party: Party, status: RequestStatus, effect: Effect) {
  const now = ctx.now().getTime()
  return ctx.store.transaction(async tx => {
    const row = await requireRequest(tx.db, requestId, ctx.account)
    if (row[party] !== ctx.account) throw notFound(`Product request ${requestId} to be answered`)
    const found = statusAt(row, now)
    if (found !== 'PENDING')
      throw new ServiceError('ConflictException', `Product request ${requestId} is ${found} and waits for no answer.`)
    await effect(tx, row)
    return { request: await requestView(tx.db, await close(tx, row, status, now, note), now) }
  })
}

/** Writes how a request ends, and tells both sides. */
export async function close(
  tx: Transaction,
  row: ProductRequestTable,
  status: RequestStatus,
  updated: number,
  note = '',
): Promise<ProductRequestTable> {
  const change = { status, updated, note }
  await tx.db.updateTable('market_product_request').set(change).where('id', '=', row.id).execute()
  await tellRequest(tx, { ...row, ...change })
  return { ...row, ...change }
}

/** What a change set would do, at once: unless one is about to. */
async function decide(
  tx: Transaction,
  { experience: id, product }: ProductRequestTable,
  list: 'allowed' | 'denied',
  notes: string | undefined,
  ctx: Context,
): Promise<void> {
  const [experience] = await tx.db
    .selectFrom('market_entity')
    .select(['document', 'state', 'locked_by'])
    .where('id', '=', id)
    .execute()
  if (experience?.locked_by)
    throw new ServiceError(
      'ConflictException',
      `Experience ${id} is being changed by change set ${experience.locked_by}.`,
    )
  const policy = await findEntity(tx, JSON.parse(experience?.document ?? '{}').policy ?? '')
  if (!isPolicy(policy) || experience?.state === 'Archived')
    throw new ServiceError('ConflictException', `Experience ${id} has no policy that could change.`)
  const next = decideProducts(policy, list, [{ ids: [product], ...(notes && { notes }) }])
  await saveEntity(tx, { ...next, revision: policy.revision + 1, modified: ctx.now().getTime() })
}
