import { setImmediate as turn } from 'node:timers/promises'
import { type ExpressionBuilder, type Kysely, sql } from 'kysely'
import type { Database } from '../store/database.ts'
import { type ChunkContent, chunkSpanMilliseconds, unpackChunk } from './chunk.ts'

/**
 * A place between two events in the order (time, stream, ordinal): everything below it is before, the rest after. The order is
 * total and an event's place never changes, so reading on from a place repeats nothing and skips nothing.
 */
export interface Place {
  readonly time: number
  readonly stream: string
  readonly ordinal: number
}

export interface ReadEvent extends Place {
  readonly message: string
  readonly ingested: number
}

export interface Reading {
  readonly group: string
  /** Ids of the streams; every stream of the group when absent. */
  readonly streams?: readonly string[]
  /** Milliseconds; `from` belongs to the range, `to` does not. */
  readonly from: number
  readonly to: number
  /** Begin here instead of at the end of the range. */
  readonly at?: Place
  readonly direction: 'forward' | 'backward'
}

/** The end of time: what `to` is when nothing bounds a reading. */
export const endOfTime = 8_640_000_000_000_000

export const placeBefore = ({ time, stream, ordinal }: Place): Place => ({ time, stream, ordinal })

export const placeAfter = ({ time, stream, ordinal }: Place): Place => ({ time, stream, ordinal: ordinal + 1 })

interface ChunkRow {
  readonly stream_id: string
  readonly first_ordinal: number
  readonly events: number
  readonly first_time: number
  readonly last_time: number
}

/** A chunk that is being read: `head` is the index of its next event, `left` how many there are to read. */
interface Open {
  readonly row: ChunkRow
  readonly content: ChunkContent
  readonly ingested: readonly number[]
  head: number
  left: number
}

const rowsPerQuery = 128

/** Small chunks are read without waiting for another thread, so others get their turn after so many. */
const chunksPerTurn = 16

/**
 * Events in order, in runs, out of chunks that may overlap in time. Holds only the chunks around the place it reads, and waits
 * between chunks, so that a long read does not hold the event loop.
 */
export async function* readEvents(db: Kysely<Database>, reading: Reading): AsyncGenerator<ReadEvent[]> {
  const sign = reading.direction === 'forward' ? 1 : -1
  const open: Open[] = []
  const rows = chunkRows(db, reading)
  let next = await rows.next()
  let opened = 0
  while (open.length > 0 || !next.done) {
    open.sort((a, b) => sign * comparePlaces(headPlace(a), headPlace(b)))
    const [best, second] = open
    const edge = next.done ? undefined : edgeOf(next.value, sign)
    if (!next.done && edge !== undefined && !(best && sign * (edge - headPlace(best).time) > 0)) {
      const chunk = await openChunk(db, next.value, reading, sign)
      if (chunk.left > 0) open.push(chunk)
      next = await rows.next()
      opened += 1
      if (opened % chunksPerTurn === 0) await turn()
    } else if (best) {
      yield takeRun(best, sign, second && headPlace(second), edge)
      if (best.left === 0) open.shift()
    }
  }
}

/** The time at which a chunk begins in the direction of reading. */
const edgeOf = (row: ChunkRow, sign: number): number => (sign > 0 ? row.first_time : row.last_time)

const placeAt = ({ row, content }: Open, index: number): Place => ({
  time: content.times[index] ?? 0,
  stream: row.stream_id,
  ordinal: row.first_ordinal + index,
})

const headPlace = (chunk: Open): Place => placeAt(chunk, chunk.head)

export function comparePlaces(a: Place, b: Place): number {
  if (a.time !== b.time) return a.time - b.time
  if (a.stream !== b.stream) return a.stream < b.stream ? -1 : 1
  return a.ordinal - b.ordinal
}

