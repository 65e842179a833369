import {
  changeSetsInReview,
  reviewChangeSet as decide,
  isReviewing,
  setReviewing,
  type WaitingChangeSet,
} from '../marketplace/review/publication-review.ts'
import type { Context } from '../service/context.ts'
import { type ColumnPlace, paging } from '../service/page.ts'
import type { Listing } from './operator-request.ts'

const usual = 50

/** What waits for the operator before it becomes Public or Restricted, the oldest first. */
export async function listWaitingChangeSets({ maxResults = usual, nextToken }: Listing, { store }: Context) {
  const pages = paging<ColumnPlace>(['operator:ListWaitingChangeSets'], nextToken)
  const found: WaitingChangeSet[] = []
  for await (const set of changeSetsInReview(store, pages.after)) if (found.push(set) > maxResults) break
  const { items, next } = pages.cut(found, maxResults, ({ started, id }) => [started, id])
  return {
    isReviewing: await isReviewing(store.db),
    changeSets: items.map(view),
    ...(next !== undefined && { nextToken: next }),
  }
}

const view = ({ id, account, started, changes, names }: WaitingChangeSet) => ({
  ...{ changeSetId: id, accountId: account, startedAt: new Date(Number(started)) },
  changes: changes.map(({ entity, details }) => ({
    ...{ entityId: entity, entityName: names.get(entity) ?? '' },
    targetVisibility: String(details.TargetVisibility ?? ''),
  })),
})

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
