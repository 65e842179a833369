import { ValidationException } from '../ground/errors.ts'
import { randomness } from '../ground/randomness.ts'
import { checkContext, decryptUnder, encryptUnder } from './ciphertext.ts'
import { checkGrantTokens } from './grant.ts'
import type { KeyRow } from './key-row.ts'
import { findCiphertextKey, unknownCiphertext } from './kms-access.ts'
import { kmsError } from './kms-error.ts'
import type { KmsContext, KmsInput, Op } from './kms-operation.ts'
import { requireEnabled, requireKey } from './usable-key.ts'

const algorithm = 'SYMMETRIC_DEFAULT' as const

export const encrypt: Op<'Encrypt'> = async (input, ctx) => {
  const key = await enabledKey(ctx, input.KeyId, input)
  requireAlgorithm(input.EncryptionAlgorithm)
  if (input.DryRun === true) throw kmsError.dryRun()
  const { blob } = await encryptUnder(ctx, key, input.Plaintext, input.EncryptionContext)
  return { CiphertextBlob: blob, KeyId: key.arn, EncryptionAlgorithm: algorithm }
}

export const decrypt: Op<'Decrypt'> = async (input, ctx) => {
  refuseUnserved(input)
  const key = await ciphertextKey(ctx, required(input.CiphertextBlob), input.KeyId, input)
  requireAlgorithm(input.EncryptionAlgorithm)
  const opened = await decryptUnder(ctx, key, required(input.CiphertextBlob), input.EncryptionContext)
  if (input.DryRun === true) throw kmsError.dryRun()
  const told = { KeyId: key.arn, EncryptionAlgorithm: algorithm, KeyMaterialId: opened.materialId }
  return { Plaintext: opened.plaintext, ...told }
}

export const reEncrypt: Op<'ReEncrypt'> = async (input, ctx) => {
  refuseUnserved(input)
  const { SourceEncryptionContext: before, DestinationEncryptionContext: after } = input
  const source = await ciphertextKey(ctx, required(input.CiphertextBlob), input.SourceKeyId, {
    EncryptionContext: before,
  })
  const destination = await enabledKey(ctx, input.DestinationKeyId, { ...input, EncryptionContext: after })
  requireAlgorithm(input.SourceEncryptionAlgorithm)
  requireAlgorithm(input.DestinationEncryptionAlgorithm)
  const opened = await decryptUnder(ctx, source, required(input.CiphertextBlob), before)
  if (input.DryRun === true) throw kmsError.dryRun()
  const { blob, materialId } = await encryptUnder(ctx, destination, opened.plaintext, after)
  return {
    CiphertextBlob: blob,
    SourceKeyId: source.arn,
    KeyId: destination.arn,
    SourceEncryptionAlgorithm: algorithm,
    DestinationEncryptionAlgorithm: algorithm,
    SourceKeyMaterialId: opened.materialId,
    DestinationKeyMaterialId: materialId,
  }
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

/** The key that a ciphertext names, which must be the one that the request names, if it does. */
async function ciphertextKey(ctx: KmsContext, blob: Uint8Array, keyId: string | undefined, use: Use) {
  checkContext(use.EncryptionContext)
  await checkGrantTokens(ctx, use.GrantTokens)
  const key = await findCiphertextKey(ctx, ctx, blob)
  const named = keyId === undefined ? key : await requireKey(ctx, keyId)
  if (named && named.id !== key?.id) throw kmsError.incorrectKey()
  if (!key) throw unknownCiphertext()
  requireEnabled(key)
  return key
}

async function dataKey(ctx: KmsContext, input: Omit<KmsInput<'GenerateDataKey'>, 'Recipient'>) {
  const key = await enabledKey(ctx, input.KeyId, input)
  const { KeySpec: spec, NumberOfBytes: size } = input
  if ((spec === undefined) === (size === undefined))
    throw new ValidationException('Please specify either number of bytes or key spec.')
  if (input.DryRun === true) throw kmsError.dryRun()
  const plaintext = randomness.bytes(size ?? (spec === 'AES_128' ? 16 : 32))
  const { blob, materialId } = await encryptUnder(ctx, key, plaintext, input.EncryptionContext)
  return { plaintext, CiphertextBlob: blob, KeyId: key.arn, KeyMaterialId: materialId }
}

function requireAlgorithm(asked: string | undefined): void {
  if (asked !== undefined && asked !== algorithm) throw kmsError.badUsage(asked)
}

function refuseUnserved(input: { Recipient?: unknown; DryRunModifiers?: unknown }): void {
  if (input.Recipient !== undefined)
    throw new ValidationException('Recipient is for Nitro enclaves, which are not served here.')
  if (input.DryRunModifiers !== undefined) throw new ValidationException('DryRunModifiers are not served here.')
}

/** Required but for dry runs with modifiers, which are refused. */
function required(blob: Uint8Array | undefined): Uint8Array {
  if (blob === undefined) throw new ValidationException('CiphertextBlob must be given.')
  return blob
}
