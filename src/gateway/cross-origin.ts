import type { ServerResponse } from 'node:http'
import { ServiceError } from '../ground/errors.ts'
import type { WireRequest, WireResponse } from '../protocol/message.ts'
import type { BucketOfHost } from './virtual-host.ts'

export interface CrossOriginRequest {
  readonly origin: string
  /** The method of the request, or of the one that a preflight asks about. */
  readonly method: string
  /** Names that a preflight asks about; empty for an actual request. */
  readonly headers: readonly string[]
}

/** The response headers that a bucket grants to pages of another origin; undefined when it grants nothing. */
export type CorsGrant = (
  bucket: string,
  request: CrossOriginRequest,
) => Promise<Readonly<Record<string, string>> | undefined>

/** Answers a browser that asks before it sends (Fetch standard, "CORS-preflight fetch"). Refused as S3 does: 400 or AccessForbidden. */
export async function preflight(
  grant: CorsGrant | undefined,
  bucketOf: BucketOfHost,
  { path, headers }: WireRequest,
): Promise<WireResponse> {
  const { origin } = headers
  const method = headers['access-control-request-method']
  if (origin === undefined) throw badRequest('Insufficient information. Origin request header needed.')
  if (method === undefined) throw badRequest('Invalid Access-Control-Request-Method: null')
  const asked = (headers['access-control-request-headers'] ?? '').split(',').map(name => name.trim())
  const bucket = bucketOf(headers.host) ?? path.split('/')[1] ?? ''
  const granted = await grant?.(bucket, { origin, method, headers: asked.filter(Boolean) })
  if (granted) return { status: 200, headers: { ...granted } }
  throw new ServiceError(
    'AccessForbidden',
    'CORSResponse: This CORS request is not allowed. The rules of the bucket do not grant this origin, method and headers.',
    { status: 403, fields: { Method: method, ResourceType: 'OBJECT' } },
  )
}

const badRequest = (message: string): ServiceError => new ServiceError('BadRequest', message, { status: 400 })

/** Lets a page of another origin read the answer, an error too, when the bucket grants it. */
export async function allowOrigin(
  grant: CorsGrant | undefined,
  { method, headers }: WireRequest,
  bucket: string | undefined,
  response: ServerResponse,
): Promise<void> {
  const { origin } = headers
  if (!grant || origin === undefined || bucket === undefined) return
  const granted = (await grant(bucket, { origin, method, headers: [] })) ?? {}
  for (const [name, value] of Object.entries(granted)) response.setHeader(name, value)
}
