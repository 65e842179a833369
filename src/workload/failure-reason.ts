import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { ContainerState } from '../driver/driver.ts'
import type { LogSink, LogStreamName } from '../service/logs.ts'

const longest = 1024

/** The first 1024 characters of what the container wrote to `/opt/ml/output/failure`; empty when it wrote none. Never follows a link. */
export async function readFailureFile(outputDirectory: string): Promise<string> {
  try {
    const file = await open(
      `${outputDirectory}/failure`,
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    )
    try {
      if (!(await file.stat()).isFile()) return ''
      const { buffer, bytesRead } = await file.read(Buffer.alloc(4 * longest), 0, 4 * longest, 0)
      return buffer.subarray(0, bytesRead).toString().slice(0, longest).trim()
    } finally {
      await file.close()
    }
  } catch {
    return ''
  }
}

/** How a container ended, in words: `exit code: 3`, `killed by signal 9`, `ran out of memory`, or the engine's own word. */
export function describeExit({ exitCode, outOfMemory, engineError }: ContainerState): string {
  const code = exitCode === undefined ? 'unknown exit code' : `exit code: ${exitCode}`
  if (engineError) return `could not be started: ${engineError}, ${code}`
  if (outOfMemory) return `ran out of memory, ${code}`
  if (exitCode !== undefined && exitCode > 128 && exitCode < 160) return `killed by signal ${exitCode - 128}, ${code}`
  return code
}

/** The last lines of a stream as evidence; empty when there are none. */
export async function lastLines(logs: LogSink, stream: LogStreamName, count = 5): Promise<string> {
  const events = await logs.tail(stream, count)
  if (events.length === 0) return ''
  return `Last log lines of ${stream.group} ${stream.stream}: ${events.map(event => event.message.slice(0, 200)).join(' | ')}`
}

/** Joins the pieces that are there and keeps to the 1024 characters of the model, cutting the end. */
export function failureReason(...pieces: readonly (string | undefined)[]): string {
  const text = pieces.filter(Boolean).join('. ')
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`
}
