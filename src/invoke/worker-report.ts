import type { LogFn, Logger } from 'pino'
import { clock } from '../ground/clock.ts'
import { bodyMemory } from '../ground/memory-budget.ts'
import { addValue, type Bucket, emptyBucket } from '../metrics/metric-bucket.ts'
import type { CaptureOrigin, DataCapture } from '../runtime/data-capture.ts'
import { chosen, lineOf, mostLineBytes, takenBytes } from '../runtime/data-capture.ts'
import type { MetricSink } from '../service/metrics.ts'
import type { LogLine, Measured, Refused, Report, WorkerMemory } from './plane-messages.ts'

/** What a worker has to tell the control plane, gathered: nobody who is answered waits for it. */
export interface WorkerReport {
  readonly metrics: MetricSink
  readonly capture: DataCapture
  readonly log: Pick<Logger, 'warn' | 'error' | 'info'>
  answered(operation: string, status: number, seconds: number): void
  refused(refused: Refused): void
  used(accessKeyId: string, region: string): void
  /** Tells all that there is, as far as somebody takes it. */
  flush(): void
}

const everyMs = 250
const minute = 60_000
/** Of what is not counted together. More than this between two reports is left out. */
const most = { requests: 100_000, refused: 1000, lines: 200, capturedBytes: 16 * 1024 ** 2 }
/** What is captured goes in so many bytes at a time, or line by line: the server puts a report together as a whole. */
const capturedAtOnce = 4 * 1024 ** 2

interface Series extends Omit<Measured, 'bucket' | 'time'> {
  readonly minutes: Map<number, Bucket>
}

/** `tell` sends a report; false when nobody takes it now: what is counted is kept, and told later. */
export function createWorkerReport(tell: (report: Report) => boolean): WorkerReport {
  let series = new Map<object, Map<string, Series>>()
  let requests: [string, number, number][] = []
  let refused: Refused[] = []
  let captured: [CaptureOrigin, string][] = []
  let capturedBytes = 0
  let uncaptured = new Map<string, [CaptureOrigin, number]>()
  let lines: LogLine[] = []
  const uses = new Map<string, string>()
  let memory: WorkerMemory | undefined

  function bucketOf(of: Omit<Series, 'minutes'>, time: number): Bucket {
    const ofVariant = series.get(of.dimensions) ?? new Map<string, Series>()
    series.set(of.dimensions, ofVariant)
    const one = ofVariant.get(of.name) ?? { ...of, minutes: new Map<number, Bucket>() }
    ofVariant.set(of.name, one)
    const start = time - (time % minute)
    const bucket = one.minutes.get(start) ?? emptyBucket()
    one.minutes.set(start, bucket)
    return bucket
  }

  const measured = (): Measured[] =>
    [...series.values()].flatMap(ofVariant =>
      [...ofVariant.values()].flatMap(({ minutes, ...of }) =>
        [...minutes].map(([time, bucket]) => ({ ...of, time, bucket })),
      ),
    )

  const line =
    (level: LogLine['level']): LogFn =>
    (given: unknown, message = '') => {
      const facts = given as { readonly err?: Error }
      const { err } = facts
      if (lines.length < most.lines)
        lines.push({
          level,
          facts: { ...facts, ...(err && { err: { message: err.message, stack: err.stack } }) },
          message,
        })
    }

  /** False when there is nothing to tell, or nobody takes it. */
  function tellSome(): boolean {
    const now = memoryNow()
    const isSame = memory?.held === now.held && memory.refusals === now.refusals
    const gathered = series.size + requests.length + refused.length + captured.length + lines.length + uses.size
    if (gathered + uncaptured.size === 0 && isSame) return false
    const some = captured.slice(0, goAtOnce(captured))
    const told = { captured: some, uncaptured: [...uncaptured.values()] }
    const report = { measured: measured(), requests, refused, uses: [...uses], ...told, lines, memory: now }
    if (!tell(report)) return false
    memory = now
    series = new Map()
    requests = []
    refused = []
    captured = captured.slice(some.length)
    capturedBytes -= lengthOf(some)
    uncaptured = new Map()
    lines = []
    uses.clear()
    return true
  }

  function flush(): void {
    let isTold = tellSome()
    while (isTold && captured.length > 0) isTold = tellSome()
  }

  function leave(origin: CaptureOrigin): void {
    const key = `${origin.route.arn} ${origin.variant}`
    uncaptured.set(key, [origin, (uncaptured.get(key)?.[1] ?? 0) + 1])
  }

  clock.every(everyMs, tellSome)
  return {
    flush,
    log: { info: line('info'), warn: line('warn'), error: line('error') },
    metrics: {
      put(account, region, namespace, data) {
        for (const { name, dimensions, time, value, unit = 'None' } of data)
          if (Number.isFinite(value))
            addValue(bucketOf({ account, region, namespace, name, dimensions, unit }, time.getTime()), value)
      },
    },
    capture: {
      take(route, variant, invocation) {
        const origin = chosen(route, variant)
        if (!origin) return
        const bytes = takenBytes(origin, invocation)
        const hasRoom = capturedBytes === 0 || capturedBytes + bytes <= most.capturedBytes
        const line = hasRoom && bytes <= mostLineBytes ? lineOf(origin, invocation) : ''
        if (line === '' || line.length > mostLineBytes) return leave(origin)
        capturedBytes += line.length
        captured.push([origin, line])
      },
    },
    answered(operation, status, seconds) {
      if (requests.length < most.requests) requests.push([operation, status, seconds])
    },
    refused(one) {
      if (refused.length < most.refused) refused.push(one)
    },
    used: (accessKeyId, region) => void uses.set(accessKeyId, region),
  }
}

const lengthOf = (lines: readonly (readonly [CaptureOrigin, string])[]): number =>
  lines.reduce((sum, [, { length }]) => sum + length, 0)

/** How many of the first lines go at once: one at least. */
function goAtOnce(lines: readonly (readonly [CaptureOrigin, string])[]): number {
  let [count, bytes] = [0, 0]
  for (const [, { length }] of lines) {
    bytes += length
    if (count > 0 && bytes > capturedAtOnce) break
    count++
  }
  return count
}

const memoryNow = (): WorkerMemory => ({
  ...{ held: bodyMemory.used(), limit: bodyMemory.total, refusals: bodyMemory.refusals() },
  resident: process.memoryUsage.rss(),
})
