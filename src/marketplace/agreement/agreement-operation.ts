import type * as Sdk from '@aws-sdk/client-marketplace-agreement'
import type { Input, Operation, OperationName, Output } from '../../service/operation.ts'
import type { SellerNames } from '../discovery/listing.ts'

/** An operation of the Marketplace Agreement API by its name, with the official SDK's shapes. */
export type Op<Name extends OperationName<typeof Sdk>> = Operation<
  Input<typeof Sdk, Name>,
  Output<typeof Sdk, Name>,
  SellerNames
>
