import type * as Sdk from '@aws-sdk/client-iam'
import type { RootSecret } from '../ground/root-secret.ts'
import type { Input, Operation, OperationName, Output } from '../service/operation.ts'
import type { OpenIdDocuments } from './open-id-document.ts'

/** What operations of IAM and STS find in their context besides the platform. */
export interface SecretParts {
  /** Seals the secrets of keys and sessions. */
  readonly rootSecret: RootSecret
}

/** What operations of IAM find besides. */
export interface IamServiceParts extends SecretParts {
  readonly openIdDocuments: OpenIdDocuments
}

export type IamInput<Name extends OperationName<typeof Sdk>> = Input<typeof Sdk, Name>
/** An operation of IAM by its name, with the official SDK's shapes. */
export type Op<Name extends OperationName<typeof Sdk>> = Operation<
  IamInput<Name>,
  Output<typeof Sdk, Name>,
  IamServiceParts
>
