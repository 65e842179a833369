import { hash } from 'node:crypto'
import { randomness } from '../ground/randomness.ts'

/** 256 bits for a link or a cookie, and what is kept of them: who reads the database signs in as nobody. */
export function drawSecret(): { secret: string; hash: string } {
  const secret = randomness.bytes(32).toString('base64url')
  return { secret, hash: secretHash(secret) }
}

/** Of a secret that long, one round is enough. */
export const secretHash = (secret: string): string => hash('sha256', secret, 'base64url')
