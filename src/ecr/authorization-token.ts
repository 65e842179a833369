import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Principal } from '../service/principal.ts'

/** Who a registry request is from, and the region whose repositories it means when its address does not say. */
export interface Caller {
  readonly principal: Principal
  readonly region: string
}

/** Passwords for the registry that tell by themselves who has them: nothing is stored, so they outlive restarts. Never log one. */
export interface AuthorizationTokens {
  issue(caller: Caller): { readonly password: string; readonly expiresAt: Date }
  /** `expired` when it was genuine; undefined when it never was. */
  verify(password: string): Caller | 'expired' | undefined
}

/** Amazon ECR User Guide, Private registry authentication: tokens are valid for 12 hours. */
const validMs = 12 * 3_600_000

/**
 * `secret` is the installation's. What the caller may do is decided by its policies at each request, so a token of a user whose
 * rights are taken away is worth nothing from then on.
 */
export function createAuthorizationTokens(secret: Uint8Array, now: () => Date): AuthorizationTokens {
  const sign = (payload: string): Buffer =>
    createHmac('sha256', secret).update(`ecr-authorization-token\n${payload}`).digest()
  return {
    issue(caller) {
      const expiresAt = new Date(now().getTime() + validMs)
      const document = { principal: caller.principal, region: caller.region, expires: expiresAt.getTime() }
      const payload = Buffer.from(JSON.stringify(document)).toString('base64url')
      return { password: `${payload}.${sign(payload).toString('base64url')}`, expiresAt }
    },
    verify(password) {
      const [payload = '', signature = ''] = password.split('.')
      const given = Buffer.from(signature, 'base64url')
      const expected = sign(payload)
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
      const { principal, region, expires } = JSON.parse(Buffer.from(payload, 'base64url').toString())
      return expires > now().getTime() ? { principal, region } : 'expired'
    },
  }
}
