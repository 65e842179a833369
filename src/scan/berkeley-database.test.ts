import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { berkeleyRecords } from './berkeley-database.ts'
import { craftLayer, craftRpmHeader, craftTar, scanLayers } from './layer.fixture.ts'

const pageSize = 512
const overflowing: Buffer = Buffer.from('overflowing '.repeat(100))

/** A database of one page of records, the last of which flows over to other pages. */
function craft(
  endian: 'LE' | 'BE',
  keys: readonly [Buffer, Buffer] = [Buffer.from('one'), Buffer.from('two')],
  big = overflowing,
): Buffer {
  const chunks = Array.from({ length: Math.ceil(big.length / 486) }, (_, at) => big.subarray(at * 486, (at + 1) * 486))
  const file = Buffer.alloc(pageSize * (2 + chunks.length))
  const word = (value: number, at: number) => file[`writeUInt32${endian}`](value, at)
  const half = (value: number, at: number) => file[`writeUInt16${endian}`](value, at)
  word(0x00061561, 12)
  word(9, 16)
  word(pageSize, 20)
  file[25] = 8
  const overflow = Buffer.alloc(12, 3)
  overflow[`writeUInt32${endian}`](2, 4)
  overflow[`writeUInt32${endian}`](big.length, 8)
  const item = (content: Buffer) => Buffer.concat([Buffer.from([1]), content])
  const items = [item(keys[0]), item(Buffer.from('small')), item(keys[1]), overflow]
  half(items.length, pageSize + 20)
  file[pageSize + 25] = 13
  let at = pageSize
  for (const [index, item] of items.entries()) {
    at -= item.length
    half(at, pageSize + 26 + 2 * index)
    item.copy(file, pageSize + at)
  }
  for (const [index, chunk] of chunks.entries()) {
    const start = pageSize * (2 + index)
    word(index + 1 < chunks.length ? 3 + index : 0, start + 16)
    half(chunk.length, start + 22)
    file[start + 25] = 7
    chunk.copy(file, start + 26)
  }
  return file
}

const recordsOf = (file: Buffer) =>
  [...berkeleyRecords(file)].map(({ key, value }) => [key.toString(), value.toString()])

test('records are read from pages and from where they flow over, in either byte order', () => {
  for (const endian of ['LE', 'BE'] as const)
    assert.deepEqual(recordsOf(craft(endian)), [
      ['one', 'small'],
      ['two', overflowing.toString()],
    ])
})

test("rpm's packages are read from such a database, and its counter is no package", async () => {
  const summary = 'x'.repeat(900)
  const header = craftRpmHeader({
    ...{ 1000: 'bind-libs', 1001: '9.11.4', 1002: '26.el7', 1003: 32, 1004: summary, 1022: 'x86_64' },
    1044: 'bind-9.11.4-26.el7.src.rpm',
  })
  const database = craft('LE', [Buffer.from([0, 0, 0, 0]), Buffer.from([1, 0, 0, 0])], header)
  const { packages, unread } = await scanLayers([
    craftLayer(craftTar([{ name: 'var/lib/rpm/Packages', content: database }])),
  ])
  const version = '32:9.11.4-26.el7'
  assert.deepEqual(packages, [
    { database: 'rpm', name: 'bind-libs', version, architecture: 'x86_64', source: { name: 'bind', version } },
  ])
  assert.deepEqual(unread, [])
})

test('a damaged database gives records or a word on it, never a hang or another error', () => {
  const whole = craft('LE')
  const flip = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255) })
  fc.assert(
    fc.property(fc.array(flip, { minLength: 1, maxLength: 20 }), fc.nat(whole.length), (flips, cut) => {
      const content = Buffer.from(whole)
      for (const { at, byte } of flips) content[at] = byte
      try {
        const found = [...berkeleyRecords(cut % 2 ? content : content.subarray(0, cut))]
        assert.ok(found.reduce((sum, { value }) => sum + value.length, 0) <= whole.length)
      } catch (error) {
        assert.match((error as Error).message, /^it(s| is| holds)/)
      }
    }),
    { numRuns: 1500 },
  )
})

test('a circle of overflow pages ends', () => {
  const file = craft('LE')
  file.writeUInt32LE(2, pageSize * 3 + 16)
  const [, second] = recordsOf(file)
  assert.equal(second?.[1]?.length, overflowing.length)
})

test('a database that Berkeley DB itself wrote is read', async t => {
  const directory = await mkdtemp(join(tmpdir(), 'modelmart-berkeley-'))
  try {
    const path = join(directory, 'Packages')
    const script =
      'my $i = DB_File::HASHINFO->new; $i->{bsize} = 4096; tie(my %h, "DB_File", $ARGV[0], O_RDWR | O_CREAT, 0644, $i) or die;' +
      'for my $n (1..60) { $h{pack("V", $n)} = "v$n:" x ($n * 50) }'
    const made = await promisify(execFile)('perl', ['-MDB_File', '-MFcntl', '-e', script, path]).catch(() => undefined)
    if (!made) return t.skip('there is no Berkeley DB')
    const found = new Map(
      [...berkeleyRecords(await readFile(path))].map(one => [one.key.readUInt32LE(), one.value.toString()]),
    )
    assert.equal(found.size, 60)
    for (const [number, value] of found) assert.equal(value, `v${number}:`.repeat(number * 50))
  } finally {
    await rm(directory, { recursive: true })
  }
})
