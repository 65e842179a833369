import { decryptStream, encryptedRange, encryptStream, newStreamSalt } from '../ground/envelope.ts'
import { ServiceError } from '../ground/errors.ts'
import { randomness } from '../ground/randomness.ts'
import { type RootSecret, seal, unseal } from '../ground/root-secret.ts'
import type { KmsKeys } from '../service/kms.ts'
import type { Principal } from '../service/principal.ts'
import type { ByteRange } from './byte-range.ts'
import { notImplemented, s3Error } from './s3-error.ts'

/** Where data keys come from: the installation's root secret for `AES256` (SSE-S3), KMS for `aws:kms`, when there is one. */
export interface DataKeys {
  readonly rootSecret: RootSecret
  /** `kms.via('s3')`. */
  readonly kms?: KmsKeys
}

/** How stored content is encrypted: by a data key of its own, as `envelope.ts` does. The digest of the blob is the ciphertext's. */
export interface Encryption {
  readonly algorithm: 'AES256' | 'aws:kms' | 'customer'
  readonly keyArn?: string
  readonly bucketKey?: boolean
  /** Of the customer's key that seals the data key; base64. */
  readonly customerKeyMD5?: string
  /** The data key, where the request brought the customer's key. Never stored. */
  readonly opened?: Uint8Array
  /** The data key, sealed; base64. */
  readonly wrapped: string
  /** What it was sealed for: the content's first name and, with KMS, the object's ARN. */
  readonly context: string
  readonly arn: string
  /** Hex salt of content that is one piece; parts have their own. */
  readonly salt: string
}

export interface EncryptionRequest {
  readonly algorithm: string
  readonly keyId?: string
  readonly bucketKey?: boolean
}

/** Makes a data key for new content; undefined when no encryption is asked. Refuses what cannot be honoured. */
export async function newEncryption(
  keys: DataKeys,
  as: Principal,
  region: string,
  request: EncryptionRequest | undefined,
  content: string,
  arn: string,
): Promise<{ encryption: Encryption; key: Uint8Array } | undefined> {
  if (!request) return undefined
  const { algorithm, keyId, bucketKey } = request
  const common = { context: content, arn, salt: newSalt() }
  if (algorithm === 'AES256') {
    if (keyId !== undefined)
      throw s3Error(
        'InvalidArgument',
        {},
        'Server Side Encryption with Customer-provided KMS key is incompatible with the encryption method AES256',
      )
    const key = randomness.bytes(32)
    const wrapped = seal(keys.rootSecret, 's3', content, key).toString('base64')
    return { key, encryption: { algorithm, wrapped, ...common } }
  }
  if (algorithm !== 'aws:kms') throw notImplemented(`Server-side encryption with ${algorithm}`)
  if (!keys.kms) throw notImplemented('Server-side encryption with KMS keys, as no KMS is configured,')
  const { kms } = keys
  const made = await inS3Words(() => kms.generate(as, region, keyId, { 'aws:s3:arn': arn }))
  const wrapped = Buffer.from(made.wrapped).toString('base64')
  return { key: made.plaintext, encryption: { algorithm, keyArn: made.keyArn, bucketKey, wrapped, ...common } }
}

export const missingCustomerKey = () =>
  s3Error(
    'InvalidRequest',
    {},
    'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
  )

/** The data key of stored content. The principal needs kms:Decrypt when KMS holds it. */
export async function openKey(keys: DataKeys, as: Principal, encryption: Encryption): Promise<Uint8Array> {
  if (encryption.algorithm === 'customer') {
    if (!encryption.opened) throw missingCustomerKey()
    return encryption.opened
  }
  const wrapped = Buffer.from(encryption.wrapped, 'base64')
  if (encryption.algorithm === 'AES256') return unseal(keys.rootSecret, 's3', encryption.context, wrapped)
  if (!keys.kms || encryption.keyArn === undefined)
    throw notImplemented('Reading an object encrypted with a KMS key, as no KMS is configured,')
  const { kms } = keys
  const { keyArn, arn } = encryption
  return inS3Words(() => kms.open(as, keyArn, wrapped, { 'aws:s3:arn': arn }))
}

/** S3 passes KMS's refusals on as `KMS.NotFoundException` and the like, and a denial as its own. */
async function inS3Words<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    if (error.code.startsWith('AccessDenied')) throw s3Error('AccessDenied', {}, error.message)
    throw new ServiceError(`KMS.${error.code}`, error.message, { status: 400 })
  }
}

export const newSalt = (): string => Buffer.from(newStreamSalt()).toString('hex')

/** What encrypts or decrypts one piece of content: the data key and the piece's salt in hex. */
export interface Cipher {
  readonly key: Uint8Array
  readonly salt: string
}

export const encrypt = (bytes: AsyncIterable<Uint8Array>, { key, salt }: Cipher): AsyncGenerator<Uint8Array> =>
  encryptStream(bytes, key, Buffer.from(salt, 'hex'))

/** Decrypts a range of a piece of `size` bytes; `read` gives a range of what is stored. Throws NotGenuine. */
export const decrypt = (
  read: (range: ByteRange) => AsyncIterable<Uint8Array>,
  { key, salt }: Cipher,
  size: number,
  range: ByteRange,
): AsyncGenerator<Uint8Array> =>
  decryptStream(read(encryptedRange(size, range)), key, Buffer.from(salt, 'hex'), size, range)

/** The output members that tell how an object is encrypted. */
export const encryptionMembers = (encryption: Encryption | undefined): Record<string, unknown> =>
  encryption?.algorithm === 'customer'
    ? { SSECustomerAlgorithm: 'AES256', SSECustomerKeyMD5: encryption.customerKeyMD5 }
    : encryption
      ? {
          ServerSideEncryption: encryption.algorithm,
          ...(encryption.keyArn && { SSEKMSKeyId: encryption.keyArn }),
          ...(encryption.bucketKey && { BucketKeyEnabled: true }),
        }
      : {}
