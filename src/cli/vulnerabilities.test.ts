import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { gzipSync } from 'node:zlib'
import type * as Sdk from '@aws-sdk/client-ecr'
import { imageScanReconciler } from '../ecr/image-scan.reconcile.ts'
import { sha256 } from '../ecr/manifest.ts'
import { newName, openFixture, region, seller } from '../ecr/registry.fixture.ts'
import { machineArchitecture } from '../ecr/registry-platform.ts'
import { createImageInventories } from '../scan/image-inventory.ts'
import { createImageScanner } from '../scan/image-scanner.ts'
import { bookworm, craftTar } from '../scan/layer.fixture.ts'
import { affects, record } from '../scan/osv-record.fixture.ts'
import { scanLimits } from '../scan/scan-budget.ts'
import { dataDirectory } from '../store/data-directory.ts'
import { lockExclusively } from '../store/exclusive-lock.ts'
import { openDataStore } from '../store/store.fixture.ts'
import { runCommand } from './command.fixture.ts'

const data = await mkdtemp(join(tmpdir(), 'modelmart-vulnerabilities-'))
await mkdir(join(data, 'osv'))
const directory = dataDirectory(data)
const store = await openDataStore(data)
const now = () => new Date()
const inventories = createImageInventories(store, now, scanLimits)
const scanner = createImageScanner({ store, inventories, now })
const fixture = await openFixture({ directory: data, store })
after(async () => {
  await fixture.close(true)
  await store.close()
  await rm(data, { recursive: true })
})

const modelmart = (...line: string[]) => runCommand(data, ...line)

/** Pushes an image on Debian 12 with one package, and returns its digest. */
async function push(repositoryName: string, packageName: string): Promise<string> {
  const status = `Package: ${packageName}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0-1\n\n`
  const tar = craftTar([
    { name: 'etc/os-release', content: bookworm },
    { name: 'var/lib/dpkg/status', content: status },
  ])
  const rootfs = { type: 'layers', diff_ids: [sha256(tar)] }
  const config = Buffer.from(JSON.stringify({ architecture: machineArchitecture, os: 'linux', rootfs }))
  const layer = gzipSync(tar)
  const path = `/v2/${seller}/${repositoryName}`
  for (const body of [config, layer])
    await fixture.send('POST', `${path}/blobs/uploads/?digest=${sha256(body)}`, { body })
  const type = 'application/vnd.oci.image'
  const part = (mediaType: string, bytes: Buffer) => ({ mediaType, digest: sha256(bytes), size: bytes.length })
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: `${type}.manifest.v1+json`,
      config: part(`${type}.config.v1+json`, config),
      layers: [part(`${type}.layer.v1.tar+gzip`, layer)],
    }),
  )
  const headers = { 'content-type': `${type}.manifest.v1+json` }
  const put = await fixture.send('PUT', `${path}/manifests/latest`, { headers, body: manifest })
  assert.equal(put.status, 201)
  return sha256(manifest)
}

async function runScans(): Promise<void> {
  const due = await store.db.selectFrom('work').select('key').where('kind', '=', 'image-scan').execute()
  for (const { key } of due) await imageScanReconciler({ ...fixture, scanner })(key, new AbortController().signal)
}

