import { ServiceError } from '../ground/errors.ts'

/** In whose words a request is refused: the JSON and CBOR services', the query services' or S3's. */
export type AuthStyle = 'json' | 'query' | 's3'

export type AuthReason =
  | 'missing'
  | 'incomplete'
  | 'incompleteUrl'
  | 'unsupported'
  | 'unknownKey'
  | 'badToken'
  | 'expiredToken'
  | 'mismatch'
  | 'skewed'
  | 'expiredUrl'
  | 'unsignedHeaders'
  | 'badScope'

/** Code and status per style ("Common errors" of each API's reference; "Amazon S3 API Reference, Error responses"). */
const faults: Readonly<Record<AuthReason, Readonly<Record<AuthStyle, readonly [code: string, status: number]>>>> = {
  missing: {
    json: ['MissingAuthenticationTokenException', 400],
    query: ['MissingAuthenticationToken', 403],
    s3: ['AccessDenied', 403],
  },
  incomplete: {
    json: ['IncompleteSignatureException', 400],
    query: ['IncompleteSignature', 400],
    s3: ['AuthorizationHeaderMalformed', 400],
  },
  incompleteUrl: {
    json: ['IncompleteSignatureException', 400],
    query: ['IncompleteSignature', 400],
    s3: ['AuthorizationQueryParametersError', 400],
  },
  unsupported: {
    json: ['IncompleteSignatureException', 400],
    query: ['IncompleteSignature', 400],
    s3: ['InvalidRequest', 400],
  },
  unknownKey: {
    json: ['UnrecognizedClientException', 400],
    query: ['InvalidClientTokenId', 403],
    s3: ['InvalidAccessKeyId', 403],
  },
  badToken: {
    json: ['UnrecognizedClientException', 400],
    query: ['InvalidClientTokenId', 403],
    s3: ['InvalidToken', 400],
  },
  expiredToken: { json: ['ExpiredTokenException', 400], query: ['ExpiredToken', 403], s3: ['ExpiredToken', 400] },
  mismatch: {
    json: ['InvalidSignatureException', 400],
    query: ['SignatureDoesNotMatch', 403],
    s3: ['SignatureDoesNotMatch', 403],
  },
  skewed: {
    json: ['InvalidSignatureException', 400],
    query: ['SignatureDoesNotMatch', 403],
    s3: ['RequestTimeTooSkewed', 403],
  },
  expiredUrl: {
    json: ['InvalidSignatureException', 400],
    query: ['SignatureDoesNotMatch', 403],
    s3: ['AccessDenied', 403],
  },
  unsignedHeaders: {
    json: ['InvalidSignatureException', 400],
    query: ['SignatureDoesNotMatch', 403],
    s3: ['AccessDenied', 403],
  },
  badScope: {
    json: ['InvalidSignatureException', 400],
    query: ['SignatureDoesNotMatch', 403],
    s3: ['AuthorizationHeaderMalformed', 400],
  },
}

/** A request is not its signer's, or nobody's: told apart from other errors for the security log. */
export class AuthFault extends ServiceError {}

export function authFault(
  style: AuthStyle,
  reason: AuthReason,
  message: string,
  fields: Record<string, unknown> = {},
): AuthFault {
  const [code, status] = faults[reason][style]
  return new AuthFault(code, message, style === 's3' ? { status, fields } : { status })
}
