import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  privateEncrypt,
  publicDecrypt,
  sign,
  verify,
} from 'node:crypto'
import { ed25519ph } from '@noble/curves/ed25519.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { encodePss, verifyPss } from './emsa-pss.ts'

/** How DER begins the digest of each hash in a signature of PKCS #1 v1.5 (RFC 8017, 9.2, notes). */
const digestPrefixes: Readonly<Record<string, string>> = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
}

/** The standard's names of curves by Node's; Node's own ECDSA signs no digests. */
const curves: Readonly<Record<string, typeof p256>> = {
  prime256v1: p256,
  secp384r1: p384,
  secp521r1: p521,
  secp256k1: secp256k1 as unknown as typeof p256,
}

/** The hash of a signing algorithm, `sha256` of `ECDSA_SHA_256`, and bytes of its digest. */
export function hashOf(algorithm: string): { hash: string; bytes: number } {
  const bits = algorithm.slice(-3)
  return { hash: `sha${bits}`, bytes: Number(bits) / 8 }
}

/** What these sign is the message itself: their hash is taken with more than the message (FIPS 186-5, 7.6; FIPS 204, 5.2). */
export const signsWhole = (algorithm: string): boolean =>
  algorithm === 'ED25519_SHA_512' || algorithm.startsWith('ML_DSA')

/** Ed25519ph hashes what it is given, which here is a digest already: twice in all, as in AWS KMS (API Reference, Sign: MessageType). */
const prehashed = 'ED25519_PH_SHA_512'

export const digestOf = (algorithm: string, message: Uint8Array): Buffer =>
  createHash(hashOf(algorithm).hash).update(message).digest()

export const privateKeyOf = (pkcs8: Buffer): KeyObject => createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })

/** The public half, DER of SubjectPublicKeyInfo. */
export const publicKeyOf = (pkcs8: Buffer): Buffer =>
  createPublicKey(privateKeyOf(pkcs8)).export({ type: 'spki', format: 'der' })

/** Signs a digest, or the message where `signsWhole`: RSASSA as RFC 8017 has it, ECDSA as DER of ANSI X9.62. */
export function signDigest(pkcs8: Buffer, algorithm: string, digest: Uint8Array): Buffer {
  const key = privateKeyOf(pkcs8)
  if (algorithm === prehashed) return Buffer.from(ed25519ph.sign(digest, secretOf(key)))
  if (signsWhole(algorithm)) return sign(null, digest, key)
  const { hash } = hashOf(algorithm)
  if (algorithm.startsWith('RSASSA_PSS')) {
    const encoded = encodePss(hash, digest, modulusBytes(key))
    return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, encoded)
  }
  if (algorithm.startsWith('RSASSA'))
    return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, digestInfo(hash, digest))
  const { curve, d } = elliptic(key)
  return Buffer.from(curve.sign(digest, d, { prehash: false, lowS: false, format: 'der' }))
}

/** Whether a signature is of this digest (or message, where `signsWhole`) and of this key. */
export function verifyDigest(pkcs8: Buffer, algorithm: string, digest: Uint8Array, signature: Uint8Array): boolean {
  const key = privateKeyOf(pkcs8)
  const { hash } = hashOf(algorithm)
  try {
    if (algorithm === prehashed) return ed25519ph.verify(signature, digest, ed25519ph.getPublicKey(secretOf(key)))
    if (signsWhole(algorithm)) return verify(null, digest, createPublicKey(key), signature)
    if (algorithm.startsWith('RSASSA_PSS'))
      return verifyPss(hash, digest, publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, signature))
    if (algorithm.startsWith('RSASSA'))
      return publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature).equals(digestInfo(hash, digest))
    const { curve, d } = elliptic(key)
    return curve.verify(signature, digest, curve.getPublicKey(d), { prehash: false, lowS: false, format: 'der' })
  } catch {
    // Bytes that are no signature at all.
    return false
  }
}

const digestInfo = (hash: string, digest: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(digestPrefixes[hash] ?? '', 'hex'), digest])

const modulusBytes = (key: KeyObject): number => (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8

function elliptic(key: KeyObject) {
  const curve = curves[key.asymmetricKeyDetails?.namedCurve ?? '']
  if (!curve) throw new Error('The key is of no curve that is known.')
  return { curve, d: secretOf(key) }
}

const secretOf = (key: KeyObject): Buffer => Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url')
