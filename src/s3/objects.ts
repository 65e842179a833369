import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { ServiceError } from '../ground/errors.ts'
import { turns } from '../ground/turns.ts'
import type { ObjectInfo, Objects, PutOptions } from '../service/objects.ts'
import type { Principal } from '../service/principal.ts'
import { requireBucket } from './bucket.ts'
import { authorize } from './bucket-access.ts'
import { encryptionFor } from './bucket-encryption.ts'
import { asDamage, nameOf, newContentName, openContent } from './content.ts'
import { holdVersion, releaseHeld, requireHeld } from './escrowed-content.ts'
import { type ListedObject, listPage } from './list-objects.ts'
import { nextFrom } from './listing-parameters.ts'
import { type ObjectVersion, requireVersion } from './object-version.ts'
import { putContent } from './put-object.ts'
import { accessOf } from './s3-access.ts'
import { s3Error } from './s3-error.ts'
import type { S3Asker, S3Parts } from './s3-operation.ts'
import { keyText } from './version-row.ts'

/** The object store as jobs use it: what the S3 API does, with the same rules, without the wire. `platform` reads content that the platform itself holds. */
export function createObjects(parts: S3Parts, platform: Principal): Objects {
  const permit = async (principal: Principal, operation: string, input: Record<string, unknown>): Promise<S3Asker> => {
    const asker = { ...parts, principal }
    for (const access of await accessOf(input, asker, operation)) await authorize(asker, access)
    return asker
  }
  const read = <T>(
    as: Principal,
    operation: string,
    bucket: string,
    key: string,
    work: (version: ObjectVersion) => T | Promise<T>,
  ): Promise<T> => {
    const named = { Bucket: bucket, Key: key }
    return withName(named, async () => work(await requireVersion(await permit(as, operation, named), named)))
  }

  return {
    head: (as, bucket, key) => read(as, 'HeadObject', bucket, key, infoOf),
    async *list(as, bucket, prefix) {
      const named = { Bucket: bucket, Prefix: prefix }
      const asker = await withName(named, () => permit(as, 'ListObjectsV2', named))
      yield* listAll(asker, bucket, prefix)
    },
    get: (as, bucket, key, range) =>
      read(as, 'GetObject', bucket, key, async version => {
        const whole = range && boundedRange(range, version)
        return { ...infoOf(version), body: await openContent(parts, as, version, whole) }
      }),
    async put(as, bucket, key, body, options = {}) {
      const input = { Bucket: bucket, Key: key, ...encryptedBy(options) }
      const put = withName(input, async () => {
        const asker = await permit(as, 'PutObject', input)
        const headers = options.contentType === undefined ? {} : { ContentType: options.contentType }
        const asked = { ...input, body, headers, tags: [], within: options.within }
        const stored = await putContent(asker, asked, { mostBytes: largestObject })
        return infoOf({ ...stored, key })
      })
      // What nobody has begun to read, nobody would end: it would hold what it has open.
      return put.catch(error => {
        if (!(body instanceof Uint8Array)) body.destroy()
        throw error
      })
    },
    materialize: (as, bucket, key, path) =>
      read(as, 'GetObject', bucket, key, async version => {
        await writeFile(parts, as, version, path)
        return infoOf(version)
      }),
    async checkWritable(as, bucket, prefix, options = {}) {
      // Leave is asked for a key, so for one that the prefix might get.
      const Key = prefix.endsWith('/') || prefix === '' ? `${prefix}output` : prefix
      const named = { Bucket: bucket, Key, ...encryptedBy(options) }
      await withName(named, async () => {
        const asker = await permit(as, 'PutObject', named)
        await encryptionFor(asker, await requireBucket(parts.store.db, bucket), named, newContentName())
      })
    },
    hold: (as, bucket, key, owner) =>
      read(as, 'GetObject', bucket, key, version => holdVersion(parts, as, version, owner)),
    async openHeld(name) {
      const held = await requireHeld(parts.store, name)
      return { size: held.size, body: await openContent(parts, platform, held) }
    },
    release: owner => releaseHeld(parts.store, owner),
  }
}

/** What a job writes is no single PutObject; an object of several parts has at most so much (S3 User Guide, "Amazon S3 multipart upload limits"). */
const largestObject = 5 * 2 ** 40

const encryptedBy = ({ kmsKeyId }: PutOptions) =>
  kmsKeyId ? { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKeyId } : {}

const infoOf = (version: Pick<ObjectVersion, 'key' | 'size' | 'etag' | 'modified' | 'headers'>): ObjectInfo => ({
  key: version.key,
  size: version.size,
  etag: version.etag,
  lastModified: new Date(version.modified),
  contentType: version.headers.ContentType ?? 'binary/octet-stream',
})

async function* listAll(asker: S3Asker, bucket: string, prefix: string): AsyncGenerator<ObjectInfo> {
  let from: Buffer | undefined
  do {
    await turns.takeAgain(asker.principal.account)
    const start = from && { from }
    const page = await listPage(asker, bucket, { prefix, delimiter: undefined, start, limit: 1000 })
    for (const entry of page.entries) if ('row' in entry) yield listedInfo(entry.row)
    from = page.truncated ? nextFrom<ListedObject>(page.entries.at(-1), row => row.key) : undefined
  } while (from)
}

const listedInfo = (row: ListedObject): ObjectInfo => ({
  key: keyText(row.key),
  size: row.size,
  etag: row.etag,
  lastModified: new Date(row.modified),
})

function boundedRange(range: { start: number; end?: number }, version: ObjectVersion) {
  const end = Math.min(range.end ?? version.size - 1, version.size - 1)
  if (range.start <= end) return { start: range.start, end }
  throw s3Error(
    'InvalidRange',
    {},
    `The range from ${range.start} lies outside of s3://${version.bucket}/${version.key}, which has ${version.size} bytes.`,
  )
}

/** One blob in clear is linked; anything else is written out. */
async function writeFile(parts: S3Parts, as: Principal, version: ObjectVersion, path: string): Promise<void> {
  const linkable = version.digest !== '' && !version.data && !version.encryption
  if (linkable)
    return parts.blobs.materialize(version.digest, path, true, nameOf(version)).catch(error => {
      throw asDamage(error, version)
    })
  await pipeline(await openContent(parts, as, version), createWriteStream(path, { flags: 'wx', mode: 0o444 }))
}

/** Says which object an error is about: it ends up in a job's failure reason. */
async function withName<T>(
  named: { Bucket: string; Key?: string; Prefix?: string },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    const { code, message, status, fields } = error
    throw new ServiceError(code, `${message} (s3://${named.Bucket}/${named.Key ?? named.Prefix ?? ''})`, {
      status,
      fields: { ...fields },
    })
  }
}
