import { ValidationException } from '../ground/errors.ts'
import { currentSecret } from './ciphertext.ts'
import { checkGrantTokens } from './grant.ts'
import { isPair, requireAlgorithm, toldKind } from './key-spec.ts'
import { kmsError } from './kms-error.ts'
import type { KmsContext, KmsInput, Op } from './kms-operation.ts'
import { digestOf, hashOf, publicKeyOf, signDigest, signsWhole, verifyDigest } from './signature.ts'
import { kindOf, requireEnabled, requireKey } from './usable-key.ts'

export const sign: Op<'Sign'> = async (input, ctx) => {
  const { key, digest } = await signing(ctx, input)
  if (input.DryRun === true) throw kmsError.dryRun()
  const { SigningAlgorithm } = input
  const Signature = signDigest(await currentSecret(ctx, key), SigningAlgorithm, digest)
  return { KeyId: key.arn, Signature, SigningAlgorithm }
}

/** Throws KMSInvalidSignatureException for a signature that is not of this message and key. */
export const verify: Op<'Verify'> = async (input, ctx) => {
  const { key, digest } = await signing(ctx, input)
  const { SigningAlgorithm, Signature } = input
  if (!verifyDigest(await currentSecret(ctx, key), SigningAlgorithm, digest, Signature)) throw kmsError.badSignature()
  if (input.DryRun === true) throw kmsError.dryRun()
  return { KeyId: key.arn, SignatureValid: true, SigningAlgorithm }
}

async function signing(ctx: KmsContext, input: Omit<KmsInput<'Sign'>, 'Signature'>) {
  await checkGrantTokens(ctx, input.GrantTokens)
  const key = await requireKey(ctx, input.KeyId)
  requireEnabled(key)
  requireAlgorithm(kindOf(key), 'SIGN_VERIFY', input.SigningAlgorithm)
  return { key, digest: digestIn(input) }
}

/** The digest of a message, or the message if it is one already. */
function digestIn({ Message, MessageType = 'RAW', SigningAlgorithm }: Omit<KmsInput<'Sign'>, 'Signature'>): Uint8Array {
  if (signsWhole(SigningAlgorithm)) return wholeMessage(Message, MessageType, SigningAlgorithm)
  if (MessageType === 'RAW' && SigningAlgorithm === 'ED25519_PH_SHA_512') throw otherType(SigningAlgorithm, 'DIGEST')
  if (MessageType === 'RAW') return digestOf(SigningAlgorithm, Message)
  if (MessageType !== 'DIGEST') throw otherType(SigningAlgorithm, 'RAW or DIGEST')
  const { bytes } = hashOf(SigningAlgorithm)
  if (Message.length !== bytes)
    throw new ValidationException(
      `Digest is invalid length for algorithm ${SigningAlgorithm}: it has ${Message.length} bytes, not ${bytes}.`,
    )
  return Message
}

/** The representative of ML-DSA that is hashed elsewhere (EXTERNAL_MU) is refused: Node's crypto takes messages alone. */
function wholeMessage(message: Uint8Array, type: string, algorithm: string): Uint8Array {
  if (type === 'EXTERNAL_MU' && algorithm.startsWith('ML_DSA')) throw kmsError.unsupported('MessageType EXTERNAL_MU')
  if (type !== 'RAW') throw otherType(algorithm, 'RAW')
  return message
}

const otherType = (algorithm: string, type: string) =>
  new ValidationException(`SigningAlgorithm ${algorithm} requires MessageType ${type}.`)

export const getPublicKey: Op<'GetPublicKey'> = async (input, ctx) => {
  await checkGrantTokens(ctx, input.GrantTokens)
  const key = await requireKey(ctx, input.KeyId)
  requireEnabled(key)
  const { arn, ...kind } = kindOf(key)
  if (!isPair(kind.spec)) throw kmsError.unsupported(`GetPublicKey of a key of spec ${kind.spec}, which is no pair,`)
  return { KeyId: arn, PublicKey: publicKeyOf(await currentSecret(ctx, key)), ...toldKind(kind) }
}
