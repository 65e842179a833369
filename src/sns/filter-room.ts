import { quotas } from '../quotas/quotas.ts'
import type { Db } from '../store/database.ts'
import { snsError } from './sns-error.ts'
import type { SubscriptionAttributes } from './subscription-row.ts'

/** A policy without a name takes every message, and filters none. */
export const isFiltered = ({ FilterPolicy }: SubscriptionAttributes): boolean =>
  FilterPolicy !== undefined && FilterPolicy.replace(/\s/g, '') !== '{}'

const bounds = [
  { of: 'topic_arn', whose: 'The topic', most: quotas.sns.filterPoliciesOfTopic.value },
  { of: 'owner', whose: 'The account', most: quotas.sns.filterPolicies.value },
] as const

/**
 * Throws FilterPolicyLimitExceededException where a topic or an account has as many filter policies as it may (SNS Developer Guide, "Filter policy
 * constraints").
 */
export async function requireFilterRoom(
  db: Db,
  subscription: { readonly owner: string; readonly topic_arn: string },
): Promise<void> {
  for (const { of, whose, most } of bounds) {
    const last = await db
      .selectFrom('sns_subscription')
      .select('filtered')
      .where(of, '=', subscription[of])
      .where('filtered', '=', 1)
      .offset(most - 1)
      .limit(1)
      .executeTakeFirst()
    if (last) throw snsError.filterPolicyLimit(whose, most)
  }
}
