import { ecrErrors } from './ecr-errors.ts'

/** Layers are shared by digest between repositories, so no repository has a key of its own. Throws InvalidParameterException. */
export function requireOwnEncryption(wanted: { encryptionType?: string; kmsKey?: string } | undefined): void {
  if (!wanted || (wanted.encryptionType === 'AES256' && !wanted.kmsKey)) return
  throw ecrErrors.invalidParameter(
    'encryptionConfiguration',
    `Encryption '${wanted.encryptionType}' with a KMS key is not offered by this registry; leave it out or use AES256`,
  )
}
