import { randomness } from '../ground/randomness.ts'
import { turns } from '../ground/turns.ts'
import type { Reconciler } from '../reconcile/reconciler.ts'
import type { Platform } from '../service/context.ts'
import type { Store } from '../store/store.ts'
import { bury } from './dead-letter.ts'
import { exhausted, longestDelayMs, retryDelay } from './delivery-decision.ts'
import { logEventOf, sendToLogGroup } from './log-group-target.ts'
import { optionsOf, type TargetRow } from './target.ts'
import { type Outgoing, Undeliverable } from './undeliverable.ts'

/** As many as one target gets before others have their turn. */
const batch = 100

type Parts = Pick<Platform, 'store' | 'logs' | 'now'>

/** Brings a target what it is still to get, in order. A key is a target (`targetKey`). */
export const eventDeliveryReconciler =
  (parts: Parts): Reconciler =>
  async key => {
    const slash = key.lastIndexOf('/')
    const { db } = parts.store
    const target = await db
      .selectFrom('event_target')
      .selectAll()
      .where('rule_arn', '=', key.slice(0, slash))
      .where('id', '=', key.slice(slash + 1))
      .executeTakeFirst()
    if (!target) return forget(parts.store, key.slice(0, slash), key.slice(slash + 1))
    const wait = waitOf(target, parts.now().getTime())
    if (wait > 0) return { after: wait }
    await turns.take(target.account)
    const events = await db
      .selectFrom('event_delivery')
      .select(['seq', 'announced', 'body', 'attempts'])
      .where('rule_arn', '=', target.rule_arn)
      .where('target_id', '=', target.id)
      .orderBy('seq')
      .limit(batch)
      .execute()
    if (events.length === 0) return
    const { retryAfter } = await deliver(parts, target, events)
    if (retryAfter > 0 || events.length === batch) return { after: retryAfter }
  }

/** How long a target that failed is left alone, whatever is new for it. A clock that was set back makes nobody wait for as long. */
function waitOf({ retry_at }: TargetRow, now: number): number {
  const wait = retry_at - now
  return wait > longestDelayMs ? 0 : wait
}

/** A target may be removed while events are on their way to it. */
async function forget({ db }: Store, rule: string, id: string): Promise<void> {
  await db.deleteFrom('event_delivery').where('rule_arn', '=', rule).where('target_id', '=', id).execute()
}

/** Tells after how many milliseconds what is left is tried again; 0 when nothing is. */
async function deliver(parts: Parts, target: TargetRow, events: readonly Outgoing[]): Promise<{ retryAfter: number }> {
  const { sent, dead } = prepared(target, events)
  const left: Outgoing[] = []
  try {
    if (sent.length > 0) await sendToLogGroup(parts, target, sent)
  } catch (error) {
    const now = parts.now().getTime()
    for (const { logEvent: _, ...event } of sent) {
      const tried = { ...event, attempts: event.attempts + 1 }
      const why = error instanceof Undeliverable ? error : whyExhausted(tried, target, now, error)
      if (why) dead.push({ event: tried, why })
      else left.push(tried)
    }
  }
  const [first] = left
  const retryAfter = first ? retryDelay(first.attempts, randomness.number()) : 0
  await settle(parts, target, { last: events.at(-1)?.seq ?? 0, dead, retryAfter })
  return { retryAfter }
}

function prepared(target: TargetRow, events: readonly Outgoing[]) {
  const dead: { event: Outgoing; why: Undeliverable }[] = []
  const sent = events.flatMap(event => {
    try {
      return [{ ...event, logEvent: logEventOf(target, event) }]
    } catch (error) {
      if (!(error instanceof Undeliverable)) throw error
      dead.push({ event, why: error })
      return []
    }
  })
  return { sent, dead }
}

function whyExhausted(event: Outgoing, target: TargetRow, now: number, error: unknown): Undeliverable | undefined {
  const condition = exhausted(event, optionsOf(target), now)
  return condition && new Undeliverable(condition, (error as Error).message)
}

interface Outcome {
  /** The number of the newest that was tried. */
  readonly last: number
  readonly dead: readonly { readonly event: Outgoing; readonly why: Undeliverable }[]
  readonly retryAfter: number
}

/** What was delivered is done with, by the same commit as what died of it. */
async function settle({ store, now }: Parts, target: TargetRow, { last, dead, retryAfter }: Outcome): Promise<void> {
  const { rule_arn, id } = target
  const at = now().getTime()
  await store.transaction(async ({ db }) => {
    await bury(db, target, dead, at)
    const tried = <Q extends Whereable<Q>>(query: Q): Q =>
      query.where('rule_arn', '=', rule_arn).where('target_id', '=', id).where('seq', '<=', last)
    if (retryAfter === 0) await tried(db.deleteFrom('event_delivery')).execute()
    else await tried(db.updateTable('event_delivery').set(eb => ({ attempts: eb('attempts', '+', 1) }))).execute()
    const retry_at = retryAfter === 0 ? 0 : at + retryAfter
    if (retry_at !== target.retry_at)
      await db
        .updateTable('event_target')
        .set({ retry_at })
        .where('rule_arn', '=', rule_arn)
        .where('id', '=', id)
        .execute()
  })
}

interface Whereable<Q> {
  where(column: 'rule_arn' | 'target_id' | 'seq', operator: '=' | '<=', value: string | number): Q
}
