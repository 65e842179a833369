/** What a tar archive is made of, in bytes. */
export const block = 512
const zeros = Buffer.alloc(block)

/** Up to the end of the last block. */
export const padded = (size: number): number => Math.ceil(size / block) * block

/** The header of a sparse file as that of a plain one of this size. */
export function plainHeader(header: Buffer, size: number): Buffer {
  const made = Buffer.from(header)
  // GNU's own form has its map where others have the beginning of long names.
  if (made[156] === 0x53) made.fill(0, 345)
  made.write('0', 156, 'latin1')
  return sealed(made, size)
}

/** An extended header with these records instead of its own. */
export function extendedHeader(header: Buffer, records: ReadonlyMap<string, string>): Buffer {
  const body = Buffer.from([...records].map(([key, value]) => recordOf(key, value)).join(''))
  return Buffer.concat([
    sealed(Buffer.from(header), body.length),
    body,
    zeros.subarray(0, padded(body.length) - body.length),
  ])
}

/** `LENGTH KEY=VALUE\n`; the length counts its own digits. */
function recordOf(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  const bytes = Buffer.byteLength(rest)
  const digits = String(bytes + String(bytes).length).length
  return `${bytes + digits}${rest}`
}

/** With this size, in octal or, where that is too short, in GNU's base 256, and the check sum of it all. */
function sealed(header: Buffer, size: number): Buffer {
  header.fill(0, 124, 136)
  if (size < 8 ** 11) header.write(size.toString(8).padStart(11, '0'), 124, 'latin1')
  else {
    header[124] = 0x80
    header.writeUIntBE(size, 130, 6)
  }
  header.fill(0x20, 148, 156)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return header
}

/** Text up to its first zero. */
export const textAt = (bytes: Buffer, at: number, length: number): string =>
  (bytes.toString('utf8', at, at + length).split('\0')[0] ?? '').trim()

/** A number in octal, or in GNU's base 256. */
export function numberAt(bytes: Buffer, at: number, length: number): number {
  if (((bytes[at] ?? 0) & 0x80) === 0) return Number.parseInt(textAt(bytes, at, length) || '0', 8)
  return bytes.readUIntBE(at + length - 6, 6)
}

/** The records of an extended header. */
export function recordsOf(body: Buffer): ReadonlyMap<string, string> {
  const records = new Map<string, string>()
  for (let at = 0; at < body.length; ) {
    const length = Number.parseInt(body.toString('latin1', at, at + 20), 10)
    if (!(length > 0)) break
    const line = body.toString('utf8', body.indexOf(0x20, at) + 1, at + length - 1)
    records.set(line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1))
    at += length
  }
  return records
}
