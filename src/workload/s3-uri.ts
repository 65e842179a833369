import { ValidationException } from '../ground/errors.ts'

export interface S3Location {
  readonly bucket: string
  /** Key or key prefix; may be empty. */
  readonly key: string
}

/** `s3://BUCKET/KEY`. Throws ValidationException. */
export function parseS3Uri(uri: string): S3Location {
  const match = /^(?:s3|https):\/\/([^/]+)\/?(.*)$/s.exec(uri)
  if (!match?.[1] || !uri.startsWith('s3://'))
    throw new ValidationException(`Invalid S3 URI: ${uri}. It must be of the form s3://bucket/key.`)
  return { bucket: match[1], key: match[2] ?? '' }
}

/** Joins a prefix URI and a relative key with exactly one slash. */
export const joinS3Uri = (prefix: string, ...rest: string[]): string => [prefix.replace(/\/+$/, ''), ...rest].join('/')
