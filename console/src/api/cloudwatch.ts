import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { clientOf, clientOptions } from './clients.ts'

export const cloudwatch = clientOf(region => new CloudWatchClient(clientOptions(region)))
