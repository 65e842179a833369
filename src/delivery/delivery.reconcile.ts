import { sql } from 'kysely'
import { clock } from '../ground/clock.ts'
import { randomness } from '../ground/randomness.ts'
import { turns } from '../ground/turns.ts'
import type { Reconciler } from '../reconcile/reconciler.ts'
import type { Db } from '../store/database.ts'
import { prepared } from '../store/prepared.ts'
import type { Store } from '../store/store.ts'
import { bury, type Dead } from './dead-letter.ts'
import { longestDelayMs } from './delivery-decision.ts'
import { createDeliveryLanes, type DeliveryLanes } from './delivery-lanes.ts'
import { emptyQueue } from './empty-queue.ts'
import { findReceiver, type Outcome, type Receiver, type ReceiversByService } from './receiver.ts'
import { bodyOf, sharedBodyBytes } from './shared-body.ts'
import { type Outgoing, Undeliverable } from './undeliverable.ts'
import { withinBytes } from './within-bytes.ts'

/** As many as one receiver gets before others have their turn. */
const batch = 100

interface Parts {
  readonly store: Store
  readonly now: () => Date
  readonly receivers: ReceiversByService
  readonly lanes?: DeliveryLanes
}

/** After so long a receiver only waits. */
const slowMs = 250
/** Until a place is free, or a little more, so that those who wait do not all come at once. */
const laneMs = 1000

/** Brings a receiver what it is still to get. A key is a receiver (`deliveryKey`). */
export function deliveryReconciler({ store, now, receivers, lanes = createDeliveryLanes() }: Parts): Reconciler {
  return async (key, signal, wishes) => {
    const slash = key.lastIndexOf('/')
    const [sender, id] = [key.slice(0, slash), key.slice(slash + 1)]
    const receiver = await findReceiver(receivers, store.db, sender, id)
    // A receiver may be removed while things are on their way to it.
    if (!receiver) return emptyQueue(store.db, sender, id)
    const wait = waitOf(receiver, now().getTime())
    if (wait > 0) return { after: wait }
    using place = lanes.enter(key)
    if (!place) return { after: Math.round(laneMs * (1 + randomness.number())) }
    await turns.take(receiver.account)
    const most = Math.min(batch, receiver.perSecond ?? batch)
    const given = await nextOf(store.db, receiver, now().getTime(), most)
    if (given.length > 0) {
      const outcomes = await outcomesOf(receiver, given, signal, () => place.stepAside() && wishes?.stepAside())
      lanes.note(key, outcomes.every(isWell))
      const pause = receiver.perSecond === undefined ? 0 : Math.ceil((1000 * given.length) / receiver.perSecond)
      const { after } = await settle(
        { store, now },
        receiver,
        sorted(receiver, given, outcomes, now().getTime()),
        pause,
      )
      if (after > 0) return { after }
    }
    return later(store.db, receiver, now().getTime())
  }
}

async function outcomesOf(
  receiver: Receiver,
  given: readonly Outgoing[],
  signal: AbortSignal,
  slow: () => void,
): Promise<readonly Outcome[]> {
  using _ = clock.after(slowMs, slow)
  return await receiver.deliver(given, signal)
}

/** What will never be taken was answered. */
const isWell = (outcome: Outcome): boolean => outcome === undefined || outcome instanceof Undeliverable

/** How long a receiver that failed is left alone, whatever is new for it. A clock that was set back makes nobody wait for as long. */
function waitOf({ retryAt }: Receiver, now: number): number {
  const wait = retryAt - now
  return wait > longestDelayMs ? 0 : wait
}

const queueOf = (db: Db, { sender, id }: Receiver) =>
  db.selectFrom('event_delivery').where('rule_arn', '=', sender).where('target_id', '=', id)

/** Numbers of deliveries as one parameter, so that the statement is the same for any count of them. */
const listed = (seqs: string) => sql<number>`(select value from json_each(${seqs}))`

