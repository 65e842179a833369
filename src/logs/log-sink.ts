import type { LogEvent, LogSink, LogStreamName } from '../service/logs.ts'
import type { Store } from '../store/store.ts'
import { eventLimitBytes, eventOverheadBytes, type StoredEvent } from './chunk.ts'
import { type ChunkWriter, createChunkWriter } from './chunk-writer.ts'
import { endOfTime, readEvents } from './event-reader.ts'
import { findStream } from './log-stream.ts'

const messageLimitBytes = eventLimitBytes - eventOverheadBytes

/**
 * Where containers' output goes: durable appends, each with the pump's cursor in the same commit. A line beyond the event limit
 * becomes several events of the same time, so that no byte is lost.
 */
export function createLogs(parts: { store: Store; now: () => Date; writeChunks?: ChunkWriter }): LogSink {
  const { store, now, writeChunks: write = createChunkWriter(store, now) } = parts
  return {
    async append(stream, events, cursor) {
      const stored = events.flatMap(splitLongMessage).sort((a, b) => a.time - b.time)
      await write({ stream, events: stored, cursor, create: true })
    },
    async cursor(stream) {
      return (await findStream(store.db, stream))?.cursor ?? undefined
    },
    tail: (stream, count) => tail(store, stream, count),
  }
}

async function tail(store: Store, name: LogStreamName, count: number): Promise<LogEvent[]> {
  const stream = await findStream(store.db, name)
  if (!stream) return []
  const reading = {
    group: stream.group_id,
    streams: [stream.id],
    from: 0,
    to: endOfTime,
    direction: 'backward',
  } as const
  const newest: LogEvent[] = []
  for await (const run of readEvents(store.db, reading)) {
    newest.push(...run.slice(0, count - newest.length).map(({ time, message }) => ({ time: new Date(time), message })))
    if (newest.length >= count) break
  }
  return newest.reverse()
}

function splitLongMessage({ time, message }: LogEvent): StoredEvent[] {
  const at = time.getTime()
  // No character takes more than three bytes of UTF-8 for each of its UTF-16 units.
  if (message.length * 3 <= messageLimitBytes) return [{ time: at, message }]
  const bytes = Buffer.from(message)
  const parts: StoredEvent[] = []
  for (let start = 0; start < bytes.length; ) {
    const end = characterEnd(bytes, start + messageLimitBytes)
    parts.push({ time: at, message: bytes.toString('utf8', start, end) })
    start = end
  }
  return parts
}

/** The last boundary between characters at or before `limit`. */
function characterEnd(bytes: Uint8Array, limit: number): number {
  if (limit >= bytes.length) return bytes.length
  let end = limit
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return end
}
