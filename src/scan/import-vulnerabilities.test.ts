import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { openSqliteStore } from '../store/sqlite.ts'
import type { Store } from '../store/store.ts'
import { importVulnerabilities } from './import-vulnerabilities.ts'
import { affects, importRecords, importText, record } from './osv-record.fixture.ts'
import { zip } from './zip.fixture.ts'

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
