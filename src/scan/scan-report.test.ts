import assert from 'node:assert/strict'
import test from 'node:test'
import { putException } from './exception.ts'
import { createImageInventories } from './image-inventory.ts'
import { createImageScanner } from './image-scanner.ts'
import { bookworm, craftLayer, craftTar, scanLayers } from './layer.fixture.ts'
import { affects, importRecords, record, storeOf } from './osv-record.fixture.ts'
import type { OsvRecord } from './osv-record.ts'
import { choosePolicy } from './policy-choice.ts'
import { storedSbom } from './sbom.ts'
import { scanLimits } from './scan-budget.ts'
import { createScanner } from './scanner.ts'

const now = () => new Date('2026-11-20T12:00:00Z')
const status = [
  'Package: libssl3\nStatus: install ok installed\nSource: openssl\nArchitecture: amd64\nVersion: 3.0.11-1~deb12u1\n',
  'Package: curl\nStatus: install ok installed\nArchitecture: amd64\nVersion: 7.88.1-10+deb12u5\n',
  'Package: libgcc-s1\nStatus: install ok installed\nSource: gcc-12 (12.2.0-14)\nArchitecture: amd64\nVersion: 12.2.0-14+b1\n',
].join('\n')
const debian = craftLayer(
  craftTar([
    { name: 'etc/os-release', content: bookworm },
    { name: 'var/lib/dpkg/status', content: status },
  ]),
)
const fixed = record('DEBIAN-CVE-2026-0001', [affects('Debian:12', 'openssl', '3.0.14-1')])
const unfixed = record('DEBIAN-CVE-2026-0002', [affects('Debian:12', 'curl')])
const mild = record('DEBIAN-CVE-2026-0003', [affects('Debian:12', 'gcc-12')], {
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:L/AC:H/PR:H/UI:N/S:U/C:L/I:N/A:N' }],
})

test('critical vulnerabilities block and are named with package, version and fix', async () => {
  const store = await storeOf(fixed, unfixed, mild)
  const report = await scanLayers([debian], { store, now })
  assert.match(
    report.blocked ?? '',
    /policy "current" blocks known vulnerabilities \(2 CRITICAL; data of 2026-11-18\): CVE-2026-0001 \(CRITICAL\) in openssl 3\.0\.11-1~deb12u1, fixed in 3\.0\.14-1; CVE-2026-0002 \(CRITICAL\) in curl 7\.88\.1-10\+deb12u5, not fixed yet\. Rebuild/,
  )
  assert.deepEqual(
    report.vulnerabilities?.map(({ name }) => name),
    ['CVE-2026-0001', 'CVE-2026-0002', 'CVE-2026-0003'],
  )
  assert.deepEqual(report.dataFrom, new Date('2026-11-18T00:00:00Z'))
})

test('a hundred vulnerabilities are five by name and a number, within what a reason may hold', async () => {
  const many = Array.from({ length: 100 }, (_, n) =>
    record(`DEBIAN-CVE-2026-1${n + 100}`, [affects('Debian:12', 'curl', `9.${n}`)]),
  )
  const { blocked = '' } = await scanLayers([debian], { store: await storeOf(...many), now })
  assert.equal(blocked.match(/in curl/g)?.length, 5)
  assert.match(blocked, /100 CRITICAL.*; and 95 more\. Rebuild.*vulnerabilities except/)
  assert.ok(blocked.length <= 1024)
})

