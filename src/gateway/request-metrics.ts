import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { cacheBudget, cachedBytes } from '../ground/bounded-cache.ts'
import { bodyMemory } from '../ground/memory-budget.ts'

/** Upper bounds in seconds, from a metadata read to a long inference. */
const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export interface RequestMetrics {
  /** For what else the server has to tell. */
  readonly registry: Registry
  observe(service: string, operation: string, status: number, seconds: number): void
}

/** What the gateway itself counts and holds; each gateway has its own. */
export function createRequestMetrics(): RequestMetrics {
  const registry = new Registry()
  const registers = [registry]
  const answered = new Counter({
    name: 'modelmart_requests_total',
    help: 'Requests answered.',
    labelNames: ['service', 'operation', 'status'],
    registers,
  })
  const took = new Histogram({
    name: 'modelmart_request_duration_seconds',
    help: 'Time from the request line to the last byte of the answer.',
    labelNames: ['service', 'operation'],
    buckets,
    registers,
  })
  addGauge(registry, 'modelmart_body_bytes_held', 'Memory that bodies which are read whole hold now.', bodyMemory.used)
  addGauge(registry, 'modelmart_body_bytes_limit', 'The most that they may hold together.', () => bodyMemory.total)
  addCounter(registry, 'modelmart_body_refusals_total', 'Bodies that were refused because of it.', bodyMemory.refusals)
  addGauge(registry, 'modelmart_cache_bytes_held', 'What caches hold now, as they weigh it.', cachedBytes)
  addGauge(registry, 'modelmart_cache_bytes_limit', 'The most that they may hold together.', () => cacheBudget)
  return {
    registry,
    observe(service, operation, status, seconds) {
      answered.inc({ service, operation, status })
      took.observe({ service, operation }, seconds)
    },
  }
}

/** A gauge that is read when it is asked for. */
export function addGauge(registry: Registry, name: string, help: string, read: () => number | Promise<number>): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    async collect() {
      this.set(await read())
    },
  })
}

/** A counter that others keep. */
export function addCounter(registry: Registry, name: string, help: string, read: () => number): void {
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset()
      this.inc(read())
    },
  })
}
