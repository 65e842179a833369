import type * as Sdk from '@aws-sdk/client-eventbridge'
import { type RootSecret, seal, unseal } from '../ground/root-secret.ts'
import type { Input } from '../service/operation.ts'

/** As a connection is made: with all secrets. */
export type AuthParameters = Input<typeof Sdk, 'CreateConnection'>['AuthParameters']

export interface Token {
  readonly text: string
  /** Milliseconds. */
  readonly expires: number
}

/** Seals what connections must not tell, bound to their ARNs. */
export interface ConnectionSecrets {
  seal(arn: string, parameters: AuthParameters): string
  unseal(arn: string, sealed: string): AuthParameters
  sealToken(arn: string, token: string): string
  unsealToken(arn: string, sealed: string): string
}

export function createConnectionSecrets(root: RootSecret): ConnectionSecrets {
  const close = (purpose: string, arn: string, text: string) =>
    seal(root, purpose, arn, Buffer.from(text)).toString('base64')
  const open = (purpose: string, arn: string, sealed: string) =>
    unseal(root, purpose, arn, Buffer.from(sealed, 'base64')).toString()
  return {
    seal: (arn, parameters) => close('event connection', arn, JSON.stringify(parameters)),
    unseal: (arn, sealed) => JSON.parse(open('event connection', arn, sealed)),
    sealToken: (arn, token) => close('event connection token', arn, token),
    unsealToken: (arn, sealed) => open('event connection token', arn, sealed),
  }
}
