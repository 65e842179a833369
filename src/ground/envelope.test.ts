import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { decryptStream, encryptedRange, encryptedSize, encryptStream, newStreamSalt } from './envelope.ts'

const key = randomBytes(32)
const frame = 64 * 1024
const sealedFrame = frame + 16
const sizes = fc.oneof(
  fc.integer({ min: 0, max: 4 * frame }),
  fc.constantFrom(0, 1, frame - 1, frame, frame + 1, 2 * frame, 3 * frame),
)

async function* inChunks(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}
async function sealed(size: number, chunk = 50_000) {
  const salt = newStreamSalt()
  const plaintext = randomBytes(size)
  return { salt, plaintext, bytes: await collect(encryptStream(inChunks(plaintext, chunk), key, salt)) }
}

test('what is encrypted is decrypted, in whatever chunks it comes', () =>
  fc.assert(
    fc.asyncProperty(
      sizes,
      fc.integer({ min: 1000, max: 200_000 }),
      fc.integer({ min: 1000, max: 200_000 }),
      async (size, write, read) => {
        const { salt, plaintext, bytes } = await sealed(size, write)
        assert.equal(bytes.length, encryptedSize(size))
        assert.ok(plaintext.equals(await collect(decryptStream(inChunks(bytes, read), key, salt, size))))
      },
    ),
    { numRuns: 40 },
  ))

test('any range is read from the frames that hold it and from no others', async () => {
  const size = 5 * frame + 77
  const { salt, plaintext, bytes } = await sealed(size)
  const ends = fc.tuple(fc.integer({ min: 0, max: size - 1 }), fc.integer({ min: 0, max: size - 1 }))
  await fc.assert(
    fc.asyncProperty(ends, async ([a, b]) => {
      const range = { start: Math.min(a, b), end: Math.max(a, b) }
      const part = encryptedRange(size, range)
      assert.ok(part.end - part.start + 1 <= (Math.ceil((range.end - range.start) / frame) + 1) * sealedFrame)
      const read = inChunks(bytes.subarray(part.start, part.end + 1), 30_000)
      const opened = await collect(decryptStream(read, key, salt, size, range))
      assert.ok(opened.equals(plaintext.subarray(range.start, range.end + 1)))
    }),
    { numRuns: 60 },
  )
})

test('a changed bit anywhere is noticed', async () => {
  const size = 2 * frame + 100
  const { salt, bytes } = await sealed(size)
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: bytes.length * 8 - 1 }), async bit => {
      const changed = Buffer.from(bytes)
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
      await assert.rejects(collect(decryptStream(inChunks(changed, frame), key, salt, size)), /is not genuine/)
    }),
    { numRuns: 50 },
  )
})

test('a stream cut anywhere is noticed, also at a frame with a size that agrees', async () => {
  const size = 3 * frame
  const { salt, bytes } = await sealed(size)
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: bytes.length - 1 }), async length => {
      const cut = inChunks(bytes.subarray(0, length), frame)
      await assert.rejects(collect(decryptStream(cut, key, salt, size)), /not genuine|cut off|ends before/)
    }),
    { numRuns: 50 },
  )
  const two = inChunks(bytes.subarray(0, 2 * sealedFrame), frame)
  await assert.rejects(collect(decryptStream(two, key, salt, 2 * frame)), /Frame 1 .* not genuine/)
})

test('reordered, repeated and foreign frames are noticed', async () => {
  const size = 3 * frame
  const { salt, bytes } = await sealed(size)
  const frames = [0, 1, 2].map(index => bytes.subarray(index * sealedFrame, (index + 1) * sealedFrame))
  const other = (await sealed(size)).bytes.subarray(sealedFrame, 2 * sealedFrame)
  const [a, b, c] = frames as [Buffer, Buffer, Buffer]
  for (const wrong of [
    [b, a, c],
    [a, a, c],
    [a, c],
    [a, other, c],
    [a, b, c, c],
  ])
    await assert.rejects(collect(decryptStream(inChunks(Buffer.concat(wrong), 9999), key, salt, size)))
})

test('another key or salt opens nothing', async () => {
  const { salt, bytes } = await sealed(10)
  await assert.rejects(collect(decryptStream(inChunks(bytes, 99), randomBytes(32), salt, 10)), /not genuine/)
  await assert.rejects(collect(decryptStream(inChunks(bytes, 99), key, newStreamSalt(), 10)), /not genuine/)
})
