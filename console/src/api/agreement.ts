import { MarketplaceAgreementClient } from '@aws-sdk/client-marketplace-agreement'
import { clientOf, clientOptions } from './clients.ts'

/** The marketplace is one for all regions. */
export const agreements = () => client('us-east-1')

const client = clientOf(region => new MarketplaceAgreementClient(clientOptions(region)))
