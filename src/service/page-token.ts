import { createHmac, timingSafeEqual } from 'node:crypto'
import { ValidationException } from '../ground/errors.ts'
import { randomness } from '../ground/randomness.ts'

let secret = randomness.bytes(32)

/** Set once at start from the installation's own secret, so that tokens outlive a restart. */
export function setPageTokenSecret(value: Buffer): void {
  secret = Buffer.from(value)
}

/**
 * Opaque and unforgeable: holds where the next page begins, bound to `scope` (account, region, operation and filters), so that a
 * token of another caller or another listing is refused. The cursor names a position in the order, not a count, so inserts
 * between pages neither repeat nor hide an item.
 */
export function encodePageToken(scope: string, cursor: unknown): string {
  const body = Buffer.from(JSON.stringify(cursor))
  return Buffer.concat([sign(scope, body), body]).toString('base64url')
}

/** Throws ValidationException for a token that was not made for this scope. */
export function decodePageToken(scope: string, token: string): unknown {
  const bytes = Buffer.from(token, 'base64url')
  const body = bytes.subarray(16)
  const genuine = bytes.length > 16 && timingSafeEqual(bytes.subarray(0, 16), sign(scope, body))
  if (!genuine)
    throw new ValidationException('Invalid NextToken: it was not returned by this operation with these parameters.')
  return JSON.parse(body.toString())
}

const sign = (scope: string, body: Buffer): Buffer =>
  createHmac('sha256', secret).update(scope).update('\0').update(body).digest().subarray(0, 16)
