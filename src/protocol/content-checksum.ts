import { createHash, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { ServiceError } from '../service/errors.ts'

type Headers = Readonly<Record<string, string | undefined>>

/** Header → base64 of the whole body's checksum ("Checking object integrity in Amazon S3"). */
const checksums: Readonly<Record<string, (body: Uint8Array) => string>> = {
  'content-md5': body => createHash('md5').update(body).digest('base64'),
  'x-amz-checksum-sha1': body => createHash('sha1').update(body).digest('base64'),
  'x-amz-checksum-sha256': body => createHash('sha256').update(body).digest('base64'),
  'x-amz-checksum-sha512': body => createHash('sha512').update(body).digest('base64'),
  'x-amz-checksum-md5': body => createHash('md5').update(body).digest('base64'),
  'x-amz-checksum-crc32': body => base64Of(crc32(body)),
  'x-amz-checksum-crc32c': body => base64Of(crc32c(body)),
}

/**
 * Compares a small body that was read whole with every checksum that came along, as header or trailer. Throws BadDigest (400), or
 * NotImplemented (501) for an algorithm that is not checked here. Streaming bodies are the service's to check.
 */
export function checkIntegrity(headers: Headers, body: Uint8Array): void {
  for (const name in headers) {
    const expected = headers[name]
    if (expected === undefined || !(name === 'content-md5' || name.startsWith('x-amz-checksum-'))) continue
    if (name === 'x-amz-checksum-type' || name === 'x-amz-checksum-algorithm' || name === 'x-amz-checksum-mode')
      continue
    const compute = checksums[name]
    if (!compute)
      throw new ServiceError('NotImplemented', `The checksum ${name} is not supported here.`, { status: 501 })
    if (!equal(compute(body), expected)) {
      throw new ServiceError('BadDigest', `The ${name} you specified did not match the calculated checksum.`, {
        status: 400,
      })
    }
  }
}

const equal = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))

function base64Of(checksum: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(checksum)
  return bytes.toString('base64')
}

const castagnoli = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1
  return value
})

function crc32c(body: Uint8Array): number {
  let value = 0xffffffff
  for (const byte of body) value = (value >>> 8) ^ (castagnoli[(value ^ byte) & 0xff] as number)
  return (value ^ 0xffffffff) >>> 0
}
