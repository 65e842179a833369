import { ServiceError, ValidationException } from '../ground/errors.ts'
import { quotaOf, quotasOf, setQuota, unsetQuota } from '../quotas/account-quota.ts'
import { adjustable, nameOf, requireQuota } from '../quotas/service-quota.ts'
import type { Context } from '../service/context.ts'
import { paging } from '../service/page.ts'
import type { Db } from '../store/database.ts'
import type { Listing } from './operator-request.ts'

type Asking = Pick<Context, 'store'>

interface OfAccount {
  readonly accountId: string
}

interface OfQuota extends OfAccount {
  readonly serviceCode: string
  readonly quotaCode: string
}

async function requireAccount(db: Db, id: string): Promise<void> {
  const row = await db.selectFrom('iam_account').select('id').where('id', '=', id).executeTakeFirst()
  if (!row) throw gone(`There is no account ${id}.`)
}

const gone = (message: string) => new ServiceError('ResourceNotFoundException', message)

/** Throws ResourceNotFoundException, and ValidationException for one that is the same for every account. */
function requireAdjustable({ serviceCode, quotaCode }: Omit<OfQuota, 'accountId'>) {
  const known = adjustable().find(({ of, quota }) => of.ServiceCode === serviceCode && quota.code === quotaCode)
  if (known) return nameOf(known.of, known.quota)
  const codes = adjustable().map(({ of, quota }) => `${of.ServiceCode} ${quota.code}`)
  throw new ValidationException(
    `${serviceCode} ${quotaCode} cannot be set for an account. What can: ${codes.join(', ')}.`,
  )
}

/** What an account may have of everything that can be set for it. */
export async function listAccountQuotas({ accountId }: OfAccount, { store }: Asking) {
  await requireAccount(store.db, accountId)
  const set = await quotasOf(store.db, accountId)
  const quotas = adjustable().map(({ of: { ServiceCode }, quota: { code, name, value } }) => ({
    ...{ serviceCode: ServiceCode, quotaCode: code, quotaName: name, defaultValue: value },
    value: set.get(`${ServiceCode}/${code}`) ?? value,
  }))
  return { quotas }
}

/** Sets it. What the account has already stays, also above it. */
export async function putAccountQuota(
  { accountId, value, ...name }: OfQuota & { readonly value: number },
  { store }: Asking,
) {
  const quota = requireAdjustable(name)
  await store.transaction(async ({ db }) => {
    await requireAccount(db, accountId)
    await setQuota(db, accountId, quota, value)
  })
  return {}
}

/** The account may have what every account may. */
export async function deleteAccountQuota({ accountId, ...name }: OfQuota, { store }: Asking) {
  const quota = requireAdjustable(name)
  await store.transaction(async ({ db }) => {
    await requireAccount(db, accountId)
    await unsetQuota(db, accountId, quota)
  })
  return {}
}

const usual = 100

/** What accounts have asked for, the oldest first: what waits, unless it is said otherwise. */
export async function listQuotaRequests(
  { status = 'PENDING', maxResults = usual, nextToken }: Listing & { readonly status?: string },
  { store: { db } }: Asking,
) {
  const pages = paging<string>(['operator:ListQuotaRequests', status], nextToken)
  const rows = await db
    .selectFrom('quota_request')
    .selectAll()
    .where('status', '=', status)
    .where('id', '>', pages.after ?? '')
    .orderBy('id')
    .limit(maxResults + 1)
    .execute()
  const { items, next } = pages.cut(rows, maxResults, ({ id }) => id)
  const requests = []
  for (const row of items) {
    const { of, quota } = requireQuota(row.service, row.quota)
    const value = await quotaOf(db, row.account, nameOf(of, quota))
    requests.push({
      ...{ requestId: row.id, accountId: row.account, serviceCode: row.service, quotaCode: row.quota },
      ...{ quotaName: quota.name, value, desiredValue: row.desired, status: row.status },
      ...{ requestedAt: new Date(row.created), requestedBy: row.requester },
    })
  }
  return { requests, ...(next !== undefined && { nextToken: next }) }
}

interface Decision {
  readonly requestId: string
  readonly decision: 'APPROVED' | 'DENIED'
}

/** The operator's word; the account reads it in GetRequestedServiceQuotaChange. Approved, the number holds at once. */
export async function reviewQuotaRequest({ requestId: id, decision }: Decision, ctx: Context) {
  await ctx.store.transaction(({ db }) => review(db, id, decision, ctx.now().getTime()))
  return {}
}

/** The same for whoever has no context. */
export async function review(db: Db, id: string, status: Decision['decision'], updated: number): Promise<void> {
  const row = await db.selectFrom('quota_request').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) throw gone(`There is no request ${id}.`)
  if (row.status !== 'PENDING') throw new ValidationException(`The request ${id} is ${row.status} already.`)
  const { of, quota } = requireQuota(row.service, row.quota)
  if (status === 'APPROVED') await setQuota(db, row.account, nameOf(of, quota), row.desired)
  await db.updateTable('quota_request').set({ status, updated }).where('id', '=', id).execute()
}
