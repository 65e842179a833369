import type { Reconciler } from '../reconcile/reconciler.ts'
import type { Store, Transaction } from '../store/store.ts'
import { parentsOf, removeImage } from './image.ts'
import { ruledImages } from './lifecycle-images.ts'
import { evaluateRules, readLifecyclePolicy } from './lifecycle-rules.ts'
import { referrersOf } from './referrer.ts'
import type { Repository } from './repository.ts'

/**
 * Applies a repository's lifecycle policy; the key is the repository's id. Comes back when time makes the next image due. Images that
 * an index needs stay until the index goes, and are not counted; what refers to an expired image as its subject goes with it
 * (Amazon ECR User Guide, Automate the cleanup of images by using lifecycle policies).
 */
export const lifecyclePolicyReconciler =
  ({ store, now }: { readonly store: Store; readonly now: () => Date }): Reconciler =>
  async key => {
    const at = now().getTime()
    const nextAt = await store.transaction(async tx => {
      const { db } = tx
      const repository = await db.selectFrom('ecr_repository').selectAll().where('id', '=', key).executeTakeFirst()
      if (!repository?.lifecycle_policy) return undefined
      const { expired, nextAt } = evaluateRules(
        readLifecyclePolicy(repository.lifecycle_policy),
        await ruledImages(db, key),
        at,
      )
      for (const digest of expired.keys()) await expire(tx, repository, digest)
      await db.updateTable('ecr_repository').set({ lifecycle_evaluated: at }).where('id', '=', key).execute()
      return expired.size > 0 ? at : nextAt
    })
    return nextAt === undefined ? undefined : { after: Math.max(0, nextAt - at) }
  }

async function expire(tx: Transaction, repository: Repository, digest: string): Promise<void> {
  if ((await parentsOf(tx.db, repository.id, digest)).length > 0) return
  for (const referrer of await referrersOf(tx.db, repository.id, digest)) await expire(tx, repository, referrer)
  await removeImage(tx, repository, digest)
}
