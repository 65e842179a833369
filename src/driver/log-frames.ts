/** One message of a container's output: a line, or a part of one when it does not end it. */
export interface LogFrame {
  readonly stream: 'stdout' | 'stderr'
  /** RFC 3339, as the engine wrote it. */
  readonly time: string
  /** Without the newline. */
  readonly text: Buffer
  readonly endsLine: boolean
}

const HEADER_BYTES = 8
const STDERR = 2
const SPACE = 32
const NEWLINE = 10

/**
 * Takes the multiplexed stream of `GET /containers/{id}/logs?timestamps=true` apart (Docker Engine API, "Stream format"): a
 * header of eight bytes, the first naming the stream, the last four the length of what follows: time, space, text.
 * Docker writes a line of more than 16 KiB as several. Reads no further than asked.
 */
export const multiplexedFrames = async function* (body: AsyncIterable<Buffer>): AsyncGenerator<LogFrame> {
  let held: Buffer[] = []
  let size = 0
  let needed = HEADER_BYTES
  for await (const chunk of body) {
    held.push(chunk)
    size += chunk.length
    if (size < needed) continue
    let rest = held.length === 1 ? chunk : Buffer.concat(held, size)
    while (rest.length >= HEADER_BYTES) {
      needed = HEADER_BYTES + rest.readUInt32BE(4)
      if (rest.length < needed) break
      const space = rest.indexOf(SPACE, HEADER_BYTES)
      const endsLine = rest[needed - 1] === NEWLINE
      yield {
        stream: rest[0] === STDERR ? 'stderr' : 'stdout',
        time: rest.toString('latin1', HEADER_BYTES, space),
        text: rest.subarray(space + 1, endsLine ? needed - 1 : needed),
        endsLine,
      }
      rest = rest.subarray(needed)
      needed = HEADER_BYTES
    }
    held = rest.length > 0 ? [rest] : []
    size = rest.length
  }
}

/**
 * Takes the lines of a log file in the format of the container runtime interface (Kubernetes CRI, "CRI logging format") apart:
 * time, stream, `F` for a full line or `P` for a part of one, text.
 */
export const criFrames = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<LogFrame> {
  let held: Buffer[] = []
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const tail = chunk.subarray(start, end)
      yield criFrame(held.length > 0 ? Buffer.concat([...held, tail]) : tail)
      held = []
      start = end + 1
    }
    if (start < chunk.length) held.push(Buffer.from(chunk.subarray(start)))
  }
}

const criFrame = (line: Buffer): LogFrame => {
  const stream = line.indexOf(SPACE)
  const tag = line.indexOf(SPACE, stream + 1)
  return {
    stream: line.toString('latin1', stream + 1, tag) === 'stderr' ? 'stderr' : 'stdout',
    time: line.toString('latin1', 0, stream),
    text: line.subarray(tag + 3),
    endsLine: line[tag + 1] === 'F'.charCodeAt(0),
  }
}
