import { load } from '../model/load.ts'
import type { Service } from '../service/operation.ts'
import { getAgreementEntitlements } from './agreement-entitlement.ts'
import { acceptAgreementRequest, createAgreementRequest } from './agreement-request.ts'
import { cancelAgreement, describeAgreement, getAgreementTerms, searchAgreements } from './agreement-view.ts'
import { listAgreementCharges, updatePurchaseOrders } from './charge.ts'
import { listAgreementInvoiceLineItems } from './invoice.ts'
import type { SellerName } from './listing.ts'

/**
 * The AWS Marketplace Agreement API: how buyers buy. Requests from sellers to buyers (payments, cancellations, adjustments of bills)
 * are not served.
 */
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
    },
    access: operation => [{ action: `aws-marketplace:${operation}`, resource: '*' }],
  }
}
