import { statfs } from 'node:fs/promises'
import { Gauge, type Registry } from 'prom-client'
import { clock } from '../ground/clock.ts'
import type { DataDirectory } from '../store/data-directory.ts'
import type { Store } from '../store/store.ts'
import { type ListMemory, listMemory, modelListMemory } from '../workload/list-memory.ts'
import { addCounter, addGauge } from './request-metrics.ts'

export interface ServerParts {
  readonly store: Store
  readonly directory: DataDirectory
  /** Metering records that could not be counted. */
  readonly setAside: () => number
  /** Why the container engine cannot be used; undefined when it can. */
  readonly engineProblem: () => Promise<string | undefined>
  /** Bytes of all workers for invocations together. */
  readonly workerMemory: () => {
    readonly held: number
    readonly limit: number
    readonly refusals: number
    readonly resident: number
  }
}

/** What an operator watches besides requests. Each is a number that is kept, or a seek in an index. */
export function addServerMetrics(registry: Registry, parts: ServerParts): void {
  const { store, directory, engineProblem, setAside } = parts
  const { db } = store
  new Gauge({
    name: 'modelmart_resources',
    help: 'Jobs, endpoints and other resources.',
    labelNames: ['kind', 'status'],
    registers: [registry],
    async collect() {
      this.reset()
      const counts = await db.selectFrom('resource_count').selectAll().execute()
      for (const { kind, status, count } of counts) if (count > 0) this.set({ kind, status }, Number(count))
    },
  })
  addCounter(registry, 'modelmart_metering_set_aside_total', 'Metering records that could not be counted.', setAside)
  const due = () => db.selectFrom('work').where('due', '<=', clock.now())
  addGauge(registry, 'modelmart_queue_due', 'Wishes that wait for a reconciler, or are being worked on.', async () => {
    const { count } = await due()
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    return Number(count)
  })
  addGauge(registry, 'modelmart_queue_oldest_seconds', 'For how long the oldest of them has been due.', async () => {
    const oldest = await due().select('due').orderBy('due').limit(1).executeTakeFirst()
    return oldest ? (clock.now() - Number(oldest.due)) / 1000 : 0
  })
  addEventMetrics(registry, store)
  addGauge(registry, 'modelmart_engine_up', '1 while the container engine can be used.', async () =>
    (await engineProblem()) === undefined ? 1 : 0,
  )
  addGauge(registry, 'modelmart_store_stuck', '1 when no transaction has ended for seconds.', () =>
    store.stuck() ? 1 : 0,
  )
  addGauge(registry, 'modelmart_disk_free_bytes', 'What the disk of the data directory has left.', async () => {
    const { bavail, bsize } = await statfs(directory.root)
    return bavail * bsize
  })
  addGauge(registry, 'modelmart_database_bytes', 'Size of the database with its log.', () => store.size())
  addGauge(registry, 'modelmart_resident_bytes', 'Memory of the server.', () => process.memoryUsage.rss())
  addWorkerMetrics(registry, parts)
  addListMetrics(registry)
}

function addListMetrics(registry: Registry): void {
  const sum = (of: (memory: ListMemory) => number) => () => of(listMemory) + of(modelListMemory)
  addGauge(
    registry,
    'modelmart_list_bytes_held',
    'What is known of inputs of jobs.',
    sum(({ used }) => used()),
  )
  addGauge(
    registry,
    'modelmart_list_bytes_limit',
    'The most that may be known of them.',
    sum(({ total }) => total),
  )
  addCounter(
    registry,
    'modelmart_list_waits_total',
    'How often a list of inputs has waited for the room that others held.',
    sum(({ refusals }) => refusals()),
  )
}

function addWorkerMetrics(registry: Registry, { workerMemory }: ServerParts): void {
  const of = (name: string, what: string, value: () => number) =>
    addGauge(registry, `modelmart_worker_${name}`, `Of all workers for invocations together, ${what}.`, value)
  of('resident_bytes', 'the memory', () => workerMemory().resident)
  of('body_bytes_held', 'what bodies and answers hold now', () => workerMemory().held)
  of('body_bytes_limit', 'the most that these may hold', () => workerMemory().limit)
  of(
    'body_refusals',
    'how many bodies and answers those that serve now have refused because of it',
    () => workerMemory().refusals,
  )
}

const stages: Readonly<Record<string, string>> = {
  event: 'announced',
  sns_message: 'announced',
  event_delivery: 'waiting',
  event_dead_letter: 'dead',
}

/** How much the outbox of events holds, and how old it is. */
function addEventMetrics(registry: Registry, { db }: Store): void {
  new Gauge({
    name: 'modelmart_events',
    help: 'Events and messages that were announced, that wait for a receiver, one for each, and dead letters.',
    labelNames: ['stage'],
    registers: [registry],
    async collect() {
      this.reset()
      const counts = await db.selectFrom('event_count').selectAll().execute()
      const countOf = new Map(counts.map(({ name, count }) => [name, Number(count)]))
      for (const [name, stage] of Object.entries(stages)) this.inc({ stage }, countOf.get(name) ?? 0)
    },
  })
  addGauge(
    registry,
    'modelmart_events_oldest_seconds',
    'Since when the oldest of those not delivered waits.',
    async () => {
      const tables = ['event', 'sns_message', 'event_delivery'] as const
      const oldest = await Promise.all(
        tables.map(table => db.selectFrom(table).select('announced').orderBy('announced').limit(1).executeTakeFirst()),
      )
      const times = oldest.flatMap(row => (row ? [Number(row.announced)] : []))
      return times.length === 0 ? 0 : Math.max(0, clock.now() - Math.min(...times)) / 1000
    },
  )
}
