import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { InstalledPackage } from '../service/scan.ts'
import { liesIn, orderedRange } from './affected-range.ts'
import { compareDpkgVersions } from './dpkg-version.ts'
import { putException, revokeException } from './exception.ts'
import { findVulnerabilities } from './find-vulnerabilities.ts'
import { affects, record, storeOf } from './osv-record.fixture.ts'
import type { OsvRecord } from './osv-record.ts'

const now = new Date('2026-11-20T12:00:00Z')
const debian = { id: 'debian', version: '12', name: 'Debian GNU/Linux 12 (bookworm)' }
const systems = {
  ubuntu: { id: 'ubuntu', version: '22.04', name: 'Ubuntu 22.04.5 LTS' },
  alpine: { id: 'alpine', version: '3.18.4', name: 'Alpine Linux v3.18' },
  rhel: { id: 'rhel', version: '9.6', name: 'Red Hat Enterprise Linux 9.6 (Plow)' },
  rocky: { id: 'rocky', version: '9.6', name: 'Rocky Linux 9.6' },
  almalinux: { id: 'almalinux', version: '8.10', name: 'AlmaLinux 8.10' },
  wolfi: { id: 'wolfi', version: '20230201', name: 'Wolfi' },
}

const dpkg = (name: string, version: string, source?: InstalledPackage['source']): InstalledPackage => ({
  ...{ database: 'dpkg', name, version, architecture: 'amd64' },
  ...(source && { source }),
})

async function found(records: readonly OsvRecord[], packages: readonly InstalledPackage[], system = debian) {
  const findings = await findVulnerabilities((await storeOf(...records)).db, system, packages, now)
  if ('unchecked' in findings) assert.fail(findings.unchecked)
  return findings.vulnerabilities
}

const brief = (list: Awaited<ReturnType<typeof found>>) =>
  list.map(one => [one.name, one.severity, one.package, one.version, one.fixedIn ?? '-'].join(' '))

test('Debian: records name source packages, and the version that counts is that of the source', async () => {
  const records = [
    record('DEBIAN-CVE-2026-1000', [
      affects('Debian:11', 'openssl', '1.1.1w-0+deb11u2'),
      affects('Debian:12', 'openssl', '3.0.14-1~deb12u2'),
    ]),
    record('DEBIAN-CVE-2026-1001', [affects('Debian:12', 'gcc-12')]),
    record('DEBIAN-CVE-2026-1002', [affects('Debian:12', 'libssl3')]),
  ]
  const packages = [
    dpkg('libssl3', '3.0.14-1~deb12u1', { name: 'openssl', version: '3.0.14-1~deb12u1' }),
    dpkg('openssl', '3.0.14-1~deb12u1'),
    dpkg('libgcc-s1', '12.2.0-14+b2', { name: 'gcc-12', version: '12.2.0-14' }),
  ]
  assert.deepEqual(brief(await found(records, packages)), [
    'CVE-2026-1000 CRITICAL openssl 3.0.14-1~deb12u1 3.0.14-1~deb12u2',
    'CVE-2026-1001 CRITICAL gcc-12 12.2.0-14 -',
  ])
  const updated = packages.map(one => ({ ...one, version: '3.0.14-1~deb12u2', source: undefined }))
  assert.deepEqual(await found(records.slice(0, 1), updated), [])
})

