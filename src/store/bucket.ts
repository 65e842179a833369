import type { Readable } from 'node:stream'
import { type CompletedPart, type ListMultipartUploadsCommandOutput, S3, S3ServiceException } from '@aws-sdk/client-s3'
import { createTurnstile } from '../ground/turnstile.ts'
import { BlobError } from './blobs.ts'
import { boundAnswers, sizeOf } from './bucket-answer.ts'
import { type BucketPlace, nameOfPlace } from './bucket-url.ts'

export interface BucketKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface BucketOptions {
  readonly place: BucketPlace
  /** Found as every AWS client finds them, when absent: environment, profile, role of the machine or of the Pod. */
  readonly keys?: BucketKeys | undefined
  /** How long nothing may come, in milliseconds. */
  readonly idleMs?: number
  /** How often a request is made that the bucket could not answer. */
  readonly tries?: number
}

/** What a bucket answers with: the content from where it was asked for, and how large all of it is. */
export interface BucketContent {
  readonly size: number
  readonly body: Readable
}

export interface BucketEntry {
  /** Without the place's prefix. */
  readonly key: string
  readonly size: number
  readonly modified: Date
}

/** A place in a bucket. Whatever goes wrong there is a `BucketError`, after a few tries; keys are without the place's prefix. */
export interface Bucket {
  readonly name: string
  /** From byte `start` to `end`, inclusive. Undefined when there is nothing of that name; `beyond` when it ends before. */
  read(key: string, range?: { start: number; end?: number }): Promise<BucketContent | 'beyond' | undefined>
  has(key: string): Promise<boolean>
  put(key: string, content: Uint8Array, onlyIfAbsent?: boolean): Promise<void>
  /** In one request or in parts, each read when its turn comes; nothing is visible before the last. */
  send(key: string, size: number, read: ReadPart): Promise<void>
  /** One try, whose answer is waited for no longer than the time says. */
  remove(key: string): Promise<void>
  list(prefix: string): AsyncIterable<BucketEntry>
  /** Ends uploads that were begun before: of servers that have died. */
  abortUploads(before: Date): Promise<void>
  /** A URL by which anybody may read it for so many seconds. */
  link(key: string, seconds: number): Promise<string>
  close(): void
}

/** Bytes from one to another, inclusive. */
export type ReadPart = (start: number, end: number) => Promise<Uint8Array>

/** The bucket refuses, does not answer, or answers with what it cannot be. */
export class BucketError extends Error {
  readonly code = 'BucketError'
  /** What S3 calls it: `AccessDenied`; else of the network. */
  readonly reason: string
  /** It has answered that it does not do what was asked: nothing of it is under way any more. */
  readonly refused: boolean

  constructor(bucket: string, reason: string, message: string, refused = false) {
    super(`The bucket ${bucket} ${message} (${reason}).`)
    this.name = 'BucketError'
    this.reason = reason
    this.refused = refused
  }
}

const mebibyte = 1024 ** 2
/** Smaller content goes in one request. */
const smallestParts = 16 * mebibyte
const partBytes = 8 * mebibyte
/** S3 User Guide, "Amazon S3 multipart upload limits": 10,000. */
const mostParts = 9000
/** Of one upload, and of all together: each is held in memory while it is sent. */
const partsOfOne = 3
const partsAtOnce = 6
const usualTries = 4
/** Who is told that an upload failed waits no longer for its end. */
const abortMs = 5000

