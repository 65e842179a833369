import { randomness } from '../ground/randomness.ts'
import { seal } from '../ground/root-secret.ts'
import { type DataKeys, type Encryption, newSalt } from './encryption.ts'

/** Whose key encrypts what escrow holds: neither seller's nor buyer's, but a data key of its own, which the root secret seals. */
export function newEscrowKey({ rootSecret }: DataKeys, name: string): { key: Buffer; encryption: Encryption } {
  const key = randomness.bytes(32)
  const wrapped = seal(rootSecret, 's3', name, key).toString('base64')
  return { key, encryption: { algorithm: 'AES256', wrapped, context: name, arn: `held:${name}`, salt: newSalt() } }
}
