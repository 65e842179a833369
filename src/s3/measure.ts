import { createHash } from 'node:crypto'
import { type Checksum, type ChecksumAlgorithm, createChecksum } from './checksum.ts'

/** Reads content for its MD5 (hex) and its checksum. */
export async function measure(
  bytes: AsyncIterable<Uint8Array>,
  algorithm: ChecksumAlgorithm,
): Promise<{ md5: string; checksum: Checksum }> {
  const md5 = createHash('md5')
  const checksum = createChecksum(algorithm)
  for await (const chunk of bytes) {
    md5.update(chunk)
    checksum.update(chunk)
  }
  return { md5: md5.digest('hex'), checksum: { algorithm, type: 'FULL_OBJECT', value: checksum.value() } }
}
