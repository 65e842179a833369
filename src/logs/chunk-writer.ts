import { randomness } from '../ground/randomness.ts'
import type { LogStreamName } from '../service/logs.ts'
import type { Store, Transaction } from '../store/store.ts'
import { type Chunk, isPlain, mergeChunks, packChunks, type StoredEvent } from './chunk.ts'
import { groupNotFound, streamNotFound } from './logs-error.ts'

/** Events for one stream, ordered by time; all of it and `cursor` become durable together, or nothing. */
export interface Append {
  readonly stream: LogStreamName
  readonly events: readonly StoredEvent[]
  /** Replaces the stream's cursor when given. */
  readonly cursor?: string
  /** Makes a missing group or stream instead of answering ResourceNotFoundException. */
  readonly create: boolean
}

/** Resolves, once durable, with the number of events the stream then ever took. */
export type ChunkWriter = (append: Append) => Promise<number>

/** One commit takes so much at most: a transaction holds the event loop while it runs. */
const commitLimit = { appends: 64, bytes: 2 * 1024 * 1024 }

interface Waiting extends Append {
  readonly chunks: Promise<Chunk[]>
  readonly size: number
  resolve(ordinal: number): void
  reject(error: unknown): void
}

type Prepared = Waiting & { readonly packed: readonly Chunk[] }

/**
 * Commits in groups: what arrives while a commit runs goes into the next, in order of arrival, so that many containers share one
 * sync of the disk. Packing and compressing happen beside, on other threads.
 */
export function createChunkWriter(store: Store, now: () => Date): ChunkWriter {
  const queue: Waiting[] = []
  let running = false

  const drain = async () => {
    running = true
    while (queue.length > 0) await commit(store, await prepare(takeGroup(queue)), now().getTime())
    running = false
  }

  return append =>
    new Promise((resolve, reject) => {
      const chunks = packChunks(append.events, now().getTime())
      const size = append.events.reduce((sum, event) => sum + event.message.length, 0)
      queue.push({ ...append, chunks, size, resolve, reject })
      if (!running) drain()
    })
}

function takeGroup(queue: Waiting[]): Waiting[] {
  let bytes = 0
  const over = queue.findIndex((waiting, index) => {
    bytes += waiting.size
    return index > 0 && (index >= commitLimit.appends || bytes > commitLimit.bytes)
  })
  return queue.splice(0, over < 0 ? queue.length : over)
}

async function prepare(group: readonly Waiting[]): Promise<Prepared[]> {
  const packed = await Promise.allSettled(group.map(waiting => waiting.chunks))
  return group.flatMap((waiting, index) => {
    const result = packed[index]
    if (result?.status === 'fulfilled') return [{ ...waiting, packed: result.value }]
    waiting.reject(result?.reason)
    return []
  })
}

async function commit(store: Store, group: readonly Prepared[], at: number): Promise<void> {
  try {
    const outcomes = await store.transaction(async tx => {
      const outcomes: (() => void)[] = []
      for (const append of group) outcomes.push(await write(tx, append, at))
      return outcomes
    })
    for (const settle of outcomes) settle()
  } catch (error) {
    for (const append of group) append.reject(error)
  }
}

async function write(tx: Transaction, append: Prepared, at: number): Promise<() => void> {
  const taken = (await advance(tx, append, at)) ?? (append.create ? await begin(tx, append, at) : undefined)
  if (!taken) {
    const missing = (await findGroup(tx, append.stream)) ? streamNotFound() : groupNotFound()
    return () => append.reject(missing)
  }
  const bytes = append.packed.reduce((sum, chunk) => sum + chunk.bytes, 0)
  if (bytes > 0) {
    await tx.db
      .updateTable('log_group')
      .set(eb => ({ stored_bytes: eb('stored_bytes', '+', bytes) }))
      .where('id', '=', taken.group_id)
      .execute()
    await insertChunks(tx, taken, append)
  }
  return () => append.resolve(taken.next_ordinal)
}

interface Taken {
  readonly id: string
  readonly group_id: string
  readonly next_ordinal: number
}

