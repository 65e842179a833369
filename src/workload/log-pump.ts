import type { ContainerKey, Driver, LogLine } from '../driver/driver.ts'
import { clock } from '../ground/clock.ts'
import type { LogSink, LogStreamName } from '../service/logs.ts'
import { loggedText } from './logged-text.ts'

export interface LogPumps {
  /** Follows a container's output into its stream until the container has ended. Asked again, it goes on where it is. */
  follow(key: ContainerKey, stream: LogStreamName, onLines?: (lines: readonly LogLine[]) => Promise<void>): void
  /** Resolves when all that the container has written is durable; only for a container that has ended. Throws once stopped. */
  drained(key: ContainerKey): Promise<void>
  stop(): Promise<void>
}

const batchLines = 4000

/** A container may say a mebibyte in a line: what waits to be kept is bounded all the same. */
const batchCharacters = 4 * 1024 * 1024

/**
 * Carries containers' output to the log sink: each batch is durable together with its cursor, so that after a crash the pump goes
 * on behind the last line that was kept.
 */
export function createLogPumps(driver: Driver, sink: LogSink): LogPumps {
  const pumps = new Map<string, Promise<void>>()
  const abort = new AbortController()

  async function pump(key: ContainerKey, stream: LogStreamName, onLines: (lines: readonly LogLine[]) => Promise<void>) {
    while (!abort.signal.aborted) {
      const attempt = new AbortController()
      const signal = AbortSignal.any([abort.signal, attempt.signal])
      try {
        const cursor = await sink.cursor(stream)
        for await (const read of batches(driver.logs(key, cursor, signal))) {
          const lines = read.map(line => ({ ...line, text: loggedText(stream.group, line.text) }))
          await onLines(lines)
          const events = lines.map(line => ({ time: line.time, message: line.text }))
          await sink.append(stream, events, (lines.at(-1) as LogLine).cursor)
        }
        return
      } catch {
        // The engine or the store is away for the moment: what was kept is known by the cursor.
        attempt.abort()
        if (await isGone(key)) return
        await clock.sleep(500, abort.signal).catch(() => {})
      }
    }
  }

  /** Removed behind our back: what it printed after the last line that was kept is lost with it. */
  const isGone = (key: ContainerKey) =>
    driver.observe(key).then(
      state => state === undefined,
      () => false,
    )

  const name = (key: ContainerKey) => `${key.arn} ${key.attempt} ${key.host}`
  return {
    follow(key, stream, onLines = async () => {}) {
      const id = name(key)
      if (!pumps.has(id)) pumps.set(id, pump(key, stream, onLines))
    },
    async drained(key) {
      await pumps.get(name(key))
      if (abort.signal.aborted) throw new Error('the server stops; the log is drained after the next start')
      pumps.delete(name(key))
    },
    async stop() {
      abort.abort()
      await Promise.allSettled(pumps.values())
    },
  }
}

/** Groups what has arrived, so that a slow trickle is kept line by line and a flood in few transactions. */
async function* batches(lines: AsyncIterable<LogLine>): AsyncIterable<LogLine[]> {
  const iterator = lines[Symbol.asyncIterator]()
  const ask = () => {
    const line = iterator.next()
    // Asked for ahead of time: when no one waits for the answer any more, its failure must not end the process.
    line.catch(() => {})
    return line
  }
  let next = ask()
  for (;;) {
    const first = await next
    if (first.done) return
    const batch = [first.value]
    next = ask()
    let size = first.value.text.length
    const patience = clock.sleep(100)
    while (batch.length < batchLines && size < batchCharacters) {
      const ready = await Promise.race([next, patience])
      if (!ready || ready.done) break
      batch.push(ready.value)
      size += ready.value.text.length
      next = ask()
    }
    yield batch
  }
}
