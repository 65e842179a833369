import { exhausted, retryDelay } from '../delivery/delivery-decision.ts'
import type { Outcome, Receiver, Receivers } from '../delivery/receiver.ts'
import { type Outgoing, Undeliverable } from '../delivery/undeliverable.ts'
import { randomness } from '../ground/randomness.ts'
import type { Platform } from '../service/context.ts'
import { parseTopicArn } from '../sns/topic-arn.ts'
import { findApiDestination, isApiDestination, sendToApiDestination } from './api-destination-target.ts'
import type { ConnectionParts } from './connection.reconcile.ts'
import { logEventOf, sendToLogGroup } from './log-group-target.ts'
import { optionsOf, type TargetRow } from './target-row.ts'
import { publishEvents } from './topic-target.ts'

type Parts = Pick<Platform, 'store' | 'logs' | 'iam'> & ConnectionParts

/** Targets of rules, as receivers of events. */
export const targetReceivers = (parts: Parts): Receivers => ({
  async find(db, sender, id) {
    const target = await db
      .selectFrom('event_target')
      .selectAll()
      .where('rule_arn', '=', sender)
      .where('id', '=', id)
      .executeTakeFirst()
    if (!target) return undefined
    if (!isApiDestination(target.arn)) return orderedReceiver(parts, target)
    return apiReceiver(parts, target, (await findApiDestination(db, target.arn))?.per_second)
  },
})

const orderedReceiver = (parts: Parts, target: TargetRow): Receiver => ({
  ...receiverOf(target),
  isOrdered: true,
  deliver: events =>
    parseTopicArn(target.arn) ? publishEvents(parts, target, events) : deliverToLogGroup(parts, target, events),
})

const apiReceiver = (parts: Parts, target: TargetRow, perSecond: number | undefined): Receiver => ({
  ...receiverOf(target),
  isOrdered: false,
  perSecond,
  deliver: (events, signal) => sendToApiDestination(parts, target, events, signal),
})

const receiverOf = (target: TargetRow): Omit<Receiver, 'deliver' | 'isOrdered'> => ({
  sender: target.rule_arn,
  id: target.id,
  account: target.account,
  region: target.region,
  retryAt: target.retry_at,
  afterFailure(event, now, trouble) {
    const condition = exhausted(event, optionsOf(target).RetryPolicy, now)
    if (condition) return new Undeliverable(condition, trouble.message)
    return { after: retryDelay(event.attempts, randomness.number()) }
  },
  async setRetryAt(db, retry_at) {
    await db
      .updateTable('event_target')
      .set({ retry_at })
      .where('rule_arn', '=', target.rule_arn)
      .where('id', '=', target.id)
      .execute()
  },
})

/** All that can be made into lines are written together or not at all. */
async function deliverToLogGroup(parts: Parts, target: TargetRow, events: readonly Outgoing[]): Promise<Outcome[]> {
  const lines = events.map(event => lineOf(target, event))
  const sent = lines.flatMap(line => (line instanceof Undeliverable ? [] : [line]))
  try {
    if (sent.length > 0) await sendToLogGroup(parts, target, sent)
    return lines.map(line => (line instanceof Undeliverable ? line : undefined))
  } catch (error) {
    return lines.map(line => (line instanceof Undeliverable ? line : (error as Error)))
  }
}

function lineOf(target: TargetRow, event: Outgoing) {
  try {
    return { ...event, logEvent: logEventOf(target, event) }
  } catch (error) {
    if (error instanceof Undeliverable) return error
    throw error
  }
}
