import type * as Sdk from '@aws-sdk/client-service-quotas'
import { onAnything, type SdkApi, type Service, service } from '../service/service.ts'
import {
  changeAccess,
  getRequestedServiceQuotaChange,
  listRequestedServiceQuotaChangeHistory,
  listRequestedServiceQuotaChangeHistoryByQuota,
  requestServiceQuotaIncrease,
} from './quota-request.ts'
import {
  getAWSDefaultServiceQuota,
  getServiceQuota,
  listAWSDefaultServiceQuotas,
  listServiceQuotas,
  listServices,
} from './service-quota.ts'

/** Service Quotas: what is enforced, told; the operator answers who asks for more. Templates and utilization reports are not served. */
export const createQuotasService = (): Service => {
  const access = onAnything('servicequotas')
  return service<SdkApi<typeof Sdk>>({
    model: 'service-quotas',
    operations: {
      GetAWSDefaultServiceQuota: { run: getAWSDefaultServiceQuota, access },
      GetRequestedServiceQuotaChange: { run: getRequestedServiceQuotaChange, access },
      GetServiceQuota: { run: getServiceQuota, access },
      ListAWSDefaultServiceQuotas: { run: listAWSDefaultServiceQuotas, access },
      ListRequestedServiceQuotaChangeHistory: { run: listRequestedServiceQuotaChangeHistory, access },
      ListRequestedServiceQuotaChangeHistoryByQuota: { run: listRequestedServiceQuotaChangeHistoryByQuota, access },
      ListServiceQuotas: { run: listServiceQuotas, access },
      ListServices: { run: listServices, access },
      RequestServiceQuotaIncrease: { run: requestServiceQuotaIncrease, access: changeAccess },
    },
  })
}
