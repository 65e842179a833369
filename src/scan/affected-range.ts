import type { OsvRange } from './osv-record.ts'

const events = ['introduced', 'fixed', 'last_affected', 'limit'] as const
type Event = (typeof events)[number]

/** One range of versions as events in the order of the versions. */
export type AffectedRange = readonly (readonly [event: Event, version: string])[]

type Compare = (a: string, b: string) => number

/** Puts a range's events in order. At one version they stay as the record has them. Throws for an event that the format does not know. */
export function orderedRange({ events: given }: OsvRange, compare: Compare): AffectedRange {
  const pairs = given.flatMap(event => Object.entries(event))
  const unknown = pairs.find(([event]) => !events.includes(event as Event))
  if (unknown) throw new Error(`a range has an event '${unknown[0]}', which is not known`)
  return (pairs as [Event, string][]).sort(([, a], [, b]) => fromStart(a, b, compare))
}

/** `0` comes before every version. */
function fromStart(a: string, b: string, compare: Compare): number {
  if (a === '0' || b === '0') return Number(a !== '0') - Number(b !== '0')
  return compare(a, b)
}

/** Whether the version lies in a range. Source: Open Source Vulnerability format, "Evaluation". */
export function liesIn(version: string, range: AffectedRange, compare: Compare): boolean {
  const limits = range.filter(([event]) => event === 'limit')
  if (limits.length > 0 && !limits.some(([, limit]) => limit === '*' || compare(version, limit) < 0)) return false
  let inside = false
  for (const [event, at] of range) {
    const order = at === '0' ? 1 : compare(version, at)
    if (event === 'introduced' && order >= 0) inside = true
    if (event === 'fixed' && order >= 0) inside = false
    if (event === 'last_affected' && order > 0) inside = false
  }
  return inside
}

/** The first version after this one that a range calls fixed. */
export function fixAfter(version: string, ranges: readonly AffectedRange[], compare: Compare): string | undefined {
  const fixes = ranges.flatMap(range => range.filter(([event, at]) => event === 'fixed' && compare(at, version) > 0))
  return fixes.map(([, at]) => at).sort(compare)[0]
}
