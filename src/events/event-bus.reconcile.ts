import { insertDeliveries, type Routed } from '../delivery/insert-deliveries.ts'
import { bodyBytes, withinBytes } from '../delivery/within-bytes.ts'
import { turns } from '../ground/turns.ts'
import { type EventObject, parseEventJson } from '../pattern/event-json.ts'
import { type EventPattern, parseEventPattern } from '../pattern/event-pattern.ts'
import type { Reconciler } from '../reconcile/reconciler.ts'
import type { Db } from '../store/database.ts'
import type { Store } from '../store/store.ts'
import type { TargetRow } from './target-row.ts'

/** As many events, and as many deliveries of them, as are made by one commit. */
const mostEvents = 200
const mostDeliveries = 500

interface Listener {
  readonly fits: EventPattern
  readonly targets: readonly TargetRow[]
}

interface Bus {
  readonly account: string
  readonly region: string
}

/** Hands what was announced on a bus to the targets of the rules that it fits. A key is `ACCOUNT/REGION`. */
export const eventBusReconciler =
  ({ store }: { readonly store: Store }): Reconciler =>
  async key => {
    const [account = '', region = ''] = key.split('/')
    const bus = { account, region }
    const waiting = await store.db
      .selectFrom('event')
      .select(['seq', bodyBytes])
      .where('account', '=', account)
      .where('region', '=', region)
      .orderBy('seq')
      .limit(mostEvents)
      .execute()
    if (waiting.length === 0) return
    const listeners = await listenersOf(store.db, bus)
    const routed: Routed[] = []
    let last = 0
    for (const { seq } of withinBytes(waiting)) {
      if (routed.length >= mostDeliveries) break
      await turns.take(account)
      const event = await eventOf(store.db, bus, seq)
      const parsed = parseEventJson(event.body) as EventObject
      for (const { fits, targets } of listeners)
        if (fits(parsed)) routed.push(...targets.map(target => routedTo(target, event)))
      last = seq
    }
    await store.transaction(async tx => {
      await insertDeliveries(tx, routed)
      await tx.db
        .deleteFrom('event')
        .where('account', '=', account)
        .where('region', '=', region)
        .where('seq', '<=', last)
        .execute()
    })
    return { after: 0 }
  }

const eventOf = (db: Db, { account, region }: Bus, seq: number) =>
  db
    .selectFrom('event')
    .select(['announced', 'body'])
    .where('account', '=', account)
    .where('region', '=', region)
    .where('seq', '=', seq)
    .executeTakeFirstOrThrow()

export const routedTo = (
  { rule_arn, id }: Pick<TargetRow, 'rule_arn' | 'id'>,
  { announced, body }: Pick<Routed, 'announced' | 'body'>,
): Routed => ({ rule_arn, target_id: id, announced, body })

/** The enabled rules of a bus that wait for events and have targets. */
async function listenersOf(db: Db, { account, region }: Bus): Promise<Listener[]> {
  const rules = await db
    .selectFrom('event_rule')
    .select(['arn', 'pattern'])
    .where('account', '=', account)
    .where('region', '=', region)
    .where('state', '=', 'ENABLED')
    .where('pattern', '!=', '')
    .execute()
  const targets = await db
    .selectFrom('event_target')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .execute()
  const byRule = Map.groupBy(targets, ({ rule_arn }) => rule_arn)
  return rules.flatMap(({ arn, pattern }) => {
    const own = byRule.get(arn)
    return own ? [{ fits: parseEventPattern(pattern), targets: own }] : []
  })
}
