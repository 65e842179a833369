import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { readByteRange, readCopyRange } from './byte-range.ts'

const content = (size: number) => Array.from({ length: size }, (_, index) => index)

/** What the range means, said by slicing. */
function oracle(size: number, first: number | undefined, last: number | undefined): number[] {
  const all = content(size)
  if (first === undefined) return all.slice(Math.max(0, size - (last ?? 0)))
  return all.slice(first, last === undefined ? undefined : last + 1)
}

const bound = fc.option(fc.nat(30), { nil: undefined })

it('gives the bytes that the header means, or says that there are none', () => {
  fc.assert(
    fc.property(fc.nat(25), bound, bound, (size, first, last) => {
      const header = `bytes=${first ?? ''}-${last ?? ''}`
      const ignored = (first === undefined && last === undefined) || (first ?? 0) > (last ?? 99)
      if (first !== undefined && last !== undefined && ignored)
        return assert.equal(readByteRange(header, size), undefined)
      if (first === undefined && last === undefined) return assert.equal(readByteRange(header, size), undefined)
      const wanted = oracle(size, first, last)
      if (wanted.length === 0)
        return assert.throws(() => readByteRange(header, size), { code: 'InvalidRange', status: 416 })
      const { start, end } = readByteRange(header, size) ?? { start: -1, end: -1 }
      assert.deepEqual(content(size).slice(start, end + 1), wanted)
    }),
  )
})

it('takes what is no single range for none', () => {
  for (const header of [undefined, '', 'bytes', 'bytes=a-b', 'bytes=0-1,3-4', 'items=0-1', 'bytes=-', 'bytes=5-2'])
    assert.equal(readByteRange(header, 10), undefined)
})

it('wants both ends of a copy inside of the source', () => {
  assert.deepEqual(readCopyRange('bytes=2-9', 10), { start: 2, end: 9 })
  assert.throws(() => readCopyRange('bytes=2-10', 10), {
    code: 'InvalidArgument',
    message: /source object of size: 10$/,
  })
  for (const header of ['bytes=2-', 'bytes=-2', 'bytes=4-2', '0-1'])
    assert.throws(() => readCopyRange(header, 10), { code: 'InvalidArgument' })
})
