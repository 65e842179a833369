import { load } from '../model/load.ts'
import type { Service } from '../service/operation.ts'
import { getAgreementEntitlements } from './agreement-entitlement.ts'
import { acceptAgreementRequest, createAgreementRequest } from './agreement-request.ts'
import { cancelAgreement, describeAgreement, getAgreementTerms, searchAgreements } from './agreement-view.ts'
import {
  batchCreateBillingAdjustmentRequest,
  getBillingAdjustmentRequest,
  listBillingAdjustmentRequests,
} from './billing-adjustment.ts'
import {
  acceptAgreementCancellationRequest,
  cancelAgreementCancellationRequest,
  getAgreementCancellationRequest,
  listAgreementCancellationRequests,
  rejectAgreementCancellationRequest,
  sendAgreementCancellationRequest,
} from './cancellation-request.ts'
import { listAgreementCharges, updatePurchaseOrders } from './charge.ts'
import { listAgreementInvoiceLineItems } from './invoice.ts'
import type { SellerName } from './listing.ts'
import { findNoPaymentRequest, listAgreementPaymentRequests, sendAgreementPaymentRequest } from './payment-request.ts'

/** The AWS Marketplace Agreement API: how buyers buy, and what sellers ask of them. */
export function createAgreementService({ sellerName }: { readonly sellerName: SellerName }): Service {
  return {
    model: load('marketplace-agreement'),
    operations: {
      CreateAgreementRequest: createAgreementRequest,
      AcceptAgreementRequest: acceptAgreementRequest,
      DescribeAgreement: describeAgreement,
      GetAgreementTerms: getAgreementTerms,
      GetAgreementEntitlements: getAgreementEntitlements,
      SearchAgreements: searchAgreements,
      CancelAgreement: cancelAgreement,
      ListAgreementCharges: listAgreementCharges,
      ListAgreementInvoiceLineItems: listAgreementInvoiceLineItems(sellerName),
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
    },
    access: operation => [{ action: `aws-marketplace:${operation}`, resource: '*' }],
  }
}
