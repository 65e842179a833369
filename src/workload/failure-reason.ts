import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { ContainerState } from '../driver/driver.ts'
import type { LogSink, LogStreamName } from '../service/logs.ts'
import { engineWords } from './plain-words.ts'

const longest = 1024
const gibibyte = 1024 ** 3
/** Fewer characters of lines tell nothing. */
const leastQuoted = 100

/** More of a failure file is not read. */
const longestFile = 64 * 1024
/** Of the last line of a long failure file. */
const longestLastLine = 300

/**
 * The first 1024 characters of what the container wrote to `/opt/ml/output/failure`, or its beginning and its last line, where toolkits
 * write the cause of what came before; empty when it wrote none. Never follows a link.
 */
export async function readFailureFile(outputDirectory: string): Promise<string> {
  try {
    const file = await open(
      `${outputDirectory}/failure`,
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    )
    try {
      if (!(await file.stat()).isFile()) return ''
      const { buffer, bytesRead } = await file.read(Buffer.alloc(longestFile), 0, longestFile, 0)
      return beginningAndEnd(buffer.subarray(0, bytesRead).toString().trim())
    } finally {
      await file.close()
    }
  } catch {
    return ''
  }
}

/** Leaves room for how the container ended. */
function beginningAndEnd(text: string): string {
  if (text.length <= longest) return text
  const last = text.slice(text.lastIndexOf('\n') + 1).slice(-longestLastLine)
  return text.includes('\n') ? `${text.slice(0, longest - last.length - 100)}… ${last}` : text.slice(0, longest)
}

/** How a container ended, in words: `exit code: 3`, `killed by signal 9`, `ran out of memory`, or the engine's own word. */
export function describeExit({ exitCode, outOfMemory, outOfDisk, filesRefused, engineError }: ContainerState): string {
  const code = exitCode === undefined ? 'unknown exit code' : `exit code: ${exitCode}`
  if (engineError) return `could not be started: ${engineWords(engineError)}, ${code}`
  if (filesRefused) return `left files that cannot be kept: ${filesRefused}`
  if (outOfDisk !== undefined)
    return `wrote more than the ${(outOfDisk / gibibyte).toFixed(1)} GiB that it may write outside /tmp and the mounts of /opt/ml, ${code}`
  if (outOfMemory) return `ran out of memory, ${code}`
  if (exitCode !== undefined && exitCode > 128 && exitCode < 160) return `killed by signal ${exitCode - 128}, ${code}`
  return code
}

const quoted = 'Last log lines of '

/** The last lines of a stream as evidence; empty when there are none. */
export async function lastLines(logs: LogSink, stream: LogStreamName, count = 20): Promise<string> {
  const events = await logs.tail(stream, count)
  const lines = events.map(event => event.message.slice(0, 200)).filter(line => line.trim())
  return lines.length === 0 ? '' : `${quoted}${stream.group} ${stream.stream}: ${lines.join(' | ')}`
}

/**
 * Joins the pieces that are there and keeps to the 1024 characters of the model: of quoted lines the first go, since the cause stands in
 * the last ones, of anything else the end.
 */
export function failureReason(...pieces: readonly (string | undefined)[]): string {
  const there = pieces.filter(piece => piece !== undefined && piece !== '')
  const text = there.join('. ')
  if (text.length <= longest) return text
  const last = there.at(-1) as string
  const lines = last.indexOf(': ') + 2
  const room = last.length - (text.length - longest) - lines - 1
  if (last.startsWith(quoted) && room > leastQuoted)
    return `${text.slice(0, text.length - last.length + lines)}…${last.slice(-room)}`
  return `${text.slice(0, longest - 1)}…`
}
