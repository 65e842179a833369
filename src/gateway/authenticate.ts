import { ServiceError } from '../ground/errors.ts'
import { type AuthStyle, authFault } from '../protocol/auth-fault.ts'
import type { Claim, SigV4Claim } from '../protocol/claim.ts'
import type { WireRequest } from '../protocol/message.ts'
import { verifyVersion2 } from '../protocol/sigv2.ts'
import { equalText, type Verified, verifySignature } from '../protocol/sigv4.ts'
import { parseQuery, queryPairs } from '../protocol/uri-template.ts'
import type { Credential, Iam } from '../service/iam.ts'
import type { Principal } from '../service/principal.ts'

export const anonymous: Principal = { kind: 'anonymous', account: '', arn: 'anonymous', userId: 'anonymous' }

/** The credential that a claim names. Refuses unknown keys, wrong or missing session tokens and expired ones. */
export async function credentialOf(iam: Iam, claim: Claim, style: AuthStyle, now: Date): Promise<Credential> {
  return requireGood(await iam.credential(claim.accessKeyId), claim, style, now)
}

/** The same of a credential that was looked up; undefined when there is none. */
export function requireGood(credential: Credential | undefined, claim: Claim, style: AuthStyle, now: Date): Credential {
  if (!credential) {
    const message =
      style === 's3'
        ? 'The AWS Access Key Id you provided does not exist in our records.'
        : 'The security token included in the request is invalid.'
    throw authFault(style, 'unknownKey', message, { AWSAccessKeyId: claim.accessKeyId })
  }
  const { sessionToken, expires } = credential
  const token = claim.sessionToken
  const tokenFits =
    sessionToken === undefined ? token === undefined : token !== undefined && equalText(token, sessionToken)
  if (!tokenFits) throw authFault(style, 'badToken', 'The security token included in the request is invalid.')
  if (expires && expires <= now) {
    throw authFault(style, 'expiredToken', 'The security token included in the request is expired')
  }
  return credential
}

/**
 * The payload hash that was signed; undefined when the signer hashed the body without saying so (botocore, except for S3). S3 wants
 * it said, and takes a presigned URL's body as it comes.
 */
export function signedPayload(request: WireRequest, claim: Claim | undefined, style: AuthStyle): string | undefined {
  const header = request.headers['x-amz-content-sha256']
  if (!claim) return header
  if (claim.version === 2) return 'UNSIGNED-PAYLOAD'
  if (claim.presigned) {
    const signed = claim.signedHeaders.includes('x-amz-content-sha256') ? header : undefined
    return (
      signed ??
      parseQuery(request.query).get('X-Amz-Content-Sha256')?.[0] ??
      (style === 's3' ? 'UNSIGNED-PAYLOAD' : undefined)
    )
  }
  if (header === undefined && style === 's3') {
    throw new ServiceError('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256', {
      status: 400,
    })
  }
  return header
}

export interface Proof {
  readonly request: WireRequest
  /** Path-style path, for signature version 2. */
  readonly path: string
  readonly claim: Claim
  readonly credential: Credential
  readonly payloadHash: string
  readonly now: Date
  readonly style: AuthStyle
}

/** Checks the signature; what chunk signatures build on when it is of version 4. */
export function prove(proof: Proof): Verified | undefined {
  const { request, path, claim, credential, payloadHash, now, style } = proof
  if (claim.version === 2) {
    verifyVersion2(request, path, claim, credential.secretAccessKey, now)
    return undefined
  }
  return verifySignature({
    request,
    claim: claim as SigV4Claim,
    secretAccessKey: credential.secretAccessKey,
    payloadHash,
    now,
    style,
  })
}

const signatureParameters =
  /^(x-amz-(algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256)|AWSAccessKeyId|Signature|Expires)$/i
const hoistedHeaders = /^(x-amz-.+|content-type|content-md5)$/i
/** Who presigns has no body: the checksum that the JavaScript SDK adds is that of nothing, and S3 does not look at it. */
const bodyChecksums = /^x-amz-(checksum-(crc|sha|md5|xxhash)\w+|sdk-checksum-algorithm)$/i

/** A presigned URL carries its signature and some headers as parameters: the request as it was before that. */
export function unsignedRequest(request: WireRequest): WireRequest {
  const headers: Record<string, string | undefined> = { ...request.headers }
  const query: string[] = []
  for (const [name, value] of queryPairs(request.query)) {
    if (signatureParameters.test(name) || bodyChecksums.test(name)) continue
    if (hoistedHeaders.test(name)) headers[name.toLowerCase()] ??= value
    else query.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
  }
  return { ...request, headers, query: query.join('&') }
}
