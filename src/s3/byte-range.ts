import { s3Error } from './s3-error.ts'

/** Bytes of an object, end inclusive. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

const pattern = /^bytes=(\d*)-(\d*)$/

/**
 * The range of a GET (RFC 9110, section 14): undefined for none, for one that is not well-formed and for several, all of which S3
 * answers with the whole object. Throws InvalidRange when it lies outside of the object.
 */
export function readByteRange(header: string | undefined, size: number): ByteRange | undefined {
  const [, first, last] = pattern.exec(header?.replaceAll(' ', '') ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (start <= end) return { start, end }
  throw s3Error('InvalidRange', { RangeRequested: header, ActualObjectSize: size })
}

/** The range of an UploadPartCopy: both ends must be given and lie in the source. */
export function readCopyRange(header: string | undefined, size: number): ByteRange | undefined {
  if (header === undefined) return undefined
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(header) ?? []
  const range = { start: Number(first), end: Number(last) }
  if (first === undefined || range.end < range.start)
    throw s3Error(
      'InvalidArgument',
      {
        ArgumentName: 'x-amz-copy-source-range',
        ArgumentValue: header,
      },
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
    )
  if (range.end >= size)
    throw s3Error(
      'InvalidArgument',
      { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header },
      `Range specified is not valid for source object of size: ${size}`,
    )
  return range
}
