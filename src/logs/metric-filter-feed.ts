import { setImmediate as turn } from 'node:timers/promises'
import type { Logger } from 'pino'
import { clock } from '../ground/clock.ts'
import type { LogStreamName } from '../service/logs.ts'
import type { MetricDatum, MetricSink } from '../service/metrics.ts'
import type { Store } from '../store/store.ts'
import type { StoredEvent } from './chunk.ts'
import type { ChunkWriter } from './chunk-writer.ts'
import { parseSelection } from './filter-selection.ts'
import { matchAll } from './match-all.ts'

const minute = 60_000

/** So many minutes of filters wait for a match at most; the oldest are settled early beyond. */
const mostWaiting = 10_000

interface Filter {
  readonly key: string
  readonly pattern: string
  readonly transformation: {
    readonly metricName: string
    readonly metricNamespace: string
    readonly metricValue: string
    readonly dimensions?: Readonly<Record<string, string>>
    readonly defaultValue?: number
    readonly unit?: string
  }
}

/** A minute in which events came: whether one matched, and who is told the default value when none did. */
interface Minute {
  readonly filter: Filter
  readonly stream: LogStreamName
  readonly time: number
  readonly since: number
  matched: boolean
}

export interface MetricFilterFeed {
  /** The writer, which from then on also feeds the metrics of the filters of the groups that it writes to. */
  readonly writeChunks: ChunkWriter
  /** Tells the default values of the minutes that still wait. */
  close(): void
}

/**
 * Turns log events into metrics by the metric filters of their groups: the filter's value for each event that matches, at the event's
 * time; the default value once for each minute in which events came and none matched (User Guide, "Concepts", metric filters). An
 * event whose value is no number, or that lacks a dimension, gives none. Events are durable before they are counted; a server that is
 * killed loses what it had not handed to the metrics, a second's worth.
 */
export function createMetricFilterFeed(
  write: ChunkWriter,
  { store, metrics, log }: { store: Store; metrics: MetricSink; log: Pick<Logger, 'warn'> },
): MetricFilterFeed {
  const minutes = new Map<string, Minute>()
  let timer: Disposable | undefined

  const settle = (before: number) => {
    for (const [key, waiting] of minutes) {
      if (waiting.since > before && minutes.size <= mostWaiting) break
      minutes.delete(key)
      const { filter, stream, time, matched } = waiting
      const value = filter.transformation.defaultValue
      if (!matched && value !== undefined) put(stream, filter, [{ time, value, dimensions: {} }])
    }
    timer?.[Symbol.dispose]()
    timer = minutes.size === 0 ? undefined : clock.after(minute / 4, () => settle(clock.elapsed() - minute))
  }

  const put = (stream: LogStreamName, { transformation }: Filter, values: readonly Value[]) => {
    const { metricName: name, metricNamespace, unit = 'None' } = transformation
    const data: MetricDatum[] = values.map(value => ({ ...value, name, unit, time: new Date(value.time) }))
    metrics.put(stream.account, stream.region, metricNamespace, data)
  }

  const note = (stream: LogStreamName, filter: Filter, events: readonly StoredEvent[], found: readonly boolean[]) => {
    for (const [index, event] of events.entries()) {
      const time = event.time - (event.time % minute)
      const key = `${filter.key}\0${time}`
      const known = minutes.get(key) ?? { filter, stream, time, since: clock.elapsed(), matched: false }
      known.matched ||= found[index] === true
      minutes.set(key, known)
    }
    settle(clock.elapsed() - minute)
  }

  const feed = async (stream: LogStreamName, events: readonly StoredEvent[]) => {
    for (const filter of await filtersOf(store, stream)) {
      // Each filter reads all of the events: others get their turn between two.
      await turn()
      const { pattern, transformation } = filter
      try {
        const found = await matchAll(pattern)(events.map(({ message }) => message))
        put(
          stream,
          filter,
          valuesOf(
            filter,
            events.filter((_, index) => found[index]),
          ),
        )
        if (transformation.defaultValue !== undefined) note(stream, filter, events, found)
      } catch (error) {
        log.warn({ err: error, group: stream.group, pattern }, 'a metric filter could not be applied to some events')
      }
    }
  }

  return {
    async writeChunks(append) {
      const taken = await write(append)
      if (append.events.length > 0) await feed(append.stream, append.events)
      return taken
    },
    close: () => settle(Number.POSITIVE_INFINITY),
  }
}

interface Value {
  readonly time: number
  readonly value: number
  readonly dimensions: Readonly<Record<string, string>>
}

function valuesOf({ pattern, transformation }: Filter, events: readonly StoredEvent[]): Value[] {
  const { metricValue, dimensions = {} } = transformation
  const value = metricValue.startsWith('$') ? parseSelection(pattern, metricValue) : () => metricValue
  const selections = Object.entries(dimensions).map(([name, text]) => [name, parseSelection(pattern, text)] as const)
  return events.flatMap(({ time, message }) => {
    const text = value(message)?.trim()
    const chosen = selections.map(([name, select]) => [name, select(message)] as const)
    if (text === undefined || text === '' || !Number.isFinite(Number(text))) return []
    if (chosen.some(([, dimension]) => dimension === undefined || dimension === '')) return []
    return [{ time, value: Number(text), dimensions: Object.fromEntries(chosen) as Record<string, string> }]
  })
}

async function filtersOf(store: Store, stream: LogStreamName): Promise<Filter[]> {
  const rows = await store.db
    .selectFrom('log_metric_filter')
    .innerJoin('log_group', 'log_group.id', 'log_metric_filter.group_id')
    .select(['log_metric_filter.group_id', 'log_metric_filter.name', 'pattern', 'transformation'])
    .where('log_group.account', '=', stream.account)
    .where('log_group.region', '=', stream.region)
    .where('log_group.name', '=', stream.group)
    .execute()
  return rows.map(({ group_id, name, pattern, transformation }) => ({
    ...{ key: `${group_id}\0${name}\0${pattern}`, pattern, transformation: JSON.parse(transformation) },
  }))
}
