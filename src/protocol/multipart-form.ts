import { ServiceError } from '../ground/errors.ts'

export interface UploadForm {
  /** The fields before the file, in order, names in lower case. What comes behind the file is nothing (S3 API Reference, POST Object). */
  readonly fields: ReadonlyMap<string, string>
  /** As the browser calls it; may be empty. */
  readonly fileName: string
  /** The bytes of the file, to be read once. Throws MalformedPOSTRequest when they do not end as the form says. */
  readonly file: AsyncIterable<Uint8Array>
}

/** All fields before the file together (S3 API Reference, POST Object). */
const mostFieldBytes = 20 * 1024
const mostFields = 100
const mostHeadBytes = 8 * 1024

/**
 * Reads `multipart/form-data` up to its file (RFC 7578; RFC 2046, section 5.1.1), which streams. Throws S3's errors: PreconditionFailed,
 * MalformedPOSTRequest, MaxPostPreDataLengthExceededError, InvalidArgument when there is no file.
 */
export async function readUploadForm(contentType: string, body: AsyncIterable<Uint8Array>): Promise<UploadForm> {
  const reader = createReader(body[Symbol.asyncIterator]())
  const boundary = `--${boundaryOf(contentType)}`
  const fields = new Map<string, string>()
  let bytes = 0
  await reader.until(Buffer.from(boundary), mostFieldBytes)
  const delimiter = Buffer.from(`\r\n${boundary}`)
  while ((await reader.take(2)) === '\r\n') {
    const head = (await reader.until(Buffer.from('\r\n\r\n'), mostHeadBytes)).toString('utf8')
    const { name, fileName } = dispositionOf(head)
    if (name === 'file') return { fields, fileName, file: reader.streamUntil(delimiter) }
    const value = await reader.until(delimiter, mostFieldBytes)
    bytes += name.length + value.length
    if (bytes > mostFieldBytes || fields.size === mostFields) throw tooMuch()
    if (fields.has(name)) throw malformed()
    fields.set(name, value.toString('utf8'))
  }
  throw new ServiceError('InvalidArgument', 'POST requires exactly one file upload per request.', {
    status: 400,
    fields: { ArgumentName: 'file', ArgumentValue: '0' },
  })
}

function boundaryOf(contentType: string): string {
  const [, quoted, plain] =
    /^multipart\/form-data\s*;.*?\bboundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType) ?? []
  const boundary = quoted ?? plain
  if (boundary !== undefined) return boundary
  throw new ServiceError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    status: 412,
    fields: { Condition: 'Bucket POST must be of the enclosure-type multipart/form-data' },
  })
}

/** Browsers write quotes in names as %22 and leave other bytes as they are. */
function dispositionOf(head: string): { name: string; fileName: string } {
  const line = head.split('\r\n').find(text => /^content-disposition:\s*form-data\b/i.test(text)) ?? ''
  const name = /;\s*name="([^"]*)"/i.exec(line)?.[1] ?? /;\s*name=([^\s;"]+)/i.exec(line)?.[1]
  if (name === undefined) throw malformed()
  const fileName = /;\s*filename="([^"]*)"/i.exec(line)?.[1] ?? ''
  return { name: name.toLowerCase(), fileName: fileName.replace(/^.*[\\/]/, '').replaceAll('%22', '"') }
}

function createReader(chunks: AsyncIterator<Uint8Array>) {
  let held: Buffer = Buffer.alloc(0)

  /** False at the end. */
  const more = async (): Promise<boolean> => {
    const { value, done } = await chunks.next()
    if (!done)
      held =
        held.length === 0 ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : Buffer.concat([held, value])
    return !done
  }

  const cut = (end: number, skip = 0): Buffer => {
    const taken = held.subarray(0, end)
    held = held.subarray(end + skip)
    return taken
  }

  return {
    /** What comes before the marker, which is passed over. */
    async until(marker: Buffer, most: number): Promise<Buffer> {
      for (;;) {
        const found = held.indexOf(marker)
        if (found > most || (found < 0 && held.length > most + marker.length)) throw tooMuch()
        if (found >= 0) return cut(found, marker.length)
        if (!(await more())) throw malformed()
      }
    },
    async take(count: number): Promise<string> {
      while (held.length < count) if (!(await more())) throw malformed()
      return cut(count).toString('latin1')
    },
    /** The same for any length: what cannot be the marker's beginning is passed on as it comes. */
    async *streamUntil(marker: Buffer): AsyncGenerator<Uint8Array> {
      for (;;) {
        const found = held.indexOf(marker)
        const sure = found >= 0 ? found : held.length - marker.length + 1
        if (sure > 0) yield cut(sure)
        if (found >= 0) return
        if (!(await more())) throw malformed()
      }
    },
  }
}

const malformed = (): ServiceError =>
  new ServiceError('MalformedPOSTRequest', 'The body of your POST request is not well-formed multipart/form-data.', {
    status: 400,
  })

const tooMuch = (): ServiceError =>
  new ServiceError(
    'MaxPostPreDataLengthExceededError',
    'Your POST request fields preceding the upload file were too large.',
    { status: 400 },
  )
