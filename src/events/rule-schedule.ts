import { parseSchedule, type Schedule } from '../schedule/schedule.ts'
import type { Transaction } from '../store/store.ts'
import { eventsError } from './events-error.ts'

/**
 * When a rule is woken: `rate(…)` or `cron(…)` in UTC, of which one day is a question mark. Throws ValidationException. Source: EventBridge User Guide,
 * "Setting a schedule pattern for scheduled rules".
 */
export function ruleSchedule(text: string): Schedule {
  const [, dayOfMonth, dayOfWeek] = /^cron\(\S+ \S+ (\S+) \S+ (\S+) \S+\)$/.exec(text) ?? []
  const oneDay = !text.startsWith('cron(') || (dayOfMonth === '?') !== (dayOfWeek === '?')
  if (!oneDay || text.startsWith('at(')) throw invalid()
  try {
    return parseSchedule(text)
  } catch {
    throw invalid()
  }
}

const invalid = () => eventsError.invalid('Parameter ScheduleExpression is not valid.')

/** A rate is counted from now on, and nothing that was due before is. */
export async function startSchedule(tx: Transaction, arn: string, now: number): Promise<void> {
  await tx.db.updateTable('event_rule').set({ scheduled: now, rate_from: now }).where('arn', '=', arn).execute()
  await tx.enqueue('rule-schedule', arn)
}
