import type * as Sdk from '@aws-sdk/client-sns'
import type { WayOut } from '../outgoing/way-out.ts'
import type { Context } from '../service/context.ts'
import type { Input, Operation, OperationName, Output } from '../service/operation.ts'
import type { SubscriptionTokens } from './subscription-token.ts'

/** What SNS's operations find in their context besides the platform. */
export interface SnsParts {
  readonly wayOut: Pick<WayOut, 'problem'>
  /** Whether the operator has named a mail server. */
  readonly isMailed: boolean
  readonly tokens: SubscriptionTokens
  /** Throws an Error that says why a text is no policy of a resource. */
  readonly checkPolicy: (text: string) => void
}

export type SnsContext = Context & SnsParts

/** An operation of SNS by its name, with the official SDK's shapes. */
export type Op<Name extends OperationName<typeof Sdk>> = Operation<
  Input<typeof Sdk, Name>,
  Output<typeof Sdk, Name>,
  SnsParts
>
