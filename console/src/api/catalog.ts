import { MarketplaceCatalogClient } from '@aws-sdk/client-marketplace-catalog'
import { clientOf, clientOptions } from './clients.ts'

/** The marketplace is one for all regions. */
export const catalog = () => client('us-east-1')

const client = clientOf(region => new MarketplaceCatalogClient(clientOptions(region)))
