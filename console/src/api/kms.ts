import { KMSClient } from '@aws-sdk/client-kms'
import { clientOf, clientOptions } from './clients.ts'

export const kms = clientOf(region => new KMSClient(clientOptions(region)))
