import {
  changeSetsInReview,
  reviewChangeSet as decide,
  isReviewing,
  setReviewing,
} from '../marketplace/review/publication-review.ts'
import type { Context } from '../service/context.ts'

/** What waits for the operator before it becomes Public or Restricted, the oldest first. */
export async function listWaitingChangeSets(_: object, { store }: Context) {
  const waiting = await changeSetsInReview(store)
  const entities = [...new Set(waiting.flatMap(({ changes }) => changes.map(({ entity }) => entity)))]
  const names = new Map<string, string>()
  for (const id of entities) {
    const found = await store.db.selectFrom('market_entity').select('name').where('id', '=', id).executeTakeFirst()
    names.set(id, found?.name ?? '')
  }
  const changeSets = waiting.map(({ id, account, started, changes }) => ({
    ...{ changeSetId: id, accountId: account, startedAt: new Date(Number(started)) },
    changes: changes.map(({ entity, details }) => ({
      ...{ entityId: entity, entityName: names.get(entity) ?? '' },
      targetVisibility: String(details.TargetVisibility ?? ''),
    })),
  }))
  return { isReviewing: await isReviewing(store.db), changeSets }
}

/** Whether products wait for the operator from now on; what waits when that is turned off goes on. */
export async function putPublicationReview({ isReviewing: on }: { readonly isReviewing: boolean }, { store }: Context) {
  await setReviewing(store, on)
  return { isReviewing: on }
}

interface Decision {
  readonly changeSetId: string
  readonly decision: 'APPROVED' | 'REJECTED'
  readonly reason?: string
}

/** The operator's word; the seller reads the reason of a rejection in DescribeChangeSet. */
export async function reviewChangeSet({ changeSetId, decision, reason = '' }: Decision, { store }: Context) {
  await decide(store, changeSetId, decision === 'APPROVED' ? { approve: true } : { approve: false, reason })
  return {}
}
