import type { Kysely, Selectable } from 'kysely'
import { reference, referenceAll, release } from '../store/blob-references.ts'
import type { Database } from '../store/database.ts'
import type { S3PartTable, S3UploadTable } from '../store/schema/s3-tables.ts'
import type { ChecksumAlgorithm, ChecksumType } from './checksum.ts'
import { contentOwner } from './content.ts'
import type { Encryption } from './encryption.ts'
import type { ObjectHeaders } from './object-headers.ts'
import type { Lock } from './object-lock.ts'
import { s3Error } from './s3-error.ts'
import type { Tag } from './tag-set.ts'
import { keyBytes } from './version-row.ts'

export interface Upload
  extends Omit<Selectable<S3UploadTable>, 'checksum' | 'headers' | 'tags' | 'encryption' | 'lock'> {
  /** What the client asked for; without it parts may come with any checksum, and the object has none of the client's. */
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType; readonly asked: boolean }
  readonly headers: ObjectHeaders
  readonly tags: readonly Tag[]
  readonly lock: Lock | undefined
  readonly encryption: Encryption | undefined
}

export type Part = Selectable<S3PartTable>

/** Throws NoSuchUpload, also for an upload of another key. */
export async function requireUpload(
  db: Kysely<Database>,
  named: { readonly Bucket: string; readonly Key: string; readonly UploadId: string },
): Promise<Upload> {
  const upload = await findUpload(db, named)
  if (upload) return upload
  throw s3Error('NoSuchUpload', { UploadId: named.UploadId })
}

export async function findUpload(
  db: Kysely<Database>,
  named: { readonly Bucket: string; readonly Key: string; readonly UploadId: string },
): Promise<Upload | undefined> {
  const row = await db
    .selectFrom('s3_upload')
    .selectAll()
    .where('id', '=', named.UploadId)
    .where('bucket', '=', named.Bucket)
    .where('key', '=', keyBytes(named.Key))
    .executeTakeFirst()
  return row && uploadOf(row)
}

export const uploadOf = (row: Selectable<S3UploadTable>): Upload => ({
  ...row,
  checksum: JSON.parse(row.checksum),
  headers: JSON.parse(row.headers),
  tags: JSON.parse(row.tags),
  lock: row.lock === '' ? undefined : JSON.parse(row.lock),
  encryption: row.encryption === '' ? undefined : JSON.parse(row.encryption),
})

/** Adds a part, in place of one with its number, and keeps its blob alive with the same commit. */
export async function savePart(db: Kysely<Database>, part: Part): Promise<void> {
  const replaced = await db
    .selectFrom('s3_part')
    .select('digest')
    .where('content', '=', part.content)
    .where('number', '=', part.number)
    .executeTakeFirst()
  const { content: _, number: __, ...values } = part
  await db
    .insertInto('s3_part')
    .values(part)
    .onConflict(conflict => conflict.columns(['content', 'number']).doUpdateSet(values))
    .execute()
  await reference(db, part.digest, contentOwner(part.content))
  if (replaced && replaced.digest !== part.digest) await releaseUnused(db, part.content, [replaced.digest])
}

/** All parts, by number. */
export const partsOf = (db: Kysely<Database>, content: string): Promise<Part[]> =>
  db.selectFrom('s3_part').selectAll().where('content', '=', content).orderBy('number').execute()

/** Removes the parts that a completed object does not have. */
export async function dropParts(db: Kysely<Database>, content: string, parts: readonly Part[]): Promise<void> {
  for (const part of parts)
    await db.deleteFrom('s3_part').where('content', '=', content).where('number', '=', part.number).execute()
  await releaseUnused(
    db,
    content,
    parts.map(part => part.digest),
  )
}

/** Two parts may have the same bytes and so share a blob. */
async function releaseUnused(db: Kysely<Database>, content: string, digests: readonly string[]): Promise<void> {
  for (const digest of new Set(digests)) {
    const query = db.selectFrom('s3_part').select('number').where('content', '=', content).where('digest', '=', digest)
    if (!(await query.limit(1).executeTakeFirst())) await release(db, contentOwner(content), digest)
  }
}

/**
 * The parts of one content as those of another, whose blobs `owner` holds. Throws NoSuchKey when the object was deleted since its
 * row was read, and its parts with it.
 */
export async function copyParts(
  db: Kysely<Database>,
  from: { readonly content: string; readonly key: string; readonly size: number },
  to: string,
  owner: string,
): Promise<void> {
  const parts = await partsOf(db, from.content)
  const size = parts.reduce((sum, part) => sum + part.size, 0)
  if (parts.length === 0 || size !== from.size) throw s3Error('NoSuchKey', { Key: from.key })
  for (let start = 0; start < parts.length; start += 400) {
    const some = parts.slice(start, start + 400).map(part => ({ ...part, content: to }))
    await db.insertInto('s3_part').values(some).execute()
  }
  await referenceAll(
    db,
    parts.map(part => part.digest),
    owner,
  )
}

/** Ends an upload and lets go of its parts. */
export async function removeUpload(db: Kysely<Database>, id: string): Promise<void> {
  await db.deleteFrom('s3_upload').where('id', '=', id).execute()
  await db.deleteFrom('s3_part').where('content', '=', id).execute()
  await release(db, contentOwner(id))
}
