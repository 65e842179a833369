import { ServiceError } from '../ground/errors.ts'
import type { Payload } from './payload.ts'
import { createBatch, tooLarge } from './splitter-batch.ts'
import { recordIoRecords, tfRecords, unwrapped } from './splitter-binary.ts'
import { linePayloads, lines } from './splitter-lines.ts'
import type { TransformPlan } from './transform.ts'

type Chunks = AsyncIterable<Uint8Array>

/** A payload that must stand in memory has at most so many bytes, also where MaxPayloadInMB of 0 sets no bound. */
const mostInMemory = 100 * 1024 * 1024

/**
 * Cuts an object into payloads, which hold nothing of its chunks: one record each (`SingleRecord`), or as many whole records as fit (`MultiRecord`). Without a split
 * type the object is one payload. Throws a ServiceError of code `ClientError` for a record that is too large or malformed.
 * Source: SageMaker API reference, TransformInput and CreateTransformJob.
 */
export async function* split(chunks: Chunks, plan: TransformPlan): AsyncGenerator<Payload> {
  const limit = plan.maxPayloadBytes > 0 ? plan.maxPayloadBytes : mostInMemory
  const single = plan.strategy === 'SingleRecord'
  if (plan.split === 'None') yield { first: 0, last: 0, body: await whole(chunks, limit) }
  else if (plan.split === 'Line') yield* single ? alone(lines(chunks, limit), limit) : linePayloads(chunks, limit)
  else {
    const kind = plan.split
    const records = kind === 'RecordIO' ? recordIoRecords(chunks, limit) : tfRecords(chunks, limit)
    yield* single ? alone(records, limit, record => unwrapped(record, kind)) : together(records, limit)
  }
}

async function whole(chunks: Chunks, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.byteLength
    if (bytes > limit)
      throw new ServiceError(
        'ClientError',
        `refused by the platform: the object has more than ${limit} bytes, which MaxPayloadInMB allows, and SplitType is None`,
      )
    parts.push(Buffer.from(chunk))
  }
  return Buffer.concat(parts)
}

async function* alone(
  records: AsyncIterable<Uint8Array>,
  limit: number,
  bare = (record: Uint8Array) => record,
): AsyncGenerator<Payload> {
  let index = 0
  for await (const record of records) {
    const body = bare(record)
    if (body.byteLength > limit) throw tooLarge(index, body.byteLength, limit)
    yield { first: index, last: index, body }
    index++
  }
}

async function* together(records: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Payload> {
  const batch = createBatch(limit)
  let index = 0
  for await (const record of records) {
    if (record.byteLength > limit) throw tooLarge(index, record.byteLength, limit)
    if (!batch.fits(record.byteLength)) yield batch.take() as Payload
    batch.add(record, 0, record.byteLength, 1)
    index++
  }
  const last = batch.take()
  if (last) yield last
}