test('the operator may except, or choose a policy that lets pass what has no fix', async () => {
  const store = await storeOf(fixed, unfixed)
  const blocked = async () => (await scanLayers([debian], { store, now })).blocked
  await choosePolicy(store.db, 'current-fixable')
  assert.match((await blocked()) ?? '', /"current-fixable".*\(1 CRITICAL/)
  await putException(store.db, { id: 'CVE-2026-0001', reason: 'no TLS here', lastDay: '2026-12-24' }, now())
  assert.equal(await blocked(), undefined)
  await choosePolicy(store.db, 'current')
  assert.match((await blocked()) ?? '', /\(1 CRITICAL.*CVE-2026-0002/)
  await assert.rejects(choosePolicy(store.db, 'constructor'), /no scan policy.*current, current-fixable, aws-2018/)
})

test('without data the certification goes by the operating system, and the report says so', async () => {
  const report = await scanLayers([debian], { store: await storeOf(), now })
  assert.deepEqual([report.blocked, report.vulnerabilities], [undefined, undefined])
  assert.match(report.unchecked ?? '', /No vulnerability data/)
})

test('an image is read once, whoever asks and how often; data are looked at anew', async () => {
  const store = await storeOf()
  let reads = 0
  const layer = {
    ...debian,
    open: () => {
      reads++
      return debian.open()
    },
  }
  const image = { digest: 'sha256:once', config: debian, layers: [layer] }
  const parts = () => ({ store, inventories: createImageInventories(store, now, scanLimits), now })
  const scanner = createScanner({ images: { source: async () => image }, ...parts() })
  scanner.prepare([image.digest, image.digest])
  const reports = await Promise.all([1, 2, 3].map(() => scanner.scan(image.digest)))
  assert.deepEqual(new Set(reports.map(({ blocked }) => blocked)), new Set([undefined]))
  await importRecords(store, [fixed])
  const restarted = createScanner({ images: { source: async () => image }, ...parts() })
  assert.match((await restarted.scan(image.digest)).blocked ?? '', /CVE-2026-0001/)
  const { findings } = await createImageScanner(parts()).scan(image)
  assert.deepEqual([findings.length, reads], [1, 1])
})

test('an image that could not be had is asked for again', async () => {
  const store = await storeOf()
  let there = false
  const source = async () => {
    if (!there) throw new Error('not yet')
    return { digest: 'sha256:late', config: debian, layers: [debian] }
  }
  const inventories = createImageInventories(store, now, scanLimits)
  const scanner = createScanner({ images: { source }, store, inventories, now })
  await assert.rejects(scanner.scan('sha256:late'), /not yet/)
  there = true
  assert.equal((await scanner.scan('sha256:late')).operatingSystem?.id, 'debian')
})

test("ECR's findings carry package, version, fix, score and exception", async () => {
  const store = await storeOf(fixed)
  await putException(store.db, { id: fixed.id, reason: 'x'.repeat(300), lastDay: '2026-12-24' }, now())
  const scanner = createImageScanner({ store, inventories: createImageInventories(store, now, scanLimits), now })
  assert.equal(await scanner.unready(), undefined)
  const { findings, sourceUpdatedAt } = await scanner.scan({ digest: 'sha256:1', config: debian, layers: [debian] })
  assert.deepEqual(sourceUpdatedAt, new Date('2026-11-18T00:00:00Z'))
  assert.deepEqual(findings, [
    {
      name: 'CVE-2026-0001',
      severity: 'CRITICAL',
      uri: 'https://osv.dev/vulnerability/DEBIAN-CVE-2026-0001',
      attributes: [
        { key: 'package_name', value: 'openssl' },
        { key: 'package_version', value: '3.0.11-1~deb12u1' },
        { key: 'fixed_version', value: '3.0.14-1' },
        { key: 'CVSS3_SCORE', value: '9.8' },
        { key: 'CVSS3_VECTOR', value: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' },
        { key: 'osv_record', value: 'DEBIAN-CVE-2026-0001' },
        { key: 'exception_reason', value: 'x'.repeat(256) },
        { key: 'exception_until', value: '2026-12-25T00:00:00.000Z' },
      ],
    },
  ])
})

test('what cannot be judged is refused, not called clean', async () => {
  const scannerOf = async (...records: readonly OsvRecord[]) => {
    const store = await storeOf(...records)
    return createImageScanner({ store, inventories: createImageInventories(store, now, scanLimits), now })
  }
  assert.match((await (await scannerOf()).unready()) ?? '', /no vulnerability data/)
  const scanner = await scannerOf(fixed)
  const scan = (digest: string, layer: typeof debian) => scanner.scan({ digest, config: debian, layers: [layer] })
  await assert.rejects(scan('sha256:a', craftLayer(Buffer.alloc(512, 1))), /Layer 1 of 1.*cannot be scanned/)
  const alpine = craftLayer(craftTar([{ name: 'etc/os-release', content: 'ID=alpine\nVERSION_ID=3.22.1\n' }]))
  await assert.rejects(scan('sha256:b', alpine), /UnsupportedImageError: .*nothing on Alpine:v3\.22/)
  const files = [
    { name: 'etc/os-release', content: bookworm },
    { name: 'var/lib/rpm/Packages.db', content: 'x' },
  ]
  await assert.rejects(scan('sha256:c', craftLayer(craftTar(files))), /packages of the image cannot be read.*ndb/)
})

test('the SBOM of a certified image is stored once, as CycloneDX with purls', async () => {
  const store = await storeOf()
  const inventories = createImageInventories(store, now, scanLimits)
  const image = { digest: 'sha256:bill', config: debian, layers: [debian] }
  const scanner = createScanner({ images: { source: async () => image }, store, inventories, now })
  await scanner.scan(image.digest)
  const text = await storedSbom(store.db, image.digest)
  const later = createScanner({
    ...{ images: { source: async () => image }, store, inventories },
    now: () => new Date('2026-11-21T00:00:00Z'),
  })
  await later.scan(image.digest)
  assert.equal(await storedSbom(store.db, image.digest), text)
  const bom = JSON.parse(text ?? '')
  assert.deepEqual([bom.bomFormat, bom.specVersion, bom.version], ['CycloneDX', '1.6', 1])
  assert.match(bom.serialNumber, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.equal(bom.metadata.timestamp, '2026-11-20T12:00:00.000Z')
  assert.deepEqual(
    bom.components.map(
      (one: { purl?: string; name: string; version: string }) => one.purl ?? `${one.name} ${one.version}`,
    ),
    [
      'debian 12',
      'pkg:deb/debian/libssl3@3.0.11-1~deb12u1?arch=amd64&distro=debian-12',
      'pkg:deb/debian/curl@7.88.1-10%2Bdeb12u5?arch=amd64&distro=debian-12',
      'pkg:deb/debian/libgcc-s1@12.2.0-14%2Bb1?arch=amd64&distro=debian-12',
    ],
  )
  assert.deepEqual(bom.components[3].properties, [{ name: 'modelmart:source', value: 'gcc-12 12.2.0-14' }])
  const references = bom.components.map((one: { 'bom-ref': string }) => one['bom-ref'])
  assert.equal(new Set(references).size, references.length)
})
