import { ServiceError } from '../ground/errors.ts'
import { type AuthStyle, authFault } from './auth-fault.ts'
import type { WireRequest } from './message.ts'
import { parseQuery } from './uri-template.ts'

/** What a request says of its signer, unverified: from the Authorization header or from a presigned URL. */
export interface SigV4Claim {
  readonly version: 4
  readonly presigned: boolean
  readonly accessKeyId: string
  /** YYYYMMDD/region/service/aws4_request. */
  readonly scope: string
  readonly day: string
  readonly region: string
  readonly service: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
  /** YYYYMMDDTHHMMSSZ. */
  readonly time: string
  /** Seconds a presigned URL is good for. */
  readonly expires: number | undefined
  readonly sessionToken: string | undefined
}

/** A presigned URL of signature version 2, as botocore makes for S3 at custom endpoints. */
export interface SigV2Claim {
  readonly version: 2
  readonly accessKeyId: string
  readonly signature: string
  /** Epoch seconds. */
  readonly expires: number
  readonly sessionToken: string | undefined
}

export type Claim = SigV4Claim | SigV2Claim

const algorithm = 'AWS4-HMAC-SHA256'

/** Who claims to have signed; undefined when nobody does. Throws in the given style when a claim is there but unreadable. */
export function readClaim(request: WireRequest, style: AuthStyle): Claim | undefined {
  const { authorization } = request.headers
  if (authorization !== undefined) return readHeader(authorization, request.headers, style)
  if (request.query.includes('X-Amz-Signature=')) return readPresigned(request, style)
  if (request.query.includes('AWSAccessKeyId=')) return readVersion2(request, style)
  return undefined
}

function readHeader(authorization: string, headers: WireRequest['headers'], style: AuthStyle): SigV4Claim {
  if (!authorization.startsWith(`${algorithm} `)) {
    throw authFault(
      style,
      'unsupported',
      `The authorization mechanism you have provided is not supported. Please use ${algorithm}.`,
    )
  }
  const parts: Record<string, string> = Object.create(null)
  for (const part of authorization.slice(algorithm.length + 1).split(',')) {
    const equals = part.indexOf('=')
    if (equals > 0) parts[part.slice(0, equals).trim()] = part.slice(equals + 1).trim()
  }
  for (const name of ['Credential', 'Signature', 'SignedHeaders']) {
    if (!parts[name]) throw authFault(style, 'incomplete', `Authorization header requires '${name}' parameter.`)
  }
  const date = headers['x-amz-date'] ?? compactDate(headers.date)
  if (!date) {
    throw authFault(
      style,
      'incomplete',
      `Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.`,
    )
  }
  const claimed = { presigned: false, expires: undefined, sessionToken: headers['x-amz-security-token'] }
  return complete({ ...claimed, date, parts }, style)
}

function readPresigned(request: WireRequest, style: AuthStyle): SigV4Claim {
  const query = parseQuery(request.query)
  const parameter = (name: string): string => {
    const value = query.get(name)?.[0]
    if (value) return value
    throw authFault(style, 'incompleteUrl', `Query-string authentication requires the ${name} parameter.`)
  }
  if (parameter('X-Amz-Algorithm') !== algorithm) {
    throw authFault(style, 'incompleteUrl', `X-Amz-Algorithm only supports "${algorithm}".`)
  }
  const expires = Number(parameter('X-Amz-Expires'))
  if (!Number.isInteger(expires) || expires < 0 || expires > 604_800) {
    throw authFault(style, 'incompleteUrl', 'X-Amz-Expires must be a number of seconds of at most a week, 604800.')
  }
  const parts = {
    Credential: parameter('X-Amz-Credential'),
    SignedHeaders: parameter('X-Amz-SignedHeaders'),
    Signature: parameter('X-Amz-Signature'),
  }
  const sessionToken = query.get('X-Amz-Security-Token')?.[0]
  return complete({ presigned: true, expires, sessionToken, date: parameter('X-Amz-Date'), parts }, style)
}

