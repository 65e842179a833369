import type { Shape } from '../model/service-model.ts'

type Format = NonNullable<Shape['timestampFormat']>

/** Epoch seconds with a fraction only when there is one; ISO 8601 in UTC; RFC 7231. */
export function writeTimestamp(value: Date, format: Format): number | string {
  if (format === 'unixTimestamp') return value.getTime() / 1000
  if (format === 'rfc822') return value.toUTCString()
  return value.toISOString()
}

/** Undefined for what is no timestamp. Numbers and their text are epoch seconds; ISO 8601 and RFC 7231 dates are understood in any place, as AWS does. */
export function readTimestamp(value: unknown): Date | undefined {
  if (typeof value === 'number') return valid(new Date(Math.round(value * 1000)))
  if (typeof value !== 'string') return undefined
  if (/^-?\d+(\.\d+)?$/.test(value)) return valid(new Date(Math.round(Number(value) * 1000)))
  if (isoDate.test(value))
    return valid(new Date(/(Z|[+-]\d\d:?\d\d)$/i.test(value) || !value.includes('T') ? value : `${value}Z`))
  return httpDate.test(value) ? valid(new Date(value)) : undefined
}

const isoDate = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/i
const httpDate = /^[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/

const valid = (date: Date): Date | undefined => (Number.isNaN(date.getTime()) ? undefined : date)
