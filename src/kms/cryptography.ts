import { constants, privateDecrypt, publicEncrypt } from 'node:crypto'
import type * as Sdk from '@aws-sdk/client-kms'
import { ValidationException } from '../ground/errors.ts'
import { randomness } from '../ground/randomness.ts'
import type { EncryptionContext } from '../service/kms.ts'
import { checkContext, currentSecret, decryptUnder, encryptUnder } from './ciphertext.ts'
import { checkGrantTokens } from './grant.ts'
import type { KeyRow } from './key-row.ts'
import { requireAlgorithm } from './key-spec.ts'
import { findCiphertextKey, unknownCiphertext } from './kms-access.ts'
import { kmsError } from './kms-error.ts'
import type { KmsContext, KmsInput, Op } from './kms-operation.ts'
import { privateKeyOf } from './signature.ts'
import { kindOf, requireEnabled, requireKey } from './usable-key.ts'

const symmetricDefault = 'SYMMETRIC_DEFAULT' as const
type Algorithm = Sdk.EncryptionAlgorithmSpec

export const encrypt: Op<'Encrypt'> = async (input, ctx) => {
  const { EncryptionAlgorithm = symmetricDefault, EncryptionContext } = input
  const key = await enabledKey(ctx, input.KeyId, input)
  requireAlgorithm(kindOf(key), 'ENCRYPT_DECRYPT', EncryptionAlgorithm)
  if (input.DryRun === true) throw kmsError.dryRun()
  const { blob } = await encryptWith(ctx, key, input.Plaintext, EncryptionAlgorithm, EncryptionContext)
  return { CiphertextBlob: blob, KeyId: key.arn, EncryptionAlgorithm }
}

export const decrypt: Op<'Decrypt'> = async (input, ctx) => {
  refuseUnserved(input)
  const { EncryptionAlgorithm = symmetricDefault, EncryptionContext } = input
  const blob = requireCiphertext(input.CiphertextBlob)
  const key = await ciphertextKey(ctx, blob, input.KeyId, EncryptionAlgorithm, input)
  const opened = await decryptWith(ctx, key, blob, EncryptionAlgorithm, EncryptionContext)
  if (input.DryRun === true) throw kmsError.dryRun()
  return { Plaintext: opened.plaintext, KeyId: key.arn, EncryptionAlgorithm, KeyMaterialId: opened.materialId }
}

export const reEncrypt: Op<'ReEncrypt'> = async (input, ctx) => {
  refuseUnserved(input)
  const { SourceEncryptionContext: before, DestinationEncryptionContext: after } = input
  const { SourceEncryptionAlgorithm = symmetricDefault, DestinationEncryptionAlgorithm = symmetricDefault } = input
  const from = requireCiphertext(input.CiphertextBlob)
  const source = await ciphertextKey(ctx, from, input.SourceKeyId, SourceEncryptionAlgorithm, {
    EncryptionContext: before,
  })
  const destination = await enabledKey(ctx, input.DestinationKeyId, { ...input, EncryptionContext: after })
  requireAlgorithm(kindOf(destination), 'ENCRYPT_DECRYPT', DestinationEncryptionAlgorithm)
  const opened = await decryptWith(ctx, source, from, SourceEncryptionAlgorithm, before)
  if (input.DryRun === true) throw kmsError.dryRun()
  const made = await encryptWith(ctx, destination, opened.plaintext, DestinationEncryptionAlgorithm, after)
  return {
    CiphertextBlob: made.blob,
    SourceKeyId: source.arn,
    KeyId: destination.arn,
    SourceEncryptionAlgorithm,
    DestinationEncryptionAlgorithm,
    SourceKeyMaterialId: opened.materialId,
    DestinationKeyMaterialId: made.materialId,
  }
}

/** Node's names of the hashes of RSAES-OAEP. */
const oaep = (algorithm: Algorithm) => ({
  oaepHash: algorithm === 'RSAES_OAEP_SHA_1' ? 'sha1' : 'sha256',
  padding: constants.RSA_PKCS1_OAEP_PADDING,
})

async function encryptWith(
  ctx: KmsContext,
  key: KeyRow,
  plaintext: Uint8Array,
  algorithm: Algorithm,
  context: EncryptionContext | undefined,
): Promise<{ blob: Buffer; materialId?: string }> {
  if (algorithm === symmetricDefault) return encryptUnder(ctx, key, plaintext, context)
  refuseContext(context)
  const secret = privateKeyOf(await currentSecret(ctx, key))
  const hashBytes = algorithm === 'RSAES_OAEP_SHA_1' ? 20 : 32
  const most = (secret.asymmetricKeyDetails?.modulusLength ?? 0) / 8 - 2 * hashBytes - 2
  if (plaintext.length > most)
    throw new ValidationException(
      `Algorithm ${algorithm} and key spec ${key.spec} cannot encrypt data larger than ${most} bytes.`,
    )
  return { blob: publicEncrypt({ key: secret, ...oaep(algorithm) }, plaintext) }
}