/** Takes the ordinals of an existing stream; undefined when there is no such stream. */
function advance(
  tx: Transaction,
  { stream, packed, events, cursor }: Prepared,
  at: number,
): Promise<Taken | undefined> {
  const first = packed[0]?.firstTime
  const last = packed.at(-1)?.lastTime
  return tx.db
    .updateTable('log_stream')
    .set(eb => ({ next_ordinal: eb('next_ordinal', '+', events.length) }))
    .$if(cursor !== undefined, update => update.set({ cursor }))
    .$if(first !== undefined, update =>
      update.set(eb => ({
        first_event: eb
          .case()
          .when(eb.or([eb('first_event', '=', 0), eb('first_event', '>', first ?? 0)]))
          .then(first ?? 0)
          .else(eb.ref('first_event'))
          .end(),
        last_event: eb
          .case()
          .when('last_event', '<', last ?? 0)
          .then(last ?? 0)
          .else(eb.ref('last_event'))
          .end(),
        last_ingestion: at,
      })),
    )
    .where('name', '=', stream.stream)
    .where('group_id', '=', eb =>
      eb
        .selectFrom('log_group')
        .select('id')
        .where('account', '=', stream.account)
        .where('region', '=', stream.region)
        .where('name', '=', stream.group),
    )
    .returning(['id', 'group_id', 'next_ordinal'])
    .executeTakeFirst()
}

async function begin(tx: Transaction, append: Prepared, at: number): Promise<Taken> {
  const { stream, packed } = append
  const group = { id: newId(), account: stream.account, region: stream.region, name: stream.group, created: at }
  await tx.db
    .insertInto('log_group')
    .values({ ...group, retention_days: null, stored_bytes: 0 })
    .onConflict(conflict => conflict.columns(['account', 'region', 'name']).doNothing())
    .execute()
  const group_id = (await findGroup(tx, stream))?.id ?? group.id
  const row = {
    id: newId(),
    group_id,
    name: stream.stream,
    created: at,
    first_event: packed[0]?.firstTime ?? 0,
    last_event: packed.at(-1)?.lastTime ?? 0,
    last_ingestion: packed.length > 0 ? at : 0,
    next_ordinal: append.events.length,
    cursor: append.cursor ?? null,
  }
  await tx.db.insertInto('log_stream').values(row).execute()
  return row
}

const findGroup = (tx: Transaction, { account, region, group }: LogStreamName): Promise<{ id: string } | undefined> =>
  tx.db
    .selectFrom('log_group')
    .select('id')
    .where('account', '=', account)
    .where('region', '=', region)
    .where('name', '=', group)
    .executeTakeFirst()

async function insertChunks(tx: Transaction, taken: Taken, { events, packed }: Prepared): Promise<void> {
  const [only] = packed
  if (packed.length === 1 && only && isPlain(only.body) && (await extendTail(tx, taken, only))) return
  let ordinal = taken.next_ordinal - events.length
  for (const chunk of packed) {
    await tx.db
      .insertInto('log_chunk')
      .values({ stream_id: taken.id, group_id: taken.group_id, first_ordinal: ordinal, ...columns(chunk) })
      .execute()
    ordinal += chunk.events
  }
}

/** Puts a few lines into the stream's newest chunk while that is small: true when done. */
async function extendTail(tx: Transaction, taken: Taken, chunk: Chunk): Promise<boolean> {
  const first = taken.next_ordinal - chunk.events
  if (first === 0) return false
  const row = await tx.db
    .selectFrom('log_chunk')
    .selectAll()
    .where('stream_id', '=', taken.id)
    .orderBy('first_ordinal', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!row || row.first_ordinal + row.events !== first) return false
  const merged = mergeChunks({ ...row, firstTime: row.first_time, lastTime: row.last_time }, chunk)
  if (!merged) return false
  await tx.db
    .updateTable('log_chunk')
    .set(columns(merged))
    .where('stream_id', '=', taken.id)
    .where('first_ordinal', '=', row.first_ordinal)
    .execute()
  return true
}

const columns = (chunk: Chunk) => ({
  events: chunk.events,
  first_time: chunk.firstTime,
  last_time: chunk.lastTime,
  bytes: chunk.bytes,
  body: chunk.body,
})

/** Up to 20 decimal digits: part of event ids, which are numbers in CloudWatch. */
export const newId = (): string => randomness.bytes(8).readBigUInt64BE().toString()
