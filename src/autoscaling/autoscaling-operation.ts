import type * as Sdk from '@aws-sdk/client-application-auto-scaling'
import type { Input, Operation, OperationName, Output } from '../service/operation.ts'

export type In<Name extends OperationName<typeof Sdk>> = Input<typeof Sdk, Name>

/** An operation of Application Auto Scaling by its name, with the official SDK's shapes. */
export type Op<Name extends OperationName<typeof Sdk>> = Operation<In<Name>, Output<typeof Sdk, Name>>
