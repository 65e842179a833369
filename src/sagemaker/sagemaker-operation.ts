import type * as Sdk from '@aws-sdk/client-sagemaker'
import type { Input, Operation, Output } from '../service/operation.ts'

/** A SageMaker operation by its name, with the official SDK's shapes. */
export type Op<Name extends string> = Operation<Input<typeof Sdk, Name>, Output<typeof Sdk, Name>>
export type In<Name extends string> = Input<typeof Sdk, Name>
