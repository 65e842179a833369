import { createCipheriv, createDecipheriv, createHash, timingSafeEqual } from 'node:crypto'
import { randomness } from '../ground/randomness.ts'
import { type Encryption, missingCustomerKey, newSalt } from './encryption.ts'
import { s3Error } from './s3-error.ts'

/** The members of a request that bring a key of the customer's own (S3 User Guide, "Using server-side encryption with customer-provided keys"). */
interface CustomerKeyMembers {
  readonly SSECustomerAlgorithm?: string | undefined
  readonly SSECustomerKey?: string | undefined
  readonly SSECustomerKeyMD5?: string | undefined
}

interface CustomerKey {
  readonly key: Buffer
  /** Base64. */
  readonly md5: string
}

const nonceSize = 12
const tagSize = 16

/** The key that a request brings; undefined for one that brings none. Throws InvalidArgument for one that is not whole or not sound. */
export function customerKeyOf(input: CustomerKeyMembers): CustomerKey | undefined {
  const { SSECustomerAlgorithm: algorithm, SSECustomerKey: text, SSECustomerKeyMD5: md5 } = input
  if (algorithm === undefined && text === undefined && md5 === undefined) return undefined
  const refuse = (message: string) => s3Error('InvalidArgument', {}, message)
  const needs = 'Requests specifying Server Side Encryption with Customer provided keys must provide'
  if (algorithm === undefined) throw refuse(`${needs} a valid encryption algorithm.`)
  if (algorithm !== 'AES256') throw s3Error('InvalidEncryptionAlgorithmError', { ArgumentValue: algorithm })
  if (text === undefined) throw refuse(`${needs} an appropriate secret key.`)
  if (md5 === undefined) throw refuse(`${needs} the client calculated MD5 of the secret key.`)
  const key = Buffer.from(text, 'base64')
  if (key.length !== 32) throw refuse('The secret key was invalid for the specified algorithm.')
  if (createHash('md5').update(key).digest('base64') !== md5)
    throw refuse('The calculated MD5 hash of the key did not match the hash that was provided.')
  return { key, md5 }
}

/** Makes a data key for new content, sealed by the customer's key, of which only the MD5 is kept, as AWS tells it. */
export function newCustomerEncryption({ key: customer, md5 }: CustomerKey, content: string, arn: string) {
  const key = randomness.bytes(32)
  const nonce = randomness.bytes(nonceSize)
  const cipher = createCipheriv('aes-256-gcm', customer, nonce).setAAD(Buffer.from(content))
  const body = Buffer.concat([cipher.update(key), cipher.final()])
  const wrapped = Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')
  const encryption: Encryption = {
    ...{ algorithm: 'customer', customerKeyMD5: md5, wrapped, context: content, arn, salt: newSalt() },
  }
  return { key, encryption }
}

/**
 * The encryption of stored content with its data key open, where the request brings the customer's key that it needs. Throws InvalidRequest for
 * a key that is missing or not wanted, AccessDenied for another than the content was stored with.
 */
export function unlocked<Stored extends { readonly encryption: Encryption | undefined }>(
  stored: Stored,
  input: CustomerKeyMembers,
): Stored {
  const given = customerKeyOf(input)
  const { encryption } = stored
  if (encryption?.algorithm !== 'customer') {
    if (given) throw s3Error('InvalidRequest', {}, 'The encryption parameters are not applicable to this object.')
    return stored
  }
  if (!given) throw missingCustomerKey()
  return { ...stored, encryption: { ...encryption, opened: openWith(given, encryption) } }
}

function openWith({ key: customer, md5 }: CustomerKey, { customerKeyMD5 = '', context, wrapped }: Encryption): Buffer {
  const same = Buffer.from(md5).length === Buffer.from(customerKeyMD5).length
  if (!same || !timingSafeEqual(Buffer.from(md5), Buffer.from(customerKeyMD5))) throw s3Error('AccessDenied')
  const bytes = Buffer.from(wrapped, 'base64')
  const nonce = bytes.subarray(0, nonceSize)
  const decipher = createDecipheriv('aes-256-gcm', customer, nonce, { authTagLength: tagSize })
    .setAAD(Buffer.from(context))
    .setAuthTag(bytes.subarray(nonceSize, nonceSize + tagSize))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceSize + tagSize)), decipher.final()])
  } catch {
    throw s3Error('AccessDenied')
  }
}

/** The members that bring the key of the source of a copy, under the names of the others. */
export const sourceKey = (input: {
  readonly CopySourceSSECustomerAlgorithm?: string | undefined
  readonly CopySourceSSECustomerKey?: string | undefined
  readonly CopySourceSSECustomerKeyMD5?: string | undefined
}): CustomerKeyMembers => ({
  SSECustomerAlgorithm: input.CopySourceSSECustomerAlgorithm,
  SSECustomerKey: input.CopySourceSSECustomerKey,
  SSECustomerKeyMD5: input.CopySourceSSECustomerKeyMD5,
})
