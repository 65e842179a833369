import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { zip } from './zip.fixture.ts'
import { zipEntries } from './zip-entries.ts'

let directory: string
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'modelmart-zip-test-'))
})
after(() => rm(directory, { recursive: true }))

/** What every entry holds; an entry may have 4,000 bytes. */
async function contents(file: Buffer): Promise<Record<string, string>> {
  await writeFile(join(directory, 'a.zip'), file)
  const found: Record<string, string> = {}
  for await (const { name, content } of zipEntries(join(directory, 'a.zip'), 4000))
    found[name] = (await content()).toString()
  return found
}

const whole = zip({ 'a.json': 'x'.repeat(2000) })
const central = whole.readUInt32LE(whole.length - 6)

const changed = (change: (bytes: Buffer) => void): Buffer => {
  const bytes = Buffer.from(whole)
  change(bytes)
  return bytes
}

/** With zip64 records, which begin at `wideEnd`. */
const two = zip({ 'a.json': 'first', 'b.json': 'second' })
const wideEnd = two.length - 98
const wide = (change: (bytes: Buffer) => void): Buffer => {
  const bytes = Buffer.from(two)
  change(bytes)
  return bytes
}

const hostile: Readonly<Record<string, readonly [Buffer, RegExp]>> = {
  'nothing of a zip file': [Buffer.alloc(100), /End of central directory record signature not found/],
  'half a file': [whole.subarray(0, 40), /End of central directory record signature not found/],
  'an encrypted entry': [changed(bytes => bytes.writeUInt16LE(1, central + 8)), /encrypted/],
  'an unknown method': [changed(bytes => bytes.writeUInt16LE(12, central + 10)), /method: 12/],
  'another sum': [changed(bytes => bytes.writeUInt32LE(7, central + 16)), /content is damaged/],
  'more than it states': [changed(bytes => bytes.writeUInt32LE(20, central + 24)), /too many bytes/],
  'less than it states': [changed(bytes => bytes.writeUInt32LE(3000, central + 24)), /not enough bytes/],
  'damaged content': [changed(bytes => bytes.fill(0xff, 36, 46)), /invalid|unexpected end|bytes in the stream/],
  'a bomb': [changed(bytes => bytes.writeUInt32LE(5000, central + 24)), /5000 bytes, more than the 4000/],
  'a damaged directory': [changed(bytes => bytes.writeUInt32LE(0, central)), /invalid central directory/],
  'a directory elsewhere': [changed(bytes => bytes.writeUInt32LE(0xfffffff0, whole.length - 6)), /./],
  'a content elsewhere': [changed(bytes => bytes.writeUInt32LE(0xfffffff0, central + 42)), /./],
  'a name that leads out': [zip({ '../../a.json': 'x' }), /invalid relative path/],
  'an absolute name': [zip({ '/etc/a.json': 'x' }), /absolute path/],
  'more entries than there are': [changed(bytes => bytes.writeUInt16LE(2, whole.length - 12)), /./],
  'millions of entries': [
    wide(bytes => bytes.writeBigUInt64LE(10n ** 9n, wideEnd + 32)),
    /1000000000 entries, more than/,
  ],
  'a directory where no file can reach': [wide(bytes => bytes.writeBigUInt64LE(2n ** 63n, wideEnd + 48)), /./],
  'zip64 records where no file can reach': [wide(bytes => bytes.writeBigUInt64LE(2n ** 63n, wideEnd + 64)), /./],
}
for (const [what, [file, reason]] of Object.entries(hostile))
  test(`${what} is told`, () => assert.rejects(contents(file), reason))

test('entries are read in order, with zip64 records as well', async () => {
  const files = { 'a/one.json': '{}', 'two.txt': 'two', 'drei.json': 'é'.repeat(900) }
  assert.deepEqual(await contents(zip(files)), files)
})

test('whatever is damaged, reading ends: with what was written or with an error', async () => {
  const files = { 'a.json': 'first'.repeat(50), 'b.json': 'second'.repeat(50) }
  const good = zip(files)
  await fc.assert(
    fc.asyncProperty(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const file = Buffer.from(good)
      file[at] = (file[at] ?? 0) ^ flip
      const found = await contents(file).catch((error: Error) => error)
      if (found instanceof Error) return
      const written: readonly (string | undefined)[] = Object.values(files)
      for (const content of Object.values(found)) assert.ok(written.includes(content))
    }),
    { numRuns: 300 },
  )
})
