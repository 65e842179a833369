import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { crc32, deflateRawSync } from 'node:zlib'
import { openSqliteStore } from '../store/sqlite.ts'
import type { Store } from '../store/store.ts'
import { importVulnerabilities } from './import-vulnerabilities.ts'
import { affects, importRecords, importText, record } from './osv-record.fixture.ts'
import { zipEntries } from './zip-entries.ts'

const openssl = record('DEBIAN-CVE-2026-1', [affects('Debian:12', 'openssl', '3.0.14-1')])
const curl = record('DEBIAN-CVE-2026-2', [affects('Debian:12', 'curl'), affects('Debian:sid', 'curl', '8.1')])

const affectedOf = async (store: Store, id: string) =>
  store.db.selectFrom('vulnerability_affected').selectAll().where('vulnerability', '=', id).execute()

test('an import may be repeated; the newer of two records stays, whatever the order', async () => {
  const store = await openSqliteStore(':memory:')
  const none = { imported: 0, unchanged: 0, withdrawn: 0, elsewhere: 0, malformed: [] }
  assert.deepEqual(await importRecords(store, [openssl, curl]), { ...none, imported: 2 })
  assert.deepEqual(await importRecords(store, [curl, openssl]), { ...none, unchanged: 2 })
  const newer = {
    ...openssl,
    modified: '2026-11-19T00:00:00Z',
    affected: [affects('Debian:12', 'openssl', '3.0.15-1')],
  }
  assert.deepEqual(await importRecords(store, [newer, openssl]), { ...none, imported: 1, unchanged: 1 })
  const [row] = await affectedOf(store, openssl.id)
  assert.equal(row?.ranges, '[[["introduced","0"],["fixed","3.0.15-1"]]]')
  const source = await store.db.selectFrom('vulnerability_source').selectAll().executeTakeFirstOrThrow()
  assert.deepEqual(
    { ...source },
    { ecosystem: 'Debian:12', newest: Date.parse('2026-11-19'), imported: Date.parse('2026-11-20') },
  )
})

test('a withdrawn record is gone, and an older copy does not bring it back', async () => {
  const store = await openSqliteStore(':memory:')
  await importRecords(store, [openssl])
  const gone = { ...openssl, modified: '2026-11-19T00:00:00Z', withdrawn: '2026-11-19T00:00:00Z' }
  assert.equal((await importRecords(store, [gone])).withdrawn, 1)
  assert.equal((await importRecords(store, [openssl])).unchanged, 1)
  assert.deepEqual(await affectedOf(store, openssl.id), [])
})

test('records of other ecosystems are counted and left out; one that becomes such takes along what it said', async () => {
  const store = await openSqliteStore(':memory:')
  const python = record('PYSEC-1', [affects('PyPI', 'django', '4.2')])
  const pro = record('UBUNTU-CVE-2026-3', [affects('Ubuntu:Pro:22.04:LTS', 'curl', '1')])
  assert.equal((await importRecords(store, [python, pro, openssl])).elsewhere, 2)
  const moved = { ...openssl, modified: '2026-11-20T00:00:00Z', affected: [affects('Debian', 'openssl', '1')] }
  assert.equal((await importRecords(store, [moved])).imported, 1)
  assert.deepEqual(await affectedOf(store, openssl.id), [])
})

test('versions that lie in a range are not kept twice, others are', async () => {
  const store = await openSqliteStore(':memory:')
  const listed = affects('Debian:12', 'zlib', '2', { versions: ['1.0', '1.5-1', '2-3', '9'] })
  await importRecords(store, [record('DEBIAN-CVE-2026-4', [listed])])
  const [row] = await affectedOf(store, 'DEBIAN-CVE-2026-4')
  assert.equal(row?.versions, '["2-3","9"]')
})

test('what is no record is told with its place, and the others are imported', async () => {
  const store = await openSqliteStore(':memory:')
  const bad = [
    { modified: '2026-01-01T00:00:00Z' },
    { ...openssl, modified: 'yesterday' },
    { ...openssl, affected: [{ package: { ecosystem: 'Debian:12' } }] },
    {
      ...openssl,
      affected: [affects('Debian:12', 'x', undefined, { ranges: [{ type: 'ECOSYSTEM', events: [{ begun: '1' }] }] })],
    },
    7,
  ]
  const report = await importRecords(store, [...bad, openssl])
  assert.equal(report.imported, 1)
  const reasons = [
    /line 1: id/,
    /line 2: modified is not a time/,
    /line 3: .*package\.name/,
    /line 4: .*'begun'/,
    /line 5: the record/,
  ]
  assert.equal(report.malformed.length, reasons.length)
  for (const [at, reason] of reasons.entries()) assert.match(report.malformed[at] ?? '', reason)
  const broken = await importText(store, `{"id":\n${JSON.stringify(curl)}\n`, 'records.jsonl')
  assert.deepEqual([broken.imported, broken.malformed.length], [1, 1])
  await assert.rejects(importText(store, 'x', 'records.csv'), /neither a directory nor/)
})

