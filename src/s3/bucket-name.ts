import { isIPv4 } from 'node:net'
import { s3Error } from './s3-error.ts'

/** Checks a new bucket's name (S3 User Guide, "General purpose bucket naming rules"). Throws InvalidBucketName. */
export function requireBucketName(name: string): string {
  const wellFormed = /^[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]$/.test(name)
  const reserved =
    /^(xn--|sthree-|amzn-s3-demo-)/.test(name) || /(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name)
  if (wellFormed && !reserved && !isIPv4(name)) return name
  throw s3Error('InvalidBucketName', { BucketName: name })
}
