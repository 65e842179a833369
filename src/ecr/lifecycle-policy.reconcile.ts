import type { Reconciler } from '../reconcile/reconciler.ts'
import type { Store } from '../store/store.ts'
import type { Db } from './ecr-operation.ts'
import { parentsOf, removeImage } from './image.ts'
import { evaluateRules, type RuledImage, readLifecyclePolicy } from './lifecycle-rules.ts'
import { referrersOf } from './referrer.ts'

/**
 * Applies a repository's lifecycle policy; the key is the repository's id. Comes back when time makes the next image due. Images that
 * an index needs stay until the index goes, and are not counted; what refers to an expired image as its subject goes with it
 * (Amazon ECR User Guide, Automate the cleanup of images by using lifecycle policies).
 */
export const lifecyclePolicyReconciler =
  ({ store, now }: { readonly store: Store; readonly now: () => Date }): Reconciler =>
  async key => {
    const at = now().getTime()
    const nextAt = await store.transaction(async ({ db }) => {
      const repository = await db.selectFrom('ecr_repository').selectAll().where('id', '=', key).executeTakeFirst()
      if (!repository?.lifecycle_policy) return undefined
      const { expired, nextAt } = evaluateRules(
        readLifecyclePolicy(repository.lifecycle_policy),
        await ruledImages(db, key),
        at,
      )
      for (const digest of expired) await expire(db, key, digest)
      await db.updateTable('ecr_repository').set({ lifecycle_evaluated: at }).where('id', '=', key).execute()
      return expired.size > 0 ? at : nextAt
    })
    return nextAt === undefined ? undefined : { after: Math.max(0, nextAt - at) }
  }

/** Everything that may expire: neither part of an index nor referring to an image that is there. */
async function ruledImages(db: Db, repository: string): Promise<RuledImage[]> {
  const images = await db
    .selectFrom('ecr_repository_manifest as image')
    .innerJoin('ecr_manifest as manifest', 'manifest.digest', 'image.digest')
    .select(['image.digest', 'image.pushed', 'manifest.subject'])
    .where('image.repository', '=', repository)
    .execute()
  const parts = await db
    .selectFrom('ecr_manifest_child as part')
    .innerJoin('ecr_repository_manifest as parent', 'parent.digest', 'part.manifest')
    .select('part.child')
    .where('parent.repository', '=', repository)
    .where('part.kind', '=', 'manifest')
    .execute()
  const tags = await db.selectFrom('ecr_tag').select(['digest', 'tag']).where('repository', '=', repository).execute()
  const there = new Set(images.map(image => image.digest))
  const needed = new Set(parts.map(part => part.child))
  const tagsByDigest = Object.groupBy(tags, row => row.digest)
  return images
    .filter(image => !needed.has(image.digest) && !there.has(image.subject))
    .map(({ digest, pushed }) => ({ digest, pushed, tags: (tagsByDigest[digest] ?? []).map(row => row.tag) }))
}

async function expire(db: Db, repository: string, digest: string): Promise<void> {
  if ((await parentsOf(db, repository, digest)).length > 0) return
  for (const referrer of await referrersOf(db, repository, digest)) await expire(db, repository, referrer)
  await removeImage(db, repository, digest)
}
