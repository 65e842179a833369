import type * as Sdk from '@aws-sdk/client-sagemaker'
import type { Input, Operation, OperationName, Output } from '../service/operation.ts'

export type In<Name extends OperationName<typeof Sdk>> = Input<typeof Sdk, Name>

/** A SageMaker operation by its name, with the official SDK's shapes. */
export type Op<Name extends OperationName<typeof Sdk>> = Operation<In<Name>, Output<typeof Sdk, Name>>
