/**
 * Offsets and numbers of the on-disk format of Berkeley DB's hash access method, versions 8 to 10. Source: Oracle Berkeley DB,
 * `db_page.h` and the Reference Guide, "The Hash access method".
 */
const magic = 0x00061561
const meta = { magic: 12, version: 16, pageSize: 20, encryption: 24, type: 25 }
const page = { next: 16, entries: 20, free: 22, type: 25, body: 26 }
const pageTypes = { unsortedHash: 2, overflow: 7, hashMeta: 8, hash: 13 }
const itemTypes = { inPage: 1, offPage: 3 }

export interface BerkeleyRecord {
  readonly key: Buffer
  readonly value: Buffer
}

/**
 * The records of a hash database, in the order of its pages. The content is not trusted: together the values may be no larger than
 * the file. Throws an Error that says what is wrong with it.
 */
export function* berkeleyRecords(file: Buffer): Generator<BerkeleyRecord> {
  const pages = readPages(file)
  let left = file.length
  for (let number = 1; number < pages.count; number++) {
    const { type, entries } = pages.head(number)
    if (type !== pageTypes.hash && type !== pageTypes.unsortedHash) continue
    for (let entry = 0; entry + 1 < entries; entry += 2) {
      const key = pages.item(number, entry, left)
      const value = pages.item(number, entry + 1, left)
      if (!key || !value) continue
      left -= key.length + value.length
      if (left < 0) throw tooMuch()
      yield { key, value }
    }
  }
}

function readPages(file: Buffer) {
  const size = pageSize(file)
  const word = byteOrder(file) === 'little' ? file.readUInt32LE.bind(file) : file.readUInt32BE.bind(file)
  const half = byteOrder(file) === 'little' ? file.readUInt16LE.bind(file) : file.readUInt16BE.bind(file)
  const count = Math.floor(file.length / size)
  const head = (number: number) => ({
    next: word(number * size + page.next),
    entries: half(number * size + page.entries),
    /** Of an overflow page: how many bytes it holds. */
    held: half(number * size + page.free),
    type: file[number * size + page.type],
  })

  /** An item's bytes, from the page or from the pages that it flows over to; undefined for what is no plain item. */
  function item(number: number, index: number, most: number): Buffer | undefined {
    const start = number * size
    const at = offset(start, index)
    const end = index === 0 ? size : offset(start, index - 1)
    if (at < page.body || at >= end || end > size) throw damaged()
    const type = file[start + at]
    if (type === itemTypes.inPage) return file.subarray(start + at + 1, start + end)
    return type === itemTypes.offPage && at + 12 <= end
      ? overflow(word(start + at + 4), word(start + at + 8), most)
      : undefined
  }

  function offset(start: number, index: number): number {
    if (page.body + 2 * index + 2 > size) throw damaged()
    return half(start + page.body + 2 * index)
  }

  function overflow(first: number, length: number, most: number): Buffer {
    if (length > most) throw tooMuch()
    const parts: Buffer[] = []
    let bytes = 0
    for (let number = first; bytes < length; number = head(number).next) {
      if (number === 0 || number >= count || head(number).type !== pageTypes.overflow) throw damaged()
      const held = head(number).held
      if (held === 0 || held > size - page.body) throw damaged()
      const from = number * size + page.body
      parts.push(file.subarray(from, from + Math.min(held, length - bytes)))
      bytes += held
    }
    return Buffer.concat(parts)
  }

  return { count, head, item }
}

function byteOrder(file: Buffer): 'little' | 'big' {
  if (file.length >= 512 && file.readUInt32LE(meta.magic) === magic) return 'little'
  if (file.length >= 512 && file.readUInt32BE(meta.magic) === magic) return 'big'
  throw new Error('it is not a hash database of Berkeley DB')
}

function pageSize(file: Buffer): number {
  const little = byteOrder(file) === 'little'
  const word = (at: number) => (little ? file.readUInt32LE(at) : file.readUInt32BE(at))
  if (file[meta.encryption] !== 0) throw new Error('it is encrypted')
  const version = word(meta.version)
  if (version < 8 || version > 10) throw new Error(`it is of the hash format's version ${version}, which is not read`)
  const size = word(meta.pageSize)
  if (size < 512 || size > 65_536 || (size & (size - 1)) !== 0 || file[meta.type] !== pageTypes.hashMeta)
    throw damaged()
  return size
}

const tooMuch = () => new Error('it holds more than fits into its size')
const damaged = () => new Error('its pages are damaged')
