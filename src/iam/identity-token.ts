import { decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { ServiceError } from '../ground/errors.ts'
import { ProviderBusy } from './open-id-document.ts'
import type { OpenIdKeys } from './open-id-keys.ts'

/** What a verified token says. */
export interface IdentityToken {
  readonly issuer: string
  readonly subject: string
  /** The client that it is for: `azp` where there is one, else `aud` (IAM User Guide, Available keys for AWS OIDC federation). */
  readonly audience: string
  /** `aud`, where `azp` says for whom it is. */
  readonly originalAudience: readonly string[] | undefined
  readonly amr: readonly string[]
  readonly sourceIdentity: string | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly transitiveTagKeys: readonly string[]
  /** All that it says, as it is written there. */
  readonly claims: Readonly<Record<string, unknown>>
}

interface Provider {
  /** With its scheme. */
  readonly issuer: string
  readonly clientIds: readonly string[]
  readonly thumbprints: readonly string[]
}

/** Source: IAM User Guide, Create an OpenID Connect identity provider: prerequisites. */
const algorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512']
/** Seconds by which the clocks of provider and server may differ. */
const skew = 60

/** Who says to have issued a token, before anything is proven. Throws InvalidIdentityToken for what is no token. */
export function claimedIssuer(token: string): string {
  const { iss } = decoded(token)
  if (iss === undefined) throw invalidToken('The ID Token has no issuer (iss).')
  return iss
}

/**
 * Proves the token by its provider's keys and reads its claims. Throws InvalidIdentityToken, ExpiredTokenException, IDPRejectedClaim or
 * IDPCommunicationError (AWS STS API Reference, AssumeRoleWithWebIdentity; texts as public reports show them).
 */
export async function verifyIdentityToken(
  token: string,
  provider: Provider,
  keys: OpenIdKeys,
  now: Date,
): Promise<IdentityToken> {
  const { issuer, thumbprints } = provider
  const provenBy = async (fresh: boolean): Promise<JWTPayload> =>
    prove(token, await keys.of(issuer, thumbprints, fresh).catch(cannotKnow), issuer, now)
  try {
    return claimsOf(await provenBy(false).catch(orBy(() => provenBy(true))), provider, now)
  } catch (error) {
    throw refusal(error, now)
  }
}

/** The provider may have changed its keys since they were read. */
const orBy = (again: () => Promise<JWTPayload>) => (error: unknown) => {
  if (error instanceof errors.JWKSNoMatchingKey) return again()
  throw error
}

async function prove(token: string, keys: JWTVerifyGetKey, issuer: string, now: Date): Promise<JWTPayload> {
  const requiredClaims = ['sub', 'aud', 'exp', 'iat']
  const bounds = { algorithms, requiredClaims, currentDate: now, clockTolerance: skew }
  const { payload } = await jwtVerify(token, keys, { ...bounds, issuer: [issuer, `${issuer}/`] })
  return payload
}

function refusal(error: unknown, now: Date): unknown {
  if (error instanceof errors.JWTExpired)
    return new ServiceError(
      'ExpiredTokenException',
      `Token expired: current date/time ${seconds(now)} must be before the expiration date/time ${error.payload.exp}`,
      { status: 400 },
    )
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
    return noKey('its keys are not the one that signed the token')
  if (error instanceof errors.JWTClaimValidationFailed)
    return error.claim === 'nbf' ? rejected(error.message) : invalidToken(error.message)
  if (error instanceof errors.JOSEError) return invalidToken(`The ID Token provided is not valid: ${error.message}`)
  return error
}

function claimsOf(payload: JWTPayload, { clientIds }: Provider, now: Date): IdentityToken {
  const { iss = '', sub = '', aud = [], azp, iat = 0, amr } = payload
  if (iat > seconds(now) + skew) throw rejected('The ID Token was issued in the future (iat).')
  const audiences = typeof azp === 'string' ? [azp] : [aud].flat()
  const audience = audiences.find(each => clientIds.includes(each))
  if (audience === undefined) throw invalidToken('Incorrect token audience')
  return {
    issuer: iss,
    subject: sub,
    audience,
    originalAudience: typeof azp === 'string' ? [aud].flat() : undefined,
    amr: texts(amr),
    claims: payload,
    ...sessionClaims(payload),
  }
}

/** Claims that become the session's (IAM User Guide, Pass session tags in AWS STS; Monitor and control actions taken with assumed roles). */
function sessionClaims(payload: JWTPayload): Pick<IdentityToken, 'sourceIdentity' | 'tags' | 'transitiveTagKeys'> {
  const given = payload['https://aws.amazon.com/tags'] as
    | { readonly principal_tags?: Readonly<Record<string, unknown>>; readonly transitive_tag_keys?: unknown }
    | undefined
  const sourceIdentity = payload['https://aws.amazon.com/source_identity']
  const tags = Object.entries(given?.principal_tags ?? {}).map(([key, values]) => [key, texts(values)[0] ?? ''])
  if (tags.length > 50) throw rejected('The ID Token has more than 50 session tags.')
  return {
    sourceIdentity: typeof sourceIdentity === 'string' ? sourceIdentity : undefined,
    tags: Object.fromEntries(tags),
    transitiveTagKeys: texts(given?.transitive_tag_keys),
  }
}

/** A claim that is a text, or a list with texts. */
export const texts = (value: unknown): string[] => [value].flat().filter(each => typeof each === 'string')

function decoded(token: string): JWTPayload {
  try {
    return decodeJwt(token)
  } catch {
    throw invalidToken('The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)')
  }
}

function cannotKnow(error: unknown): never {
  const { message } = error as Error
  if (error instanceof ProviderBusy)
    throw new ServiceError('IDPCommunicationError', `Your identity provider cannot be asked now: ${message}`, {
      status: 400,
    })
  throw noKey(message)
}

const seconds = (time: Date): number => Math.floor(time.getTime() / 1000)
/** The token is not one that is taken here. */
export const invalidToken = (message: string) => new ServiceError('InvalidIdentityToken', message, { status: 400 })
const rejected = (message: string) => new ServiceError('IDPRejectedClaim', message, { status: 403 })
const noKey = (why: string) => invalidToken(`Couldn't retrieve verification key from your identity provider: ${why}`)
