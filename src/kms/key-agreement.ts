import { createPublicKey, diffieHellman, type KeyObject } from 'node:crypto'
import { ValidationException } from '../ground/errors.ts'
import { currentSecret } from './ciphertext.ts'
import { refuseUnserved } from './cryptography.ts'
import { checkGrantTokens } from './grant.ts'
import { requireAlgorithm } from './key-spec.ts'
import { kmsError } from './kms-error.ts'
import type { Op } from './kms-operation.ts'
import { privateKeyOf } from './signature.ts'
import { kindOf, requireEnabled, requireKey } from './usable-key.ts'

/**
 * The raw secret that the key's private half and a peer's public half have in common: the x-coordinate of NIST SP 800-56A, 5.7.1.2
 * (AWS KMS API Reference, DeriveSharedSecret). Throws ValidationException for what is no public key on the same curve.
 */
export const deriveSharedSecret: Op<'DeriveSharedSecret'> = async (input, ctx) => {
  refuseUnserved(input)
  await checkGrantTokens(ctx, input.GrantTokens)
  const key = await requireKey(ctx, input.KeyId)
  requireEnabled(key)
  requireAlgorithm(kindOf(key), 'KEY_AGREEMENT', input.KeyAgreementAlgorithm)
  const privateKey = privateKeyOf(await currentSecret(ctx, key))
  const publicKey = peerKey(input.PublicKey, privateKey)
  if (input.DryRun === true) throw kmsError.dryRun()
  return {
    KeyId: key.arn,
    SharedSecret: diffieHellman({ privateKey, publicKey }),
    KeyAgreementAlgorithm: input.KeyAgreementAlgorithm,
    KeyOrigin: 'AWS_KMS' as const,
  }
}

/** Reading a key tells whether its point is on its curve. */
function peerKey(der: Uint8Array, own: KeyObject): KeyObject {
  const key = read(der)
  const curve = own.asymmetricKeyDetails?.namedCurve
  if (key?.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== curve)
    throw new ValidationException(`PublicKey must be a DER-encoded public key (SubjectPublicKeyInfo) on ${curve}.`)
  return key
}

function read(der: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}
