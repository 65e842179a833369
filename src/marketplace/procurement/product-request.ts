import { AccessDenied, ServiceError, ValidationException } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import { type ColumnPlace, inOrder, paging } from '../../service/page.ts'
import type { Db } from '../../store/database.ts'
import type { ProductRequestTable } from '../../store/schema/market-procurement-tables.ts'
import type { Transaction } from '../../store/store.ts'
import { notFound } from '../catalog/catalog-check.ts'
import { visibleProduct } from '../discovery/visibility.ts'
import { randomId } from '../identifier.ts'
import { namedProduct } from '../market-event.ts'
import { onceForToken } from '../request-token.ts'
import { isDenied } from './experience.ts'
import { type Governing, notAllowing } from './procurable.ts'
import { tellRequest } from './product-request-event.ts'
import { requestLasts } from './request-time.ts'

export type RequestStatus = 'PENDING' | 'APPROVED' | 'DECLINED' | 'CANCELLED' | 'EXPIRED'

const requestKind = 'product-request'

/** One whose time is over has expired, though nobody has written it down yet. */
export const statusAt = ({ status, created }: ProductRequestTable, now: number): RequestStatus =>
  status === 'PENDING' && created + requestLasts <= now ? 'EXPIRED' : (status as RequestStatus)

export async function requestView(db: Db, row: ProductRequestTable, now: number) {
  const { title } = await namedProduct(db, row.product)
  return {
    ...{ requestId: row.id, accountId: row.account, requesterArn: row.requester },
    ...{ experienceId: row.experience, productId: row.product, productTitle: title, status: statusAt(row, now) },
    ...(row.comment && { comment: row.comment }),
    ...(row.note && { note: row.note }),
    ...{ createdAt: new Date(row.created), updatedAt: new Date(row.updated) },
    expiresAt: new Date(row.created + requestLasts),
  }
}

interface CreateInput {
  readonly productId: string
  readonly comment?: string
  readonly clientToken?: string
}

/** A user asks the administrator for a product that the account may not subscribe to. One wish for a product at a time. */
export async function createPrivateMarketplaceRequests({ clientToken, ...asked }: CreateInput, ctx: Context) {
  const now = ctx.now().getTime()
  const scope = `marketplace-procurement:CreatePrivateMarketplaceRequests:${ctx.account}`
  const requestId = await ctx.store.transaction(tx =>
    onceForToken(tx, scope, clientToken, asked, now, async () => {
      const row = await wished(tx, asked, ctx)
      await tx.db.insertInto('market_product_request').values(row).execute()
      await tellRequest(tx, row)
      await tx.enqueue(requestKind, row.id, new Date(now + requestLasts))
      return row.id
    }),
  )
  return describePrivateMarketplaceRequests({ requestId }, ctx)
}

async function wished(tx: Transaction, { productId, comment = '' }: CreateInput, ctx: Context) {
  const { experience } = await requireAskable(tx.db, productId, ctx.account)
  const now = ctx.now().getTime()
  const open = await pendingOf(tx.db, ctx.account, productId)
  if (open && statusAt(open, now) === 'PENDING')
    throw new ServiceError('ConflictException', `Request ${open.id} for product ${productId} waits for an answer.`)
  const parties = { account: ctx.account, administrator: experience.account, experience: experience.id }
  const id = randomId('preq-', 25)
  const wish = { id, ...parties, product: productId, requester: ctx.principal.arn, comment }
  return { ...wish, status: 'PENDING', note: '', created: now, updated: now }
}

async function requireAskable(db: Db, productId: string, account: string): Promise<Governing> {
  if (!(await visibleProduct(db, account, productId))) throw notFound(`Product ${productId}`)
  const governing = await notAllowing(db, account, productId)
  if (!governing)
    throw new ValidationException(`Account ${account} may subscribe to product ${productId} without being allowed to.`)
  if (governing.policy.document.requests === 'Deny')
    throw new AccessDenied(`The administrator of experience ${governing.experience.id} takes no requests.`)
  if (isDenied(governing.policy, productId))
    throw new AccessDenied(`The administrator takes no further requests for product ${productId}.`)
  return governing
}

const pendingOf = (db: Db, account: string, product: string): Promise<ProductRequestTable | undefined> =>
  db
    .selectFrom('market_product_request')
    .selectAll()
    .where('account', '=', account)
    .where('product', '=', product)
    .where('status', '=', 'PENDING')
    .executeTakeFirst()

/** A request that the caller made or administers; another is as one that is not there. */
export async function requireRequest(db: Db, id: string, account: string): Promise<ProductRequestTable> {
  const row = await db.selectFrom('market_product_request').selectAll().where('id', '=', id).executeTakeFirst()
  if (row?.account === account || row?.administrator === account) return row
  throw notFound(`Product request ${id}`)
}

export async function describePrivateMarketplaceRequests({ requestId }: { requestId: string }, ctx: Context) {
  const { db } = ctx.store
  const row = await requireRequest(db, requestId, ctx.account)
  return { request: await requestView(db, row, ctx.now().getTime()) }
}

interface ListInput {
  readonly scope?: 'REQUESTED' | 'ADMINISTERED'
  readonly status?: RequestStatus
  readonly maxResults?: number
  readonly nextToken?: string
}

/** What the caller's users asked for, or what it is to answer; newest first. */
export async function listPrivateMarketplaceRequests(input: ListInput, ctx: Context) {
  const { maxResults = 20, nextToken, scope = 'REQUESTED', status } = input
  const { db } = ctx.store
  const now = ctx.now().getTime()
  const pages = paging<ColumnPlace>(['ListPrivateMarketplaceRequests', ctx.account, scope, status], nextToken)
  const party = scope === 'REQUESTED' ? 'account' : 'administrator'
  let query = db.selectFrom('market_product_request').selectAll().where(party, '=', ctx.account)
  if (status === 'PENDING') query = query.where('status', '=', status).where('created', '>', now - requestLasts)
  else if (status === 'EXPIRED')
    query = query.where(eb =>
      eb.or([
        eb('status', '=', status),
        eb.and([eb('status', '=', 'PENDING'), eb('created', '<=', now - requestLasts)]),
      ]),
    )
  else if (status) query = query.where('status', '=', status)
  const found = await inOrder(query, { column: 'created', direction: 'desc' }, pages.after)
    .limit(maxResults + 1)
    .execute()
  const { items, next } = pages.cut(found, maxResults, row => [row.created, row.id])
  const requests = await Promise.all(items.map(row => requestView(db, row, now)))
  return { requests, ...(next !== undefined && { nextToken: next }) }
}