test('documents come as a record, a list, lines, a zip, or directories of those', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'modelmart-osv-test-'))
  try {
    await mkdir(join(directory, 'deep/er'), { recursive: true })
    const of = (n: number) => JSON.stringify(record(`DEBIAN-CVE-2026-100${n}`, [affects('Debian:12', 'p')]))
    await writeFile(join(directory, 'one.json'), of(1))
    await writeFile(join(directory, 'deep/list.json'), `[${of(2)},${of(3)}]`)
    await writeFile(join(directory, 'deep/er/lines.jsonl'), `${of(4)}\r\n\n${of(5)}`)
    await writeFile(
      join(directory, 'deep/all.zip'),
      zip({ 'a/6.json': of(6), 'notes.txt': 'not a record', '7.json': of(7) }),
    )
    await writeFile(join(directory, 'README.md'), 'nothing')
    const store = await openSqliteStore(':memory:')
    const report = await importVulnerabilities(store, directory, new Date())
    assert.deepEqual([report.imported, report.malformed], [7, []])
  } finally {
    await rm(directory, { recursive: true })
  }
})

test('a zip file that is damaged, encrypted or a bomb says so', async () => {
  const whole = zip({ 'a.json': 'x'.repeat(2000) })
  const at = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.from(whole)
    change(bytes)
    return bytes
  }
  const central = whole.readUInt32LE(whole.length - 6)
  const cases: readonly (readonly [Buffer, RegExp])[] = [
    [Buffer.alloc(100), /not a zip file/],
    [whole.subarray(0, 40), /not a zip file/],
    [at(bytes => bytes.writeUInt16LE(1, central + 8)), /encrypted/],
    [at(bytes => bytes.writeUInt16LE(12, central + 10)), /method 12/],
    [at(bytes => bytes.writeUInt32LE(7, central + 16)), /content is damaged/],
    [at(bytes => bytes.writeUInt32LE(20, central + 24)), /content is damaged/],
    [at(bytes => bytes.writeUInt32LE(5000, central + 24)), /5000 bytes, more than the 4000/],
    [at(bytes => bytes.writeUInt32LE(0, central)), /directory of the zip file is damaged/],
    [at(bytes => bytes.writeUInt32LE(0xfffffff0, whole.length - 6)), /breaks off/],
  ]
  const directory = await mkdtemp(join(tmpdir(), 'modelmart-osv-test-'))
  try {
    for (const [content, reason] of cases) {
      await writeFile(join(directory, 'a.zip'), content)
      assert.throws(() => {
        for (const entry of zipEntries(join(directory, 'a.zip'), 4000)) entry.content()
      }, reason)
    }
  } finally {
    await rm(directory, { recursive: true })
  }
})

/** A zip file with zip64 records at its end, as large databases have. */
function zip(files: Readonly<Record<string, string>>): Buffer {
  const local: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const [name, text] of Object.entries(files)) {
    const packed = deflateRawSync(text)
    const head = Buffer.alloc(30)
    head.writeUInt32LE(0x04034b50)
    head.writeUInt16LE(name.length, 26)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50)
    entry.writeUInt16LE(8, 10)
    entry.writeUInt32LE(crc32(text), 16)
    entry.writeUInt32LE(packed.length, 20)
    entry.writeUInt32LE(text.length, 24)
    entry.writeUInt16LE(name.length, 28)
    entry.writeUInt32LE(offset, 42)
    local.push(head, Buffer.from(name), packed)
    central.push(entry, Buffer.from(name))
    offset += 30 + name.length + packed.length
  }
  const directory = Buffer.concat(central)
  const end64 = Buffer.alloc(56)
  end64.writeUInt32LE(0x06064b50)
  end64.writeBigUInt64LE(BigInt(directory.length), 40)
  end64.writeBigUInt64LE(BigInt(offset), 48)
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x07064b50)
  locator.writeBigUInt64LE(BigInt(offset + directory.length), 8)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  const wide = Object.keys(files).length > 1
  return Buffer.concat([...local, directory, ...(wide ? [end64, locator] : []), end])
}
