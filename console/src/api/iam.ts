import { IAMClient } from '@aws-sdk/client-iam'
import { clientOf, clientOptions } from './clients.ts'

export const iam = clientOf(region => new IAMClient(clientOptions(region)))