/** What may be told from this chunk before the next event of another chunk must come. */
function takeRun(chunk: Open, sign: number, other: Place | undefined, edge: number | undefined): ReadEvent[] {
  const run: ReadEvent[] = []
  while (chunk.left > 0) {
    const place = headPlace(chunk)
    const mine = run.length === 0 || other === undefined || sign * comparePlaces(place, other) < 0
    if (!mine || (edge !== undefined && sign * (edge - place.time) <= 0)) break
    run.push({ ...place, message: chunk.content.messages[chunk.head] ?? '', ingested: chunk.ingested[chunk.head] ?? 0 })
    chunk.head += sign
    chunk.left -= 1
  }
  return run
}

async function openChunk(db: Kysely<Database>, row: ChunkRow, reading: Reading, sign: number): Promise<Open> {
  const stored = await db
    .selectFrom('log_chunk')
    .select('body')
    .where('stream_id', '=', row.stream_id)
    .where('first_ordinal', '=', row.first_ordinal)
    .executeTakeFirst()
  const content = stored ? await unpackChunk(stored.body) : { times: [], messages: [], ingested: [] }
  const ingested = content.ingested.flatMap(([count, at]) => Array<number>(count).fill(at))
  const chunk = { row, content, ingested, head: 0, left: 0 }
  // The chunk may have grown since its row was read; what it had then is what fits its edges.
  const told = Array.from({ length: Math.min(row.events, content.times.length) }, (_, index) => index).filter(index =>
    belongs(placeAt(chunk, index), reading, sign),
  )
  return { ...chunk, head: told.at(sign > 0 ? 0 : -1) ?? 0, left: told.length }
}

function belongs(place: Place, { from, to, at }: Reading, sign: number): boolean {
  if (place.time < from || place.time >= to) return false
  return at === undefined || (sign > 0 ? comparePlaces(place, at) >= 0 : comparePlaces(place, at) < 0)
}

/** The rows of the chunks that may hold events of the reading, by their edge. */
async function* chunkRows(db: Kysely<Database>, reading: Reading): AsyncGenerator<ChunkRow, undefined> {
  let last: ChunkRow | undefined
  do {
    const rows: ChunkRow[] = await nextRows(db, reading, last)
    yield* rows
    last = rows.length === rowsPerQuery ? rows.at(-1) : undefined
  } while (last)
  return undefined
}

function nextRows(db: Kysely<Database>, reading: Reading, last: ChunkRow | undefined): Promise<ChunkRow[]> {
  const { streams, group, at } = reading
  const forward = reading.direction === 'forward'
  const from = forward ? Math.max(reading.from, at?.time ?? 0) : reading.from
  const to = forward ? reading.to : Math.min(reading.to, (at?.time ?? endOfTime) + 1)
  const [column, other, order] = forward
    ? (['first_time', 'last_time', 'asc'] as const)
    : (['last_time', 'first_time', 'desc'] as const)
  // A chunk's span is bounded, so each end of the range bounds the walk along either index.
  const bounds = {
    first_time: [from - chunkSpanMilliseconds, to],
    last_time: [from, to + chunkSpanMilliseconds],
  } as const
  const beyond = (eb: ExpressionBuilder<Database, 'log_chunk'>, row: ChunkRow) =>
    eb(
      eb.refTuple(column, 'stream_id', 'first_ordinal'),
      forward ? '>' : '<',
      eb.tuple(row[column], row.stream_id, row.first_ordinal),
    )
  return (
    db
      .selectFrom('log_chunk')
      .select(['stream_id', 'first_ordinal', 'events', 'first_time', 'last_time'])
      .where(eb => (streams ? eb('stream_id', 'in', [...streams]) : eb('group_id', '=', group)))
      .where(column, '>=', bounds[column][0])
      .where(column, '<', bounds[column][1])
      // The sign keeps SQLite from walking along the index of the other end, and sorting.
      .where(sql`+${sql.ref(other)}`, '>=', bounds[other][0])
      .where(sql`+${sql.ref(other)}`, '<', bounds[other][1])
      .$if(last !== undefined, query => query.where(eb => (last ? beyond(eb, last) : eb.lit(true))))
      .orderBy(column, order)
      .orderBy('stream_id', order)
      .orderBy('first_ordinal', order)
      .limit(rowsPerQuery)
      .execute()
  )
}