test('every distribution is matched in its own order and by its own names', async () => {
  const cases: readonly (readonly [keyof typeof systems, OsvRecord, InstalledPackage, string])[] = [
    [
      'ubuntu',
      record('UBUNTU-CVE-2022-1292', [
        affects('Ubuntu:Pro:14.04:LTS', 'openssl', '1.0.1f-1ubuntu2.27+esm10'),
        affects('Ubuntu:22.04:LTS', 'openssl', '3.0.2-0ubuntu1.10'),
      ]),
      dpkg('libssl3', '3.0.2-0ubuntu1.9', { name: 'openssl', version: '3.0.2-0ubuntu1.9' }),
      'CVE-2022-1292 CRITICAL openssl 3.0.2-0ubuntu1.9 3.0.2-0ubuntu1.10',
    ],
    [
      'alpine',
      record('ALPINE-CVE-2023-42363', [affects('Alpine:v3.18', 'busybox', '1.36.1-r7')]),
      {
        database: 'apk',
        name: 'ssl_client',
        version: '1.36.1-r5',
        architecture: 'x86_64',
        source: { name: 'busybox', version: '1.36.1-r5' },
      },
      'CVE-2023-42363 CRITICAL busybox 1.36.1-r5 1.36.1-r7',
    ],
    [
      'rhel',
      record(
        'RHSA-2025:9978',
        [
          affects('Red Hat:rhel_eus:9.2::baseos', 'sudo', '99-1'),
          affects('Red Hat:enterprise_linux:9::baseos', 'sudo', '0:1.9.5p2-10.el9_6.1'),
        ],
        { upstream: ['CVE-2025-32462'], severity: [], summary: 'Important: sudo security update' },
      ),
      { database: 'rpm', name: 'sudo', version: '1.9.5p2-10.el9', architecture: 'x86_64' },
      'CVE-2025-32462 HIGH sudo 1.9.5p2-10.el9 0:1.9.5p2-10.el9_6.1',
    ],
    [
      'rocky',
      record('RLSA-2024:1', [affects('Rocky Linux:9', 'openssl', '1:3.0.7-27.el9')], {
        upstream: ['CVE-2024-5', 'CVE-2024-5555', 'CVE-2024-6666'],
      }),
      {
        database: 'rpm',
        name: 'openssl-libs',
        version: '1:3.0.7-25.el9',
        architecture: 'x86_64',
        source: { name: 'openssl', version: '1:3.0.7-25.el9' },
      },
      'RLSA-2024:1 CRITICAL openssl 1:3.0.7-25.el9 1:3.0.7-27.el9',
    ],
    [
      'almalinux',
      record('ALSA-2024:2', [affects('AlmaLinux:8', 'openssl-libs', '1:1.1.1k-12.el8')], {
        upstream: ['CVE-2024-7777'],
      }),
      {
        database: 'rpm',
        name: 'openssl-libs',
        version: '1:1.1.1k-9.el8',
        architecture: 'x86_64',
        source: { name: 'openssl', version: '1:1.1.1k-9.el8' },
      },
      'CVE-2024-7777 CRITICAL openssl-libs 1:1.1.1k-9.el8 1:1.1.1k-12.el8',
    ],
    [
      'wolfi',
      record('CGA-aaaa-bbbb-cccc', [affects('Wolfi', 'curl', '8.6.0-r1')], { upstream: ['CVE-2024-2398'] }),
      { database: 'apk', name: 'curl', version: '8.6.0-r0', architecture: 'x86_64' },
      'CVE-2024-2398 CRITICAL curl 8.6.0-r0 8.6.0-r1',
    ],
  ]
  for (const [system, given, installed, expected] of cases)
    assert.deepEqual(brief(await found([given], [installed], systems[system])), [expected], system)
})

test("Red Hat's modules do not speak of the ordinary package", async () => {
  const fix = '1:22.23.2-2.module+el9.8.0+24958+80b2ac6e'
  const module = record('RHSA-1', [affects('Red Hat:enterprise_linux:9::appstream', 'nodejs', fix)], {
    upstream: ['CVE-2026-1111'],
  })
  const nodejs = (version: string): InstalledPackage => ({
    database: 'rpm',
    name: 'nodejs',
    version,
    architecture: 'x86_64',
  })
  assert.deepEqual(await found([module], [nodejs('1:16.20.2-8.el9')], systems.rhel), [])
  assert.equal((await found([module], [nodejs('1:22.1.0-1.module+el9.8.0+1+a')], systems.rhel)).length, 1)
})

