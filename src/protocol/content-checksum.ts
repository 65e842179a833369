import { createHash, timingSafeEqual } from 'node:crypto'
import { type CrcName, createCrc } from '../ground/crc.ts'
import { ServiceError } from '../ground/errors.ts'

type Headers = Readonly<Record<string, string | undefined>>

/** Header → base64 of the whole body's checksum ("Checking object integrity in Amazon S3"). */
const checksums: Readonly<Record<string, (body: Uint8Array) => string>> = {
  'content-md5': body => createHash('md5').update(body).digest('base64'),
  'x-amz-checksum-sha1': body => createHash('sha1').update(body).digest('base64'),
  'x-amz-checksum-sha256': body => createHash('sha256').update(body).digest('base64'),
  'x-amz-checksum-sha512': body => createHash('sha512').update(body).digest('base64'),
  'x-amz-checksum-md5': body => createHash('md5').update(body).digest('base64'),
  'x-amz-checksum-crc32': body => crcOf('CRC32', body),
  'x-amz-checksum-crc32c': body => crcOf('CRC32C', body),
  'x-amz-checksum-crc64nvme': body => crcOf('CRC64NVME', body),
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

function crcOf(name: CrcName, body: Uint8Array): string {
  const crc = createCrc(name)
  crc.update(body)
  return crc.value().toString('base64')
}
