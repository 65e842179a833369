import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { randomness } from './randomness.ts'

/** 32 bytes that never enter the database: from a file or the environment of whoever runs the installation. */
export type RootSecret = Buffer

/**
 * Encrypts a small secret for the database: AES-256-GCM under a key derived from the root secret for this `purpose`, bound to
 * `owner` (the name of the row it belongs to), so that a ciphertext moved to another row or purpose does not open.
 */
export function seal(root: RootSecret, purpose: string, owner: string, plaintext: Uint8Array): Buffer {
  const nonce = randomness.bytes(12)
  const cipher = createCipheriv('aes-256-gcm', derive(root, purpose), nonce).setAAD(Buffer.from(owner))
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), body])
}

/** Throws an Error that names purpose and owner when the root secret is another one or the bytes were changed. */
export function unseal(root: RootSecret, purpose: string, owner: string, sealed: Uint8Array): Buffer {
  const bytes = Buffer.from(sealed)
  const options = { authTagLength: 16 }
  const decipher = createDecipheriv('aes-256-gcm', derive(root, purpose), bytes.subarray(0, 12), options)
  decipher.setAAD(Buffer.from(owner)).setAuthTag(bytes.subarray(12, 28))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()])
  } catch (cause) {
    throw new Error(
      `The root secret does not open the ${purpose} of ${owner}: it is not the one this data was made with`,
      {
        cause,
      },
    )
  }
}

const derive = (root: RootSecret, purpose: string): Buffer => {
  if (root.length !== 32) throw new Error(`The root secret must be 32 bytes, not ${root.length}`)
  return Buffer.from(hkdfSync('sha256', root, Buffer.alloc(0), `modelmart ${purpose}`, 32))
}
