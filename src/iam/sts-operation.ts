import type * as Sdk from '@aws-sdk/client-sts'
import { ServiceError } from '../ground/errors.ts'
import type { Input, Operation, OperationName, Output } from '../service/operation.ts'
import type { SecretParts } from './iam-operation.ts'
import type { OpenIdKeys } from './open-id-keys.ts'
import type { TemporaryCredential } from './session.ts'

/** What operations of STS find besides. */
export interface StsParts extends SecretParts {
  readonly openIdKeys: OpenIdKeys
}

/** An operation of STS by its name, with the official SDK's shapes. */
export type Op<N extends OperationName<typeof Sdk>> = Operation<Input<typeof Sdk, N>, Output<typeof Sdk, N>, StsParts>

export const describeCredential = (credential: TemporaryCredential) => ({
  AccessKeyId: credential.accessKeyId,
  SecretAccessKey: credential.secretAccessKey,
  SessionToken: credential.sessionToken,
  Expiration: credential.expires,
})

export const invalid = (message: string) => new ServiceError('ValidationError', message, { status: 400 })
