import type { Principal } from '../service/principal.ts'
import { reference, release } from '../store/blob-references.ts'
import type { Store } from '../store/store.ts'
import { contentOwner, newContentName, openContent, type StoredContent } from './content.ts'
import { encrypt } from './encryption.ts'
import { newEscrowKey } from './escrow-key.ts'
import type { ObjectVersion } from './object-version.ts'
import { s3Error } from './s3-error.ts'
import type { S3Parts } from './s3-operation.ts'

/**
 * Keeps a version's content for `owner` beyond the life of the object and of whatever key encrypts it: a copy of its own, read as the
 * principal and encrypted by a data key of its own that the root secret seals. Returns the name to open it by.
 */
export async function holdVersion(
  parts: S3Parts,
  as: Principal,
  version: ObjectVersion,
  owner: string,
): Promise<string> {
  const name = newContentName()
  const { key, encryption } = newEscrowKey(parts.keys, name)
  const { digest } = await parts.blobs.put(
    encrypt(await openContent(parts, as, version), { key, salt: encryption.salt }),
  )
  await parts.store.transaction(async ({ db }) => {
    await reference(db, digest, contentOwner(name))
    const row = { name, owner, size: version.size, content: name, digest, encryption: JSON.stringify(encryption) }
    await db.insertInto('s3_held').values(row).execute()
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