export function openBucket({ place, keys, idleMs = 30_000, tries = usualTries }: BucketOptions): Bucket {
  const name = nameOfPlace(place)
  const settings = {
    region: place.region,
    ...(place.endpoint !== undefined && { endpoint: place.endpoint }),
    ...(keys && { credentials: keys }),
    forcePathStyle: place.pathStyle,
    // Sums of our own find what is damaged, on the way too; not every S3 knows those that the SDK would add.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: Math.min(idleMs, 5000),
      socketTimeout: idleMs,
      httpAgent: agent,
      httpsAgent: agent,
    },
  } as const
  const s3 = new S3({ ...settings, maxAttempts: tries })
  const once = new S3({ ...settings, maxAttempts: 1 })
  for (const client of [s3, once]) boundAnswers(client, 2 * idleMs)
  const at = (key: string) => ({ Bucket: place.bucket, Key: place.prefix + key })
  const parts = createTurnstile(partsAtOnce)
  const asked = <T>(what: string, answer: Promise<T>): Promise<T> =>
    answer.catch(error => {
      throw asBucketError(name, what, error)
    })

  /** Any S3 gives each object one; what stands between says 200 to anything. */
  function requireTag({ ETag }: { readonly ETag?: string | undefined }): string {
    if (ETag) return ETag
    throw new BucketError(name, 'NoETag', 'answered without an entity tag, as no S3 does')
  }

  /** Where a list goes on; undefined at its end. One that does not get on would have no end. */
  function following(isTruncated: boolean | undefined, next: string | undefined, before: string | undefined) {
    if (isTruncated === false) return undefined
    if (isTruncated && next && next !== before) return next
    throw new BucketError(name, 'NoList', 'answered a list that has no end, or something that is no list')
  }

  async function sendParts(key: string, UploadId: string, size: number, read: ReadPart): Promise<CompletedPart[]> {
    const each = Math.max(partBytes, Math.ceil(size / mostParts / mebibyte) * mebibyte)
    const sent: CompletedPart[] = []
    const numbers = Array.from({ length: Math.ceil(size / each) }, (_, index) => index + 1).values()
    const failed = new AbortController()
    const sendOne = async (PartNumber: number) => {
      const Body = await read((PartNumber - 1) * each, Math.min(size, PartNumber * each) - 1)
      sent.push({ ETag: requireTag(await s3.uploadPart({ ...at(key), UploadId, PartNumber, Body })), PartNumber })
    }
    const sendSome = async () => {
      for (const number of numbers) {
        failed.signal.throwIfAborted()
        await parts(() => sendOne(number))
      }
    }
    const sending = Array.from({ length: partsOfOne }, () =>
      sendSome().catch(error => {
        failed.abort(error)
        throw error
      }),
    )
    // Those under way end by themselves: an upload whose parts still come may outlive its abortion.
    await Promise.allSettled(sending)
    failed.signal.throwIfAborted()
    return sent.sort((one, other) => (one.PartNumber ?? 0) - (other.PartNumber ?? 0))
  }

  async function sendInParts(key: string, size: number, read: ReadPart): Promise<void> {
    const { UploadId } = await s3.createMultipartUpload(at(key))
    if (!UploadId) throw new BucketError(name, 'NoUploadId', 'began an upload without a name')
    const upload = { ...at(key), UploadId }
    try {
      const Parts = await sendParts(key, UploadId, size, read)
      requireTag(await s3.completeMultipartUpload({ ...upload, MultipartUpload: { Parts } }))
    } catch (error) {
      // What cannot be ended now is ended by the sweep.
      await s3.abortMultipartUpload(upload, { abortSignal: AbortSignal.timeout(abortMs) }).catch(() => {})
      throw error
    }
  }

  return {
    name,
    async read(key, range) {
      const Range = range && `bytes=${range.start}-${range.end ?? ''}`
      try {
        const answer = await s3.getObject({ ...at(key), ...(Range && { Range }) })
        const size = sizeOf(answer, range)
        const body = answer.Body as unknown as Readable
        if (size !== undefined) return { size, body }
        body.destroy()
        throw new BucketError(name, 'NoContentRange', `answered something else than was asked for of ${key}`)
      } catch (error) {
        if (isAbsent(error)) return undefined
        if ((error as Error).name === 'InvalidRange') return 'beyond'
        throw asBucketError(name, `could not give ${key}`, error)
      }
    },
    async has(key) {
      try {
        requireTag(await s3.headObject(at(key)))
        return true
      } catch (error) {
        if (isAbsent(error)) return false
        throw asBucketError(name, `could not be asked for ${key}`, error)
      }
    },
    async put(key, content, onlyIfAbsent = false) {
      const condition = onlyIfAbsent ? { IfNoneMatch: '*' } : {}
      requireTag(await asked(`did not take ${key}`, s3.putObject({ ...at(key), Body: content, ...condition })))
    },
    async send(key, size, read) {
      try {
        if (size >= smallestParts) await sendInParts(key, size, read)
        else await parts(async () => requireTag(await s3.putObject({ ...at(key), Body: await read(0, size - 1) })))
      } catch (error) {
        throw error instanceof BlobError ? error : asBucketError(name, `did not take ${key}`, error)
      }
    },
    async remove(key) {
      await asked(`did not remove ${key}`, once.deleteObject(at(key)))
    },
    async *list(prefix) {
      const Prefix = place.prefix + prefix
      let ContinuationToken: string | undefined
      do {
        const page = await asked(
          'could not be listed',
          s3.listObjectsV2({ Bucket: place.bucket, Prefix, ContinuationToken }),
        )
        for (const { Key = '', Size = 0, LastModified } of page.Contents ?? [])
          if (Key.startsWith(Prefix) && LastModified)
            yield { key: Key.slice(place.prefix.length), size: Size, modified: LastModified }
        ContinuationToken = following(page.IsTruncated, page.NextContinuationToken, ContinuationToken)
      } while (ContinuationToken)
    },
    async abortUploads(before) {
      let KeyMarker: string | undefined
      let UploadIdMarker: string | undefined
      do {
        const page: ListMultipartUploadsCommandOutput = await asked(
          'could not list its uploads',
          s3.listMultipartUploads({ Bucket: place.bucket, Prefix: place.prefix, KeyMarker, UploadIdMarker }),
        )
        for (const { Key, UploadId, Initiated } of page.Uploads ?? [])
          if (Key?.startsWith(place.prefix) && UploadId && Initiated && Initiated < before)
            await asked(
              `did not end the upload of ${Key}`,
              s3.abortMultipartUpload({ Bucket: place.bucket, Key, UploadId }),
            ).catch(ignoreGone)
        const isAnother = page.NextUploadIdMarker !== UploadIdMarker
        KeyMarker = following(page.IsTruncated, page.NextKeyMarker, isAnother ? undefined : KeyMarker)
        UploadIdMarker = page.NextUploadIdMarker
      } while (KeyMarker)
    },
    async link(key, seconds) {
      const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner')
      const { GetObjectCommand } = await import('@aws-sdk/client-s3')
      return getSignedUrl(s3, new GetObjectCommand(at(key)), { expiresIn: seconds })
    },
    close() {
      s3.destroy()
      once.destroy()
    },
  }
}

const agent = { keepAlive: true, maxSockets: 128 }

const isAbsent = (error: unknown): boolean =>
  error instanceof S3ServiceException &&
  (error.name === 'NoSuchKey' || (error.name === 'NotFound' && error.$metadata.httpStatusCode === 404))

function ignoreGone(error: BucketError): void {
  if (error.reason !== 'NoSuchUpload') throw error
}

/** Keeps nothing of the answer: it may repeat what was signed. */
function asBucketError(bucket: string, what: string, error: unknown): BucketError {
  if (error instanceof BucketError) return error
  const { name, message, code } = error as NodeJS.ErrnoException
  const reason = error instanceof S3ServiceException ? name : (code ?? name)
  return new BucketError(bucket, reason, `${what}: ${message.replace(/\.$/, '')}`, isRefusal(error))
}

/** An answer of a gateway that gave up waiting is none: what it passed on may still be done. */
function isRefusal(error: unknown): boolean {
  const status = error instanceof S3ServiceException ? (error.$metadata.httpStatusCode ?? 0) : 0
  return status >= 400 && status < 500 && status !== 408
}
