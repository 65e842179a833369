import { type LocalTime, localOf, utcOf } from './zoned-time.ts'

/** A day that fits; `dayOfWeek` 1 for Sunday to 7 for Saturday, `days` in its month. */
interface Day {
  readonly day: number
  readonly dayOfWeek: number
  readonly days: number
  /** 1 for Sunday to 7, of the first of the month. */
  readonly first: number
}

/** A cron expression taken apart: what fits, field by field. */
export interface Cron {
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  readonly months: ReadonlySet<number>
  readonly years: (year: number) => boolean
  readonly fits: (day: Day) => boolean
}

const monthNames = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const dayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']

/**
 * Six fields: minutes, hours, day of month, month, day of week, year; with `,` `-` `*` `/`, `?` `L` `W` in days of the month and `?` `L` `#` in days of
 * the week. Undefined for what is none. Source: Application Auto Scaling User Guide, "Schedule recurring scaling actions using cron expressions".
 */
export function parseCron(text: string): Cron | undefined {
  const fields = text.trim().toUpperCase().split(/ +/)
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = '', year = ''] = fields
  if (fields.length !== 6) return undefined
  const minutes = numbersOf(minute, 0, 59)
  const hours = numbersOf(hour, 0, 23)
  const months = numbersOf(month, 1, 12, monthNames)
  const years = numbersOf(year, 1970, 2199)
  const ofMonth = dayOfMonth === '?' ? () => true : monthDay(dayOfMonth)
  const ofWeek = dayOfWeek === '?' ? () => true : weekDay(dayOfWeek)
  // A day is given by the month or by the week: the other one is a question mark.
  if ((dayOfMonth === '?') === (dayOfWeek === '?') && !(dayOfMonth === '*' || dayOfWeek === '*')) return undefined
  if (!minutes || !hours || !months || !years || !ofMonth || !ofWeek) return undefined
  const known = new Set(years)
  return {
    ...{ minutes, hours, months: new Set(months) },
    years: candidate => known.has(candidate),
    fits: day => ofMonth(day) && ofWeek(day),
  }
}

/** The numbers of a field in order; undefined when it is none. */
function numbersOf(field: string, least: number, most: number, names: readonly string[] = []): number[] | undefined {
  const found = new Set<number>()
  for (const part of field.split(',')) {
    const [, range = '', stepText] = /^([^/]+)(?:\/(\d{1,4}))?$/.exec(part) ?? []
    const [from, to] = range === '*' ? [least, most] : rangeOf(range, least, names)
    const step = stepText === undefined ? 1 : Number(stepText)
    const end = to ?? (stepText === undefined ? from : most)
    if (from === undefined || end === undefined || from < least || end > most || from > end || step < 1)
      return undefined
    for (let value = from; value <= end; value += step) found.add(value)
  }
  return [...found].sort((a, b) => a - b)
}

function rangeOf(text: string, least: number, names: readonly string[]): [from?: number, to?: number] {
  const [from, to, ...more] = text.split('-').map(part => numberOf(part, least, names))
  if (from === undefined || more.length > 0 || (text.includes('-') && to === undefined)) return []
  return to === undefined ? [from] : [from, to]
}

function numberOf(text: string, least: number, names: readonly string[]): number | undefined {
  if (/^\d{1,4}$/.test(text)) return Number(text)
  const index = names.indexOf(text)
  return index < 0 ? undefined : index + least
}

function monthDay(field: string): Cron['fits'] | undefined {
  if (field === 'L') return ({ day, days }) => day === days
  if (field === 'LW') return day => day.day === nearestWeekday(day, day.days)
  const [, weekday] = /^(\d{1,2})W$/.exec(field) ?? []
  if (weekday !== undefined) {
    const wanted = Number(weekday)
    return wanted < 1 || wanted > 31 ? undefined : day => wanted <= day.days && day.day === nearestWeekday(day, wanted)
  }
  const numbers = numbersOf(field, 1, 31)
  return numbers && (({ day }) => numbers.includes(day))
}

/** The day from Monday to Friday that is nearest to one of a month, within the month. */
function nearestWeekday({ first, days }: Day, wanted: number): number {
  const dayOfWeek = ((first - 1 + wanted - 1) % 7) + 1
  if (dayOfWeek === 7) return wanted === 1 ? 3 : wanted - 1
  if (dayOfWeek === 1) return wanted === days ? wanted - 2 : wanted + 1
  return wanted
}

function weekDay(field: string): Cron['fits'] | undefined {
  if (field === 'L') return ({ dayOfWeek }) => dayOfWeek === 7
  const [, named = '', nth, last] = /^(\w{1,3}?)(?:#([1-5])|(L))$/.exec(field) ?? []
  if (nth !== undefined || last !== undefined) {
    const wanted = numberOf(named, 1, dayNames)
    if (wanted === undefined || wanted < 1 || wanted > 7) return undefined
    return ({ day, days, dayOfWeek }) =>
      dayOfWeek === wanted && (last ? day + 7 > days : Math.ceil(day / 7) === Number(nth))
  }
  const numbers = numbersOf(field, 1, 7, dayNames)
  return numbers && (({ dayOfWeek }) => numbers.includes(dayOfWeek))
}

/** A day of a month and weekday comes again within 28 years, but for centuries. */
const mostDays = 366 * 60

/** The first time after `after` that fits; undefined when there is none in sixty years. */
export function nextOfCron(cron: Cron, zone: string, after: number): number | undefined {
  const begin = localOf(after, zone)
  for (let index = 0; index < mostDays; index++) {
    const date = new Date(Date.UTC(begin.year, begin.month - 1, begin.day + index))
    const found = fitsDay(cron, date) ? firstOfDay(cron, date, zone, after) : undefined
    if (found !== undefined) return found
  }
}

function fitsDay({ months, years, fits }: Cron, date: Date): boolean {
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]
  if (!months.has(month) || !years(year)) return false
  const first = new Date(Date.UTC(year, month - 1, 1)).getUTCDay() + 1
  return fits({ day, dayOfWeek: date.getUTCDay() + 1, days: new Date(Date.UTC(year, month, 0)).getUTCDate(), first })
}

function firstOfDay({ hours, minutes }: Cron, date: Date, zone: string, after: number): number | undefined {
  const day = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
  for (const hour of hours)
    for (const minute of minutes) {
      const local: LocalTime = { ...day, hour, minute, second: 0 }
      const time = utcOf(local, zone)
      if (time > after) return time
    }
}
