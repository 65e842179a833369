import { createHash } from 'node:crypto'
import { type CrcName, combineCrc, createCrc } from '../ground/crc.ts'
import { s3Error } from './s3-error.ts'

/** How each algorithm is computed and how many bytes its value has. The XXHASH family is not served. */
const algorithms = {
  CRC32: { crc: 'CRC32', bytes: 4 },
  CRC32C: { crc: 'CRC32C', bytes: 4 },
  CRC64NVME: { crc: 'CRC64NVME', bytes: 8 },
  SHA1: { hash: 'sha1', bytes: 20 },
  SHA256: { hash: 'sha256', bytes: 32 },
  SHA512: { hash: 'sha512', bytes: 64 },
  MD5: { hash: 'md5', bytes: 16 },
} as const satisfies Record<string, { crc?: CrcName; hash?: string; bytes: number }>

export type ChecksumAlgorithm = keyof typeof algorithms
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE'

/** As stored with an object. `value` is base64, with `-N` when it is made of N parts' checksums. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm
  readonly type: ChecksumType
  readonly value: string
}

/** What the client wants computed and, unless it comes in the trailer, what it must be. */
export interface RequestedChecksum {
  readonly algorithm: ChecksumAlgorithm
  readonly expected?: string
  readonly inTrailer: boolean
}

type Input = Readonly<Record<string, unknown>>

/** Throws InvalidRequest for an algorithm that is not served. */
export function requireAlgorithm(name: string): ChecksumAlgorithm {
  if (Object.hasOwn(algorithms, name)) return name as ChecksumAlgorithm
  throw s3Error(
    'InvalidRequest',
    {},
    `Checksum algorithm provided is unsupported: ${name}. Please try again with any of ${Object.keys(algorithms).join(', ')}`,
  )
}

/**
 * Finds the one checksum that a request brings, in a header or announced in `x-amz-trailer`. When it names an algorithm alone
 * (`x-amz-sdk-checksum-algorithm`), that is an error as it is at AWS, because nothing could be checked.
 */
export function requestedChecksum(input: Input, trailer: string | undefined): RequestedChecksum | undefined {
  const named = Object.keys(input).filter(
    name => /^Checksum(CRC|SHA|MD5|XXHASH)/.test(name) && input[name] !== undefined,
  )
  const announced = (trailer ?? '')
    .split(',')
    .map(field => field.trim().toLowerCase())
    .filter(field => field.startsWith('x-amz-checksum-'))
  if (named.length + announced.length > 1)
    throw s3Error(
      'InvalidRequest',
      {},
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    )
  const header = named[0]
  if (header !== undefined) {
    const algorithm = requireAlgorithm(header.slice('Checksum'.length))
    return { algorithm, expected: requireValue(algorithm, String(input[header])), inTrailer: false }
  }
  if (announced[0] !== undefined)
    return { algorithm: requireAlgorithm(announced[0].slice('x-amz-checksum-'.length).toUpperCase()), inTrailer: true }
  if (input.ChecksumAlgorithm === undefined) return undefined
  throw s3Error(
    'InvalidRequest',
    {},
    'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
  )
}

function requireValue(algorithm: ChecksumAlgorithm, value: string): string {
  const bytes = Buffer.from(value, 'base64')
  if (bytes.length === algorithms[algorithm].bytes && bytes.toString('base64') === value) return value
  throw s3Error('InvalidRequest', {}, `Value for x-amz-checksum-${algorithm.toLowerCase()} header is invalid.`)
}

/** A running checksum: base64 at the end. */
export function createChecksum(algorithm: ChecksumAlgorithm): { update(bytes: Uint8Array): void; value(): string } {
  const how = algorithms[algorithm]
  if ('crc' in how) {
    const crc = createCrc(how.crc)
    return { update: crc.update, value: () => crc.value().toString('base64') }
  }
  const hash = createHash(how.hash)
  return { update: bytes => hash.update(bytes), value: () => hash.digest('base64') }
}

/** Throws BadDigest, or MalformedTrailerError when the announced trailer did not come. */
export function verifyChecksum(
  requested: RequestedChecksum,
  computed: string,
  trailers: Readonly<Record<string, string>>,
): void {
  const name = `x-amz-checksum-${requested.algorithm.toLowerCase()}`
  const expected = requested.inTrailer ? trailers[name] : requested.expected
  if (expected === undefined) throw s3Error('MalformedTrailerError', { Trailer: name })
  if (requireValue(requested.algorithm, expected.trim()) !== computed)
    throw s3Error(
      'BadDigest',
      {
        ExpectedDigest: expected,
        CalculatedDigest: computed,
      },
      `The ${requested.algorithm} you specified did not match the calculated checksum.`,
    )
}

/** The types that an upload of each algorithm may have, its default first (S3 User Guide, "Checking object integrity"). */
export function checksumTypes(algorithm: ChecksumAlgorithm): readonly ChecksumType[] {
  if (algorithm === 'CRC64NVME') return ['FULL_OBJECT']
  return 'crc' in algorithms[algorithm] ? ['COMPOSITE', 'FULL_OBJECT'] : ['COMPOSITE']
}

/** The checksum of an object from those of its parts. */
export function combineChecksums(
  algorithm: ChecksumAlgorithm,
  type: ChecksumType,
  parts: readonly { readonly checksum: string; readonly size: number }[],
): Checksum {
  const values: Buffer[] = parts.map(part => Buffer.from(part.checksum, 'base64'))
  if (type === 'COMPOSITE') {
    const running = createChecksum(algorithm)
    for (const value of values) running.update(value)
    return { algorithm, type, value: `${running.value()}-${parts.length}` }
  }
  const how = algorithms[algorithm]
  if (!('crc' in how))
    throw s3Error('InvalidRequest', {}, `The FULL_OBJECT checksum type cannot be used with ${algorithm}.`)
  const combined = values.reduce((whole, value, index) => combineCrc(how.crc, whole, value, parts[index]?.size ?? 0))
  return { algorithm, type, value: combined.toString('base64') }
}

/** The output members that tell a checksum: `ChecksumCRC32`, `ChecksumType`. */
export const checksumMembers = (checksum: Checksum | undefined): Record<string, string> =>
  checksum ? { [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: checksum.type } : {}
