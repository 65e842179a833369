import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import { promisify } from 'node:util'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import type { ImageBlob } from '../driver/driver.ts'
import {
  bookworm,
  type CraftedEntry,
  craftLayer,
  craftRpmHeader,
  craftTar,
  paxRecord,
  scanLayers,
} from './layer.fixture.ts'

const layer = (...entries: CraftedEntry[]) => craftLayer(craftTar(entries))
const osRelease = { name: 'etc/os-release', content: bookworm }
const status = (...names: string[]) =>
  names
    .map(name => `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1-${name}\n\n`)
    .join('')

const namesOf = ({ packages }: { packages: readonly { name: string }[] }) => packages.map(({ name }) => name)

test('a layer is read whether it is plain, gzip, zstd, or gzip in several members', async () => {
  const tar = craftTar([osRelease, { name: './var/lib/dpkg/status', content: status('dash') }])
  const split = Buffer.concat([gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))])
  for (const content of [tar, gzipSync(tar), zstdCompressSync(tar), split])
    for (const chunkBytes of [1, 511, 65_536]) {
      const report = await scanLayers([craftLayer(content, chunkBytes)])
      assert.equal(report.blocked, undefined)
      assert.deepEqual(report.operatingSystem, {
        id: 'debian',
        version: '12',
        name: 'Debian GNU/Linux 12 (bookworm)',
      })
      assert.deepEqual(report.packages, [{ database: 'dpkg', name: 'dash', version: '1-dash', architecture: 'amd64' }])
    }
})

test('names come from pax and GNU headers, and global headers change nothing', async () => {
  const pax = { name: 'x', flag: 'x', content: paxRecord('path', 'etc/os-release') + paxRecord('mtime', '1.5') }
  const gnu = { name: '././@LongLink', flag: 'L', content: '/var/lib/dpkg/status\0' }
  const global = { name: 'g', flag: 'g', content: paxRecord('path', 'elsewhere') }
  const report = await scanLayers([
    layer(global, pax, { name: 'short', content: bookworm }, gnu, { name: 'short', content: status('dash', 'bash') }),
  ])
  assert.equal(report.operatingSystem?.version, '12')
  assert.deepEqual(namesOf(report), ['dash', 'bash'])
})

test('later layers replace, whiteouts remove, opaque directories empty what is below', async () => {
  const base = layer(osRelease, { name: 'var/lib/dpkg/status', content: status('dash') })
  const newer = layer({ name: 'var/lib/dpkg/status', content: status('dash', 'bash') })
  assert.deepEqual(namesOf(await scanLayers([base, newer])), ['dash', 'bash'])
  for (const name of ['var/lib/dpkg/.wh.status', 'var/lib/.wh.dpkg', '.wh.var', 'var/.wh..wh..opq', '.wh..wh..opq'])
    assert.deepEqual(namesOf(await scanLayers([base, layer({ name })])), [], name)
  const removed = await scanLayers([base, layer({ name: 'etc/.wh.os-release' })])
  assert.match(removed.blocked ?? '', /no operating system/)
  const unrelated = layer({ name: 'var/lib/dpkg/status.d/.wh.status' }, { name: 'opt/.wh..wh..opq' })
  assert.deepEqual(namesOf(await scanLayers([base, unrelated])), ['dash'])
})

test('a whiteout leaves alone what its own layer brings', async () => {
  const base = layer(osRelease, { name: 'var/lib/dpkg/status', content: status('dash') })
  const brought = { name: 'var/lib/dpkg/status', content: status('bash') }
  for (const hidden of ['var/lib/dpkg/.wh..wh..opq', 'var/lib/dpkg/.wh.status'])
    for (const entries of [
      [brought, { name: hidden }],
      [{ name: hidden }, brought],
    ])
      assert.deepEqual(namesOf(await scanLayers([base, layer(...entries)])), ['bash'])
})

test('a directory that becomes a file or a link hides what was in it', async () => {
  const base = layer(osRelease, { name: 'var/lib/dpkg/status', content: status('dash') })
  const replaced = { name: 'var/lib/dpkg', flag: '2', link: '/nowhere' }
  assert.deepEqual(namesOf(await scanLayers([base, layer(replaced)])), [])
  const again = layer({ name: 'var/lib/dpkg/', flag: '5' }, { name: 'var/lib/dpkg/status', content: status('bash') })
  assert.deepEqual(namesOf(await scanLayers([base, layer(replaced), again])), ['bash'])
})

test('os-release is found through links, relative, absolute and over the root', async () => {
  const real = { name: 'usr/lib/os-release', content: bookworm }
  for (const link of ['../usr/lib/os-release', '/usr/lib/os-release', '../../../../usr/lib/os-release']) {
    const report = await scanLayers([layer(real), layer({ name: 'etc/os-release', flag: '2', link })])
    assert.equal(report.operatingSystem?.id, 'debian', link)
  }
  const hard = await scanLayers([layer(real, { name: 'etc/os-release', flag: '1', link: 'usr/lib/os-release' })])
  assert.equal(hard.operatingSystem?.id, 'debian')
})

