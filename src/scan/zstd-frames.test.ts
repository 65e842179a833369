import assert from 'node:assert/strict'
import test from 'node:test'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { bookworm, craftLayer, craftTar, scanLayers } from './layer.fixture.ts'
import { scanLimits } from './scan-budget.ts'
import { cutAtFrames } from './zstd-frames.ts'

async function* inChunks(content: Buffer, bytes: number) {
  for (let at = 0; at < content.length; at += bytes) yield content.subarray(at, at + bytes)
}

function skippable(content: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32LE(0x184d2a53)
  head.writeUInt32LE(content.length, 4)
  return Buffer.concat([head, content])
}

test('a stream is cut where frames end and nowhere else is it changed', async () => {
  const checksum = { params: { [constants.ZSTD_c_checksumFlag]: 1 } }
  const part = fc.record({
    content: fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(300_000).map(length => new Uint8Array(length).fill(7)),
    ),
    kind: fc.constantFrom('plain', 'checksum', 'sized', 'skippable'),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 5 }), fc.integer({ min: 1, max: 70_000 }), async (parts, bytes) => {
      const frames = parts.map(({ content, kind }) => {
        const given = Buffer.from(content)
        if (kind === 'skippable') return skippable(given)
        if (kind === 'sized') return zstdCompressSync(given, { pledgedSrcSize: given.length })
        return zstdCompressSync(given, kind === 'checksum' ? checksum : {})
      })
      let ends = 0
      const whole: Buffer[][] = [[]]
      for await (const piece of cutAtFrames(inChunks(Buffer.concat(frames), bytes), () => ends++)) {
        whole.at(-1)?.push(piece)
        if (ends === whole.length) whole.push([])
      }
      assert.deepEqual(
        whole.slice(0, -1).map(pieces => Buffer.concat(pieces).toString('hex')),
        frames.map(frame => frame.toString('hex')),
      )
    }),
    { numRuns: 150 },
  )
})

const member = (name: string, content: string) => craftTar([{ name, content }], 0)
const system = member('etc/os-release', bookworm)
const packages = member('var/lib/dpkg/status', 'Package: dash\nStatus: install ok installed\nVersion: 1\n\n')

test('what later frames hold is scanned, also behind skippable ones and in chunks of any size', async () => {
  const frames = [
    zstdCompressSync(system),
    skippable(Buffer.from('a table of contents')),
    zstdCompressSync(Buffer.alloc(0)),
    zstdCompressSync(packages),
    zstdCompressSync(Buffer.alloc(1024)),
  ]
  for (const bytes of [1, 7, 64, 65_536]) {
    const report = await scanLayers([craftLayer(Buffer.concat(frames), bytes)])
    assert.deepEqual([report.blocked, report.packages.map(({ name }) => name)], [undefined, ['dash']])
  }
  assert.equal(zstdDecompressSync(frames[0] as Buffer).length, system.length)
})

test('what follows a frame and is none blocks the image', async () => {
  const { blocked } = await scanLayers([craftLayer(Buffer.concat([zstdCompressSync(system), Buffer.from('garbage?')]))])
  assert.match(blocked ?? 'passed', /cannot be decompressed/)
})

test('frames are counted: a layer of nothing but empty ones ends', async () => {
  const empty = zstdCompressSync(Buffer.alloc(0))
  const layer = craftLayer(Buffer.concat(Array.from({ length: 5000 }, () => empty)))
  const { blocked } = await scanLayers([layer], { limits: { ...scanLimits, entries: 3000 } })
  assert.match(blocked ?? 'passed', /more than 3000 files/)
})