async function decryptWith(
  ctx: KmsContext,
  key: KeyRow,
  blob: Uint8Array,
  algorithm: Algorithm,
  context: EncryptionContext | undefined,
): Promise<{ plaintext: Buffer; materialId?: string }> {
  if (algorithm === symmetricDefault) return decryptUnder(ctx, key, blob, context)
  refuseContext(context)
  const secret = privateKeyOf(await currentSecret(ctx, key))
  try {
    return { plaintext: privateDecrypt({ key: secret, ...oaep(algorithm) }, blob) }
  } catch {
    throw kmsError.badCiphertext()
  }
}

/** RSA has no room for it (AWS KMS API Reference, Encrypt). */
function refuseContext(context: EncryptionContext | undefined): void {
  if (Object.keys(context ?? {}).length > 0)
    throw new ValidationException('EncryptionContext is for symmetric encryption keys alone.')
}

export const generateRandom: Op<'GenerateRandom'> = async input => {
  refuseUnserved(input)
  if (input.CustomKeyStoreId !== undefined) throw kmsError.unsupported('A custom key store')
  if (input.NumberOfBytes === undefined)
    throw new ValidationException('Number of bytes is required when no custom key store is named.')
  return { Plaintext: randomness.bytes(input.NumberOfBytes) }
}

export const generateDataKey: Op<'GenerateDataKey'> = async (input, ctx) => {
  refuseUnserved(input)
  const { plaintext, ...made } = await dataKey(ctx, input)
  return { Plaintext: plaintext, ...made }
}

export const generateDataKeyWithoutPlaintext: Op<'GenerateDataKeyWithoutPlaintext'> = async (input, ctx) => {
  const { plaintext: _, ...made } = await dataKey(ctx, input)
  return made
}

interface Use {
  readonly EncryptionContext?: Record<string, string> | undefined
  readonly GrantTokens?: string[] | undefined
}

async function enabledKey(ctx: KmsContext, keyId: string, use: Use): Promise<KeyRow> {
  checkContext(use.EncryptionContext)
  await checkGrantTokens(ctx, use.GrantTokens)
  const key = await requireKey(ctx, keyId)
  requireEnabled(key)
  return key
}

/** What RSA encrypted names no key, so the request has to. Throws ValidationException. */
export function requireNamedKey(keyId: string | undefined, algorithm: Algorithm | undefined): void {
  if (keyId === undefined && algorithm !== undefined && algorithm !== symmetricDefault)
    throw new ValidationException(`The key must be named for algorithm ${algorithm}.`)
}

/** The key that a ciphertext names, which must be the one that the request names, if it does. What RSA encrypted names none. */
async function ciphertextKey(
  ctx: KmsContext,
  blob: Uint8Array,
  keyId: string | undefined,
  algorithm: Algorithm,
  use: Use,
): Promise<KeyRow> {
  if (algorithm !== symmetricDefault) {
    const key = await enabledKey(ctx, keyId ?? '', use)
    requireAlgorithm(kindOf(key), 'ENCRYPT_DECRYPT', algorithm)
    return key
  }
  checkContext(use.EncryptionContext)
  await checkGrantTokens(ctx, use.GrantTokens)
  const named = keyId === undefined ? undefined : await requireKey(ctx, keyId)
  if (named) requireAlgorithm(kindOf(named), 'ENCRYPT_DECRYPT', algorithm)
  const key = await findCiphertextKey(ctx, ctx, blob)
  if (named && named.id !== key?.id) throw kmsError.incorrectKey()
  if (!key) throw unknownCiphertext()
  requireEnabled(key)
  return key
}

async function dataKey(ctx: KmsContext, input: Omit<KmsInput<'GenerateDataKey'>, 'Recipient'>) {
  const key = await enabledKey(ctx, input.KeyId, input)
  requireAlgorithm(kindOf(key), 'ENCRYPT_DECRYPT', symmetricDefault)
  const { KeySpec: spec, NumberOfBytes: size } = input
  if ((spec === undefined) === (size === undefined))
    throw new ValidationException('Please specify either number of bytes or key spec.')
  if (input.DryRun === true) throw kmsError.dryRun()
  const plaintext = randomness.bytes(size ?? (spec === 'AES_128' ? 16 : 32))
  const { blob, materialId } = await encryptUnder(ctx, key, plaintext, input.EncryptionContext)
  return { plaintext, CiphertextBlob: blob, KeyId: key.arn, KeyMaterialId: materialId }
}

export function refuseUnserved(input: { Recipient?: unknown; DryRunModifiers?: unknown }): void {
  if (input.Recipient !== undefined)
    throw new ValidationException('Recipient is for Nitro enclaves, which are not served here.')
  if (input.DryRunModifiers !== undefined) throw new ValidationException('DryRunModifiers are not served here.')
}

/** Required but for dry runs with modifiers, which are refused. */
export function requireCiphertext(blob: Uint8Array | undefined): Uint8Array {
  if (blob === undefined) throw new ValidationException('CiphertextBlob must be given.')
  return blob
}
