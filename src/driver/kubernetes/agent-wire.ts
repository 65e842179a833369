import { createHmac } from 'node:crypto'
import type { LogLine } from '../driver.ts'

/** In the Pod: where the agent listens to the server, and where it does once the program may begin. */
export const AGENT_PORT = 10170
export const GATE_PORT = 10171

/** The agent's own files, the mounts, its key; and what of the first the program's container is shown. */
export const AGENT_DIRECTORY = '/agent'
export const MOUNTS_DIRECTORY = '/mounts'
export const KEY_DIRECTORY = '/key'
export const KEY_FILE = 'key'
export const RUN_DIRECTORY = '/.modelmart'

/**
 * Both sides know the key of the Pod and nobody else does; it seals the connection too (RFC 5489). No certificate is made, kept or checked.
 * Node's PSK is TLS 1.2.
 */
export const SEALED = {
  ciphers: 'ECDHE-PSK-CHACHA20-POLY1305:ECDHE-PSK-AES256-CBC-SHA384:PSK-AES256-GCM-SHA384:@SECLEVEL=0',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
} as const

/** Of one Pod, hexadecimal: what it was made with is enough to find it again. */
export const podSecret = (secret: Buffer, purpose: 'agent' | 'pull', podName: string): string =>
  createHmac('sha256', secret).update(`pod ${purpose} ${podName}`).digest('hex')

/** What became of a program, as the agent knows it. */
export interface AgentStatus {
  /** The program may begin; nothing is staged any more. */
  readonly open: boolean
  /** Everything that the program has printed is in the log. */
  readonly ended: boolean
  /** It could not be begun: 127 where there is none, 126 where it cannot be executed. */
  readonly unstarted?: number
  readonly begun: boolean
  /** A server waits for who comes through the door. */
  readonly door: boolean
}

/** A mount's frames begin with its number and their length; one of no length ends the mount. */
export const FRAME_HEAD_BYTES = 6
export const frameHead = (index: number, length: number): Buffer => {
  const head = Buffer.alloc(FRAME_HEAD_BYTES)
  head.writeUInt16BE(index, 0)
  head.writeUInt32BE(length, 2)
  return head
}

const RECORD_HEAD_BYTES = 13
/** A line comes in pieces of a mebibyte at most. */
const MOST_RECORD_BYTES = 2 << 20
const STREAMS = ['stdout', 'stderr'] as const

/** A line as it is kept and sent: its length, stream, time in milliseconds, and its bytes. */
export const lineRecord = (stream: LogLine['stream'], time: number, text: Buffer): Buffer => {
  const record = Buffer.alloc(RECORD_HEAD_BYTES + text.length)
  record.writeUInt32BE(text.length, 0)
  record.writeUInt8(STREAMS.indexOf(stream), 4)
  record.writeDoubleBE(time, 5)
  text.copy(record, RECORD_HEAD_BYTES)
  return record
}

/** The cursor of a line is where the next one begins, in bytes of the log. */
export const cursorAt = (offset: number): string => String(offset).padStart(16, '0')

export const offsetAt = (cursor: string): number => {
  if (!/^\d{16}$/.test(cursor)) throw new Error(`Not a cursor of a container's log: ${JSON.stringify(cursor)}`)
  return Number(cursor)
}

/** Lines of records that begin at `from`; what is left of a record that has broken off is none. Throws where no agent of ours writes them. */
export const recordedLines = async function* (
  records: AsyncIterable<Uint8Array>,
  from: number,
): AsyncGenerator<LogLine> {
  let held: Buffer = Buffer.alloc(0)
  let offset = from
  for await (const chunk of records) {
    held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk])
    let at = 0
    for (let end = recordEnd(held, at); end !== undefined; end = recordEnd(held, at)) {
      offset += end - at
      const time = new Date(held.readDoubleBE(at + 5))
      const stream = STREAMS[held.readUInt8(at + 4)]
      if (!stream || !Number.isSafeInteger(time.getTime())) throw new Error('no line of a log')
      yield {
        ...{ time, stream },
        text: held.toString('utf8', at + RECORD_HEAD_BYTES, end),
        cursor: cursorAt(offset),
      }
      at = end
    }
    held = held.subarray(at)
    if (held.length >= RECORD_HEAD_BYTES && held.readUInt32BE(0) > MOST_RECORD_BYTES)
      throw new Error('no line of a log')
  }
}

/** Where the record that begins there ends; undefined when it is not whole. */
export const recordEnd = (held: Buffer, at: number): number | undefined => {
  if (held.length < at + RECORD_HEAD_BYTES) return undefined
  const end = at + RECORD_HEAD_BYTES + held.readUInt32BE(at)
  return end <= held.length ? end : undefined
}
