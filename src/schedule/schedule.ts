import { ValidationException } from '../ground/errors.ts'
import { type Cron, nextOfCron, parseCron } from './cron.ts'
import { parseLocalTime, utcOf } from './zoned-time.ts'

/** When something is to be done: once, every so often, or by a calendar; in a time zone. */
export type Schedule =
  | { readonly kind: 'at'; readonly time: number }
  | { readonly kind: 'rate'; readonly ms: number }
  | { readonly kind: 'cron'; readonly cron: Cron; readonly zone: string }

const units = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const

/**
 * Throws ValidationException. Sources: Application Auto Scaling API Reference, PutScheduledAction (Schedule, Timezone); EventBridge User Guide, "Setting a schedule
 * pattern for scheduled rules", which has no `at`.
 */
export function parseSchedule(text: string, zone = 'UTC'): Schedule {
  requireZone(zone)
  const [, kind, inside = ''] = /^(at|rate|cron)\((.*)\)$/.exec(text) ?? []
  if (kind === 'at') {
    const local = parseLocalTime(inside)
    if (local) return { kind, time: utcOf(local, zone) }
    throw new ValidationException(`The Schedule ${text} must be at(yyyy-mm-ddThh:mm:ss).`)
  }
  if (kind === 'rate') {
    const [, value = '', unit = ''] = /^(\d{1,6}) (minute|hour|day)s?$/.exec(inside) ?? []
    const ms = Number(value) * (units[unit as keyof typeof units] ?? 0)
    if (ms > 0 && (Number(value) === 1) === !inside.endsWith('s')) return { kind, ms }
    throw new ValidationException(`The Schedule ${text} must be rate(value unit): 1 minute, 5 minutes, 1 hour, 1 day.`)
  }
  const cron = kind === 'cron' ? parseCron(inside) : undefined
  if (cron) return { kind: 'cron', cron, zone }
  throw new ValidationException(
    `The Schedule ${text} must be at(…), rate(…) or cron(minutes hours day month weekday year).`,
  )
}

function requireZone(zone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
  } catch {
    throw new ValidationException(`The Timezone ${zone} is not known: give a name such as Etc/GMT+9 or Pacific/Tahiti.`)
  }
}

/** Where rates are counted from, and when it begins and ends; milliseconds. */
export interface Span {
  readonly from: number
  readonly until?: number
}

/** The first time after `after` at which it is due; undefined when never again. */
export function nextTime(schedule: Schedule, { from, until }: Span, after: number): number | undefined {
  const next = uncut(schedule, from, Math.max(after, from - 1))
  return next === undefined || (until !== undefined && next > until) ? undefined : next
}

function uncut(schedule: Schedule, from: number, after: number): number | undefined {
  if (schedule.kind === 'at') return schedule.time > after ? schedule.time : undefined
  if (schedule.kind === 'cron') return nextOfCron(schedule.cron, schedule.zone, after)
  return from + (Math.floor((after - from) / schedule.ms) + 1) * schedule.ms
}
