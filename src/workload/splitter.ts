import { ServiceError } from '../service/errors.ts'
import type { TransformPlan } from './transform.ts'

/** A run of whole records, ready to be sent. `first` and `last` number the records of the object from 0. */
export interface Payload {
  readonly first: number
  readonly last: number
  readonly body: Uint8Array
}

type Chunks = AsyncIterable<Uint8Array>
type Records = AsyncGenerator<Uint8Array>
type Kind = 'Line' | 'RecordIO' | 'TFRecord'

const newline = 0x0a

/**
 * Cuts an object into payloads: one record each (`SingleRecord`), or as many whole records as fit (`MultiRecord`). Without a split
 * type the object is one payload. Throws a ServiceError of code `ClientError` for a record that is too large or malformed.
 * Source: SageMaker API reference, TransformInput and CreateTransformJob.
 */
export async function* split(chunks: Chunks, plan: TransformPlan): AsyncGenerator<Payload> {
  const limit = plan.maxPayloadBytes > 0 ? plan.maxPayloadBytes : Number.POSITIVE_INFINITY
  if (plan.split === 'None') yield { first: 0, last: 0, body: await whole(chunks, limit) }
  else if (plan.strategy === 'SingleRecord') yield* single(recordsOf(chunks, plan.split, limit), plan.split, limit)
  else yield* multi(recordsOf(chunks, plan.split, limit), limit)
}

function recordsOf(chunks: Chunks, kind: Kind, limit: number): Records {
  if (kind === 'Line') return lines(chunks, limit)
  return kind === 'RecordIO' ? recordIo(chunks, limit) : tfRecords(chunks, limit)
}

const tooLarge = (record: number, bytes: number, limit: number) =>
  new ServiceError('ClientError', `record ${record} has ${bytes} bytes or more, and MaxPayloadInMB allows ${limit}`)

async function whole(chunks: Chunks, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.byteLength
    if (bytes > limit)
      throw new ServiceError(
        'ClientError',
        `the object has more than ${limit} bytes, which MaxPayloadInMB allows, and SplitType is None`,
      )
    parts.push(chunk)
  }
  return Buffer.concat(parts)
}

async function* single(records: Records, kind: Kind, limit: number): AsyncGenerator<Payload> {
  let index = 0
  for await (const record of records) {
    const body = bare(record, kind)
    if (body.byteLength > limit) throw tooLarge(index, body.byteLength, limit)
    yield { first: index, last: index, body }
    index++
  }
}

async function* multi(records: Records, limit: number): AsyncGenerator<Payload> {
  let batch: Uint8Array[] = []
  let bytes = 0
  let index = 0
  const payload = (): Payload => ({ first: index - batch.length, last: index - 1, body: Buffer.concat(batch, bytes) })
  for await (const record of records) {
    if (record.byteLength > limit) throw tooLarge(index, record.byteLength, limit)
    if (batch.length > 0 && bytes + record.byteLength > limit) {
      yield payload()
      batch = []
      bytes = 0
    }
    batch.push(record)
    bytes += record.byteLength
    index++
  }
  if (batch.length > 0) yield payload()
}

/** What a record sent alone consists of: without line end, and without what a binary format wraps it in. */
function bare(record: Uint8Array, kind: Kind): Uint8Array {
  if (kind === 'Line') return withoutLineEnd(record)
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength)
  if (kind === 'TFRecord') return bytes.subarray(12, -4)
  return bytes.subarray(8, 8 + (bytes.readUInt32LE(4) & recordIoLength))
}

const withoutLineEnd = (line: Uint8Array): Uint8Array => {
  const end = line.at(-1) === newline ? (line.at(-2) === 0x0d ? 2 : 1) : 0
  return end ? line.subarray(0, line.byteLength - end) : line
}

/** Lines with their ends; the last may have none. Empty lines are no records. */
async function* lines(chunks: Chunks, limit: number): Records {
  let pending: Uint8Array[] = []
  let pendingBytes = 0
  let index = 0
  const take = (end: Uint8Array): Uint8Array => {
    const line = pendingBytes > 0 ? Buffer.concat([...pending, end]) : end
    pending = []
    pendingBytes = 0
    if (withoutLineEnd(line).byteLength > 0) index++
    return line
  }
  for await (const chunk of chunks) {
    let from = 0
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
      const line = take(chunk.subarray(from, at + 1))
      from = at + 1
      if (withoutLineEnd(line).byteLength > 0) yield line
    }
    if (from < chunk.byteLength) {
      pending.push(chunk.subarray(from))
      pendingBytes += chunk.byteLength - from
      // One more may be the first half of the line's end.
      if (pendingBytes > limit + 1) throw tooLarge(index, pendingBytes, limit)
    }
  }
  const last = take(new Uint8Array())
  if (withoutLineEnd(last).byteLength > 0) yield last
}

const recordIoMagic = 0xced7230a
const recordIoLength = 0x1fffffff

/** MXNet RecordIO: magic, length with flags in its upper three bits, data, padding to four bytes. Split records are refused. */
async function* recordIo(chunks: Chunks, limit: number): Records {
  const bytes = byteReader(chunks)
  for (let index = 0; ; index++) {
    const head = await bytes.read(8)
    if (head.byteLength === 0) return
    if (head.byteLength < 8 || head.readUInt32LE(0) !== recordIoMagic) throw malformed(index, 'RecordIO')
    const word = head.readUInt32LE(4)
    const length = word & recordIoLength
    if (word >>> 29 !== 0)
      throw new ServiceError(
        'ClientError',
        `record ${index} is a part of a divided RecordIO record, which is not supported`,
      )
    if (length > limit) throw tooLarge(index, length, limit)
    const body = await bytes.read((length + 3) & ~3)
    if (body.byteLength < length) throw malformed(index, 'RecordIO')
    yield Buffer.concat([head, body])
  }
}

/** TFRecord: 8 bytes of length, 4 of its checksum, data, 4 of its checksum. */
async function* tfRecords(chunks: Chunks, limit: number): Records {
  const bytes = byteReader(chunks)
  for (let index = 0; ; index++) {
    const head = await bytes.read(12)
    if (head.byteLength === 0) return
    const length = head.byteLength === 12 ? Number(head.readBigUInt64LE(0)) : 0
    if (head.byteLength < 12) throw malformed(index, 'TFRecord')
    if (length > limit) throw tooLarge(index, length, limit)
    const body = await bytes.read(length + 4)
    if (body.byteLength < length + 4) throw malformed(index, 'TFRecord')
    yield Buffer.concat([head, body])
  }
}

const malformed = (record: number, kind: string) =>
  new ServiceError('ClientError', `record ${record} is not a whole ${kind} record`)

function byteReader(chunks: Chunks) {
  const iterator = chunks[Symbol.asyncIterator]()
  let rest = Buffer.alloc(0)
  return {
    /** `count` bytes, or fewer at the end. */
    async read(count: number): Promise<Buffer> {
      const parts: Buffer[] = [rest]
      let have = rest.byteLength
      while (have < count) {
        const { value, done } = await iterator.next()
        if (done) break
        parts.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength))
        have += value.byteLength
      }
      const all = parts.length === 1 ? rest : Buffer.concat(parts)
      rest = all.subarray(count)
      return all.subarray(0, count)
    },
  }
}
