import { createHash, randomFillSync } from 'node:crypto'

/** Mask generation function 1 (RFC 8017, B.2.1). */
function mask(hash: string, seed: Buffer, length: number): Buffer {
  const blocks: Buffer[] = []
  for (let counter = 0, size = 0; size < length; counter++) {
    const count = Buffer.alloc(4)
    count.writeUInt32BE(counter)
    const block = createHash(hash).update(seed).update(count).digest()
    blocks.push(block)
    size += block.length
  }
  return Buffer.concat(blocks).subarray(0, length)
}

const xor = (a: Buffer, b: Buffer): Buffer => Buffer.from(a.map((byte, index) => byte ^ (b[index] ?? 0)))

const hashed = (hash: string, digest: Uint8Array, salt: Uint8Array): Buffer =>
  createHash(hash).update(Buffer.alloc(8)).update(digest).update(salt).digest()

/**
 * A digest as RSASSA-PSS signs it, with a salt as long as the digest (RFC 8017, 9.1.1; AWS KMS Developer Guide, "Key spec reference"). For a
 * modulus of so many bytes, whose number of bits is a multiple of eight.
 */
export function encodePss(hash: string, digest: Uint8Array, bytes: number): Buffer {
  const salt = randomFillSync(Buffer.alloc(digest.length))
  const inner = hashed(hash, digest, salt)
  const data = Buffer.concat([Buffer.alloc(bytes - digest.length - salt.length - 2), Buffer.of(1), salt])
  const masked = xor(data, mask(hash, inner, data.length))
  masked.writeUInt8(masked.readUInt8(0) & 0x7f, 0)
  return Buffer.concat([masked, inner, Buffer.of(0xbc)])
}

/** Whether that is what a signature holds (RFC 8017, 9.1.2). */
export function verifyPss(hash: string, digest: Uint8Array, encoded: Buffer): boolean {
  const length = encoded.length - digest.length - 1
  if (length <= digest.length || encoded.at(-1) !== 0xbc || encoded.readUInt8(0) > 0x7f) return false
  const inner = encoded.subarray(length, -1)
  const data = xor(encoded.subarray(0, length), mask(hash, inner, length))
  data.writeUInt8(data.readUInt8(0) & 0x7f, 0)
  const salt = data.subarray(-digest.length)
  const padding = data.subarray(0, length - digest.length)
  if (padding.at(-1) !== 1 || padding.subarray(0, -1).some(byte => byte !== 0)) return false
  return hashed(hash, digest, salt).equals(inner)
}
