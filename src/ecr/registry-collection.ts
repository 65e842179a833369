import type { Db } from '../store/database.ts'
import type { Store } from '../store/store.ts'
import { unlinkLayer } from './layer.ts'
import type { LayerUploads } from './layer-upload.ts'

export interface CollectionParts {
  readonly store: Store
  readonly uploads: LayerUploads
  readonly now: () => Date
  /** How long a blob that no image names is kept, because its manifest may be on its way; milliseconds. */
  readonly blobGraceMs?: number
  /** How long an upload that nobody goes on with is kept; milliseconds. */
  readonly uploadGraceMs?: number
}

const dayMs = 86_400_000

/**
 * Gives up what the registry no longer needs: abandoned uploads, manifests that are in no repository and held by nobody, and
 * repositories' references to blobs that none of their images names. The content itself goes with the blob store's own collection
 * (`../store/blob-references.ts`), when nobody else refers to it. Each step is a transaction; a crash in between loses nothing.
 */
export async function collectRegistry(parts: CollectionParts): Promise<{ manifests: number; blobs: number }> {
  const { store, uploads, now, blobGraceMs = dayMs, uploadGraceMs = 7 * dayMs } = parts
  const at = now().getTime()
  await uploads.sweep(new Date(at - uploadGraceMs))
  const manifests = await store.transaction(({ db }) => removeManifests(db))
  let blobs = 0
  for (let removed = batch; removed === batch; blobs += removed)
    removed = await store.transaction(({ db }) => unlinkBlobs(db, at - blobGraceMs))
  return { manifests, blobs }
}

const batch = 500

async function removeManifests(db: Db): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('ecr_manifest')
    .where('digest', 'not in', eb => eb.selectFrom('ecr_repository_manifest').select('digest'))
    .where('digest', 'not in', eb => eb.selectFrom('ecr_image_hold').select('digest'))
    .executeTakeFirst()
  if (numDeletedRows > 0n)
    await db
      .deleteFrom('ecr_manifest_child')
      .where('manifest', 'not in', eb => eb.selectFrom('ecr_manifest').select('digest'))
      .execute()
  return Number(numDeletedRows)
}

async function unlinkBlobs(db: Db, usedBefore: number): Promise<number> {
  const unnamed = await db
    .selectFrom('ecr_repository_blob as blob')
    .select(['blob.repository', 'blob.digest'])
    .where('blob.used', '<', usedBefore)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('ecr_manifest_child as part')
            .innerJoin('ecr_repository_manifest as image', 'image.digest', 'part.manifest')
            .select('part.child')
            .whereRef('part.child', '=', 'blob.digest')
            .whereRef('image.repository', '=', 'blob.repository'),
        ),
      ),
    )
    .limit(batch)
    .execute()
  for (const { repository, digest } of unnamed) await unlinkLayer(db, repository, digest)
  return unnamed.length
}
