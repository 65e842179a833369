import type { Logger } from 'pino'
import { clock } from '../ground/clock.ts'
import { BodyRefused, createMemoryBudget, type MemoryClaim } from '../ground/memory-budget.ts'
import { randomness } from '../ground/randomness.ts'
import type { Iam } from '../service/iam.ts'
import type { LogSink } from '../service/logs.ts'
import type { Objects } from '../service/objects.ts'
import { joinS3Uri, parseS3Uri } from '../workload/s3-uri.ts'
import { type CapturedInvocation, captureLine } from './capture-line.ts'
import type { CaptureRules, Route, RouteVariant } from './routing-table.ts'

/** Copies of invocations, for the owner of the endpoint. */
export interface DataCapture {
  /** Keeps a copy if the variant captures and chance has it so. No invocation waits for it. */
  take(route: Route, variant: RouteVariant, invocation: Omit<CapturedInvocation, 'eventId' | 'time'>): void
}

/** Whose invocations are captured: all that a copy says of its endpoint. */
export interface CaptureOrigin {
  readonly route: Pick<Route, 'arn' | 'account' | 'region' | 'name'>
  readonly variant: string
  readonly rules: CaptureRules
}

/** What is captured, in files. */
export interface CaptureFiles extends DataCapture {
  /** Keeps a line that was made already. */
  keep(origin: CaptureOrigin, line: string): void
  /** So many found no room before they came here, which is told. */
  leave(origin: CaptureOrigin, count: number): void
  /** Writes what is kept. */
  close(): Promise<void>
}

export interface DataCaptureParts {
  readonly iam: Pick<Iam, 'assumeForService'>
  readonly objects: Pick<Objects, 'put'>
  readonly logs: Pick<LogSink, 'append'>
  readonly log: Logger
}

const writeEveryMs = 5000
const mebibyte = 1024 ** 2
/** Of one file. */
const mostFileBytes = 8 * mebibyte
/** Of all that is kept at once, and of an account's: what comes when that is full is not captured, and told. */
const [mostBytes, share] = [48 * mebibyte, 24 * mebibyte]
/** A longer line is never kept. */
export const mostLineBytes = share

interface Pending extends CaptureOrigin {
  readonly memory: MemoryClaim
  lines: string[]
  bytes: number
  left: number
}

/**
 * Gathers captured invocations and writes them every few seconds, a file each time, to
 * `DestinationS3Uri/ENDPOINT/VARIANT/yyyy/mm/dd/hh/mm-ss-mmm-UUID.jsonl`. Like AWS's it is no ledger: what was not written when the server dies
 * is lost. Source: SageMaker Developer Guide, "Capture data from real-time endpoint".
 */
export function createDataCapture({ iam, objects, logs, log }: DataCaptureParts): CaptureFiles {
  const pending = new Map<string, Pending>()
  const budget = createMemoryBudget(mostBytes, share)
  let writing: Promise<unknown> = Promise.resolve()
  const timer = clock.every(writeEveryMs, () => void flush())

  function pendingOf(origin: CaptureOrigin): Pending {
    const key = `${origin.route.arn} ${origin.variant}`
    const memory = () => budget.claim(origin.route.account)
    const mine = pending.get(key) ?? { ...origin, memory: memory(), lines: [], bytes: 0, left: 0 }
    pending.set(key, mine)
    return mine
  }

  function keep(origin: CaptureOrigin, line: string): void {
    add(origin, line.length, () => line)
  }

  function leave(origin: CaptureOrigin, count: number): void {
    pendingOf(origin).left += count
  }

  /** Makes the line when there is room for so many bytes. */
  function add(origin: CaptureOrigin, bytes: number, make: () => string): void {
    const mine = pendingOf(origin)
    try {
      mine.memory.grow(bytes)
    } catch (error) {
      if (!(error instanceof BodyRefused)) throw error
      mine.left++
      return
    }
    mine.lines.push(make())
    mine.bytes += bytes
    if (mine.bytes > mostFileBytes) void flush()
  }

  function take(route: Route, variant: RouteVariant, invocation: Omit<CapturedInvocation, 'eventId' | 'time'>): void {
    const origin = chosen(route, variant)
    if (!origin) return
    // In base64, with all that stands around it.
    add(origin, 2 * takenBytes(origin, invocation) + 512, () => lineOf(origin, invocation))
  }

  function flush(): Promise<unknown> {
    const files = [...pending.values()]
    pending.clear()
    writing = writing.then(() => Promise.all(files.map(write)))
    return writing
  }

  async function write(file: Pending): Promise<void> {
    const { route, rules, lines, left } = file
    if (left > 0) await tell(file, `${left} invocations were not captured: more came than could be written.`)
    try {
      if (lines.length > 0) {
        const { bucket, key } = parseS3Uri(
          joinS3Uri(rules.destination, route.name, file.variant, fileName(clock.now())),
        )
        const role = await iam.assumeForService(rules.role, 'sagemaker.amazonaws.com', route.name, route.arn)
        const options = { contentType: 'application/x-amzn-jsonlines', kmsKeyId: rules.kmsKeyId }
        await objects.put(role, bucket, key, Buffer.from(lines.join('')), options)
      }
    } catch (error) {
      const words = `${lines.length} captured invocations could not be written to ${rules.destination}: ${(error as Error).message}`
      await tell(file, words)
    } finally {
      file.memory.release()
    }
  }

  /** In the endpoint's own log, for its owner. */
  async function tell({ route, variant }: Pending, message: string): Promise<void> {
    const stream = {
      ...{ account: route.account, region: route.region, group: `/aws/sagemaker/Endpoints/${route.name}` },
      stream: `${variant}/data-capture`,
    }
    await logs
      .append(stream, [{ time: new Date(clock.now()), message }], '')
      .catch(error => log.warn({ err: error, endpoint: route.arn, message }, 'captured data could not be told'))
  }

  return {
    take,
    keep,
    leave,
    async close() {
      timer[Symbol.dispose]()
      await flush()
    },
  }
}

/** Whether chance has it that an invocation is captured, and for whom. */
export function chosen({ arn, account, region, name }: Route, variant: RouteVariant): CaptureOrigin | undefined {
  const rules = variant.capture
  if (!rules || randomness.number() * 100 >= rules.percentage) return undefined
  return { route: { arn, account, region, name }, variant: variant.name, rules }
}

/** How much of an invocation goes into its line, before it is encoded. */
export const takenBytes = (
  { rules }: CaptureOrigin,
  { input, output }: Pick<CapturedInvocation, 'input' | 'output'>,
): number => (rules.input ? input.body.byteLength : 0) + (rules.output ? output.body.byteLength : 0)

export const lineOf = ({ rules }: CaptureOrigin, invocation: Omit<CapturedInvocation, 'eventId' | 'time'>): string =>
  captureLine(rules, { ...invocation, eventId: randomness.uuid(), time: new Date(clock.now()) })

function fileName(now: number): string {
  const [, day = '', hour = '', minute = '', second = '', ms = ''] =
    /^(.*)T(..):(..):(..)\.(...)Z$/.exec(new Date(now).toISOString()) ?? []
  return `${day.replaceAll('-', '/')}/${hour}/${minute}-${second}-${ms}-${randomness.uuid()}.jsonl`
}
