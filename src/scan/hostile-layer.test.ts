import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import test from 'node:test'
import { createGzip, gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { bookworm, type CraftedEntry, craftLayer, craftTar, paxRecord, scanLayers } from './layer.fixture.ts'
import { scanLimits } from './scan-budget.ts'

const good = [
  { name: 'etc/os-release', content: bookworm },
  { name: 'var/lib/dpkg/status', content: 'Package: dash\nStatus: install ok installed\nVersion: 1\n\n' },
]
const tar = craftTar(good)

const hostile: readonly (readonly [string, Buffer, RegExp])[] = [
  [
    'a name that climbs out',
    craft({ name: '../etc/os-release', content: 'x' }),
    /"\.\.\/etc\/os-release" leads outside/,
  ],
  ['a name that climbs out later', craft({ name: 'a/../../b', content: 'x' }), /leads outside/],
  ['a climbing name of pax', craft(pax('path', '../../x'), { name: 'x' }), /leads outside/],
  ['a hard link that climbs out', craft({ name: 'x', flag: '1', link: '../../etc/shadow' }), /leads outside/],
  ['an endless name', craft(pax('path', 'a/'.repeat(3000)), { name: 'x' }), /name of 6000 bytes/],
  ['a sparse os-release', craft({ name: 'etc/os-release', flag: 'S', content: 'x' }), /sparse file/],
  ['a sparse os-release of pax', craft(pax('GNU.sparse.major', '1'), { name: 'etc/os-release' }), /sparse file/],
  [
    'a giant os-release',
    craft({ name: 'etc/os-release', content: Buffer.alloc(70_000) }),
    /has 70000 bytes, more than/,
  ],
  ['a giant that is not there', craft({ name: 'x', size: 2n ** 62n }), /breaks off/],
  ['a giant os-release that is not there', craft({ name: 'etc/os-release', size: 2n ** 62n }), /more than the 65536/],
  ['a negative size', craft({ name: 'x', content: 'x' }, b => b.fill(0xff, 124, 136)), /impossible size/],
  ['a size in words', craft({ name: 'x', content: 'x' }, b => b.write('many', 124)), /impossible size/],
  ['a size of pax in words', craft(pax('size', 'many'), { name: 'x' }), /impossible size/],
  ['a giant extension', craft({ name: 'x', flag: 'x', size: 2 ** 30 }), /extended header .* more than/],
  ['a damaged extension', craft({ name: 'x', flag: 'x', content: '99 path=x\n' }), /extended header .* is damaged/],
  ['a damaged header', Buffer.concat([tar.subarray(0, 3), Buffer.from('?'), tar.subarray(4)]), /header at byte 0 is/],
  ['no archive', Buffer.from('hello '.repeat(200)), /header at byte 0 is damaged/],
  ['an archive that breaks off', tar.subarray(0, 600), /breaks off in the member at byte 0/],
  ['truncated gzip', gzipSync(tar).subarray(0, -12), /cannot be decompressed: unexpected end of file/],
  ['gzip that breaks off after the end mark', gzipSync(tar).subarray(0, -4), /cannot be decompressed/],
  ['damaged gzip', gzipSync(tar).fill(0x55, 30, 60), /cannot be decompressed/],
  ['truncated zstd', zstdCompressSync(tar).subarray(0, -20), /cannot be decompressed|breaks off/],
  ['damaged zstd', zstdCompressSync(tar).fill(0xff, 8, 60), /cannot be decompressed/],
  ['xz', Buffer.from('fd377a585a0000', 'hex'), /compressed with xz; only gzip and zstd/],
]

function craft(...parts: (CraftedEntry | ((header: Buffer) => unknown))[]): Buffer {
  const entries = parts.filter(part => typeof part !== 'function')
  const content = craftTar([...entries, ...good])
  for (const damage of parts) if (typeof damage === 'function') resum(content, damage)
  return content
}

/** Changes the first header and makes its checksum fit again. */
function resum(content: Buffer, change: (header: Buffer) => unknown): void {
  const header = content.subarray(0, 512)
  change(header)
  header.fill(0x20, 148, 156)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
}

function pax(key: string, value: string): CraftedEntry {
  return { name: 'pax', flag: 'x', content: paxRecord(key, value) }
}

for (const [name, content, reason] of hostile)
  test(`${name} blocks the image and names the layer`, async () => {
    const layer = craftLayer(content)
    const report = await scanLayers([craftLayer(tar), layer])
    assert.match(report.blocked ?? 'passed', reason)
    assert.ok(report.blocked?.startsWith(`Layer 2 of 2 (${layer.digest}) cannot be scanned: `))
    assert.deepEqual(report.packages, [])
  })

test('what is hostile stays so when it is compressed with zstd or gzip', async () => {
  for (const [name, content, reason] of hostile.filter(([, bytes]) => !isCompressed(bytes)))
    for (const compress of [zstdCompressSync, gzipSync]) {
      const { blocked } = await scanLayers([craftLayer(compress(content))])
      assert.match(blocked ?? 'passed', reason, `${name}, ${compress.name}`)
    }
})

const isCompressed = (content: Buffer): boolean => /^(1f8b|28b52ffd|fd377a58)/.test(content.toString('hex', 0, 4))

/** A layer whose files take gigabytes of zeros, each compressed part of it repeated: two megabytes, or a few kilobytes. */
function bomb(compress: (content: Buffer) => Buffer): Buffer {
  const [part, parts] = [64 << 20, 48]
  const head = craftTar([{ name: 'bomb', size: part * parts }], 0)
  const zeros = compress(Buffer.alloc(part))
  return Buffer.concat([compress(head), ...Array.from({ length: parts }, () => zeros)])
}

for (const [name, compress] of [
  ['gzip', gzipSync],
  ['zstd', zstdCompressSync],
] as const)
  test(`a bomb of ${name} in a file is stopped by the limits that hold for everyone`, async () => {
    const layer = craftLayer(bomb(compress))
    assert.ok(layer.size < 4 << 20, `${layer.size}`)
    const { blocked } = await scanLayers([layer])
    assert.match(blocked ?? 'passed', /unpacks to more than 150 times its \d+ bytes, as decompression bombs do/)
  })

test('a million tiny files are passed over, and none of them is kept', async () => {
  const tiny = Array.from({ length: 1000 }, (_, at) => ({ name: `usr/share/tiny/${at}/a-file-of-no-interest` }))
  const thousand = gzipSync(craftTar(tiny, 0), { level: 1 })
  const content = Buffer.concat([...Array.from({ length: 1000 }, () => thousand), gzipSync(tar)])
  const before = process.memoryUsage().rss
  const { blocked, packages } = await scanLayers([craftLayer(content)])
  assert.deepEqual([blocked, packages.map(({ name }) => name)], [undefined, ['dash']])
  assert.ok(process.memoryUsage().rss - before < 512 << 20)
})

test('links that lead through each other for each of many files end with a reason, long before the last', async () => {
  const directory = 'var/lib/dpkg/status.d'
  const names = Array.from({ length: 40 }, (_, index) => `${directory}/${index}`)
  const chain = names.map((name, index) => ({
    ...{ name, flag: '2' },
    link: `${'./'.repeat(20)}${names[index + 1]?.slice(directory.length + 1) ?? 'nowhere'}`,
  }))
  const files = Array.from({ length: 9000 }, (_, index) => ({ name: `${directory}/f${index}`, content: 'Package: x' }))
  const hardLinks = files.map(({ name }) => ({ name: `${name}x`, flag: '1', link: names[0] ?? '' })).slice(0, 1500)
  const { blocked } = await scanLayers([craftLayer(craftTar([...chain, ...hardLinks, ...files.slice(0, 7000)]))])
  assert.match(blocked ?? 'passed', /links take more than 1000000 steps to follow/)
})

test('an archive without an end mark is as good as one with', async () => {
  assert.equal((await scanLayers([craftLayer(craftTar(good, 0))])).blocked, undefined)
  assert.equal((await scanLayers([craftLayer(Buffer.alloc(0)), craftLayer(tar)])).blocked, undefined)
})

test('a bomb ends long before it has gone off, by its expansion', async () => {
  const layer = { ...craftLayer(Buffer.alloc(0)), size: 4 << 20, open: () => zeros() }
  const report = await scanLayers([layer], { limits: { ...scanLimits, freeBytes: 64 << 20, expansion: 20 } })
  assert.match(report.blocked ?? '', /unpacks to more than 20 times its 4194304 bytes/)
})

/** Endless zeros, compressed. */
function zeros() {
  const gzip = createGzip({ level: 1 })
  const block = Buffer.alloc(1 << 20)
  const source = new PassThrough()
  const feed = () => {
    while (!source.destroyed && source.write(block));
  }
  source.on('drain', feed)
  gzip.on('close', () => source.destroy())
  source.pipe(gzip).on('error', () => {})
  feed()
  return gzip
}

test('bytes, files and package entries are bounded over all layers', async () => {
  const many = Array.from({ length: 30 }, (_, index) => ({ name: `var/lib/dpkg/status.d/${index}`, content: 'x' }))
  const layers = [craftLayer(craftTar(many)), craftLayer(craftTar(many))]
  const blockedBy = async (limits: Partial<typeof scanLimits>) =>
    (await scanLayers(layers, { limits: { ...scanLimits, ...limits } })).blocked ?? ''
  assert.match(await blockedBy({ entries: 50 }), /Layer 2 of 2 .* more than 50 files/)
  assert.match(await blockedBy({ keptEntries: 50 }), /Layer 2 of 2 .* more than 50 entries/)
  assert.match(await blockedBy({ keptBytes: 10 }), /Layer 1 of 2 .* more than 10 bytes of package/)
  assert.match(await blockedBy({ unpackedBytes: 40_000 }), /Layer 2 of 2 .* more than 40000 bytes/)
})

test('what the blob store throws is not taken for a hostile layer', async () => {
  const gone = { ...craftLayer(tar), open: () => new PassThrough().destroy(new Error('disk on fire')) }
  await assert.rejects(scanLayers([gone]), /disk on fire/)
})

const rich = craftTar([
  pax('path', 'etc/os-release'),
  { name: 'x', content: bookworm },
  { name: 'long', flag: 'L', content: 'var/lib/dpkg/status\0' },
  { name: 'y', content: good[1]?.content ?? '' },
  { name: 'lib', flag: '2', link: 'usr/lib' },
  { name: 'var/lib/rpm/.wh..wh..opq' },
  { name: 'usr/lib/apk/db/installed', content: 'P:musl\nV:1\n\n' },
])

const wrap = { plain: (content: Buffer) => content, gzip: gzipSync, zstd: zstdCompressSync }

test('whatever is damaged, a report comes, quickly', async () => {
  const flip = fc.record({
    at: fc.nat(rich.length + 2000),
    value: fc.nat(255),
    length: fc.integer({ min: 1, max: 40 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.values(wrap)),
      fc.constantFrom('before', 'after'),
      fc.array(flip, { minLength: 1, maxLength: 4 }),
      fc.option(fc.nat(rich.length)),
      fc.integer({ min: 1, max: 4000 }),
      async (compress, when, flips, cut, chunkBytes) => {
        const damage = (content: Buffer) => {
          const copy = Buffer.from(content)
          for (const { at, value, length } of flips) {
            const start = at % copy.length
            copy.fill(value, start, Math.min(copy.length, start + length))
          }
          return cut === null ? copy : copy.subarray(0, cut)
        }
        const content = when === 'before' ? compress(damage(rich)) : damage(compress(rich))
        const report = await scanLayers([craftLayer(Buffer.from(content), chunkBytes)])
        if (report.blocked === undefined) assert.ok(report.operatingSystem)
        else assert.match(report.blocked, /^(Layer 1 of 1 \(sha256:|The scan policy "current")/)
      },
    ),
    { numRuns: 300 },
  )
})
