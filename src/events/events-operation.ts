import type * as Sdk from '@aws-sdk/client-eventbridge'
import type { WayOut } from '../outgoing/way-out.ts'
import type { Context } from '../service/context.ts'
import type { Input, Operation, OperationName, Output } from '../service/operation.ts'
import type { ConnectionSecrets } from './connection-secret.ts'

/** What EventBridge's operations find in their context besides the platform. */
export interface EventsParts {
  readonly secrets: ConnectionSecrets
  readonly wayOut: Pick<WayOut, 'problem'>
}

export type EventsContext = Context & EventsParts

/** An operation of EventBridge by its name, with the official SDK's shapes. */
export type Op<Name extends OperationName<typeof Sdk>> = Operation<
  Input<typeof Sdk, Name>,
  Output<typeof Sdk, Name>,
  EventsParts
>
