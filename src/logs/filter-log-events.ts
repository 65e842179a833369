import type * as Sdk from '@aws-sdk/client-cloudwatch-logs'
import type { Context } from '../service/context.ts'
import { paging } from '../service/page.ts'
import { eventLimitBytes } from './chunk.ts'
import { endOfTime, type Place, placeAfter, placeBefore, type ReadEvent, readEvents } from './event-reader.ts'
import { expiry, type GroupRow, namedGroup, requireGroup } from './log-group.ts'
import { badToken, invalidParameter, streamNotFound } from './logs-error.ts'
import type { Op } from './logs-operation.ts'
import { matchAll } from './match-all.ts'
import { streamNames } from './stream-names.ts'

/** A call reads so much at most; then it answers with what it found, perhaps nothing, and a token to go on with, as CloudWatch does. */
const scanLimitBytes = 16 * 1024 * 1024

/** Events of many streams in one order of time, those that the pattern matches. */
export const filterLogEvents: Op<'FilterLogEvents'> = async (input, ctx) => {
  if (input.logStreamNames && input.logStreamNamePrefix !== undefined)
    throw invalidParameter('logStreamNames and logStreamNamePrefix are mutually exclusive.')
  const pattern = input.filterPattern ?? ''
  const matches = matchAll(pattern)
  const group = await requireGroup(ctx.store.db, namedGroup(input, ctx))
  const named = input.logStreamNames && (await namedStreams(ctx, group, input.logStreamNames))
  const { nextToken, limit = 10_000, ...filters } = input
  const pages = paging<Place>(['FilterLogEvents', group.id, filters], nextToken, badToken)
  const reading = {
    group: group.id,
    streams: named && [...named.keys()],
    from: Math.max(input.startTime ?? 0, expiry(group, ctx.now())),
    // Unlike GetLogEvents, the end belongs to the range (API reference, FilterLogEvents).
    to: input.endTime === undefined ? endOfTime : input.endTime + 1,
    at: pages.after,
    direction: 'forward',
  } as const
  const nameStreams = streamNames(ctx.store, group.id, named, input.logStreamNamePrefix)
  const page = createPage(limit)
  for await (const events of batches(readEvents(ctx.store.db, reading))) {
    const names = await nameStreams(events)
    const visible = events.filter(event => names.get(event.stream) !== undefined)
    const found = await matches(visible.map(event => event.message))
    const full = visible.find((event, index) => found[index] && !page.add(event, names.get(event.stream) ?? ''))
    const pause = full ? placeBefore(full) : page.scanned(events)
    if (pause) return { events: page.events, searchedLogStreams: [], nextToken: pages.token(pause) }
  }
  return { events: page.events, searchedLogStreams: [] }
}

function createPage(limit: number) {
  const events: Sdk.FilteredLogEvent[] = []
  let [size, scanned] = [0, 0]
  return {
    events,
    /** False when the event must wait for the next page. */
    add(event: ReadEvent, logStreamName: string): boolean {
      size += Buffer.byteLength(event.message)
      if (events.length === limit || (events.length > 0 && size > eventLimitBytes)) return false
      const { time, message, ingested } = event
      events.push({ logStreamName, timestamp: time, message, ingestionTime: ingested, eventId: eventId(event) })
      return true
    },
    /** Counts what was read; the place to go on from once that is enough for a call. */
    scanned(batch: readonly ReadEvent[]): Place | undefined {
      scanned += batch.reduce((sum, event) => sum + event.message.length, 0)
      const last = batch.at(-1)
      return scanned > scanLimitBytes && last ? placeAfter(last) : undefined
    },
  }
}

/** An event's id: 56 digits that are its own for ever, and grow with its time. */
const eventId = ({ time, stream, ordinal }: Place): string =>
  String(time).padStart(14, '0') + stream.padStart(20, '0') + String(ordinal).padStart(22, '0')

/** Joins the short runs that interleaved streams give. */
async function* batches(runs: AsyncIterable<ReadEvent[]>): AsyncGenerator<ReadEvent[]> {
  let batch: ReadEvent[] = []
  for await (const run of runs) {
    batch = batch.length === 0 ? run : batch.concat(run)
    if (batch.length < 1000) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** Names by id. Throws ResourceNotFoundException when one is missing. */
async function namedStreams(ctx: Context, group: GroupRow, names: readonly string[]): Promise<Map<string, string>> {
  const rows = await ctx.store.db
    .selectFrom('log_stream')
    .select(['id', 'name'])
    .where('group_id', '=', group.id)
    .where('name', 'in', [...names])
    .execute()
  if (rows.length < new Set(names).size) throw streamNotFound()
  return new Map(rows.map(row => [row.id, row.name]))
}
