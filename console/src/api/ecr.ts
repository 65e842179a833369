import { ECRClient } from '@aws-sdk/client-ecr'
import { clientOf, clientOptions } from './clients.ts'

export const ecr = clientOf(region => new ECRClient(clientOptions(region)))