test('an advisory goes where its CVEs are found themselves; kernels are left out', async () => {
  const records = [
    record('DSA-1-1', [affects('Debian:12', 'curl', '2')], {
      upstream: ['CVE-2026-2001', 'CVE-2026-2002'],
      severity: [],
    }),
    record('DEBIAN-CVE-2026-2001', [affects('Debian:12', 'curl', '2')]),
    record('DEBIAN-CVE-2026-2002', [affects('Debian:12', 'curl', '2')]),
    record('DSA-2-1', [affects('Debian:12', 'zlib', '3')], {
      upstream: ['CVE-2026-2003', 'CVE-2026-2004'],
      severity: [],
    }),
    record('DSA-3-1', [affects('Debian:12', 'dash', '4')], { upstream: ['CVE-2026-2005'], severity: [] }),
    record('DEBIAN-CVE-2026-2005', [affects('Debian:12', 'dash')]),
    record('DEBIAN-CVE-2026-2006', [affects('Debian:12', 'linux')]),
  ]
  const packages = [
    dpkg('curl', '1'),
    dpkg('zlib', '1'),
    dpkg('dash', '1'),
    dpkg('linux-libc-dev', '6.1.1-1', { name: 'linux', version: '6.1.1-1' }),
  ]
  assert.deepEqual(brief(await found(records, packages)).sort(), [
    'CVE-2026-2001 CRITICAL curl 1 2',
    'CVE-2026-2002 CRITICAL curl 1 2',
    'CVE-2026-2005 CRITICAL dash 1 4',
    'DSA-2-1 UNDEFINED zlib 1 3',
  ])
})