test("records are imported by command, and ECR's scans find by them", async () => {
  const repositoryName = newName()
  const scanOnPush = { imageScanningConfiguration: { scanOnPush: true } }
  await fixture.call('CreateRepository', { repositoryName, ...scanOnPush })
  const asked = { repositoryName, imageId: { imageTag: 'latest' } }
  const scanned = () => fixture.call<Sdk.DescribeImageScanFindingsResponse>('DescribeImageScanFindings', asked)
  await push(repositoryName, 'shaky')
  await runScans()
  const unavailable = (await scanned()).imageScanStatus
  assert.equal(unavailable?.status, 'FAILED')
  assert.match(unavailable?.description ?? '', /^Findings are unavailable: .*no vulnerability data/)

  const found = record('DEBIAN-CVE-2026-0042', [affects('Debian:12', 'shaky', '1.0-2')])
  await writeFile(join(data, 'osv', 'records.jsonl'), `${JSON.stringify(found)}\n{"id":"x"}\n`)
  const imported = await modelmart('vulnerabilities', 'import', join(data, 'osv'))
  assert.match(imported.out, /osv: 1 records imported, 0 known already, 0 withdrawn, 0 of systems/)
  assert.match(imported.err, /line 2: modified is not a time[\s\S]*1 documents of .* were left out/)
  assert.equal(imported.code, 1)

  await fixture.call('StartImageScan', asked)
  await runScans()
  const { imageScanStatus, imageScanFindings } = await scanned()
  assert.deepEqual(imageScanStatus, { status: 'COMPLETE' })
  assert.deepEqual(imageScanFindings?.findingSeverityCounts, { CRITICAL: 1 })
  assert.equal(imageScanFindings?.findings?.[0]?.name, 'CVE-2026-0042')
  assert.deepEqual(imageScanFindings?.vulnerabilitySourceUpdatedAt, new Date('2026-11-18T00:00:00Z'))
})

test('exceptions and the policy are set and shown by command', async () => {
  const refused = await modelmart('vulnerabilities', 'except', 'CVE-2026-0042')
  assert.deepEqual([refused.code, refused.out], [1, ''])
  assert.match(refused.err, /needs --reason and --until/)
  const asked = ['vulnerabilities', 'except', 'CVE-2026-0042', '--package', 'shaky']
  const put = await modelmart(...asked, '--reason', 'never called', '--until', '2999-12-31')
  assert.equal(put.out, 'CVE-2026-0042 in shaky passes until 2999-12-31\n')
  assert.match((await modelmart('vulnerabilities', 'policy', 'current-fixable')).out, /^\* current-fixable$/m)
  assert.match((await modelmart('vulnerabilities', 'policy', 'lax')).err, /there is no scan policy 'lax'/)
  const status = await modelmart('vulnerabilities', 'status')
  assert.match(status.out, /^Debian:12\tnewest record 2026-11-18\timported /m)
  assert.match(status.out, /^policy current-fixable: blocks CRITICAL and HIGH that have a fix$/m)
  assert.match(status.out, /^exception CVE-2026-0042 in shaky\tuntil 2999-12-31\tnever called$/m)
  assert.match((await modelmart(...asked, '--revoke')).out, /blocks again/)
  assert.match((await modelmart(...asked, '--revoke')).err, /there is no exception/)
})

test('an SBOM is printed of an image that was never scanned, with and without a server', async () => {
  const repositoryName = newName()
  await fixture.call('CreateRepository', { repositoryName })
  const first = await push(repositoryName, 'alone')
  const uri = `${seller}.dkr.ecr.${region}.amazonaws.com/${repositoryName}`
  const purls = (text: string): string[] =>
    JSON.parse(text).components.flatMap((one: { purl?: string }) => one.purl ?? [])
  const alone = await modelmart('sbom', uri)
  assert.deepEqual(purls(alone.out), ['pkg:deb/debian/alone@1.0-1?arch=amd64&distro=debian-12'], alone.err)
  assert.deepEqual(purls((await modelmart('sbom', first)).out), purls(alone.out))

  const second = await push(repositoryName, 'served')
  const unlock = lockExclusively(directory.lock)
  try {
    const printed = modelmart('sbom', second)
    const queued = () =>
      store.db.selectFrom('work').select('key').where('kind', '=', 'image-inventory').executeTakeFirst()
    while (!(await queued())) await new Promise(resolve => setTimeout(resolve, 20))
    assert.equal((await queued())?.key, second)
    await inventories.of(second, () => fixture.images.source(second))
    assert.deepEqual(purls((await printed).out), ['pkg:deb/debian/served@1.0-1?arch=amd64&distro=debian-12'])
  } finally {
    unlock()
  }
  assert.match((await modelmart('sbom', `${uri}:none`)).err, /there is no image/)
  assert.match((await modelmart('sbom', sha256(Buffer.from('x')))).err, /there is no image sha256:/)
  assert.match((await modelmart('sbom', 'python:3')).err, /Invalid image URI/)
})
