import { reconcileCharges } from '../marketplace/billing/reconciliation.ts'
import type { Context } from '../service/context.ts'
import { paging } from '../service/page.ts'
import type { Listing } from './operator-request.ts'

/** Counts every usage fact again, and says where a charge or an invoice does not follow from them. */
export const getReconciliation = (_: object, { store, now }: Context) => reconcileCharges(store, now().getTime())

const usual = 50
const end = Number.MAX_SAFE_INTEGER

/** The security log of the whole installation, the newest first, each event as JSON in CloudTrail's shape. */
export async function listSecurityEvents({ maxResults = usual, nextToken }: Listing, { store }: Context) {
  const pages = paging<number>(['operator:ListSecurityEvents'], nextToken)
  const rows = await store.db
    .selectFrom('audit_event')
    .select(['seq', 'text'])
    .where('seq', '<', pages.after ?? end)
    .orderBy('seq', 'desc')
    .limit(maxResults + 1)
    .execute()
  const { items, next } = pages.cut(rows, maxResults, ({ seq }) => Number(seq))
  return { securityEvents: items.map(({ text }) => text), ...(next && { nextToken: next }) }
}
