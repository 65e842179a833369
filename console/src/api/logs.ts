import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { clientOf, clientOptions } from './clients.ts'

export const logs = clientOf(region => new CloudWatchLogsClient(clientOptions(region)))
