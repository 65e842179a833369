import { createHmac, timingSafeEqual } from 'node:crypto'
import { currentSecret } from './ciphertext.ts'
import { checkGrantTokens } from './grant.ts'
import { requireAlgorithm } from './key-spec.ts'
import { kmsError } from './kms-error.ts'
import type { KmsContext, KmsInput, Op } from './kms-operation.ts'
import { kindOf, requireEnabled, requireKey } from './usable-key.ts'

export const generateMac: Op<'GenerateMac'> = async (input, ctx) => {
  const { arn, mac } = await macOf(ctx, input)
  if (input.DryRun === true) throw kmsError.dryRun()
  return { Mac: mac, MacAlgorithm: input.MacAlgorithm, KeyId: arn }
}

/** Throws KMSInvalidMacException for a code that is not of this message and key. */
export const verifyMac: Op<'VerifyMac'> = async (input, ctx) => {
  const { arn, mac } = await macOf(ctx, input)
  if (input.Mac.length !== mac.length || !timingSafeEqual(mac, input.Mac)) throw kmsError.badMac()
  if (input.DryRun === true) throw kmsError.dryRun()
  return { KeyId: arn, MacValid: true, MacAlgorithm: input.MacAlgorithm }
}

async function macOf(ctx: KmsContext, input: Omit<KmsInput<'GenerateMac'>, 'Mac'>) {
  await checkGrantTokens(ctx, input.GrantTokens)
  const key = await requireKey(ctx, input.KeyId)
  requireEnabled(key)
  requireAlgorithm(kindOf(key), 'GENERATE_VERIFY_MAC', input.MacAlgorithm)
  const hash = input.MacAlgorithm.replace('HMAC_SHA_', 'sha')
  return {
    arn: key.arn,
    mac: createHmac(hash, await currentSecret(ctx, key))
      .update(input.Message)
      .digest(),
  }
}
