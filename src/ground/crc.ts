import { crc32 } from 'node:zlib'
import { createBoundedCache } from './bounded-cache.ts'

/** A cyclic redundancy check that grows with the bytes it is given. `value` is big-endian, as S3's base64 holds it. */
export interface Crc {
  update(bytes: Uint8Array): void
  value(): Buffer
}

/** Reflected polynomials: CRC-32 (ISO 3309), CRC-32C (Castagnoli, RFC 3720) and CRC-64/NVME (NVM Express, section on the 64-bit guard). */
const polynomials = {
  CRC32: { bits: 32, polynomial: 0xedb88320n },
  CRC32C: { bits: 32, polynomial: 0x82f63b78n },
  CRC64NVME: { bits: 64, polynomial: 0x9a6c9329ac4bc9b5n },
} as const

export type CrcName = keyof typeof polynomials

/** A new check of nothing. */
export function createCrc(name: CrcName): Crc {
  if (name === 'CRC32') return nativeCrc32()
  return name === 'CRC32C' ? slicedCrc32(crc32cTables()) : slicedCrc64(crc64Tables())
}

function nativeCrc32(): Crc {
  let crc = 0
  return {
    update(bytes) {
      crc = crc32(bytes, crc)
    },
    value: () => uint32(crc),
  }
}

/** Eight bytes a step, read as two words; table n is for the byte that n bytes of the step follow. */
function slicedCrc32(tables: readonly Uint32Array[]): Crc {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as Eight<Uint32Array>
  let crc = 0xffffffff
  const single = (bytes: Uint8Array): void => {
    let c = crc
    for (let i = 0; i < bytes.length; i++) c = at(t0, (c ^ (bytes[i] as number)) & 255) ^ (c >>> 8)
    crc = c >>> 0
  }
  const double = (words: Int32Array): void => {
    let c = crc | 0
    // biome-ignore format: one word a line
    for (let i = 0; i < words.length; i += 2) {
      const a = c ^ (words[i] as number)
      const b = words[i + 1] as number
      c = at(t7, a & 255) ^ at(t6, (a >>> 8) & 255) ^ at(t5, (a >>> 16) & 255) ^ at(t4, a >>> 24)
        ^ at(t3, b & 255) ^ at(t2, (b >>> 8) & 255) ^ at(t1, (b >>> 16) & 255) ^ at(t0, b >>> 24)
    }
    crc = c >>> 0
  }
  return { update: bytes => inWords(bytes, single, double), value: () => uint32(~crc >>> 0) }
}

/** The same with each 64-bit number as two halves, because BigInt is a hundred times slower. */
function slicedCrc64({ high, low }: { high: readonly Uint32Array[]; low: readonly Uint32Array[] }): Crc {
  const [h0, h1, h2, h3, h4, h5, h6, h7] = high as Eight<Uint32Array>
  const [l0, l1, l2, l3, l4, l5, l6, l7] = low as Eight<Uint32Array>
  let crcHigh = 0xffffffff
  let crcLow = 0xffffffff
  const single = (bytes: Uint8Array): void => {
    for (let i = 0; i < bytes.length; i++) {
      const index = (crcLow ^ (bytes[i] as number)) & 255
      crcLow = (((crcLow >>> 8) | (crcHigh << 24)) ^ at(l0, index)) >>> 0
      crcHigh = ((crcHigh >>> 8) ^ at(h0, index)) >>> 0
    }
  }
  const double = (words: Int32Array): void => {
    let h = crcHigh | 0
    let l = crcLow | 0
    // biome-ignore format: one word a line
    for (let i = 0; i < words.length; i += 2) {
      l ^= words[i] as number
      h ^= words[i + 1] as number
      const a = l & 255, b = (l >>> 8) & 255, c = (l >>> 16) & 255, d = l >>> 24
      const e = h & 255, f = (h >>> 8) & 255, g = (h >>> 16) & 255, k = h >>> 24
      l = at(l7, a) ^ at(l6, b) ^ at(l5, c) ^ at(l4, d) ^ at(l3, e) ^ at(l2, f) ^ at(l1, g) ^ at(l0, k)
      h = at(h7, a) ^ at(h6, b) ^ at(h5, c) ^ at(h4, d) ^ at(h3, e) ^ at(h2, f) ^ at(h1, g) ^ at(h0, k)
    }
    crcHigh = h >>> 0
    crcLow = l >>> 0
  }
  return {
    update: bytes => inWords(bytes, single, double),
    value: () => Buffer.concat([uint32(~crcHigh >>> 0), uint32(~crcLow >>> 0)]),
  }
}

