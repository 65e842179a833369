import type * as Sdk from '@aws-sdk/client-eventbridge'
import type { Input, Operation, OperationName, Output } from '../service/operation.ts'

/** An operation of EventBridge by its name, with the official SDK's shapes. */
export type Op<Name extends OperationName<typeof Sdk>> = Operation<Input<typeof Sdk, Name>, Output<typeof Sdk, Name>>
