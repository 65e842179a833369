import { emptyQueue } from '../delivery/empty-queue.ts'
import type { Store, Transaction } from '../store/store.ts'
import { snsError } from './sns-error.ts'
import type { Op } from './sns-operation.ts'
import { ask } from './subscribe.ts'
import { findSubscription, requireSubscriptionArn, type SubscriptionRow } from './subscription-row.ts'
import { tokenMs } from './subscription-token.ts'
import { parseTopicArn } from './topic-arn.ts'

/** For the owner of the subscription, or of the topic; its endpoint is told when it is not the subscription's own owner who ends it. */
export const unsubscribe: Op<'Unsubscribe'> = async (input, ctx) => {
  const arn = requireSubscriptionArn(input.SubscriptionArn)
  await endSubscription(
    ctx.store,
    arn,
    row => {
      if (!row || row.state === 'deleted') return undefined
      requireParty(row, ctx.account, ctx.principal.arn, 'SNS:Unsubscribe')
      if (row.state === 'pending')
        throw snsError.invalid('SubscriptionArn Reason: Cannot unsubscribe a subscription that is pending confirmation')
      return row
    },
    ({ owner }) => owner !== ctx.account,
  )
  return {}
}

/** Throws AuthorizationErrorException for who has neither the subscription nor the topic. */
export function requireParty(row: SubscriptionRow, account: string, who: string, action: string): void {
  if (row.owner === account || parseTopicArn(row.topic_arn)?.account === account) return
  throw snsError.denied(who, action, row.arn)
}

/** By the link that every message has: nobody signs, but the ARN is nobody's to guess. */
export const unsubscribeByLink = (store: Store, arn: string): Promise<void> =>
  endSubscription(
    store,
    arn,
    row => {
      if (row?.state !== 'confirmed') throw snsError.noSubscription()
      if (row.signed_end === 1) throw snsError.denied('anonymous', 'SNS:Unsubscribe', arn)
      return row
    },
    () => true,
  )

/** Ends what `mayEnd` lets through: most of its queue goes before it, in turns with other work. */
async function endSubscription(
  store: Store,
  arn: string,
  mayEnd: (row: SubscriptionRow | undefined) => SubscriptionRow | undefined,
  tells: (row: SubscriptionRow) => boolean,
): Promise<void> {
  const found = mayEnd(await findSubscription(store.db, arn))
  if (!found) return
  await emptyQueue(store.db, found.topic_arn, found.id)
  await store.transaction(async tx => {
    const row = mayEnd(await findSubscription(tx.db, arn))
    if (row) await end(tx, row, tells(row))
  })
}

/** What is left for it goes with it, and what would be sent as it ends may take it back for as long as a token holds. */
async function end(tx: Transaction, row: SubscriptionRow, tells: boolean): Promise<void> {
  await tx.db
    .deleteFrom('event_delivery')
    .where('rule_arn', '=', row.topic_arn)
    .where('target_id', '=', row.id)
    .execute()
  if (!tells) return void (await tx.db.deleteFrom('sns_subscription').where('arn', '=', row.arn).execute())
  await tx.db.updateTable('sns_subscription').set({ state: 'deleted' }).where('arn', '=', row.arn).execute()
  await ask(tx, row, 'UnsubscribeConfirmation')
}

/** Forgets subscriptions that nobody has confirmed in time, and those that have ended. */
export async function sweepSubscriptions({ db }: Store, now: Date): Promise<void> {
  for (const state of ['pending', 'deleted'])
    await db
      .deleteFrom('sns_subscription')
      .where('state', '=', state)
      .where('token_issued', '<', now.getTime() - tokenMs)
      .execute()
}
