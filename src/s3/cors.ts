import type { Store } from '../store/store.ts'
import { configureBucket, requireBucket } from './bucket.ts'
import type { BucketConfiguration } from './bucket-row.ts'
import { s3Error } from './s3-error.ts'
import type { Op } from './s3-operation.ts'

type Rule = NonNullable<BucketConfiguration['cors']>[number]

const methods = new Set(['GET', 'PUT', 'POST', 'DELETE', 'HEAD'])

export const putBucketCors: Op<'PutBucketCors'> = async (input, ctx) => {
  const cors = input.CORSConfiguration.CORSRules
  if (cors.length < 1 || cors.length > 100) throw s3Error('MalformedXML')
  for (const rule of cors) requireRule(rule)
  await configureBucket(ctx.store, input.Bucket, { cors })
  return {}
}

function requireRule(rule: Rule): void {
  const method = rule.AllowedMethods.find(name => !methods.has(name))
  if (method !== undefined)
    throw s3Error('InvalidRequest', {}, `Found unsupported HTTP method in CORS config. Unsupported method is ${method}`)
  const wild = [...rule.AllowedOrigins, ...(rule.AllowedHeaders ?? [])].find(text => text.split('*').length > 2)
  if (wild !== undefined) throw s3Error('InvalidRequest', {}, `"${wild}" can not have more than one wildcard.`)
}

export const getBucketCors: Op<'GetBucketCors'> = async (input, ctx) => {
  const { cors } = (await requireBucket(ctx.store.db, input.Bucket)).configuration
  if (!cors) throw s3Error('NoSuchCORSConfiguration', { BucketName: input.Bucket })
  return { CORSRules: cors }
}

export const deleteBucketCors: Op<'DeleteBucketCors'> = async (input, ctx) => {
  await configureBucket(ctx.store, input.Bucket, { cors: undefined })
  return {}
}

export interface CorsRequest {
  readonly origin: string
  /** The method of the request, or of the request that a preflight asks about. */
  readonly method: string
  /** Names in `Access-Control-Request-Headers`; empty for an actual request. */
  readonly headers: readonly string[]
}

/**
 * The response headers that a bucket's CORS rules grant to this origin; undefined when none does, or there is no such bucket. For
 * the preflight (OPTIONS, answered 200 with these or 403) as for actual requests. S3 User Guide, "Using cross-origin resource sharing".
 */
export async function corsHeaders(
  store: Store,
  bucket: string,
  request: CorsRequest,
): Promise<Readonly<Record<string, string>> | undefined> {
  const row = await store.db
    .selectFrom('s3_bucket')
    .select('configuration')
    .where('name', '=', bucket)
    .executeTakeFirst()
  if (!row) return undefined
  const { cors = [] } = JSON.parse(row.configuration) as BucketConfiguration
  const rule = cors.find(candidate => matches(candidate, request))
  return rule && granted(rule, request)
}

const matches = (rule: Rule, { origin, method, headers }: CorsRequest): boolean =>
  rule.AllowedMethods.includes(method) &&
  rule.AllowedOrigins.some(pattern => fits(pattern, origin)) &&
  headers.every(header => rule.AllowedHeaders?.some(pattern => fits(pattern.toLowerCase(), header.toLowerCase())))

function fits(pattern: string, text: string): boolean {
  const [head = '', tail] = pattern.split('*')
  if (tail === undefined) return text === pattern
  return text.length >= head.length + tail.length && text.startsWith(head) && text.endsWith(tail)
}

function granted(rule: Rule, { origin, headers }: CorsRequest): Record<string, string> {
  const anyone = rule.AllowedOrigins.includes('*')
  return {
    'access-control-allow-origin': anyone ? '*' : origin,
    'access-control-allow-methods': rule.AllowedMethods.join(', '),
    ...(headers.length > 0 && { 'access-control-allow-headers': headers.join(', ') }),
    ...(rule.ExposeHeaders?.length && { 'access-control-expose-headers': rule.ExposeHeaders.join(', ') }),
    ...(rule.MaxAgeSeconds !== undefined && { 'access-control-max-age': String(rule.MaxAgeSeconds) }),
    ...(!anyone && { 'access-control-allow-credentials': 'true' }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  }
}
