import { ServiceError } from '../ground/errors.ts'
import type { AccessRule } from '../service/service.ts'
import { type Op, quotaArn, requireQuota } from './service-quota.ts'

/** For one quota, by its ARN (Service Authorization Reference, Service Quotas). */
export const changeAccess: AccessRule<{ readonly ServiceCode?: string; readonly QuotaCode?: string }> = (
  { ServiceCode = '', QuotaCode = '' },
  { account, region },
) => {
  const arn = quotaArn({ ServiceCode, isGlobal: ServiceCode === 'iam' }, QuotaCode, region, account)
  return [{ action: 'servicequotas:RequestServiceQuotaIncrease', resource: arn }]
}

/** Always refused, as AWS refuses what is not adjustable: IllegalArgumentException. */
export const requestServiceQuotaIncrease: Op<'RequestServiceQuotaIncrease'> = async input => {
  const { quota } = requireQuota(input.ServiceCode ?? '', input.QuotaCode ?? '')
  throw new ServiceError(
    'IllegalArgumentException',
    `The quota ${quota.code} (${quota.name}) is not adjustable: it is ${quota.value} for every account of this installation.`,
  )
}

/** Nobody's request was ever taken. */
export const getRequestedServiceQuotaChange: Op<'GetRequestedServiceQuotaChange'> = async ({ RequestId }) => {
  throw new ServiceError('NoSuchResourceException', `There is no request ${RequestId}: quotas are not adjustable here.`)
}

export const listRequestedServiceQuotaChangeHistory: Op<'ListRequestedServiceQuotaChangeHistory'> = async () => ({
  RequestedQuotas: [],
})

export const listRequestedServiceQuotaChangeHistoryByQuota: Op<
  'ListRequestedServiceQuotaChangeHistoryByQuota'
> = async input => {
  requireQuota(input.ServiceCode ?? '', input.QuotaCode ?? '')
  return { RequestedQuotas: [] }
}
