import { insertDeliveries } from '../delivery/insert-deliveries.ts'
import { randomness } from '../ground/randomness.ts'
import type { Reconciler } from '../reconcile/reconciler.ts'
import { nextTime } from '../schedule/schedule.ts'
import { eventText } from '../store/announcement.ts'
import type { Store, Transaction } from '../store/store.ts'
import { routedTo } from './event-bus.reconcile.ts'
import type { RuleRow } from './rule.ts'
import { ruleSchedule } from './rule-schedule.ts'

/**
 * Wakes a rule at its times: an event for its targets, and the time that was seen to, are one commit. What fell due while no server ran is one event;
 * EventBridge does not catch up either. A key is the rule's ARN.
 */
export const ruleScheduleReconciler =
  ({ store, now }: { readonly store: Store; readonly now: () => Date }): Reconciler =>
  key =>
    store.transaction(async tx => {
      const row = await tx.db.selectFrom('event_rule').selectAll().where('arn', '=', key).executeTakeFirst()
      if (row?.state !== 'ENABLED' || !row.schedule) return
      const time = now().getTime()
      const schedule = ruleSchedule(row.schedule)
      const span = { from: row.rate_from }
      const due = nextTime(schedule, span, row.scheduled)
      if (due !== undefined && due <= time) await wake(tx, row, due, time)
      const next = nextTime(schedule, span, time)
      return next === undefined ? undefined : { after: next - time }
    })

async function wake(tx: Transaction, row: RuleRow, due: number, now: number): Promise<void> {
  const { arn, account, region } = row
  const told = { account, region, source: 'aws.events', detailType: 'Scheduled Event', resources: [arn], time: due }
  const event = { announced: now, body: eventText(told, randomness.uuid(), '{}') }
  const targets = await tx.db
    .selectFrom('event_target')
    .select(['rule_arn', 'id'])
    .where('rule_arn', '=', arn)
    .execute()
  await insertDeliveries(
    tx,
    targets.map(target => routedTo(target, event)),
  )
  await tx.db.updateTable('event_rule').set({ scheduled: now }).where('arn', '=', arn).execute()
}
