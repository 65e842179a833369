import type * as Sdk from '@aws-sdk/client-kms'
import type { Context } from '../service/context.ts'
import type { Input, Operation, Output } from '../service/operation.ts'
import type { KmsParts } from './key-row.ts'

export type KmsInput<Name extends string> = Input<typeof Sdk, Name>
/** An operation of KMS by its name, with the official SDK's shapes. */
export type Op<Name extends string> = Operation<KmsInput<Name>, Output<typeof Sdk, Name>, KmsParts>
/** What an operation of KMS is asked in. */
export type KmsContext = Context & KmsParts
