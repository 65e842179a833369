import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto'
import { createBoundedCache } from '../ground/bounded-cache.ts'
import { type AuthStyle, authFault } from './auth-fault.ts'
import { canonicalHeaders, canonicalPath, canonicalQuery } from './canonical.ts'
import { compact, type SigV4Claim } from './claim.ts'
import type { WireRequest } from './message.ts'

/** A verified signature: what the signatures of a chunked body build on. */
export interface Verified {
  readonly signature: string
  readonly time: string
  readonly scope: string
  readonly key: KeyObject
}

export interface Verification {
  readonly request: WireRequest
  readonly claim: SigV4Claim
  readonly secretAccessKey: string
  /** Hex SHA-256 of the body or one of S3's words for it, as it was signed. */
  readonly payloadHash: string
  readonly now: Date
  readonly style: AuthStyle
}

/**
 * Checks signature version 4 ("Signature Version 4 signing process"): the time first, so that an old request is told so, then the
 * signature in constant time. Throws in the style of the service; the mismatch shows what should have been signed, as AWS does.
 */
export function verifySignature(verification: Verification): Verified {
  const { request, claim, secretAccessKey, payloadHash, style } = verification
  checkTime(claim, verification.now, style)
  checkSignedHeaders(request, claim, style)
  const canonical = canonicalRequest(request, claim, payloadHash, style === 's3')
  const toSign = `AWS4-HMAC-SHA256\n${claim.time}\n${claim.scope}\n${hashOf(canonical)}`
  const signing = signingKey(secretAccessKey, claim)
  const expected = hmacOf(signing, toSign)
  if (!equalText(expected, claim.signature)) throw mismatch(claim, style, canonical, toSign)
  return { signature: claim.signature, time: claim.time, scope: claim.scope, key: signing.key }
}

/** Checks the signature of an upload form's policy, which is signed as it stands. Its time is the policy's own. */
export function verifyPolicySignature(policy: string, claim: SigV4Claim, secretAccessKey: string): void {
  const { key } = signingKey(secretAccessKey, claim)
  const expected = createHmac('sha256', key).update(policy).digest('hex')
  if (!equalText(expected, claim.signature)) throw mismatch(claim, 's3', '', policy)
}

function canonicalRequest(request: WireRequest, claim: SigV4Claim, payloadHash: string, isS3: boolean): string {
  const path = canonicalPath(request.path, isS3)
  const headers = canonicalHeaders(claim.signedHeaders, request.headers)
  const names = claim.signedHeaders.join(';')
  return `${request.method}\n${path}\n${canonicalQuery(request.query)}\n${headers}\n${names}\n${payloadHash}`
}

const minutes = 60_000
const skew = 15 * minutes

function checkTime(claim: SigV4Claim, now: Date, style: AuthStyle): void {
  const signed = parseCompact(claim.time)
  const late = claim.presigned ? signed + (claim.expires ?? 0) * 1000 : signed + skew
  if (now.getTime() <= late && signed - skew <= now.getTime()) return
  const served = compact(now)
  if (now.getTime() > late && claim.presigned) {
    const fields = {
      'X-Amz-Expires': claim.expires,
      Expires: new Date(late).toISOString(),
      ServerTime: now.toISOString(),
    }
    const message =
      style === 's3'
        ? 'Request has expired'
        : `Signature expired: ${compact(new Date(late))} is now earlier than ${served}`
    throw authFault(style, 'expiredUrl', message, fields)
  }
  const early = now.getTime() < signed
  const edge = compact(new Date(now.getTime() + (early ? skew : -skew)))
  const message = early
    ? `Signature not yet current: ${claim.time} is still later than ${edge} (${served} + 15 min.)`
    : `Signature expired: ${claim.time} is now earlier than ${edge} (${served} - 15 min.)`
  throw authFault(
    style,
    'skewed',
    style === 's3' ? 'The difference between the request time and the current time is too large.' : message,
    { RequestTime: claim.time, ServerTime: now.toISOString(), MaxAllowedSkewMilliseconds: skew },
  )
}

