import { ServiceError } from '../ground/errors.ts'
import { randomness } from '../ground/randomness.ts'
import { paging } from '../service/page.ts'
import type { AccessRule } from '../service/service.ts'
import type { Db } from '../store/database.ts'
import type { QuotaRequestTable } from '../store/schema/quota-tables.ts'
import { quotaOf } from './account-quota.ts'
import { badToken, nameOf, type Op, ofAPI, quotaArn, requireQuota } from './service-quota.ts'

/** For one quota, by its ARN (Service Authorization Reference, Service Quotas). */
export const changeAccess: AccessRule<{ readonly ServiceCode?: string; readonly QuotaCode?: string }> = (
  { ServiceCode = '', QuotaCode = '' },
  { account, region },
) => {
  const arn = quotaArn({ ServiceCode, isGlobal: ServiceCode === 'iam' }, QuotaCode, region, account)
  return [{ action: 'servicequotas:RequestServiceQuotaIncrease', resource: arn }]
}

/** As RequestedServiceQuotaChange. */
const view = ({ id, account, region, service, quota: code, ...row }: QuotaRequestTable) => {
  const { of, quota } = requireQuota(service, code)
  return {
    ...{ Id: id, RequestType: 'AutomaticManagement' as const, DesiredValue: row.desired },
    ...{ ServiceCode: service, ServiceName: of.ServiceName, QuotaCode: code, QuotaName: quota.name },
    ...{ Status: row.status as 'PENDING', Created: new Date(row.created), LastUpdated: new Date(row.updated) },
    Requester: JSON.stringify({ accountId: account, callerArn: row.requester }),
    ...{ QuotaArn: quotaArn(of, code, region, account), Unit: quota.unit ?? 'None' },
    ...{ GlobalQuota: of.isGlobal ?? quota.isGlobal ?? false, QuotaRequestedAtLevel: 'ACCOUNT' as const },
  }
}

/**
 * Asks the operator for more. IllegalArgumentException for what is not adjustable, no whole number, or not more than there is;
 * ResourceAlreadyExistsException while a request for the same quota waits (Service Quotas API Reference).
 */
export const requestServiceQuotaIncrease: Op<'RequestServiceQuotaIncrease'> = async (input, ctx) => {
  const { of, quota } = requireQuota(input.ServiceCode ?? '', input.QuotaCode ?? '')
  const { DesiredValue: desired = 0, ContextId, SupportCaseAllowed } = input
  if (ContextId !== undefined)
    throw illegal(`ContextId is not supported: the quota ${quota.code} is of accounts, not of a resource.`)
  if (SupportCaseAllowed) throw illegal('SupportCaseAllowed is not supported: there is no support center here.')
  if (!quota.isAdjustable)
    throw illegal(
      `The quota ${quota.code} (${quota.name}) is not adjustable: it is ${quota.value} for every account of this installation.`,
    )
  if (!Number.isInteger(desired)) throw illegal(`DesiredValue must be a whole number: ${desired}.`)
  return ctx.store.transaction(async ({ db }) => {
    const value = await quotaOf(db, ctx.account, nameOf(of, quota))
    if (desired <= value)
      throw illegal(`You must provide a quota value greater than the current quota value, ${value}.`)
    const same = await requestsOf(db, ctx.account, { service: of.ServiceCode, quota: quota.code, status: 'PENDING' })
      .limit(1)
      .executeTakeFirst()
    if (same)
      throw new ServiceError(
        'ResourceAlreadyExistsException',
        `The request ${same.id} for ${quota.code} of ${of.ServiceCode} waits already.`,
      )
    const now = ctx.now().getTime()
    const row: QuotaRequestTable = {
      // In the order in which they came.
      id: `${now.toString(16).padStart(12, '0')}${randomness.uuid().replaceAll('-', '').slice(0, 20)}`,
      ...{ account: ctx.account, region: ctx.region, service: of.ServiceCode, quota: quota.code, desired },
      ...{ status: 'PENDING', requester: ctx.principal.arn, created: now, updated: now },
    }
    await db.insertInto('quota_request').values(row).execute()
    return { RequestedQuota: view(row) }
  })
}

const illegal = (message: string) => new ServiceError('IllegalArgumentException', message)

export const getRequestedServiceQuotaChange: Op<'GetRequestedServiceQuotaChange'> = async ({ RequestId = '' }, ctx) => {
  const row = await requestsOf(ctx.store.db, ctx.account, {}).where('id', '=', RequestId).executeTakeFirst()
  if (!row) throw new ServiceError('NoSuchResourceException', `There is no request ${RequestId}.`)
  return { RequestedQuota: view(row) }
}

interface Filter {
  readonly service?: string | undefined
  readonly quota?: string | undefined
  readonly status?: string | undefined
}

function requestsOf(db: Db, account: string, { service, quota, status }: Filter) {
  let query = db.selectFrom('quota_request').selectAll().where('account', '=', account)
  if (service !== undefined) query = query.where('service', '=', service)
  if (quota !== undefined) query = query.where('quota', '=', quota)
  if (status !== undefined) query = query.where('status', '=', status)
  return query
}

export const listRequestedServiceQuotaChangeHistory: Op<'ListRequestedServiceQuotaChangeHistory'> = (input, ctx) =>
  history(input, ctx)

export const listRequestedServiceQuotaChangeHistoryByQuota: Op<
  'ListRequestedServiceQuotaChangeHistoryByQuota'
> = async (input, ctx) => {
  requireQuota(input.ServiceCode ?? '', input.QuotaCode ?? '')
  return history(input, ctx)
}

type Asked = Parameters<Op<'ListRequestedServiceQuotaChangeHistory'>>[0] & { readonly QuotaCode?: string | undefined }

/** The newest first. */
async function history(input: Asked, ctx: Parameters<Op<'ListServices'>>[1]) {
  const { ServiceCode: service, QuotaCode: quota, Status: status, MaxResults: most = 100 } = input
  if (input.QuotaRequestedAtLevel === 'RESOURCE') return { RequestedQuotas: [] }
  const listing = ['ListRequestedServiceQuotaChangeHistory', ctx.account, `${service}/${quota}/${status}`]
  const pages = paging<string>(listing, input.NextToken, badToken)
  let query = requestsOf(ctx.store.db, ctx.account, { service, quota, status })
  if (pages.after !== undefined) query = query.where('id', '<', pages.after)
  const rows = await query
    .orderBy('id', 'desc')
    .limit(most + 1)
    .execute()
  const { items, next } = pages.cut(rows, most, ({ id }) => id)
  return { RequestedQuotas: items.map(view), ...(next && { NextToken: ofAPI(next) }) }
}
