import type * as Sdk from '@aws-sdk/client-marketplace-agreement'
import { allAsk, type SdkApi, type Service, service } from '../../service/service.ts'
import {
  batchCreateBillingAdjustmentRequest,
  getBillingAdjustmentRequest,
  listBillingAdjustmentRequests,
} from '../billing/billing-adjustment.ts'
import { listAgreementCharges, updatePurchaseOrders } from '../billing/charge.ts'
import { listAgreementInvoiceLineItems } from '../billing/invoice.ts'
import {
  findNoPaymentRequest,
  listAgreementPaymentRequests,
  sendAgreementPaymentRequest,
} from '../billing/payment-request.ts'
import type { SellerNames } from '../discovery/listing.ts'
import { onAgreement } from './agreement-access.ts'
import { getAgreementEntitlements } from './agreement-entitlement.ts'
import { acceptAgreementRequest, createAgreementRequest } from './agreement-request.ts'
import { cancelAgreement, describeAgreement, getAgreementTerms, searchAgreements } from './agreement-view.ts'
import {
  acceptAgreementCancellationRequest,
  cancelAgreementCancellationRequest,
  getAgreementCancellationRequest,
  listAgreementCancellationRequests,
  rejectAgreementCancellationRequest,
  sendAgreementCancellationRequest,
} from './cancellation-request.ts'

type AgreementApi = SdkApi<typeof Sdk>

/** The AWS Marketplace Agreement API: how buyers buy, and what sellers ask of them. */
export function createAgreementService(parts: SellerNames): Service {
  return service<AgreementApi, SellerNames>({
    model: 'marketplace-agreement',
    parts: () => parts,
    operations: allAsk<AgreementApi, SellerNames>(onAgreement, {
      CreateAgreementRequest: createAgreementRequest,
      AcceptAgreementRequest: acceptAgreementRequest,
      DescribeAgreement: describeAgreement,
      GetAgreementTerms: getAgreementTerms,
      GetAgreementEntitlements: getAgreementEntitlements,
      SearchAgreements: searchAgreements,
      CancelAgreement: cancelAgreement,
      ListAgreementCharges: listAgreementCharges,
      ListAgreementInvoiceLineItems: listAgreementInvoiceLineItems,
      UpdatePurchaseOrders: updatePurchaseOrders,
      BatchCreateBillingAdjustmentRequest: batchCreateBillingAdjustmentRequest,
      GetBillingAdjustmentRequest: getBillingAdjustmentRequest,
      ListBillingAdjustmentRequests: listBillingAdjustmentRequests,
      SendAgreementCancellationRequest: sendAgreementCancellationRequest,
      AcceptAgreementCancellationRequest: acceptAgreementCancellationRequest,
      RejectAgreementCancellationRequest: rejectAgreementCancellationRequest,
      CancelAgreementCancellationRequest: cancelAgreementCancellationRequest,
      GetAgreementCancellationRequest: getAgreementCancellationRequest,
      ListAgreementCancellationRequests: listAgreementCancellationRequests,
      SendAgreementPaymentRequest: sendAgreementPaymentRequest,
      AcceptAgreementPaymentRequest: findNoPaymentRequest,
      RejectAgreementPaymentRequest: findNoPaymentRequest,
      CancelAgreementPaymentRequest: findNoPaymentRequest,
      GetAgreementPaymentRequest: findNoPaymentRequest,
      ListAgreementPaymentRequests: listAgreementPaymentRequests,
    }),
  })
}
