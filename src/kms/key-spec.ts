import { generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type * as Sdk from '@aws-sdk/client-kms'
import { ValidationException } from '../ground/errors.ts'
import { randomness } from '../ground/randomness.ts'
import { kmsError } from './kms-error.ts'

/** What a key is for, and the algorithms that it then has. */
interface KeySpec {
  readonly usages: Readonly<Partial<Record<Sdk.KeyUsageType, readonly string[]>>>
  /** Its secret: random bytes, or a private key as PKCS #8. */
  make(): Promise<Buffer>
}

const pair = promisify(generateKeyPair)
const exported = ({ privateKey }: { privateKey: KeyObject }): Buffer =>
  privateKey.export({ type: 'pkcs8', format: 'der' })

const random = (bytes: number) => async () => randomness.bytes(bytes)
const rsa = (modulusLength: number) => async () => exported(await pair('rsa', { modulusLength }))
const elliptic = (namedCurve: string) => async () => exported(await pair('ec', { namedCurve }))

const edwards = async () => exported(await pair('ed25519'))
const latticed = (name: 'ml-dsa-44' | 'ml-dsa-65' | 'ml-dsa-87') => async () => exported(await pair(name))

const signing = (scheme: string, ...sizes: readonly number[]) => sizes.map(size => `${scheme}_SHA_${size}`)

const rsaUsages = {
  ENCRYPT_DECRYPT: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
  SIGN_VERIFY: [...signing('RSASSA_PKCS1_V1_5', 256, 384, 512), ...signing('RSASSA_PSS', 256, 384, 512)],
}

/** Of NIST's curves, which agree on keys as well. */
const nist = (algorithm: string) => ({ SIGN_VERIFY: [algorithm], KEY_AGREEMENT: ['ECDH'] })
const mlDsa = { SIGN_VERIFY: ['ML_DSA_SHAKE_256'] }

/** Kinds of keys that are served (AWS KMS Developer Guide, "Key spec reference"). */
const keySpecs: Readonly<Record<string, KeySpec>> = {
  SYMMETRIC_DEFAULT: { usages: { ENCRYPT_DECRYPT: ['SYMMETRIC_DEFAULT'] }, make: random(32) },
  HMAC_224: { usages: { GENERATE_VERIFY_MAC: ['HMAC_SHA_224'] }, make: random(28) },
  HMAC_256: { usages: { GENERATE_VERIFY_MAC: ['HMAC_SHA_256'] }, make: random(32) },
  HMAC_384: { usages: { GENERATE_VERIFY_MAC: ['HMAC_SHA_384'] }, make: random(48) },
  HMAC_512: { usages: { GENERATE_VERIFY_MAC: ['HMAC_SHA_512'] }, make: random(64) },
  RSA_2048: { usages: rsaUsages, make: rsa(2048) },
  RSA_3072: { usages: rsaUsages, make: rsa(3072) },
  RSA_4096: { usages: rsaUsages, make: rsa(4096) },
  ECC_NIST_P256: { usages: nist('ECDSA_SHA_256'), make: elliptic('P-256') },
  ECC_NIST_P384: { usages: nist('ECDSA_SHA_384'), make: elliptic('P-384') },
  ECC_NIST_P521: { usages: nist('ECDSA_SHA_512'), make: elliptic('P-521') },
  ECC_SECG_P256K1: { usages: { SIGN_VERIFY: ['ECDSA_SHA_256'] }, make: elliptic('secp256k1') },
  ECC_NIST_EDWARDS25519: { usages: { SIGN_VERIFY: ['ED25519_SHA_512', 'ED25519_PH_SHA_512'] }, make: edwards },
  ML_DSA_44: { usages: mlDsa, make: latticed('ml-dsa-44') },
  ML_DSA_65: { usages: mlDsa, make: latticed('ml-dsa-65') },
  ML_DSA_87: { usages: mlDsa, make: latticed('ml-dsa-87') },
}

/** What a key is: of which spec, for which usage. */
export interface KeyKind {
  readonly spec: Sdk.KeySpec
  readonly usage: Sdk.KeyUsageType
}

export const symmetric: KeyKind = { spec: 'SYMMETRIC_DEFAULT', usage: 'ENCRYPT_DECRYPT' }

/**
 * The kind of key that a request asks for. Throws UnsupportedOperationException for specs that are not served, and ValidationException for a
 * usage that the spec does not have or that is missing: only symmetric encryption keys need none (AWS KMS API Reference, CreateKey).
 */
export function chosenKind(wanted: Sdk.KeySpec = 'SYMMETRIC_DEFAULT', usage?: Sdk.KeyUsageType): KeyKind {
  const known = keySpecs[wanted]
  if (!known) throw kmsError.unsupported(`KeySpec ${wanted}`)
  if (usage === undefined && wanted !== 'SYMMETRIC_DEFAULT')
    throw new ValidationException(
      'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    )
  const chosen = usage ?? 'ENCRYPT_DECRYPT'
  if (!known.usages[chosen])
    throw new ValidationException(`KeyUsage ${chosen} is not compatible with KeySpec ${wanted}`)
  return { spec: wanted, usage: chosen }
}

/** The secret of a new key: seconds of another thread for the largest. Throws UnsupportedOperationException. */
export async function makeSecret(spec: string): Promise<Buffer> {
  const known = keySpecs[spec]
  if (!known) throw kmsError.unsupported(`KeySpec ${spec}`)
  return known.make()
}

/** Whether a spec is a pair of keys. */
export const isPair = (spec: string): boolean => /^(?:RSA|ECC|ML_DSA)_/.test(spec)

/** Members that tell a key's algorithms, by its usage. */
const algorithmMembers: Readonly<Partial<Record<Sdk.KeyUsageType, string>>> = {
  ENCRYPT_DECRYPT: 'EncryptionAlgorithms',
  SIGN_VERIFY: 'SigningAlgorithms',
  GENERATE_VERIFY_MAC: 'MacAlgorithms',
  KEY_AGREEMENT: 'KeyAgreementAlgorithms',
}

const algorithmsOf = ({ spec, usage }: KeyKind): readonly string[] => keySpecs[spec]?.usages[usage] ?? []

/** The member of old, CustomerMasterKeySpec, has no words for these. */
const isNewer = (spec: string): boolean => /^(?:ML_DSA|ECC_NIST_EDWARDS)/.test(spec)

/** What DescribeKey and GetPublicKey tell of a key's kind. */
export const toldKind = (kind: KeyKind) => ({
  KeyUsage: kind.usage,
  KeySpec: kind.spec,
  ...(!isNewer(kind.spec) && { CustomerMasterKeySpec: kind.spec as Sdk.CustomerMasterKeySpec }),
  [algorithmMembers[kind.usage] ?? '']: [...algorithmsOf(kind)],
})

/** Throws InvalidKeyUsageException unless the key is for this usage and has the algorithm. */
export function requireAlgorithm(
  { arn, ...kind }: KeyKind & { readonly arn: string },
  usage: Sdk.KeyUsageType,
  algorithm: string,
): void {
  if (kind.usage !== usage) throw kmsError.otherUsage(arn, kind.usage)
  if (!algorithmsOf(kind).includes(algorithm)) throw kmsError.badUsage(algorithm, kind.spec)
}
