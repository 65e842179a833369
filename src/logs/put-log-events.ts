import type * as Sdk from '@aws-sdk/client-cloudwatch-logs'
import { quotas } from '../quotas/quotas.ts'
import { eventBytes } from './chunk.ts'
import { expiry, requireGroup } from './log-group.ts'
import { sequenceToken } from './log-stream.ts'
import { invalidParameter } from './logs-error.ts'
import type { Op } from './logs-operation.ts'

const hour = 60 * 60 * 1000
const day = 24 * hour

/**
 * Durable when it answers. Limits as the API reference of PutLogEvents states them: 1,048,576 bytes a batch and an event,
 * 26 of them for each event; in order of time, within 24 hours; events older than 14 days or the retention, or more than
 * two hours ahead, are left out and told in `rejectedLogEventsInfo`.
 */
export const putLogEvents: Op<'PutLogEvents'> = async (input, ctx) => {
  const events = input.logEvents.map(({ timestamp, message }) => ({ time: timestamp, message }))
  checkBatch(events)
  const stream = { ...ctx, group: input.logGroupName, stream: input.logStreamName }
  const group = await requireGroup(ctx.store.db, stream)
  const now = ctx.now()
  const rejected = rejections(events, now.getTime(), expiry(group, now))
  const { tooOldLogEventEndIndex = 0, expiredLogEventEndIndex = 0, tooNewLogEventStartIndex } = rejected ?? {}
  const begin = Math.max(tooOldLogEventEndIndex, expiredLogEventEndIndex)
  const taken = await ctx.writeChunks({ stream, events: events.slice(begin, tooNewLogEventStartIndex), create: false })
  return {
    nextSequenceToken: sequenceToken(taken),
    rejectedLogEventsInfo: rejected,
    // Events are taken; the entity they belong to is kept nowhere, and this is how the API says so.
    rejectedEntityInfo: input.entity ? { errorType: 'UnsupportedLogGroupType' } : undefined,
  }
}

const { logs } = quotas

function checkBatch(events: readonly { time: number; message: string }[]): void {
  const sizes = events.map(eventBytes)
  const largest = Math.max(...sizes)
  if (largest > logs.eventSize.value)
    throw invalidParameter(`Log event too large: ${largest} bytes exceeds limit of ${logs.eventSize.value}`)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  if (total > logs.batchSize.value)
    throw invalidParameter(`Upload too large: ${total} bytes exceeds limit of ${logs.batchSize.value}`)
  if (events.some(({ time }, index) => time < (events[index - 1]?.time ?? 0)))
    throw invalidParameter('Log events in a single PutLogEvents request must be in chronological order.')
  if ((events.at(-1)?.time ?? 0) - (events[0]?.time ?? 0) > day)
    throw invalidParameter('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.')
}

/** End indexes are exclusive, the start index inclusive; what does not apply is left out. */
function rejections(
  events: readonly { time: number }[],
  now: number,
  expiredBefore: number,
): Sdk.RejectedLogEventsInfo | undefined {
  const countBefore = (bound: number) => events.filter(({ time }) => time < bound).length
  const tooOld = countBefore(now - 14 * day)
  const expired = countBefore(expiredBefore)
  const inTime = countBefore(now + 2 * hour + 1)
  if (tooOld === 0 && expired === 0 && inTime === events.length) return undefined
  return {
    tooOldLogEventEndIndex: tooOld || undefined,
    expiredLogEventEndIndex: expired || undefined,
    tooNewLogEventStartIndex: inTime < events.length ? inTime : undefined,
  }
}
