import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { SNSClient } from '@aws-sdk/client-sns'
import { clientOf, clientOptions } from './clients.ts'
import { signedJson } from './signed-json.ts'

export const events = clientOf(region => new EventBridgeClient(clientOptions(region)))
export const sns = clientOf(region => new SNSClient(clientOptions(region)))
/** This server's own API of what could not be delivered (`docs/events.md`). */
export const deadLettersApi = clientOf(region => signedJson('events', region))