test("the distribution's own word counts before the score, and the worst comes first", async () => {
  const low = 'CVSS:3.1/AV:L/AC:H/PR:H/UI:N/S:U/C:L/I:N/A:N'
  const records = [
    record('DEBIAN-CVE-2026-3001', [
      affects('Debian:12', 'a', undefined, { ecosystem_specific: { urgency: 'unimportant' } }),
    ]),
    record('DEBIAN-CVE-2026-3002', [
      affects('Debian:12', 'a', undefined, { ecosystem_specific: { urgency: 'not yet assigned' } }),
    ]),
    record('DEBIAN-CVE-2026-3003', [affects('Debian:12', 'a')], { severity: [{ type: 'CVSS_V3', score: low }] }),
    record('DEBIAN-CVE-2026-3004', [affects('Debian:12', 'a')], { severity: [] }),
    record('DEBIAN-CVE-2026-3005', [affects('Debian:12', 'a')], { severity: [{ type: 'Ubuntu', score: 'medium' }] }),
    record('DEBIAN-CVE-2026-3006', [affects('Debian:12', 'a')], {
      severity: [{ type: 'CVSS_V4', score: 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N' }],
    }),
  ]
  const list = await found(records, [dpkg('a', '1')])
  assert.deepEqual(
    list.map(({ name, severity, score }) => [name.slice(-4), severity, score]),
    [
      ['3002', 'CRITICAL', 9.8],
      ['3006', 'HIGH', 8.7],
      ['3005', 'MEDIUM', undefined],
      ['3003', 'LOW', 1.9],
      ['3001', 'INFORMATIONAL', 9.8],
      ['3004', 'UNDEFINED', undefined],
    ],
  )
})

test('an exception counts until its day ends, in its package, and for an advisory only when it covers all of it', async () => {
  const store = await storeOf(
    record('DEBIAN-CVE-2026-4001', [affects('Debian:12', 'a'), affects('Debian:12', 'b')]),
    record('DSA-9-1', [affects('Debian:12', 'c')], { upstream: ['CVE-2026-4002', 'CVE-2026-4003'] }),
  )
  const packages = [dpkg('a', '1'), dpkg('b', '1'), dpkg('c', '1')]
  const excepted = async (at: Date) => {
    const findings = await findVulnerabilities(store.db, debian, packages, at)
    assert.ok('vulnerabilities' in findings)
    return findings.vulnerabilities
      .filter(one => one.exception)
      .map(one => one.package)
      .join()
  }
  const put = (id: string, packageName?: string) =>
    putException(store.db, { id, packageName, reason: 'not reachable', lastDay: '2026-11-30' }, now)
  await put('CVE-2026-4001', 'a')
  await put('CVE-2026-4002')
  assert.equal(await excepted(now), 'a')
  await put('CVE-2026-4003')
  await put('CVE-2026-4001')
  assert.equal(await excepted(now), 'a,b,c')
  assert.equal(await excepted(new Date('2026-11-30T23:59:59Z')), 'a,b,c')
  assert.equal(await excepted(new Date('2026-12-01T00:00:00Z')), '')
  assert.equal(await revokeException(store.db, 'CVE-2026-4003'), true)
  assert.equal(await revokeException(store.db, 'CVE-2026-4003'), false)
  assert.equal(await excepted(now), 'a,b')
  for (const [lastDay, reason] of [
    ['2026-11-19', /is over/],
    ['2027-13-01', /not a day/],
    ['soon', /not a day/],
  ] as const)
    await assert.rejects(putException(store.db, { id: 'X', reason: 'y', lastDay }, now), reason)
  await assert.rejects(putException(store.db, { id: 'X', reason: ' ', lastDay: '2027-01-01' }, now), /needs a reason/)
})

test('without data for the system, nothing is said to be clean', async () => {
  const unchecked = async (
    records: readonly OsvRecord[],
    system: typeof debian | undefined,
    packages: readonly InstalledPackage[] = [dpkg('a', '1')],
  ) => {
    const findings = await findVulnerabilities((await storeOf(...records)).db, system, packages, now)
    return 'unchecked' in findings ? findings.unchecked : 'checked'
  }
  const twelve = record('DEBIAN-CVE-2026-1', [affects('Debian:12', 'a')])
  assert.match(await unchecked([], debian), /No vulnerability data are imported/)
  assert.match(await unchecked([twelve], systems.alpine), /nothing on Alpine:v3\.18; they are on Debian:12/)
  assert.match(
    await unchecked([twelve], { id: 'fedora', version: '43', name: 'Fedora 43' }),
    /no vulnerability data for Fedora 43/,
  )
  assert.match(
    await unchecked([twelve], { id: 'opensuse-leap', version: '16.0', name: 'openSUSE Leap 16.0' }),
    /no vulnerability data for openSUSE Leap 16.0/,
  )
  assert.match(await unchecked([twelve], undefined), /unknown system/)
  assert.match(await unchecked([twelve], debian, []), /no package database/)
  assert.equal(await unchecked([twelve], debian), 'checked')
})

test('ranges are what the format says, in whatever order their events come', () => {
  const inside = (version: string, ...events: Record<string, string>[]) =>
    liesIn(version, orderedRange({ type: 'ECOSYSTEM', events }, compareDpkgVersions), compareDpkgVersions)
  assert.equal(inside('2', { introduced: '0' }, { last_affected: '2' }), true)
  assert.equal(inside('2.0.1', { introduced: '0' }, { last_affected: '2' }), false)
  assert.equal(inside('1', { introduced: '0' }, { fixed: '0' }), false)
  assert.equal(inside('0~a', { introduced: '0' }), true)
  assert.equal(inside('3', { fixed: '4' }, { introduced: '3' }, { fixed: '2' }, { introduced: '1' }), true)
  assert.equal(inside('2', { introduced: '0' }, { fixed: '2' }, { introduced: '2' }, { fixed: '3' }), true)
  assert.equal(inside('5', { introduced: '0' }, { limit: '5' }), false)
  assert.equal(inside('5', { introduced: '0' }, { limit: '*' }), true)
  const number = fc.nat(30)
  fc.assert(
    fc.property(number, fc.uniqueArray(number, { minLength: 2, maxLength: 6 }), (version, bounds) => {
      const ascending = bounds.toSorted((a, b) => a - b).map(bound => bound + 1)
      const events = ascending.map((bound, at) => ({ [at % 2 ? 'fixed' : 'introduced']: String(bound) }))
      const expected = ascending.filter(bound => bound <= version).length % 2 === 1
      assert.equal(inside(String(version), ...events.toReversed()), expected)
    }),
  )
})
