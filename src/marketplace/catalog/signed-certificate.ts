import { createHash, createPrivateKey, createPublicKey, hkdfSync, sign, verify } from 'node:crypto'
import type { RootSecret } from '../../ground/root-secret.ts'
import type { Certificate } from '../../service/market.ts'

/** What a certificate states: what was run, on what, and what was measured. Times in ISO 8601. */
export interface Statement extends Omit<Certificate, 'issued'> {
  readonly format: 1
  readonly productId: string
  readonly fulfillmentOptionId: string
  readonly versionTitle: string
  readonly assetArn: string
  readonly issued: string
}

export interface SignedCertificate {
  readonly certificate: Statement
  readonly signature: { readonly algorithm: 'Ed25519'; readonly publicKey: string; readonly value: string }
}

/** Signs as the installation. */
export interface CertificateSigner {
  /** SHA-256 of the public key (SubjectPublicKeyInfo), hexadecimal: what a reader knows the installation by. */
  readonly fingerprint: string
  sign(statement: Statement): SignedCertificate
}

/** RFC 8410: the head of a PKCS #8 private key whose 32 bytes follow. */
const head = Buffer.from('302e020100300506032b657004220420', 'hex')

/** The key follows from the root secret, so that it is the same as long as the installation is. */
export function createCertificateSigner(rootSecret: RootSecret): CertificateSigner {
  const seed = Buffer.from(hkdfSync('sha256', rootSecret, Buffer.alloc(0), 'modelmart certificates', 32))
  const key = createPrivateKey({ key: Buffer.concat([head, seed]), format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return {
    fingerprint: fingerprintOf(publicKey),
    sign: certificate => ({
      certificate,
      signature: {
        ...{ algorithm: 'Ed25519', publicKey: publicKey.toString('base64') },
        value: sign(null, signedBytes(certificate), key).toString('base64'),
      },
    }),
  }
}

/** Who signed a text, and what it states. Needs nothing but the text. Throws an Error that says what is wrong with it. */
export function verifyCertificate(text: string): { readonly statement: Statement; readonly fingerprint: string } {
  const { certificate, signature } = readSigned(text)
  if (signature.algorithm !== 'Ed25519')
    throw new Error(`The algorithm ${signature.algorithm} is not known: Ed25519 is`)
  const der = Buffer.from(signature.publicKey, 'base64')
  if (!isSigned(certificate, der, signature.value))
    throw new Error('The signature does not fit: what it states was changed after it was signed')
  return { statement: certificate, fingerprint: fingerprintOf(der) }
}

function readSigned(text: string): SignedCertificate {
  const found = parsed(text) as Partial<SignedCertificate> | undefined
  if (found?.certificate?.format !== 1 || typeof found.signature?.value !== 'string')
    throw new Error('This is no certificate of Modelmart')
  return found as SignedCertificate
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isSigned(certificate: Statement, publicKey: Buffer, value: string): boolean {
  try {
    const key = createPublicKey({ key: publicKey, format: 'der', type: 'spki' })
    return (
      key.asymmetricKeyType === 'ed25519' && verify(null, signedBytes(certificate), key, Buffer.from(value, 'base64'))
    )
  } catch {
    return false
  }
}

const fingerprintOf = (publicKey: Buffer): string => createHash('sha256').update(publicKey).digest('hex')

/** JSON without white space, the members of each object in the order of their names: however it was written since. */
const signedBytes = (statement: Statement): Buffer => Buffer.from(JSON.stringify(ordered(statement)))

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, held]) => held !== undefined)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, held]) => [name, ordered(held)]))
}
