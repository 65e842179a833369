import type { ServiceError } from '../ground/errors.ts'
import { notImplemented, s3Error } from './s3-error.ts'

/** What a condition is about. */
export interface Validators {
  /** Without quotes. */
  readonly etag: string
  /** Milliseconds. */
  readonly modified: number
}

export interface ReadConditions {
  readonly IfMatch?: string
  readonly IfNoneMatch?: string
  readonly IfModifiedSince?: Date
  readonly IfUnmodifiedSince?: Date
}

type Header = 'If-Match' | 'If-Unmodified-Since' | 'If-None-Match' | 'If-Modified-Since'

/** The first condition that does not hold (RFC 9110, section 13.2.2): an entity tag's condition silences the date's of its kind. */
function failedCondition(conditions: ReadConditions, found: Validators): Header | undefined {
  const seconds = Math.floor(found.modified / 1000) * 1000
  const { IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince } = conditions
  if (IfMatch !== undefined && !etagMatches(IfMatch, found.etag)) return 'If-Match'
  if (IfMatch === undefined && IfUnmodifiedSince && seconds > IfUnmodifiedSince.getTime()) return 'If-Unmodified-Since'
  if (IfNoneMatch !== undefined && etagMatches(IfNoneMatch, found.etag)) return 'If-None-Match'
  if (IfNoneMatch === undefined && IfModifiedSince && seconds <= IfModifiedSince.getTime()) return 'If-Modified-Since'
  return undefined
}

/** For GET and HEAD: throws PreconditionFailed, or NotModified (304) with the validators. */
export function checkReadConditions(conditions: ReadConditions, found: Validators): void {
  const failed = failedCondition(conditions, found)
  if (failed === 'If-Match' || failed === 'If-Unmodified-Since') throw preconditionFailed(failed)
  if (failed)
    throw s3Error('NotModified', { etag: `"${found.etag}"`, 'last-modified': new Date(found.modified).toUTCString() })
}

/** For the source of a copy: every failure is PreconditionFailed. */
export function checkCopyConditions(
  input: {
    CopySourceIfMatch?: string
    CopySourceIfNoneMatch?: string
    CopySourceIfModifiedSince?: Date
    CopySourceIfUnmodifiedSince?: Date
  },
  source: Validators,
): void {
  const conditions = {
    IfMatch: input.CopySourceIfMatch,
    IfNoneMatch: input.CopySourceIfNoneMatch,
    IfModifiedSince: input.CopySourceIfModifiedSince,
    IfUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
  }
  const failed = failedCondition(conditions, source)
  if (failed) throw preconditionFailed(`x-amz-copy-source-${failed}`)
}

export interface WriteConditions {
  readonly IfMatch?: string
  readonly IfNoneMatch?: string
}

/** For writes, in the transaction that writes: `current` is absent when there is no such object or a delete marker is its newest version. */
export function checkWriteConditions(
  conditions: WriteConditions,
  current: Validators | undefined,
  where: { bucket: string; key: string },
): void {
  const { IfMatch, IfNoneMatch } = conditions
  if (IfNoneMatch !== undefined && IfNoneMatch !== '*') throw notImplemented('If-None-Match with a value other than *')
  if (IfNoneMatch !== undefined && current) throw preconditionFailed('If-None-Match')
  if (IfMatch === undefined) return
  if (!current) throw s3Error('NoSuchKey', { Key: where.key, BucketName: where.bucket })
  if (!etagMatches(IfMatch, current.etag)) throw preconditionFailed('If-Match')
}

export interface DeleteConditions {
  readonly IfMatch?: string
  readonly IfMatchLastModifiedTime?: Date
  readonly IfMatchSize?: number
}

/** For deletes: what is not there satisfies all but `If-Match: *` (S3 User Guide, "How to perform conditional deletes"). */
export function checkDeleteConditions(
  conditions: DeleteConditions,
  current: (Validators & { size: number }) | undefined,
): void {
  const { IfMatch, IfMatchLastModifiedTime: time, IfMatchSize: size } = conditions
  if (IfMatch !== undefined && (current ? !etagMatches(IfMatch, current.etag) : IfMatch === '*'))
    throw preconditionFailed('If-Match')
  if (!current) return
  if (size !== undefined && current.size !== size) throw preconditionFailed('x-amz-if-match-size')
  const seconds = (milliseconds: number) => Math.floor(milliseconds / 1000)
  if (time && seconds(current.modified) !== seconds(time.getTime()))
    throw preconditionFailed('x-amz-if-match-last-modified-time')
}

const preconditionFailed = (condition: string): ServiceError => s3Error('PreconditionFailed', { Condition: condition })

/** True for `*`, and when the list holds the tag, with or without quotes. */
function etagMatches(header: string, etag: string): boolean {
  const tags = header.split(',').map(tag =>
    tag
      .trim()
      .replace(/^W\//, '')
      .replace(/^"(.*)"$/, '$1'),
  )
  return tags.some(tag => tag === '*' || tag === etag)
}