/**
 * Who claims to have signed an upload form's policy (S3 API Reference, "Authenticating requests: browser-based uploads using POST");
 * undefined when nobody does. Names of fields in lower case.
 */
export function readFormClaim(fields: ReadonlyMap<string, string>): SigV4Claim | undefined {
  const claims = ['x-amz-signature', 'x-amz-credential', 'x-amz-algorithm', 'signature', 'awsaccesskeyid']
  if (!claims.some(name => fields.has(name))) return undefined
  const field = (name: string): string => {
    const value = fields.get(name)
    if (value) return value
    throw new ServiceError(
      'InvalidArgument',
      `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
      { status: 400, fields: { ArgumentName: name, ArgumentValue: '' } },
    )
  }
  if (fields.get('x-amz-algorithm') !== algorithm)
    throw authFault(
      's3',
      'unsupported',
      `The authorization mechanism you have provided is not supported. Please use ${algorithm}.`,
    )
  field('policy')
  const parts = { Credential: field('x-amz-credential'), SignedHeaders: 'host', Signature: field('x-amz-signature') }
  const sessionToken = fields.get('x-amz-security-token')
  return complete({ presigned: true, expires: undefined, sessionToken, date: field('x-amz-date'), parts }, 's3')
}

interface Read extends Pick<SigV4Claim, 'presigned' | 'expires' | 'sessionToken'> {
  readonly date: string
  readonly parts: Readonly<Record<string, string>>
}

function complete({ date, parts, ...claimed }: Read, style: AuthStyle): SigV4Claim {
  const incomplete = claimed.expires === undefined ? 'incomplete' : 'incompleteUrl'
  const [accessKeyId = '', day = '', region = '', service = '', terminator = '', ...rest] = (
    parts.Credential ?? ''
  ).split('/')
  if (!accessKeyId || !/^\d{8}$/.test(day) || !service || terminator !== 'aws4_request' || rest.length > 0) {
    throw authFault(
      style,
      incomplete,
      `Credential must have the form ACCESS-KEY-ID/YYYYMMDD/REGION/SERVICE/aws4_request, got '${parts.Credential}'.`,
    )
  }
  if (!/^\d{8}T\d{6}Z$/.test(date)) {
    throw authFault(style, incomplete, `Date must be in ISO-8601 'basic format'. Got '${date}'.`)
  }
  if (!date.startsWith(day)) {
    throw authFault(
      style,
      'badScope',
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${day}' != '${date}'.`,
    )
  }
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) {
    throw authFault(style, 'badScope', `Credential should be scoped to a valid region, not '${region}'.`)
  }
  const signedHeaders = (parts.SignedHeaders ?? '').toLowerCase().split(';')
  if (!signedHeaders.includes('host')) {
    throw authFault(style, 'incomplete', `'Host' must be a signed header: ${parts.SignedHeaders}`)
  }
  return {
    ...claimed,
    version: 4,
    accessKeyId,
    scope: `${day}/${region}/${service}/aws4_request`,
    day,
    region,
    service,
    signedHeaders,
    signature: parts.Signature ?? '',
    time: date,
  }
}

function readVersion2(request: WireRequest, style: AuthStyle): SigV2Claim {
  const query = parseQuery(request.query)
  const accessKeyId = query.get('AWSAccessKeyId')?.[0]
  const signature = query.get('Signature')?.[0]
  const expires = Number(query.get('Expires')?.[0])
  if (!accessKeyId || !signature || !Number.isInteger(expires)) {
    throw authFault(
      style,
      'missing',
      'Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters.',
    )
  }
  return { version: 2, accessKeyId, signature, expires, sessionToken: query.get('x-amz-security-token')?.[0] }
}

function compactDate(date: string | undefined): string | undefined {
  const parsed = date === undefined ? undefined : new Date(date)
  if (!parsed || Number.isNaN(parsed.getTime())) return undefined
  return compact(parsed)
}

/** YYYYMMDDTHHMMSSZ. */
export const compact = (date: Date): string => `${date.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
