import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { crc32, inflateRawSync } from 'node:zlib'

export interface ZipEntry {
  readonly name: string
  /** Unpacks the entry, while the iteration stands at it. Throws an Error for damage, encryption, methods other than deflate, and beyond the bound. */
  content(): Buffer
}

const mostDirectoryBytes = 512 * 1024 ** 2
const endBytes = 22
const mostCommentBytes = 65_535
const markers = { end: 0x06054b50, end64Locator: 0x07064b50, end64: 0x06064b50, central: 0x02014b50, local: 0x04034b50 }

/**
 * The entries of a zip file, also of more than 65,535 entries (zip64), one after another without holding the file. Throws an Error
 * that says what is wrong with it. Source: PKWARE, .ZIP File Format Specification, APPNOTE 6.3.
 */
export function* zipEntries(path: string, mostEntryBytes: number): Generator<ZipEntry> {
  const file = openSync(path, 'r')
  try {
    const read = (offset: number, length: number): Buffer => {
      const bytes = Buffer.allocUnsafe(length)
      if (readSync(file, bytes, 0, length, offset) < length) throw new Error('the zip file breaks off')
      return bytes
    }
    const { offset, size } = directory(read, fstatSync(file).size)
    if (size > mostDirectoryBytes) throw new Error(`its directory has ${size} bytes, more than ${mostDirectoryBytes}`)
    const central = read(offset, size)
    for (let at = 0; at < central.length; ) {
      if (at + 46 > central.length || central.readUInt32LE(at) !== markers.central)
        throw new Error('the directory of the zip file is damaged')
      const entry = centralEntry(central, at)
      at = entry.end
      yield { name: entry.name, content: () => unpack(read, entry, mostEntryBytes) }
    }
  } finally {
    closeSync(file)
  }
}

type Read = (offset: number, length: number) => Buffer

function directory(read: Read, fileBytes: number): { offset: number; size: number } {
  const tailBytes = Math.min(fileBytes, endBytes + mostCommentBytes)
  const tail = read(fileBytes - tailBytes, tailBytes)
  for (let at = tail.length - endBytes; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== markers.end) continue
    const locator = at >= 20 && tail.readUInt32LE(at - 20) === markers.end64Locator ? at - 20 : -1
    if (locator < 0) return { size: tail.readUInt32LE(at + 12), offset: tail.readUInt32LE(at + 16) }
    const end64 = read(Number(tail.readBigUInt64LE(locator + 8)), 56)
    if (end64.readUInt32LE(0) !== markers.end64) throw new Error('the end record of the zip file is damaged')
    return { size: Number(end64.readBigUInt64LE(40)), offset: Number(end64.readBigUInt64LE(48)) }
  }
  throw new Error('it is not a zip file')
}

interface CentralEntry {
  readonly name: string
  readonly encrypted: boolean
  readonly method: number
  readonly crc: number
  readonly packed: number
  readonly unpacked: number
  readonly offset: number
  readonly end: number
}

const full = 0xffffffff

function centralEntry(bytes: Buffer, at: number): CentralEntry {
  const nameEnd = at + 46 + bytes.readUInt16LE(at + 28)
  const extraEnd = nameEnd + bytes.readUInt16LE(at + 30)
  const wide = wideNumbers(bytes.subarray(nameEnd, extraEnd))
  const number = (position: number): number => {
    const value = bytes.readUInt32LE(at + position)
    return value === full ? (wide.shift() ?? value) : value
  }
  // The specification's order of the wide numbers, not that of the record.
  const unpacked = number(24)
  const packed = number(20)
  return {
    name: bytes.toString('utf8', at + 46, nameEnd),
    encrypted: (bytes.readUInt16LE(at + 8) & 1) !== 0,
    method: bytes.readUInt16LE(at + 10),
    crc: bytes.readUInt32LE(at + 16),
    packed,
    unpacked,
    offset: number(42),
    end: extraEnd + bytes.readUInt16LE(at + 32),
  }
}

/** What did not fit into 32 bits. */
function wideNumbers(extra: Buffer): number[] {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue
    const field = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2))
    return Array.from({ length: Math.floor(field.length / 8) }, (_, index) => Number(field.readBigUInt64LE(index * 8)))
  }
  return []
}

function unpack(read: Read, entry: CentralEntry, mostBytes: number): Buffer {
  if (entry.encrypted) throw new Error('it is encrypted')
  if (Math.max(entry.packed, entry.unpacked) > mostBytes)
    throw new Error(`it has ${entry.unpacked} bytes, more than the ${mostBytes} that are read`)
  const head = read(entry.offset, 30)
  if (head.readUInt32LE(0) !== markers.local) throw new Error('the zip file is damaged')
  const packed = read(entry.offset + 30 + head.readUInt16LE(26) + head.readUInt16LE(28), entry.packed)
  const content = entry.method === 0 ? packed : inflated(packed, entry)
  if (content.length !== entry.unpacked || crc32(content) !== entry.crc) throw new Error('its content is damaged')
  return content
}

function inflated(packed: Buffer, { method, unpacked }: CentralEntry): Buffer {
  if (method !== 8) throw new Error(`it is packed by method ${method}; only deflate is read`)
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, unpacked) })
  } catch (cause) {
    throw new Error('its content is damaged', { cause })
  }
}
