import { reference, release } from '../store/blob-references.ts'
import type { Store } from '../store/store.ts'
import { contentOwner, newContentName, type StoredContent } from './content.ts'
import type { ObjectVersion } from './object-version.ts'
import type { S3Parts } from './operation.ts'
import { copyParts } from './part-store.ts'
import { s3Error } from './s3-error.ts'

/**
 * Keeps a version's content for `owner` beyond the life of the object, without copying it: a further reference to its blobs. Small
 * content that has no blob gets one. Returns the name to open it by.
 */
export async function holdVersion(parts: S3Parts, version: ObjectVersion, owner: string): Promise<string> {
  const name = newContentName()
  const digest = version.data ? (await parts.blobs.put(version.data)).digest : version.digest
  const encryption = version.encryption ? JSON.stringify(version.encryption) : ''
  await parts.store.transaction(async ({ db }) => {
    if (digest === '') await copyParts(db, version, name, contentOwner(name))
    else await reference(db, digest, contentOwner(name))
    await db
      .insertInto('s3_held')
      .values({ name, owner, size: version.size, content: name, digest, encryption })
      .execute()
  })
  return name
}

/** Throws NoSuchKey when nothing is held by this name. */
export async function requireHeld(store: Store, name: string): Promise<StoredContent> {
  const row = await store.db.selectFrom('s3_held').selectAll().where('name', '=', name).executeTakeFirst()
  if (!row) throw s3Error('NoSuchKey', { Key: name }, `No content is held by the name ${name}.`)
  return { ...row, data: null, encryption: row.encryption === '' ? undefined : JSON.parse(row.encryption) }
}

/** Lets go of all that an owner holds. */
export async function releaseHeld(store: Store, owner: string): Promise<void> {
  await store.transaction(async ({ db }) => {
    const rows = await db.selectFrom('s3_held').select('content').where('owner', '=', owner).execute()
    for (const { content } of rows) {
      await db.deleteFrom('s3_part').where('content', '=', content).execute()
      await release(db, contentOwner(content))
    }
    await db.deleteFrom('s3_held').where('owner', '=', owner).execute()
  })
}
