/** A time as a wall clock shows it; months from 1. */
export interface LocalTime {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
}

/** `2026-11-20T12:00:00`; undefined for what is none. */
export function parseLocalTime(text: string): LocalTime | undefined {
  const parts = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)$/.exec(text)?.slice(1).map(Number)
  if (!parts) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
  const found = { year, month, day, hour, minute, second }
  return new Date(asUtc(found)).toISOString().startsWith(text) ? found : undefined
}

const asUtc = ({ year, month, day, hour, minute, second }: LocalTime): number =>
  Date.UTC(year, month - 1, day, hour, minute, second)

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-u-ca-gregory-hc-h23', {
    ...{ timeZone, year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  })
  formats.set(timeZone, made)
  return made
}

/** What the wall clock of a zone shows at a time. */
export function localOf(time: number, zone: string): LocalTime {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(time)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts
  return { year, month, day, hour, minute, second }
}

/** When the wall clock of a zone shows this; where it leaps over it, the time that it would have been without the leap. */
export function utcOf(local: LocalTime, zone: string): number {
  const wanted = asUtc(local)
  let time = wanted
  for (let tries = 0; tries < 3; tries++) time += wanted - asUtc(localOf(time, zone))
  return time
}