test('a link of a directory above is followed for entries of later layers, too', async () => {
  const base = layer(
    { name: 'etc/os-release', content: 'ID=alpine\nVERSION_ID=3.22.1\n' },
    { name: 'lib', flag: '2', link: 'usr/lib' },
    { name: 'usr/lib/apk/db/installed', content: 'P:musl\nV:1.2.5-r9\nA:x86_64\n\n' },
  )
  assert.deepEqual((await scanLayers([base])).packages, [
    { database: 'apk', name: 'musl', version: '1.2.5-r9', architecture: 'x86_64' },
  ])
  const upgraded = layer({ name: 'lib/apk/db/installed', content: 'P:musl\nV:1.2.5-r9\n\nP:zlib\nV:1.3-r2\n' })
  assert.deepEqual(namesOf(await scanLayers([base, upgraded])), ['musl', 'zlib'])
})

test('links in circles and links to nowhere are no operating system', async () => {
  const circle = layer({ name: 'etc/os-release', flag: '2', link: 'os-release' })
  const around = layer({ name: 'etc', flag: '2', link: 'usr' }, { name: 'usr', flag: '2', link: 'etc' })
  const nowhere = layer({ name: 'etc/os-release', flag: '2', link: '/etc/shadow' })
  for (const only of [circle, around, nowhere])
    assert.match((await scanLayers([only])).blocked ?? '', /finds no operating system.*Rebuild it on/)
})

test('distroless images list a package in each file', async () => {
  const files = ['base', 'libc6'].map(name => ({
    name: `var/lib/dpkg/status.d/${name}`,
    content: `Package: ${name}\nVersion: 2\nArchitecture: arm64\nDescription: x\n more\n`,
  }))
  const sums = { name: 'var/lib/dpkg/status.d/base.md5sums', content: 'Package: no\n' }
  assert.deepEqual(namesOf(await scanLayers([layer(osRelease, ...files, sums)])), ['base', 'libc6'])
})

test('packages that dpkg knows but that are not installed do not count', async () => {
  const content = `${status('dash')}Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n`
  const report = await scanLayers([layer(osRelease, { name: 'var/lib/dpkg/status', content })])
  assert.deepEqual(namesOf(report), ['dash'])
})

const rocky = { name: 'etc/os-release', content: 'ID="rocky"\nVERSION_ID="9.6"\nPRETTY_NAME="Rocky Linux 9.6"\n' }

test("rpm's SQLite database is read, at either place and through the link between them", async () => {
  const database = await rpmDatabase([
    "CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT,blob BLOB NOT NULL)",
  ])
  const place = { name: 'usr/lib/sysimage/rpm/rpmdb.sqlite', content: database }
  const link = { name: 'var/lib/rpm', flag: '2', link: '../../usr/lib/sysimage/rpm' }
  const expected = [
    { database: 'rpm', name: 'glibc', version: '1:2.34-168.el9', architecture: 'x86_64' },
    { database: 'rpm', name: 'bash', version: '5.1.8-9.el9', architecture: 'noarch' },
  ]
  for (const entries of [
    [rocky, place],
    [rocky, place, link],
    [rocky, { ...place, name: 'var/lib/rpm/rpmdb.sqlite' }],
  ]) {
    const report = await scanLayers([layer(...entries)])
    assert.deepEqual(report.packages, expected)
    assert.deepEqual([report.unread, report.blocked], [[], undefined])
  }
})

test('package databases that cannot be read are told, not taken for empty', async () => {
  const unreadOf = async (...entries: CraftedEntry[]) => (await scanLayers([layer(rocky, ...entries)])).unread.join()
  const view = await rpmDatabase([
    'CREATE VIEW Packages AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS hnum, i AS blob FROM n',
  ])
  assert.match(await unreadOf({ name: 'var/lib/rpm/Packages', content: 'x' }), /is not a hash database of Berkeley DB/)
  assert.match(await unreadOf({ name: 'var/lib/rpm/Packages.db', content: 'x' }), /not a database in rpm's ndb format/)
  assert.match(await unreadOf({ name: 'var/lib/rpm/rpmdb.sqlite', flag: '6' }), /not a file/)
  assert.match(
    await unreadOf({ name: 'var/lib/rpm/rpmdb.sqlite', content: 'no database'.repeat(100) }),
    /cannot be read: file is not a database/,
  )
  assert.match(await unreadOf({ name: 'var/lib/rpm/rpmdb.sqlite', content: view }), /no table of rpm's form/)
  assert.match(await unreadOf({ name: 'var/lib/dpkg/status', flag: '6' }), /not a file/)
})

test('a damaged rpm database gives packages or a word on it, never an error', async () => {
  const whole = await rpmDatabase([
    "CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT,blob BLOB NOT NULL)",
  ])
  const flip = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255) })
  await fc.assert(
    fc.asyncProperty(fc.array(flip, { minLength: 1, maxLength: 60 }), fc.nat(whole.length), async (flips, cut) => {
      const content = Buffer.from(whole)
      for (const { at, byte } of flips) content[at] = byte
      const database = { name: 'var/lib/rpm/rpmdb.sqlite', content: cut % 3 ? content : content.subarray(0, cut) }
      const report = await scanLayers([layer(rocky, database)])
      assert.ok(report.packages.length <= 4 && report.unread.length <= 1)
      assert.equal(report.blocked, undefined)
    }),
    { numRuns: 150 },
  )
})

