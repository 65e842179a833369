import { clock } from '../ground/clock.ts'
import type { AuditEvent } from './audit-event.ts'

const window = 60_000
const day = 24 * 3600_000
/** Kinds of refusals that are told one by one, of each holder. */
const mostInWindow = 30
const mostInDay = 1000
/** Beyond so many holders in a minute all others are one. */
const mostHolders = 1000

interface Kind {
  readonly first: AuditEvent
  repeated: number
}

interface Holder {
  readonly kinds: Map<string, Kind>
  /** Refusals of kinds that are over the bound: the last of them, and how many. */
  rest: Kind | undefined
}

/**
 * Refusals on their way into the security log. The first of a kind (who, whence, what, why) in a minute is written at once; how often it
 * came again follows when the minute is over. Of each holder (an account, or whoever uses an account's name without proof) 30 kinds a minute
 * and 1,000 a day are told one by one, and of all the others their number. So a flood costs a bounded number of rows, and hides nobody
 * else's.
 */
export function createRefusals() {
  const holders = new Map<string, Holder>()
  const today = new Map<string, number>()
  let ready: AuditEvent[] = []
  let windowEnd = 0
  let dayEnd = 0

  function endWindow(): void {
    for (const { kinds, rest } of holders.values()) {
      for (const { first, repeated } of kinds.values()) if (repeated > 0) ready.push(again(first, { repeated }))
      if (rest) ready.push(again(rest.first, { others: rest.repeated }))
    }
    holders.clear()
  }

  function turn(): void {
    const now = clock.elapsed()
    if (now >= windowEnd) {
      endWindow()
      windowEnd = now + window
    }
    if (now >= dayEnd) {
      today.clear()
      dayEnd = now + day
    }
  }

  return {
    add(event: AuditEvent, name: string): void {
      turn()
      const known = holders.has(name) || holders.size < mostHolders ? name : 'others'
      const holder = holders.get(known) ?? { kinds: new Map<string, Kind>(), rest: undefined }
      holders.set(known, holder)
      const kind = holder.kinds.get(kindOf(event))
      if (kind) {
        kind.repeated++
        return
      }
      const used = today.get(known) ?? 0
      if (holder.kinds.size >= mostInWindow || used >= mostInDay) {
        holder.rest = { first: event, repeated: (holder.rest?.repeated ?? 0) + 1 }
        return
      }
      if (today.has(known) || today.size < mostHolders) today.set(known, used + 1)
      holder.kinds.set(kindOf(event), { first: event, repeated: 0 })
      ready.push(event)
    },
    /** What is to be written now; it is the caller's from then on. */
    due(): readonly AuditEvent[] {
      turn()
      const events = ready
      ready = []
      return events
    },
    /** Whether anything is left to be told when the minute is over. */
    isHolding: (): boolean => ready.length > 0 || holders.size > 0,
    endWindow,
  }
}

const again = (event: AuditEvent, more: Record<string, number>): AuditEvent => ({
  ...event,
  more: { ...event.more, ...more },
})

const kindOf = ({ source, name, errorCode, userIdentity, sourceIp, resources }: AuditEvent): string =>
  [source, name, errorCode, userIdentity.arn, userIdentity.accessKeyId, sourceIp, resources[0]?.name].join('\0')
