import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type * as Sdk from '@aws-sdk/client-ecr'
import { craftImage } from './crafted-image.fixture.ts'
import { imageScanReconciler } from './image-scan.reconcile.ts'
import type { ImageScanner } from './image-scan-support.ts'
import { type Fixture, openFixture } from './registry.fixture.ts'
import { clientOf, pushThroughApi } from './registry-client.fixture.ts'

let fixture: Fixture
before(async () => {
  fixture = await openFixture()
})
after(() => fixture.close())
const { newRepository } = clientOf(() => fixture)
const call: Fixture['call'] = (...args) => fixture.call(...args)

test('scans are carried out by the scanner, on push as well, and say so when there is nothing to find by', async () => {
  const { name: repositoryName } = await newRepository({ imageScanningConfiguration: { scanOnPush: true } })
  const imageId = { imageTag: 'v1' }
  const describe = () =>
    call<Sdk.DescribeImageScanFindingsResponse>('DescribeImageScanFindings', { repositoryName, imageId })
  const scanWith = async (scanner: ImageScanner) => {
    const due = await fixture.store.db.selectFrom('work').select('key').where('kind', '=', 'image-scan').execute()
    for (const { key } of due) await imageScanReconciler({ ...fixture, scanner })(key, new AbortController().signal)
  }
  const scan = async () => ({ findings: [{ name: 'CVE-1', severity: 'HIGH' as const }] })
  await pushThroughApi(fixture, repositoryName, await craftImage(['scanned']), 'v1')
  assert.deepEqual((await describe()).imageScanStatus, { status: 'IN_PROGRESS' })
  await scanWith({ unready: async () => 'There are no data', scan })
  const unavailable = await describe()
  assert.deepEqual(unavailable.imageScanStatus, {
    status: 'FAILED',
    description: 'Findings are unavailable: There are no data',
  })
  assert.equal(unavailable.imageScanFindings, undefined)
  await call('StartImageScan', { repositoryName, imageId })
  await scanWith({ scan })
  const found = await describe()
  assert.equal(found.imageScanStatus?.status, 'COMPLETE')
  assert.deepEqual(found.imageScanFindings?.findingSeverityCounts, { HIGH: 1 })
  const { imageDetails } = await call<Sdk.DescribeImagesResponse>('DescribeImages', { repositoryName })
  assert.deepEqual(imageDetails?.[0]?.imageScanFindingsSummary?.findingSeverityCounts, { HIGH: 1 })
  const { name: unscanned } = await newRepository()
  await pushThroughApi(fixture, unscanned, await craftImage(['not scanned']), 'v1')
  const none = call('DescribeImageScanFindings', { repositoryName: unscanned, imageId })
  await assert.rejects(none, { code: 'ScanNotFoundException', message: /Image scan does not exist/ })
})