/** A database whose `Packages`, when a table, holds two packages, a signing key and a damaged header. */
async function rpmDatabase(schema: readonly string[]): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'modelmart-scan-test-'))
  try {
    const db = new DatabaseSync(join(directory, 'db'))
    for (const statement of schema) db.exec(statement)
    if (schema[0]?.startsWith('CREATE TABLE')) {
      const insert = db.prepare('INSERT INTO Packages (blob) VALUES (?)')
      insert.run(
        craftRpmHeader({
          1000: 'glibc',
          1001: '2.34',
          1002: '168.el9',
          1003: 1,
          1022: 'x86_64',
          1044: 'glibc-2.34-168.el9.src.rpm',
        }),
      )
      insert.run(craftRpmHeader({ 1000: 'gpg-pubkey', 1001: 'x', 1002: 'y' }))
      insert.run(Buffer.from('ffffffff00000000', 'hex'))
      insert.run(craftRpmHeader({ 1000: 'bash', 1001: '5.1.8', 1002: '9.el9', 1022: 'noarch' }))
    }
    db.close()
    return await readFile(join(directory, 'db'))
  } finally {
    await rm(directory, { recursive: true })
  }
}

const systems = [
  ['ID=ubuntu\nVERSION_ID="24.04"\n', undefined],
  ['ID=alpine\nVERSION_ID=3.22.1\n', undefined],
  ["ID='amzn'\nVERSION_ID='2023'\n", undefined],
  ['ID="almalinux"\nVERSION_ID="8.10"\n', undefined],
  ['ID=wolfi\nVERSION_ID=20230201\n', undefined],
  [
    'ID=debian\nVERSION_ID="11"\nPRETTY_NAME="Debian 11"\n',
    /Debian 11 \(debian 11\): its security updates ended on 2026-08-31\. Rebuild it on a supported release: Debian 12, 13\./,
  ],
  ['ID=ubuntu\nVERSION_ID="20.04"\n', /ended on 2025-05-31.*Ubuntu 22\.04, 24\.04, 26\.04/],
  ['ID=ubuntu\nVERSION_ID="25.10"\n', /does not list.*ubuntu 25\.10/],
  ['ID=debian\nPRETTY_NAME="Debian forky/sid"\n', /states none \(VERSION_ID\)/],
  ['ID=kali\nID_LIKE=debian\nVERSION_ID=2026.1\n', /does not know.*kali 2026\.1.*Debian 12, 13; Ubuntu/],
  ['NAME=nobody\n', /finds no operating system/],
] as const

for (const [content, reason] of systems)
  test(`the current policy on ${JSON.stringify(content)}`, async () => {
    const { blocked } = await scanLayers([layer({ name: 'etc/os-release', content })])
    if (reason) assert.match(blocked ?? 'passed', reason)
    else assert.equal(blocked, undefined)
  })

test('the last day of security updates counts until it ends', async () => {
  const eleven = layer({ name: 'etc/os-release', content: 'ID=debian\nVERSION_ID=11\n' })
  const on = async (day: string) => (await scanLayers([eleven], { now: () => new Date(day) })).blocked
  assert.equal(await on('2026-08-31T23:59:59Z'), undefined)
  assert.match((await on('2026-09-01T00:00:00Z')) ?? '', /ended on 2026-08-31/)
})

test('an image can be a real one of this machine', async t => {
  const reference = await imageHere('modelmart-contract-probe')
  if (!reference) return t.skip('the engine has no modelmart-contract-probe')
  const directory = await mkdtemp(join(tmpdir(), 'modelmart-scan-test-'))
  try {
    const run = promisify(execFile)
    await run('sh', ['-c', `docker save ${reference} | tar -x -C ${directory}`])
    const [saved] = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8'))
    const layers: ImageBlob[] = await Promise.all(
      saved.Layers.map(async (name: string) => {
        const path = join(directory, name)
        const { size } = await stat(path)
        return { mediaType: 'tar', digest: `sha256:${name}`, size, open: () => createReadStream(path) }
      }),
    )
    const report = await scanLayers(layers)
    assert.deepEqual([report.operatingSystem?.id, report.blocked, report.unread], ['debian', undefined, []])
    assert.ok(report.packages.some(({ name, version }) => name === 'libc6' && version.startsWith('2.')))
  } finally {
    await rm(directory, { recursive: true })
  }
})

async function imageHere(name: string): Promise<string | undefined> {
  const list = promisify(execFile)('docker', ['image', 'ls', name, '--format', '{{.Repository}}:{{.Tag}}'])
  const { stdout } = await list.catch(() => ({ stdout: '' }))
  return stdout.split('\n')[0] || undefined
}
