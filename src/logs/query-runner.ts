import type { Logger } from 'pino'
import { clock } from '../ground/clock.ts'
import { type SideThread, sideThread } from '../ground/side-thread.ts'
import type { Store } from '../store/store.ts'
import { type ReadEvent, readEvents } from './event-reader.ts'
import type { QueryEvent } from './query-record.ts'
import { endQuery, type QueryOutcome, type QueryRequest, type QueryRow, requestOf } from './query-row.ts'
import type { QueryResult } from './query-run.ts'
import type { QueryAnswer, QueryWork } from './query-worker.ts'
import { streamNames } from './stream-names.ts'

/** Runs queries of Insights in the background. */
export interface QueryRunner {
  /** How many of an account run here. */
  running(account: string): number
  /** Begins a query, or goes on with one that a server had begun that is gone. */
  start(row: QueryRow): void
  /** Gives it up; what it has found is dropped. */
  stop(id: string): void
}

export interface QueryRunnerParts {
  readonly store: Store
  readonly log?: Pick<Logger, 'warn'>
}

/** A query is given up after an hour (CloudWatch Logs quotas, "Query timeout"). */
const timeoutMilliseconds = 60 * 60 * 1000

/** Events of one message to the thread, and their characters. */
const batch = { events: 1000, characters: 1024 * 1024 }

/** Queries are worked on in a thread of their own, fed in batches, so that they hold nobody up; their events are read here. */
export function createQueryRunner({ store, log }: QueryRunnerParts): QueryRunner {
  const thread = sideThread<QueryWork, QueryAnswer>('query-worker', import.meta.url)
  const running = new Map<string, { readonly account: string; readonly control: AbortController }>()

  const work = async (row: QueryRow, signal: AbortSignal) => {
    const began = clock.elapsed()
    using _ = clock.after(timeoutMilliseconds, () => running.get(row.id)?.control.abort('Timeout'))
    try {
      const found = await search(store, thread, row, signal)
      await endQuery(store, row.id, 'Complete', { ...found, milliseconds: Math.round(clock.elapsed() - began) })
    } catch (error) {
      // Cancelled is written by who stopped it.
      if (!signal.aborted) log?.warn({ err: error, account: row.account, query: row.id }, 'a query of logs failed')
      await endQuery(store, row.id, signal.reason === 'Timeout' ? 'Timeout' : 'Failed')
    } finally {
      void thread.ask({ kind: 'drop', id: row.id }).catch(() => {})
    }
  }

  return {
    running: account => [...running.values()].filter(query => query.account === account).length,
    start(row) {
      if (running.has(row.id)) return
      const control = new AbortController()
      running.set(row.id, { account: row.account, control })
      void work(row, control.signal)
        .catch(() => {})
        .finally(() => running.delete(row.id))
    },
    stop: id => running.get(id)?.control.abort('Cancelled'),
  }
}

async function search(
  store: Store,
  thread: SideThread<QueryWork, QueryAnswer>,
  row: QueryRow,
  signal: AbortSignal,
): Promise<Omit<QueryOutcome, 'milliseconds'>> {
  const { id } = row
  const request = requestOf(row)
  const { query, limit, groups } = request
  await thread.ask({ kind: 'begin', id, query, limit, mixed: groups.length > 1 })
  let [scanned, bytes, wanted] = [0, 0, true]
  for (const group of groups) {
    for await (const events of eventsOf(store, row.account, group, request)) {
      signal.throwIfAborted()
      scanned += events.length
      bytes += events.reduce((sum, { message }) => sum + Buffer.byteLength(message), 0)
      wanted = (await thread.ask({ kind: 'feed', id, events })) === true
      if (!wanted) break
    }
    if (!wanted) break
  }
  signal.throwIfAborted()
  const { rows, recordsMatched, skipped } = (await thread.ask({ kind: 'finish', id })) as QueryResult
  const statistics = {
    ...{ recordsMatched, recordsScanned: scanned, bytesScanned: bytes, logGroupsScanned: groups.length },
    ...{ estimatedRecordsSkipped: skipped, estimatedBytesSkipped: 0 },
  }
  return { rows, statistics }
}

/** A group's events in the range, the newest first. */
async function* eventsOf(
  store: Store,
  account: string,
  group: { readonly id: string; readonly name: string },
  { from, to }: QueryRequest,
): AsyncGenerator<QueryEvent[]> {
  const nameStreams = streamNames(store, group.id)
  const read = readEvents(store.db, { group: group.id, from, to: to + 1, direction: 'backward' })
  let [events, characters]: [ReadEvent[], number] = [[], 0]
  const told = async (): Promise<QueryEvent[]> => {
    const names = await nameStreams(events)
    const log = `${account}:${group.name}`
    return events.flatMap(({ time, ingested, message, stream: id, ordinal }) => {
      const stream = names.get(id)
      const pointer = Buffer.from(`${time}:${id}:${ordinal}`).toString('base64')
      return stream === undefined ? [] : [{ time, ingested, message, stream, log, pointer }]
    })
  }
  for await (const run of read)
    for (const event of run) {
      events.push(event)
      characters += event.message.length
      if (events.length < batch.events && characters < batch.characters) continue
      yield await told()
      ;[events, characters] = [[], 0]
    }
  if (events.length > 0) yield await told()
}
