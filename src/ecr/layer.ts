import { storageAbove } from '../quotas/storage-quota.ts'
import { reference, release } from '../store/blob-references.ts'
import type { BlobInfo } from '../store/blobs.ts'
import type { Db } from '../store/database.ts'
import { ecrErrors } from './ecr-errors.ts'
import { type Repository, repositoryOwner } from './repository.ts'

/** The size of a blob that this repository has; a blob of another repository is none of its business. */
export const findLayer = (db: Db, repository: string, digest: string): Promise<BlobInfo | undefined> =>
  db
    .selectFrom('ecr_repository_blob')
    .select(['digest', 'size', 'used'])
    .where('repository', '=', repository)
    .where('digest', '=', digest)
    .executeTakeFirst()

/** Makes a blob part of a repository; in the transaction that follows its `put`, or one that sees it in another repository. */
export async function linkLayer(db: Db, repository: string, blob: BlobInfo, used: number): Promise<void> {
  await db
    .insertInto('ecr_repository_blob')
    .values({ repository, digest: blob.digest, size: blob.size, used })
    .onConflict(conflict => conflict.columns(['repository', 'digest']).doUpdateSet({ used }))
    .execute()
  await reference(db, blob.digest, repositoryOwner(repository))
}

const renewAfterMs = 10 * 60_000

/** A client that was told "exists" will not send the blob again: it must not be forgotten before its manifest comes. */
export async function renewLayer(db: Db, repository: string, digest: string, now: number): Promise<void> {
  await db
    .updateTable('ecr_repository_blob')
    .set({ used: now })
    .where('repository', '=', repository)
    .where('digest', '=', digest)
    .where('used', '<', now - renewAfterMs)
    .execute()
}

/** Throws LayerInUse when an image of the repository has it, LayersNotFoundException when it is not there. */
export async function removeLayer(db: Db, repository: Repository, digest: string): Promise<void> {
  if (!(await findLayer(db, repository.id, digest))) throw ecrErrors.layersNotFound(repository, [digest])
  const images = await db
    .selectFrom('ecr_manifest_child as part')
    .innerJoin('ecr_repository_manifest as image', 'image.digest', 'part.manifest')
    .select('part.manifest')
    .where('part.child', '=', digest)
    .where('image.repository', '=', repository.id)
    .limit(3)
    .execute()
  if (images.length > 0)
    throw ecrErrors.layerInUse(
      digest,
      images.map(image => image.manifest),
    )
  await unlinkLayer(db, repository.id, digest)
}

export async function unlinkLayer(db: Db, repository: string, digest: string): Promise<void> {
  await db.deleteFrom('ecr_repository_blob').where('repository', '=', repository).where('digest', '=', digest).execute()
  await release(db, repositoryOwner(repository), digest)
}

/** Throws LimitExceededException when the repository's account has more stored than it may. */
export async function requireStorage(db: Db, { account }: Repository, is: 'before' | 'after'): Promise<void> {
  const above = await storageAbove(db, account, 'ecr', is)
  if (above) throw ecrErrors.storageAbove(above)
}
