import { tooLarge } from './splitter-batch.ts'
import { refusedRecord } from './transform-record.ts'

type Chunks = AsyncIterable<Uint8Array>
type Records = AsyncGenerator<Uint8Array>

const recordIoMagic = 0xced7230a
const recordIoLength = 0x1fffffff

/** MXNet RecordIO: magic, length with flags in its upper three bits, data, padding to four bytes. Split records are refused. */
export async function* recordIoRecords(chunks: Chunks, limit: number): Records {
  const bytes = byteReader(chunks)
  for (let index = 0; ; index++) {
    const head = await bytes.peek(8)
    if (head.byteLength === 0) return
    if (head.byteLength < 8 || head.readUInt32LE(0) !== recordIoMagic) throw malformed(index, 'RecordIO')
    const word = head.readUInt32LE(4)
    const length = word & recordIoLength
    if (word >>> 29 !== 0)
      throw refusedRecord(
        { first: index, last: index },
        'it is a part of a divided RecordIO record, which is not supported',
      )
    if (length > limit) throw tooLarge(index, length, limit)
    const record = await bytes.read(8 + ((length + 3) & ~3))
    if (record.byteLength < 8 + length) throw malformed(index, 'RecordIO')
    yield record
  }
}

/** TFRecord: 8 bytes of length, 4 of its checksum, data, 4 of its checksum. */
export async function* tfRecords(chunks: Chunks, limit: number): Records {
  const bytes = byteReader(chunks)
  for (let index = 0; ; index++) {
    const head = await bytes.peek(12)
    if (head.byteLength === 0) return
    const length = head.byteLength === 12 ? Number(head.readBigUInt64LE(0)) : 0
    if (head.byteLength < 12) throw malformed(index, 'TFRecord')
    if (length > limit) throw tooLarge(index, length, limit)
    const record = await bytes.read(12 + length + 4)
    if (record.byteLength < 12 + length + 4) throw malformed(index, 'TFRecord')
    yield record
  }
}

/** What a record consists of, without what its format wraps it in. */
export function unwrapped(record: Uint8Array, kind: 'RecordIO' | 'TFRecord'): Uint8Array {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength)
  if (kind === 'TFRecord') return bytes.subarray(12, -4)
  return bytes.subarray(8, 8 + (bytes.readUInt32LE(4) & recordIoLength))
}

const malformed = (index: number, kind: string) =>
  refusedRecord({ first: index, last: index }, `it is not a whole ${kind} record`)

function byteReader(chunks: Chunks) {
  const iterator = chunks[Symbol.asyncIterator]()
  let rest = Buffer.alloc(0)
  /** Holds `count` bytes ready, or fewer at the end. */
  async function peek(count: number): Promise<Buffer> {
    const parts: Buffer[] = [rest]
    let have = rest.byteLength
    while (have < count) {
      const { value, done } = await iterator.next()
      if (done) break
      parts.push(Buffer.from(value))
      have += value.byteLength
    }
    if (parts.length > 1) rest = Buffer.concat(parts)
    return rest.subarray(0, count)
  }
  return {
    peek,
    async read(count: number): Promise<Buffer> {
      const bytes = await peek(count)
      rest = rest.subarray(bytes.byteLength)
      return bytes
    },
  }
}