const parseCompact = (time: string): number =>
  Date.parse(
    `${time.slice(0, 4)}-${time.slice(4, 6)}-${time.slice(6, 8)}T${time.slice(9, 11)}:${time.slice(11, 13)}:${time.slice(13, 15)}Z`,
  )

/** Header values are bytes, one character each. */
const hashOf = (canonical: string): string => hash('sha256', Buffer.from(canonical, 'latin1'))

/** `x-amzn-trace-id` is added on the way by load balancers, and no signer signs it. */
const isSteering = (name: string): boolean =>
  name.startsWith('x-amz') && name !== 'x-amz-content-sha256' && name !== 'x-amzn-trace-id'

/**
 * Every x-amz header must be signed, lest a request does more than its signer meant: `x-amz-target` names the operation, others its
 * members ("Signature Version 4 signing process": the headers that must be among the signed ones).
 */
function checkSignedHeaders(request: WireRequest, claim: SigV4Claim, style: AuthStyle): void {
  const signed = new Set(claim.signedHeaders)
  for (const name in request.headers) {
    if (isSteering(name) && !signed.has(name)) {
      const message = 'There were headers present in the request which were not signed'
      throw authFault(style, 'unsignedHeaders', style === 's3' ? message : `${message}: ${name}`, {
        HeadersNotSigned: name,
      })
    }
  }
}

function mismatch(claim: SigV4Claim, style: AuthStyle, canonical: string, toSign: string): Error {
  if (style === 's3') {
    const message =
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.'
    const fields = {
      AWSAccessKeyId: claim.accessKeyId,
      StringToSign: toSign,
      SignatureProvided: claim.signature,
      CanonicalRequest: canonical,
    }
    return authFault(style, 'mismatch', message, fields)
  }
  return authFault(
    style,
    'mismatch',
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing' +
      ` method. Consult the service documentation for details.\n\nThe Canonical String for this request should have been\n'${canonical}'` +
      `\n\nThe String-to-Sign should have been\n'${toSign}'\n`,
  )
}

interface SigningKey {
  readonly secret: string
  readonly key: KeyObject
  readonly pads: Pads
}

/** The key with the inner and the outer pad of HMAC (RFC 2104), and room for what follows them. */
interface Pads {
  readonly inner: Buffer
  readonly outer: Buffer
}

const blockBytes = 64
/** What is signed is far shorter, unless somebody signs for a region that is none. */
const mostSigned = 1024

const keys = createBoundedCache<string, SigningKey>(name => name.length + 2000)

/** Derived keys live a day. A rotated secret makes a new one. */
function signingKey(secret: string, { accessKeyId, scope, day, region, service }: SigV4Claim): SigningKey {
  const name = `${accessKeyId}/${scope}`
  const known = keys.get(name)
  if (known?.secret === secret) return known
  let bytes: Buffer = Buffer.from(`AWS4${secret}`)
  for (const part of [day, region, service, 'aws4_request']) bytes = createHmac('sha256', bytes).update(part).digest()
  const made = { secret, key: createSecretKey(bytes), pads: padsOf(bytes) }
  keys.set(name, made)
  return made
}

function padsOf(key: Buffer): Pads {
  const inner = Buffer.alloc(blockBytes + mostSigned, 0x36)
  const outer = Buffer.alloc(blockBytes + 32, 0x5c)
  for (const [index, byte] of key.entries()) {
    inner[index] = byte ^ 0x36
    outer[index] = byte ^ 0x5c
  }
  return { inner, outer }
}

/** HMAC-SHA256 in hex, by two hashes of one call each: an Hmac costs several times as much, most of it the collector's. */
function hmacOf({ key, pads: { inner, outer } }: SigningKey, text: string): string {
  if (text.length > mostSigned / 3) return createHmac('sha256', key).update(text).digest('hex')
  const size = inner.write(text, blockBytes)
  outer.set(hash('sha256', inner.subarray(0, blockBytes + size), 'buffer'), blockBytes)
  return hash('sha256', outer, 'hex')
}

/** Compares without telling by its time where the texts differ. */
export function equalText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.byteLength === right.byteLength && timingSafeEqual(left, right)
}
