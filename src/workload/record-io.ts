import { ServiceError } from '../ground/errors.ts'

const magic = 0xced7230a
/** The length is 29 bits wide. */
const mostBytes = 2 ** 29 - 1

/**
 * Wraps content of a known length as one MXNet RecordIO record: magic, length, the bytes, padding to four. Throws a ServiceError of
 * code `ClientError` when it is longer than a record can be. `what` names it in that error.
 */
export async function* recordIo(
  length: number,
  content: AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<Uint8Array> {
  if (length > mostBytes)
    throw new ServiceError('ClientError', `${what} has ${length} bytes; a RecordIO record holds at most ${mostBytes}.`)
  const head = Buffer.alloc(8)
  head.writeUInt32LE(magic, 0)
  head.writeUInt32LE(length, 4)
  yield head
  yield* content
  if (length % 4 !== 0) yield Buffer.alloc(4 - (length % 4))
}
