import { ValidationException } from '../service/errors.ts'
import type { Store } from '../store/store.ts'
import { type ChangeSet, findChangeSet } from './change-set.ts'

/** Whether a set may go on: those that make a product Public or Restricted need a reviewer unless the installation approves them. */
export function reviewOf(set: ChangeSet, autoApprove: boolean): 'WAITING' | 'DECIDED' {
  const reviewed = set.changes.some(
    change => change.type === 'UpdateVisibility' && change.details.TargetVisibility !== 'Limited',
  )
  return reviewed && !autoApprove && set.intent === 'APPLY' && set.review === '' ? 'WAITING' : 'DECIDED'
}

/** Change sets that wait for a reviewer, oldest first. */
export async function changeSetsInReview({ db }: Store): Promise<string[]> {
  const rows = await db
    .selectFrom('market_change_set')
    .select('id')
    .where('status', '=', 'PREPARING')
    .where('review', '=', '')
    .where('document', 'like', '%"type":"UpdateVisibility"%')
    .orderBy('started')
    .execute()
  return rows.map(row => row.id)
}

/** The operator's word on a change set that waits for review; a rejection fails it with AUDIT_ERROR and the reason. */
export async function reviewChangeSet(
  store: Store,
  id: string,
  decision: { readonly approve: true } | { readonly approve: false; readonly reason: string },
): Promise<void> {
  const set = await findChangeSet(store.db, id)
  if (set?.status !== 'PREPARING' || set.review !== '')
    throw new ValidationException(`Change set ${id} does not wait for a review.`)
  await store.transaction(async tx => {
    const review = decision.approve ? 'APPROVED' : `REJECTED:${decision.reason}`
    await tx.db.updateTable('market_change_set').set({ review }).where('id', '=', id).execute()
    await tx.enqueue('change-set', id)
  })
}