const dueOf = prepared((db, sender: string, id: string, now: number) =>
  db
    .selectFrom('event_delivery')
    .leftJoin('event_body', 'event_body.id', 'event_delivery.body_id')
    .select(['seq', sharedBodyBytes('event_delivery')])
    .where('rule_arn', '=', sender)
    .where('target_id', '=', id)
    .where('due', '<=', now)
    .orderBy('due')
    .orderBy('seq')
    .limit(batch),
)

const bodiesOf = prepared((db, sender: string, id: string, seqs: string) =>
  db
    .selectFrom('event_delivery')
    .leftJoin('event_body', 'event_body.id', 'event_delivery.body_id')
    .select(['seq', 'announced', bodyOf('event_delivery'), 'body_id', 'attempts'])
    .where('rule_arn', '=', sender)
    .where('target_id', '=', id)
    .where('seq', 'in', listed(seqs)),
)

const forget = prepared((db, sender: string, id: string, seqs: string) =>
  db
    .deleteFrom('event_delivery')
    .where('rule_arn', '=', sender)
    .where('target_id', '=', id)
    .where('seq', 'in', listed(seqs)),
)

/** The next, as many of them as may be held at once. */
async function nextOf(db: Db, { sender, id }: Receiver, now: number, most: number): Promise<Outgoing[]> {
  const due = (await dueOf(db, sender, id, now)).slice(0, most)
  const seqs = withinBytes(due).map(({ seq }) => seq)
  if (seqs.length === 0) return []
  const rows = await bodiesOf(db, sender, id, JSON.stringify(seqs))
  const place = new Map(seqs.map((seq, index) => [seq, index]))
  return rows.sort((one, other) => (place.get(one.seq) ?? 0) - (place.get(other.seq) ?? 0))
}

/** When there is something to bring again. */
async function later(db: Db, receiver: Receiver, now: number): Promise<{ after: number } | undefined> {
  const next = await queueOf(db, receiver).select('due').orderBy('due').limit(1).executeTakeFirst()
  // A clock that was set back makes nobody wait for as long as that.
  return next && { after: Math.min(Math.max(0, Number(next.due) - now), longestDelayMs) }
}

/** A delivery that is tried again, and after how many milliseconds. */
interface Again {
  readonly event: Outgoing
  readonly after: number
}

interface Sorted {
  readonly done: readonly number[]
  readonly dead: readonly Dead[]
  readonly again: readonly Again[]
}

function sorted(receiver: Receiver, given: readonly Outgoing[], outcomes: readonly Outcome[], now: number): Sorted {
  const done: number[] = []
  const dead: Dead[] = []
  const again: Again[] = []
  for (const [index, event] of given.entries()) {
    const trouble = outcomes[index]
    if (trouble === 'untried') continue
    if (trouble === undefined) done.push(event.seq)
    else if (trouble instanceof Undeliverable) dead.push({ event, why: trouble })
    else {
      const tried = { ...event, attempts: event.attempts + 1 }
      const next = receiver.afterFailure(tried, now, trouble)
      if (next instanceof Undeliverable) dead.push({ event: tried, why: next })
      else again.push({ event: tried, after: next.after })
    }
  }
  return { done, dead, again }
}

/**
 * What was delivered is done with, by the same commit as what died of it. Tells after how many milliseconds the receiver may get more; 0 when
 * at once.
 */
async function settle(
  { store, now }: Pick<Parts, 'store' | 'now'>,
  receiver: Receiver,
  { done, dead, again }: Sorted,
  pause: number,
): Promise<{ after: number }> {
  const at = now().getTime()
  const after = Math.max(pause, receiver.isOrdered ? (again[0]?.after ?? 0) : 0)
  await store.transaction(async ({ db }) => {
    const { sender, id } = receiver
    await bury(db, receiver, dead, at)
    if (done.length > 0) await forget(db, sender, id, JSON.stringify(done))
    for (const { event, after } of again)
      await db
        .updateTable('event_delivery')
        .set({ attempts: event.attempts, due: receiver.isOrdered ? 0 : at + after })
        .where('rule_arn', '=', sender)
        .where('target_id', '=', id)
        .where('seq', '=', event.seq)
        .execute()
    const retryAt = after === 0 ? 0 : at + after
    if (retryAt !== receiver.retryAt) await receiver.setRetryAt(db, retryAt)
  })
  return { after }
}
