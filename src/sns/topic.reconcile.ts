import { insertDeliveries, type Routed } from '../delivery/insert-deliveries.ts'
import { bodyBytes, withinBytes } from '../delivery/within-bytes.ts'
import { turns } from '../ground/turns.ts'
import type { Reconciler } from '../reconcile/reconciler.ts'
import type { Store } from '../store/store.ts'
import { messageFilter } from './filter-policy.ts'
import type { Message } from './message.ts'
import { noticeOf } from './notification.ts'
import { subscriptionAttributes } from './subscription-row.ts'

/** As many messages, as many subscriptions, and as many deliveries as are made by one commit. */
const mostMessages = 200
const mostSubscriptions = 500
const mostDeliveries = 500

interface Listener {
  readonly id: string
  readonly protocol: string
  readonly wants: (message: Message) => boolean
}

/** Hands what was published to a topic to those of its subscriptions that want it. A key is the ARN of a topic. */
export const topicReconciler =
  ({ store }: { readonly store: Store }): Reconciler =>
  async arn => {
    const waiting = await store.db
      .selectFrom('sns_message')
      .select(['sequence', 'after', bodyBytes])
      .where('topic_arn', '=', arn)
      .orderBy('sequence')
      .limit(mostMessages)
      .execute()
    const [first] = waiting
    if (!first) return
    await turns.take(arn.split(':')[4] ?? '')
    const { listeners, more } = await listenersOf(store, arn, first.after)
    // Where not all are looked at now, one message goes on to the next of them.
    const now = more === undefined ? runOf(withinBytes(waiting), first.after, listeners.length) : [first]
    const routed: Routed[] = []
    for (const { sequence } of now) {
      await turns.take(arn)
      const { body, announced } = await messageRow(store, sequence)
      const message: Message = JSON.parse(body)
      const text = textBy(message)
      for (const { id, protocol, wants } of listeners)
        if (wants(message)) routed.push({ rule_arn: arn, target_id: id, announced, body: text(protocol) })
    }
    await store.transaction(async tx => {
      await insertDeliveries(tx, routed)
      if (more !== undefined)
        await tx.db.updateTable('sns_message').set({ after: more }).where('sequence', '=', first.sequence).execute()
      else
        await tx.db
          .deleteFrom('sns_message')
          .where(
            'sequence',
            'in',
            now.map(({ sequence }) => sequence),
          )
          .execute()
    })
    return { after: 0 }
  }

const messageRow = ({ db }: Store, sequence: number) =>
  db.selectFrom('sns_message').select(['body', 'announced']).where('sequence', '=', sequence).executeTakeFirstOrThrow()

/** One text for all listeners of a protocol: hundreds of them hold no more than one. */
function textBy(message: Message): (protocol: string) => string {
  const texts = new Map<string, string>()
  return protocol => {
    const text = texts.get(protocol) ?? JSON.stringify(noticeOf(message, protocol))
    texts.set(protocol, text)
    return text
  }
}

/** The next messages that nobody of these has, as many as one commit takes. */
function runOf<Row extends { readonly after: string }>(rows: readonly Row[], after: string, listeners: number): Row[] {
  const end = rows.findIndex(row => row.after !== after)
  const most = Math.max(1, Math.floor(mostDeliveries / Math.max(1, listeners)))
  return rows.slice(0, Math.min(end < 0 ? rows.length : end, most))
}

async function listenersOf(
  store: Store,
  arn: string,
  after: string,
): Promise<{ listeners: Listener[]; more?: string }> {
  const rows = await store.db
    .selectFrom('sns_subscription')
    .select(['id', 'protocol', 'attributes'])
    .where('topic_arn', '=', arn)
    .where('state', '=', 'confirmed')
    .where('id', '>', after)
    .orderBy('id')
    .limit(mostSubscriptions + 1)
    .execute()
  const listeners = rows
    .slice(0, mostSubscriptions)
    .map(row => ({ id: row.id, protocol: row.protocol, wants: messageFilter(subscriptionAttributes(row)) }))
  const last = listeners.at(-1)
  return { listeners, ...(rows.length > mostSubscriptions && last && { more: last.id }) }
}
