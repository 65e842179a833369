import type { Payload } from './payload.ts'
import { refusedRecord } from './transform-record.ts'

/** Whole records that will be one payload, copied into one buffer: millions of small ones cost no more than their bytes. */
export interface Batch {
  /** Whether so many more bytes can be added. Throws for a record that would not fit into an empty one. */
  fits(bytes: number): boolean
  add(source: Uint8Array, from: number, to: number, records: number): void
  /** What was added since it was last taken; undefined when there is nothing. */
  take(): Payload | undefined
}

const smallest = 65_536

export function createBatch(limit: number): Batch {
  let buffer = Buffer.alloc(0)
  let bytes = 0
  let first = 0
  let count = 0
  return {
    fits: more => bytes + more <= limit,
    add(source, from, to, records) {
      const needed = bytes + to - from
      if (needed > buffer.byteLength) {
        const wider = Buffer.allocUnsafeSlow(Math.min(limit, Math.max(smallest, 2 * buffer.byteLength, needed)))
        wider.set(buffer.subarray(0, bytes))
        buffer = wider
      }
      buffer.set(source.subarray(from, to), bytes)
      bytes = needed
      count += records
    },
    take() {
      if (count === 0) return undefined
      const payload = { first, last: first + count - 1, body: buffer.subarray(0, bytes) }
      first += count
      count = 0
      bytes = 0
      // The next payload of the object will be about as large.
      buffer = Buffer.allocUnsafeSlow(buffer.byteLength)
      return payload
    },
  }
}

export const tooLarge = (record: number, bytes: number, limit: number) =>
  refusedRecord({ first: record, last: record }, `it has ${bytes} bytes or more, and MaxPayloadInMB allows ${limit}`)
