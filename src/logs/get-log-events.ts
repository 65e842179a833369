import type { Context } from '../service/context.ts'
import { paging } from '../service/page.ts'
import { eventLimitBytes } from './chunk.ts'
import {
  endOfTime,
  type Place,
  placeAfter,
  placeBefore,
  type ReadEvent,
  type Reading,
  readEvents,
} from './event-reader.ts'
import { expiry, namedGroup, requireGroup } from './log-group.ts'
import { findStream, type StreamRow } from './log-stream.ts'
import { badToken, streamNotFound } from './logs-error.ts'
import type { Op } from './logs-operation.ts'

/**
 * One page of a stream, oldest event first. Both tokens name places between events, so walking either way meets each event once,
 * also while others append. At the end of a direction the token that was given comes back (API reference, GetLogEvents).
 */
export const getLogEvents: Op<'GetLogEvents'> = async (input, ctx) => {
  const name = namedGroup(input, ctx)
  const group = await requireGroup(ctx.store.db, name)
  const stream = await findStream(ctx.store.db, { ...name, stream: input.logStreamName })
  if (!stream) throw streamNotFound()
  const token = input.nextToken === undefined ? undefined : readToken(stream, input.nextToken)
  const direction = token?.direction ?? (input.startFromHead ? 'forward' : 'backward')
  const from = Math.max(input.startTime ?? 0, expiry(group, ctx.now()))
  const to = input.endTime ?? endOfTime
  const reading = { group: group.id, streams: [stream.id], from, to, at: token?.at, direction }
  const events = await takePage(ctx, reading, input.limit ?? 10_000)
  const [first, last] = [events[0], events.at(-1)]
  const standing = token?.at ?? { time: from, stream: stream.id, ordinal: 0 }
  return {
    events: events.map(({ time, message, ingested }) => ({ timestamp: time, message, ingestionTime: ingested })),
    nextForwardToken: `f/${writePlace(stream, last ? placeAfter(last) : standing)}`,
    nextBackwardToken: `b/${writePlace(stream, first ? placeBefore(first) : standing)}`,
  }
}

/** As many events as a page holds: the limit, or 1 MiB, yet always one. In order of time. */
async function takePage(ctx: Context, reading: Reading, limit: number): Promise<ReadEvent[]> {
  const page: ReadEvent[] = []
  let bytes = 0
  filling: for await (const run of readEvents(ctx.store.db, reading))
    for (const event of run) {
      bytes += Buffer.byteLength(event.message)
      if (page.length > 0 && bytes > eventLimitBytes) break filling
      page.push(event)
      if (page.length === limit) break filling
    }
  return reading.direction === 'forward' ? page : page.reverse()
}

const places = (stream: StreamRow, token?: string) =>
  paging<readonly [time: number, ordinal: number]>(['GetLogEvents', stream.id], token, badToken)

const writePlace = (stream: StreamRow, { time, ordinal }: Place): string => places(stream).token([time, ordinal])

function readToken(stream: StreamRow, token: string) {
  const direction = { f: 'forward', b: 'backward' } as const
  const [, sign, rest] = /^([fb])\/(.+)$/s.exec(token) ?? []
  if (!rest) throw badToken()
  const [time, ordinal] = places(stream, rest).after as readonly [number, number]
  return { direction: direction[sign as 'f' | 'b'], at: { time, ordinal, stream: stream.id } }
}
