/** A place for content in a bucket of any S3. */
export interface BucketPlace {
  readonly bucket: string
  /** Empty, or it ends with a slash. */
  readonly prefix: string
  /** Where that S3 answers; AWS's own when absent. */
  readonly endpoint: string | undefined
  readonly region: string
  /** Whether the bucket is said in the path, as most S3s but AWS's want it. */
  readonly pathStyle: boolean
}

const known = ['endpoint', 'region', 'path-style']
/** Amazon S3 User Guide, "General purpose bucket naming rules". */
const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
/** Of a key 1024 bytes; the rest is the digest's. */
const prefixText = /^[\w.\-/]{0,512}$/

/**
 * Reads `s3://BUCKET/PREFIX?endpoint=URL&region=NAME&path-style=false`. Throws an Error for what it cannot be, and for a secret in it: this
 * text is shown and remembered.
 */
export function parseBucketUrl(text: string): BucketPlace {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 's3:' || url.hash) throw wrong('it is no s3://BUCKET/PREFIX')
  if (url.username || url.password) throw wrong('keys are said by objects-access-key and objects-secret-key')
  if (!bucketName.test(url.hostname)) throw wrong(`${url.hostname} is no name of a bucket`)
  const prefix = url.pathname.replace(/^\//, '').replace(/\/?$/, end => end || '/')
  if (!prefixText.test(prefix) || prefix.includes('//'))
    throw wrong('its prefix has other signs than A-Z a-z 0-9 . _ - /')
  const stranger = [...url.searchParams.keys()].find(name => !known.includes(name))
  if (stranger !== undefined) throw wrong(`there is no ${stranger}; ${known.join(', ')} are known`)
  const endpoint = url.searchParams.get('endpoint') ?? undefined
  if (endpoint !== undefined && !isEndpoint(endpoint)) throw wrong('its endpoint must be http://HOST or https://HOST')
  const style = url.searchParams.get('path-style')
  if (style !== null && style !== 'true' && style !== 'false') throw wrong('path-style is true or false')
  const region = url.searchParams.get('region') || 'us-east-1'
  const place = { bucket: url.hostname, prefix: prefix === '/' ? '' : prefix, endpoint, region }
  return { ...place, pathStyle: style === null ? endpoint !== undefined : style === 'true' }
}

/** Without what may change while the content stays where it is: its address, by which it is asked. */
export const nameOfPlace = ({ bucket, prefix }: BucketPlace): string => `s3://${bucket}/${prefix}`

function isEndpoint(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return !!url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash
}

const wrong = (what: string) => new Error(`objects must be s3://BUCKET/PREFIX?endpoint=URL&region=NAME: ${what}`)
