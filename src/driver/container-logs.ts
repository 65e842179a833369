import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { InspectedContainer } from './container-state.ts'
import type { LogLine } from './driver.ts'
import type { EngineClient } from './engine-client.ts'
import { at } from './engine-path.ts'
import { growingFile } from './growing-file.ts'
import { criFrames, type LogFrame, multiplexedFrames } from './log-frames.ts'
import { type LogPosition, logLines, parseCursor } from './log-lines.ts'
import { withoutRepeats } from './without-repeats.ts'

/** Reads what a container printed since a position; ends where it ends, or, following, when the container has. */
export type LogSource = (
  name: string,
  from: LogPosition | undefined,
  follow: boolean,
  signal: AbortSignal,
) => AsyncIterable<LogFrame>

/** Over the API. Docker ends a followed log before it has sent the last messages. */
export const dockerLog = (client: EngineClient): LogSource =>
  async function* (name, from, follow, signal) {
    const since = from && `${from.since.slice(0, 10)}.${from.since.slice(10)}`
    const query = { follow, stdout: true, stderr: true, timestamps: true, since }
    const body = await client.stream('GET', at`/containers/${name}/logs`, { query, signal })
    yield* withoutRepeats(multiplexedFrames(body))
  }

/**
 * From the file. Podman's API leaves lines out of a followed log when the container ends while somebody reads (seen with 4.3),
 * and tells time by the second.
 */
export const podmanLog = (client: EngineClient): LogSource =>
  async function* (name, _from, follow, signal) {
    const { body } = await client.call<InspectedContainer>('GET', at`/containers/${name}/json`, { signal })
    const reader = new AbortController()
    const until = AbortSignal.any([signal, reader.signal])
    // Its head comes at once, its body when the container has ended.
    const wait = () => client.stream('POST', at`/containers/${name}/wait`, { signal: until }).then(text)
    const ended = follow ? wait() : Promise.resolve()
    try {
      yield* criFrames(growingFile(body.LogPath, ended))
    } finally {
      reader.abort()
    }
  }

/** Engines end a followed log a moment before they say that the container has ended. */
const RECHECK_MS = 20

/**
 * A container's output from its beginning or after the cursor, until it has ended or the signal aborts. When the container has
 * ended and its log is whole, what comes after the last line is read once more. Throws `EngineError` with
 * 404 when there is no such container.
 */
export const containerLogs = async function* (
  source: LogSource,
  name: string,
  hasEnded: () => Promise<boolean>,
  cursor: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  let last = cursor
  for (;;) {
    const ended = await hasEnded()
    const from = last === undefined ? undefined : parseCursor(last)
    try {
      for await (const line of logLines(source(name, from, !ended, signal), from, ended)) {
        last = line.cursor
        yield line
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
    if (ended || signal.aborted) return
    await sleep(RECHECK_MS)
  }
}
