import { randomness } from '../ground/randomness.ts'
import { type RootSecret, seal, unseal } from '../ground/root-secret.ts'

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** A unique id as IAM makes them (IAM User Guide, IAM identifiers): AKIA, ASIA, AIDA and their like, then 16 or 17 letters and digits. */
export const uniqueId = (prefix: 'AKIA' | 'ASIA' | 'AIDA' | 'AROA' | 'AGPA' | 'AIPA' | 'ANPA'): string =>
  prefix +
  Array.from({ length: prefix === 'AKIA' || prefix === 'ASIA' ? 16 : 17 }, () => letters[randomness.below(32)]).join('')

/** 40 characters of base64. */
export const newSecretAccessKey = (): string => randomness.bytes(30).toString('base64')

/** As it is kept in the database: bound to its access key id, base64. */
export const sealSecret = (root: RootSecret, accessKeyId: string, secret: string): string =>
  seal(root, 'access key', accessKeyId, Buffer.from(secret)).toString('base64')

export const unsealSecret = (root: RootSecret, accessKeyId: string, sealed: string): string =>
  unseal(root, 'access key', accessKeyId, Buffer.from(sealed, 'base64')).toString()
