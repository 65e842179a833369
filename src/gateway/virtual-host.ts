import { isIP } from 'node:net'

/** The bucket that a Host header names (virtual-host style); undefined for path style. */
export type BucketOfHost = (host: string | undefined) => string | undefined

const awsHost = /^(.+)\.s3[.-](?:[a-z0-9-]+\.)*amazonaws\.com(?:\.cn)?$/

/** Knows `BUCKET.s3.REGION.amazonaws.com`, and `BUCKET.HOST` and `BUCKET.s3.HOST` of localhost and of this installation's own URL. */
export function bucketOfHost(url: string): BucketOfHost {
  const { hostname } = new URL(url)
  const own = isIP(hostname.replaceAll(/[[\]]/g, '')) ? [] : [hostname]
  const suffixes = [...own, 'localhost'].flatMap(name => [`.s3.${name}`, `.${name}`])
  return host => {
    const name = host?.toLowerCase().replace(/:\d+$/, '') ?? ''
    const aws = awsHost.exec(name)
    if (aws) return aws[1]
    const suffix = suffixes.find(text => name.endsWith(text) && name.length > text.length)
    const bucket = suffix && name.slice(0, -suffix.length)
    return bucket === 's3' ? undefined : bucket
  }
}
