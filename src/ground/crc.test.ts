import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { type CrcName, combineCrc, createCrc } from './crc.ts'

const names: readonly CrcName[] = ['CRC32', 'CRC32C', 'CRC64NVME']

function crcOf(name: CrcName, ...chunks: Uint8Array[]): Buffer {
  const crc = createCrc(name)
  for (const chunk of chunks) crc.update(chunk)
  return crc.value()
}

it('gives the published check values of "123456789"', () => {
  const check = Buffer.from('123456789')
  assert.equal(crcOf('CRC32', check).toString('hex'), 'cbf43926')
  assert.equal(crcOf('CRC32C', check).toString('hex'), 'e3069283')
  assert.equal(crcOf('CRC64NVME', check).toString('hex'), 'ae8b14860a799888')
})

it('gives the vectors of RFC 3720, appendix B.4, for CRC-32C', () => {
  assert.equal(crcOf('CRC32C', Buffer.alloc(32)).toString('hex'), '8a9136aa')
  assert.equal(crcOf('CRC32C', Buffer.alloc(32, 0xff)).toString('hex'), '62a8ab43')
  assert.equal(
    crcOf('CRC32C', Buffer.from(Array.from({ length: 32 }, (_, index) => index))).toString('hex'),
    '46dd794e',
  )
})

it('does not depend on how the bytes are cut, and combines', () => {
  const chunk = fc.uint8Array({ maxLength: 100 })
  fc.assert(
    fc.property(fc.constantFrom(...names), chunk, chunk, fc.nat(9), (name, first, second, offset) => {
      const whole = crcOf(name, Buffer.concat([first, second]))
      const moved = Buffer.concat([Buffer.alloc(offset), first, second]).subarray(offset)
      assert.deepEqual(crcOf(name, moved), whole)
      assert.deepEqual(crcOf(name, first, second), whole)
      assert.deepEqual(combineCrc(name, crcOf(name, first), crcOf(name, second), second.length), whole)
    }),
  )
})
