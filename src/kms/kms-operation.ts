import type * as Sdk from '@aws-sdk/client-kms'
import type { Input, Operation, Output } from '../service/operation.ts'

export type KmsInput<Name extends string> = Input<typeof Sdk, Name>
export type Op<Name extends string> = Operation<KmsInput<Name>, Output<typeof Sdk, Name>>
/** The operations of one resource by their names. */
export type Operations<Names extends string> = { readonly [Name in Names]: Op<Name> }
