import type { Kysely } from 'kysely'
import { ValidationException } from '../../ground/errors.ts'
import type { Database } from '../../store/database.ts'
import type { Store } from '../../store/store.ts'
import { type ChangeSet, changeSetOf } from '../catalog/change-set.ts'

const setting = 'publication-review'

/** Whether the operator looks at what becomes Public or Restricted, as AWS does. Off unless it was turned on. */
export async function isReviewing(db: Kysely<Database>): Promise<boolean> {
  const row = await db.selectFrom('setting').select('value').where('name', '=', setting).executeTakeFirst()
  return row?.value === 'on'
}

/** Turns review on or off; what waits when it is turned off goes on. */
export async function setReviewing(store: Store, on: boolean): Promise<void> {
  await store.transaction(async tx => {
    const value = on ? 'on' : 'off'
    await tx.db
      .insertInto('setting')
      .values({ name: setting, value })
      .onConflict(conflict => conflict.column('name').doUpdateSet({ value }))
      .execute()
    for (const { id } of on ? [] : await undecided(tx.db)) await tx.enqueue('change-set', id)
  })
}

/** Whether a set may not go on before a reviewer has spoken. */
export const isReviewed = ({ intent, review, changes }: ChangeSet): boolean =>
  intent === 'APPLY' &&
  review === '' &&
  changes.some(change => change.type === 'UpdateVisibility' && change.details.TargetVisibility !== 'Limited')

async function undecided(db: Kysely<Database>): Promise<ChangeSet[]> {
  const rows = await db
    .selectFrom('market_change_set')
    .selectAll()
    .where('status', '=', 'PREPARING')
    .where('review', '=', '')
    .orderBy('started')
    .execute()
  return rows.map(changeSetOf).filter(isReviewed)
}

/** Change sets that wait for a reviewer, oldest first. */
export const changeSetsInReview = async ({ db }: Store): Promise<ChangeSet[]> =>
  (await isReviewing(db)) ? undecided(db) : []

/**
 * The operator's word on a change set that waits for review; a rejection fails it with AUDIT_ERROR and the reason. Throws
 * ValidationException when it does not wait.
 */
export async function reviewChangeSet(
  store: Store,
  id: string,
  decision: { readonly approve: true } | { readonly approve: false; readonly reason: string },
): Promise<void> {
  if (!decision.approve && decision.reason.trim() === '') throw new ValidationException('A rejection needs a reason.')
  await store.transaction(async tx => {
    const waits = (await isReviewing(tx.db)) && (await undecided(tx.db)).some(set => set.id === id)
    if (!waits) throw new ValidationException(`Change set ${id} does not wait for a review.`)
    const review = decision.approve ? 'APPROVED' : `REJECTED:${decision.reason.trim()}`
    await tx.db.updateTable('market_change_set').set({ review }).where('id', '=', id).execute()
    await tx.enqueue('change-set', id)
  })
}
