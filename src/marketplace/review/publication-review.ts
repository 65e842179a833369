import type { Kysely } from 'kysely'
import { ValidationException } from '../../ground/errors.ts'
import { type ColumnPlace, inOrder } from '../../service/page.ts'
import type { Database } from '../../store/database.ts'
import type { Store } from '../../store/store.ts'
import { type ChangeSet, changeSetOf, findChangeSet } from '../catalog/change-set.ts'

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
    if (on) return
    const waiting = tx.db.selectFrom('market_change_set').select('id').where('status', '=', 'PREPARING')
    for (const { id } of await waiting.where('review', '=', '').execute()) await tx.enqueue('change-set', id)
  })
}

/** Whether a set may not go on before a reviewer has spoken. */
export const isReviewed = ({ intent, review, changes }: ChangeSet): boolean =>
  intent === 'APPLY' &&
  review === '' &&
  changes.some(change => change.type === 'UpdateVisibility' && change.details.TargetVisibility !== 'Limited')

/** A change set that waits, and what its entities are called by their ids. */
export interface WaitingChangeSet extends ChangeSet {
  readonly names: ReadonlyMap<string, string>
}

const page = 100

/** What waits for a reviewer, oldest first, from behind a place. Nothing when nobody reviews. */
export async function* changeSetsInReview({ db }: Store, after?: ColumnPlace): AsyncGenerator<WaitingChangeSet> {
  if (!(await isReviewing(db))) return
  for (let place = after; ; ) {
    const sets = await preparing(db, place)
    const waiting = sets.filter(isReviewed)
    const names = await namesOf(
      db,
      waiting.flatMap(({ changes }) => changes.map(({ entity }) => entity)),
    )
    for (const set of waiting) yield { ...set, names }
    const last = sets.at(-1)
    if (!last || sets.length < page) return
    place = [last.started, last.id]
  }
}

async function preparing(db: Kysely<Database>, after: ColumnPlace | undefined): Promise<ChangeSet[]> {
  const query = db
    .selectFrom('market_change_set')
    .selectAll()
    .where('status', '=', 'PREPARING')
    .where('review', '=', '')
  const rows = await inOrder(query, { column: 'started', direction: 'asc' }, after).limit(page).execute()
  return rows.map(changeSetOf)
}

async function namesOf(db: Kysely<Database>, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db.selectFrom('market_entity').select(['id', 'name']).where('id', 'in', ids).execute()
  return new Map(rows.map(({ id, name }) => [id, name]))
}

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
    const set = await findChangeSet(tx.db, id)
    const waits = set?.status === 'PREPARING' && isReviewed(set) && (await isReviewing(tx.db))
    if (!waits) throw new ValidationException(`Change set ${id} does not wait for a review.`)
    const review = decision.approve ? 'APPROVED' : `REJECTED:${decision.reason.trim()}`
    await tx.db.updateTable('market_change_set').set({ review }).where('id', '=', id).execute()
    await tx.enqueue('change-set', id)
  })
}