/**
 * Most of the bytes as pairs of little-endian words, the edges one by one. By typed arrays, because a DataView is three times slower
 * from the first time on that any buffer of the process was detached.
 */
function inWords(bytes: Uint8Array, single: (bytes: Uint8Array) => void, double: (words: Int32Array) => void): void {
  const start = Math.min(-bytes.byteOffset & 3, bytes.length)
  const pairs = (bytes.length - start) >>> 3
  single(bytes.subarray(0, start))
  if (pairs > 0) double(new Int32Array(bytes.buffer, bytes.byteOffset + start, pairs * 2))
  single(bytes.subarray(start + pairs * 8))
}

/** The check of two contents one after the other, from their checks and the second's length in bytes. */
export function combineCrc(name: CrcName, first: Buffer, second: Buffer, secondLength: number): Buffer {
  const { bits, polynomial } = polynomials[name]
  const shifted = multiply(toBigInt(first), shiftBy(name, secondLength), bits, polynomial)
  return Buffer.from((shifted ^ toBigInt(second)).toString(16).padStart(bits / 4, '0'), 'hex')
}

const shifts = createBoundedCache<string, bigint>(() => 50)

/** x to the power of eight times `length`, modulo the polynomial; parts of an upload mostly have one length, so it is remembered. */
function shiftBy(name: CrcName, length: number): bigint {
  const known = shifts.get(`${name}/${length}`)
  if (known !== undefined) return known
  const { bits, polynomial } = polynomials[name]
  let result = 1n << BigInt(bits - 1)
  let square = result >> 8n
  for (let rest = length; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = multiply(result, square, bits, polynomial)
    square = multiply(square, square, bits, polynomial)
  }
  shifts.set(`${name}/${length}`, result)
  return result
}

/** Product of two reflected polynomials over GF(2), modulo the third. */
function multiply(a: bigint, b: bigint, bits: number, polynomial: bigint): bigint {
  let product = 0n
  let shifted = b
  for (let bit = 1n << BigInt(bits - 1); bit > 0n; bit >>= 1n) {
    if (a & bit) product ^= shifted
    shifted = shifted & 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n
  }
  return product
}

const crc32cTables = once(() => tables('CRC32C').map(table => Uint32Array.from(table, Number)))

const crc64Tables = once(() => {
  const all = tables('CRC64NVME')
  return {
    high: all.map(table => Uint32Array.from(table, entry => Number(entry >> 32n))),
    low: all.map(table => Uint32Array.from(table, entry => Number(entry & 0xffffffffn))),
  }
})

/** Table n holds the check of one byte followed by n zero bytes. */
function tables(name: CrcName): bigint[][] {
  const { polynomial } = polynomials[name]
  const first = Array.from({ length: 256 }, (_, byte) => {
    let entry = BigInt(byte)
    for (let bit = 0; bit < 8; bit++) entry = entry & 1n ? (entry >> 1n) ^ polynomial : entry >> 1n
    return entry
  })
  const all = [first]
  while (all.length < 8) all.push((all.at(-1) ?? []).map(entry => (first[Number(entry & 255n)] ?? 0n) ^ (entry >> 8n)))
  return all
}

type Eight<T> = readonly [T, T, T, T, T, T, T, T]

/** For tables alone: an access that sees several kinds of arrays runs at half the speed. */
const at = (table: Uint32Array, index: number): number => table[index] as number

const toBigInt = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString('hex')}`)

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}
