/**
 * Offsets of `Packages.db`, rpm's own "ndb" format, all words little-endian. Source: rpm, `lib/backend/ndb/rpmpkg.c`: a header of
 * 32 bytes, pages of 4096 bytes with slots of 16 from there on, then blobs that begin on multiples of 16.
 */
const magic = { file: 'RpmP', slot: 'Slot', blob: 'BlbS' }
const pageSize = 4096
const unit = 16
const headerSlots = 2

/**
 * The header blobs of an ndb database, in the order of its slots. The content is not trusted: together the blobs may be no larger than
 * the file. Throws an Error that says what is wrong with it.
 */
export function* ndbBlobs(file: Buffer): Generator<Buffer> {
  if (file.length < pageSize || word(file, 0) !== magic.file)
    throw new Error("it is not a database in rpm's ndb format")
  const version = file.readUInt32LE(4)
  if (version !== 0) throw new Error(`it is of the ndb format's version ${version}, which is not read`)
  const slots = (file.readUInt32LE(12) * pageSize) / unit
  if (slots * unit > file.length) throw damaged()
  let left = file.length
  for (let slot = headerSlots; slot < slots; slot++) {
    const at = slot * unit
    if (word(file, at) !== magic.slot) throw damaged()
    const number = file.readUInt32LE(at + 4)
    if (number === 0) continue
    const blob = blobAt(file, file.readUInt32LE(at + 8) * unit, number)
    left -= blob.length
    if (left < 0) throw new Error('it holds more than fits into its size')
    yield blob
  }
}

function blobAt(file: Buffer, start: number, number: number): Buffer {
  const data = start + unit
  if (data > file.length || word(file, start) !== magic.blob || file.readUInt32LE(start + 4) !== number) throw damaged()
  const end = data + file.readUInt32LE(start + 12)
  if (end > file.length) throw damaged()
  return file.subarray(data, end)
}

const word = (file: Buffer, at: number): string => file.toString('latin1', at, at + 4)
const damaged = () => new Error('its slots are damaged')
