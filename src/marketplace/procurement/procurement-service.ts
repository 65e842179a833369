import { allAsk, type OwnApi, onAnything, type Service, service } from '../../service/service.ts'
import {
  associateProductsWithPrivateMarketplace,
  cancelPrivateMarketplaceRequests,
  disassociateProductsFromPrivateMarketplace,
} from './answer-request.ts'
import {
  createPrivateMarketplaceRequests,
  describePrivateMarketplaceRequests,
  listPrivateMarketplaceRequests,
} from './product-request.ts'

/**
 * Wishes for products that a private marketplace does not allow. AWS has pages for them and no API; its IAM actions have these names
 * (AWS Managed Policy Reference Guide, AWSPrivateMarketplaceRequests, AWSPrivateMarketplaceAdminFullAccess). See `docs/private-marketplace.md`.
 */
export const createProcurementService = (): Service =>
  service<OwnApi, object>({
    model: 'marketplace-procurement',
    parts: () => ({}),
    operations: allAsk<OwnApi, object>(onAnything('aws-marketplace'), {
      CreatePrivateMarketplaceRequests: createPrivateMarketplaceRequests,
      DescribePrivateMarketplaceRequests: describePrivateMarketplaceRequests,
      ListPrivateMarketplaceRequests: listPrivateMarketplaceRequests,
      AssociateProductsWithPrivateMarketplace: associateProductsWithPrivateMarketplace,
      DisassociateProductsFromPrivateMarketplace: disassociateProductsFromPrivateMarketplace,
      CancelPrivateMarketplaceRequests: cancelPrivateMarketplaceRequests,
    }),
  })
