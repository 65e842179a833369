import { randomness } from '../ground/randomness.ts'
import type { Iam } from '../service/iam.ts'
import type { EncryptionContext, Kms, KmsKeys } from '../service/kms.ts'
import { checkContext, decryptUnder, encryptUnder } from './ciphertext.ts'
import type { KeyRow, KmsPlatform } from './key-row.ts'
import { requireAlgorithm } from './key-spec.ts'
import { ciphertextAccess, findCiphertextKey, keyAccess, unknownCiphertext } from './kms-access.ts'
import { kmsError } from './kms-error.ts'
import { kindOf, requireEnabled, requireKey } from './usable-key.ts'

/** Key management for the platform's other parts: leave is asked of `iam` for each call. */
export const createKms = (parts: KmsPlatform, iam: Iam): Kms => ({ via: service => keysOf(parts, iam, service) })

function keysOf(parts: KmsPlatform, iam: Iam, service: string): KmsKeys {
  return {
    async generate(as, region, keyId = `alias/aws/${service}`, context) {
      checkContext(context)
      const asker = { principal: as, account: as.account, region, via: service }
      await iam.authorize(as, await keyAccess(parts, asker, keyId, { action: 'GenerateDataKey', context }))
      const key = await requireKey({ ...parts, ...asker }, keyId)
      requireEnabled(key)
      requireSymmetric(key)
      const plaintext = randomness.bytes(32)
      const { blob } = await encryptUnder(parts, key, plaintext, context)
      return { keyArn: key.arn, plaintext, wrapped: blob }
    },

    async require(as, region, keyId, action) {
      const asker = { principal: as, account: as.account, region, via: service }
      await iam.authorize(as, await keyAccess(parts, asker, keyId, { action }))
      const key = await requireKey({ ...parts, ...asker }, keyId)
      requireEnabled(key)
      requireSymmetric(key)
    },

    async open(as, keyArn, wrapped, context: EncryptionContext) {
      checkContext(context)
      const asker = { principal: as, account: as.account, region: keyArn.split(':')[3] ?? '', via: service }
      await iam.authorize(as, await ciphertextAccess(parts, asker, wrapped, { action: 'Decrypt', context }))
      const key = await findCiphertextKey(parts, asker, wrapped)
      if (!key) throw unknownCiphertext()
      if (key.arn !== keyArn) throw kmsError.incorrectKey()
      requireEnabled(key)
      return (await decryptUnder(parts, key, wrapped, context)).plaintext
    },
  }
}

/** What the platform keeps is sealed by data keys. */
const requireSymmetric = (key: KeyRow): void => requireAlgorithm(kindOf(key), 'ENCRYPT_DECRYPT', 'SYMMETRIC_DEFAULT')
