import type { Identify, Target } from '../gateway/identify.ts'
import { createBoundedCache } from '../ground/bounded-cache.ts'
import { readClaim, type SigV4Claim } from '../protocol/claim.ts'
import type { WireRequest } from '../protocol/message.ts'

/** What requests have in common with proven ones that came before, which need not be read again. */
export interface KnownRequests {
  /** As `readClaim`; undefined when nobody has signed by version 4 of the signature. */
  claim(request: WireRequest): SigV4Claim | undefined
  /** As `identify`. */
  target(request: WireRequest, claim: SigV4Claim): Target
  /** Its signature fits: only of such ones anything is remembered, or strangers would fill the memory. */
  proven(request: WireRequest, claim: SigV4Claim, target: Target): void
}

/** All but the signature, which a signer says in the same words all day. */
const parts = /^(AWS4-HMAC-SHA256 Credential=[^, =]+, ?SignedHeaders=[^, =]+, ?Signature=)([\da-f]{64})$/

export function createKnownRequests(identify: Identify): KnownRequests {
  const claims = createBoundedCache<string, SigV4Claim>(text => 1000 + 3 * text.length)
  const targets = createBoundedCache<string, Target>(text => 1000 + 3 * text.length)
  return {
    claim(request) {
      const { authorization, 'x-amz-date': time, 'x-amz-security-token': sessionToken } = request.headers
      const [, before, signature] = (authorization !== undefined && parts.exec(authorization)) || []
      const like = before === undefined ? undefined : claims.get(before)
      if (like && signature !== undefined && isTimeOf(like.day, time)) return { ...like, signature, time, sessionToken }
      const claim = readClaim(request, 'json')
      return claim?.version === 4 ? claim : undefined
    },
    target(request, claim) {
      const name = nameOf(request, claim)
      return (name === undefined ? undefined : targets.get(name)) ?? identify(request, claim)
    },
    proven(request, claim, target) {
      const before = parts.exec(request.headers.authorization ?? '')?.[1]
      if (before !== undefined && !claims.get(before)) claims.set(before, claim)
      const name = nameOf(request, claim)
      if (name !== undefined && !targets.get(name)) targets.set(name, target)
    },
  }
}

const isTimeOf = (day: string, time: string | undefined): time is string =>
  time !== undefined && /^\d{8}T\d{6}Z$/.test(time) && time.startsWith(day)

/** All that decides what a request is for, where it is little. */
function nameOf({ method, path, query, headers }: WireRequest, { service }: SigV4Claim): string | undefined {
  const isOdd = query !== '' || headers['x-amz-target'] !== undefined || headers['smithy-protocol'] !== undefined
  return isOdd ? undefined : `${service} ${method} ${path}`
}
