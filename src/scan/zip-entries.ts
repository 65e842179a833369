import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl'

export interface ZipEntry {
  readonly name: string
  /** Unpacks the entry, while the iteration stands at it. Throws an Error for damage, encryption, methods other than deflate, and beyond the bound. */
  content(): Promise<Buffer>
}

/** More than any database of vulnerabilities has; entries may share their bytes, so the size of the file bounds nothing. */
const mostEntries = 5_000_000
const mostBytes = 64 * 1024 ** 3

/**
 * The entries of a zip file, one after another, reading no more of the file than each asks for. Throws an Error that says what is wrong
 * with the file, such as a name that leads out of it.
 */
export async function* zipEntries(path: string, mostEntryBytes: number): AsyncGenerator<ZipEntry> {
  const descriptor = openSync(path, 'r')
  try {
    const { size } = fstatSync(descriptor)
    const zip = await fromRandomAccessReaderPromise(new FileReader(descriptor, size), size, { autoClose: false })
    if (zip.entryCount > mostEntries) throw new Error(`it has ${zip.entryCount} entries, more than ${mostEntries}`)
    let unpacked = 0
    for await (const entry of zip.eachEntry()) {
      unpacked += entry.uncompressedSize
      if (unpacked > mostBytes) throw new Error(`it unpacks to more than ${mostBytes} bytes`)
      yield { name: entry.fileName, content: () => unpack(zip, entry, mostEntryBytes) }
    }
  } finally {
    closeSync(descriptor)
  }
}

async function unpack(zip: ZipFile, entry: Entry, mostEntryBytes: number): Promise<Buffer> {
  const most = Math.max(entry.compressedSize, entry.uncompressedSize)
  if (most > mostEntryBytes) throw new Error(`it has ${most} bytes, more than the ${mostEntryBytes} that are read`)
  const chunks: Buffer[] = []
  // Ends by itself beyond the stated size, which yauzl holds the content to; the sum it does not look at.
  for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk)
  const content = Buffer.concat(chunks)
  if (crc32(content) !== entry.crc32) throw new Error('its content is damaged')
  return content
}

/**
 * What yauzl reads a file by. Its own hands positions to the operating system as the archive states them, and one that no file can have
 * is an exception that nobody catches. Reading at once is many times faster for entries as small as records are.
 */
class FileReader extends RandomAccessReader {
  readonly #descriptor: number
  readonly #size: number

  constructor(descriptor: number, size: number) {
    super()
    this.#descriptor = descriptor
    this.#size = size
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    process.nextTick(callback, this.#fill(buffer.subarray(offset, offset + length), position))
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const bytes = Buffer.allocUnsafe(Math.min(end, this.#size) - Math.min(start, this.#size))
    const error = end > this.#size ? brokenOff() : this.#fill(bytes, start)
    return error ? new Readable({ construct: done => done(error) }) : Readable.from([bytes])
  }

  #fill(bytes: Buffer, position: number): Error | null {
    const within = Number.isSafeInteger(position) && position >= 0 && position + bytes.length <= this.#size
    return within && readSync(this.#descriptor, bytes, 0, bytes.length, position) === bytes.length ? null : brokenOff()
  }
}

const brokenOff = () => new Error('the zip file breaks off')
