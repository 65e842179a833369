import { checkContext, encryptUnder } from './ciphertext.ts'
import { refuseUnserved } from './cryptography.ts'
import { checkGrantTokens } from './grant.ts'
import { isPair, makeSecret, requireAlgorithm } from './key-spec.ts'
import { kmsError } from './kms-error.ts'
import type { KmsContext, KmsInput, Op } from './kms-operation.ts'
import { publicKeyOf } from './signature.ts'
import { kindOf, requireEnabled, requireKey } from './usable-key.ts'

/** A pair of keys for use outside: private as PKCS #8, also encrypted under the key; public as SubjectPublicKeyInfo. */
export const generateDataKeyPair: Op<'GenerateDataKeyPair'> = async (input, ctx) => {
  refuseUnserved(input)
  const { secret, ...made } = await dataKeyPair(ctx, input)
  return { PrivateKeyPlaintext: secret, ...made }
}

export const generateDataKeyPairWithoutPlaintext: Op<'GenerateDataKeyPairWithoutPlaintext'> = async (input, ctx) => {
  const { secret: _, ...made } = await dataKeyPair(ctx, input)
  return made
}

async function dataKeyPair(ctx: KmsContext, input: Omit<KmsInput<'GenerateDataKeyPair'>, 'Recipient'>) {
  const { KeyId, KeyPairSpec, EncryptionContext } = input
  checkContext(EncryptionContext)
  await checkGrantTokens(ctx, input.GrantTokens)
  const key = await requireKey(ctx, KeyId)
  requireEnabled(key)
  requireAlgorithm(kindOf(key), 'ENCRYPT_DECRYPT', 'SYMMETRIC_DEFAULT')
  if (!isPair(KeyPairSpec)) throw kmsError.unsupported(`KeyPairSpec ${KeyPairSpec}`)
  if (input.DryRun === true) throw kmsError.dryRun()
  const secret = await makeSecret(KeyPairSpec)
  const { blob, materialId } = await encryptUnder(ctx, key, secret, EncryptionContext)
  const told = { KeyId: key.arn, KeyPairSpec, KeyMaterialId: materialId }
  return { secret, PrivateKeyCiphertextBlob: blob, PublicKey: publicKeyOf(secret), ...told }
}
