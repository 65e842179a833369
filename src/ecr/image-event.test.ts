import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { craftImage } from './crafted-image.fixture.ts'
import { imageScanReconciler } from './image-scan.reconcile.ts'
import { lifecyclePolicyReconciler } from './lifecycle-policy.reconcile.ts'
import { type Fixture, openFixture } from './registry.fixture.ts'
import { clientOf, pushThroughApi } from './registry-client.fixture.ts'

let fixture: Fixture
before(async () => {
  fixture = await openFixture()
})
after(() => fixture.close())
const { newRepository } = clientOf(() => fixture)

/** A repository whose account listens from now on. */
async function listened(more: object = {}) {
  const { name, ...rest } = await newRepository(more)
  const row = await fixture.store.db
    .selectFrom('ecr_repository')
    .select(['account', 'region', 'id'])
    .where('name', '=', name)
    .executeTakeFirstOrThrow()
  await fixture.store.db
    .insertInto('event_bus')
    .values({ account: row.account, region: row.region, listening: 1, last_seq: 0 })
    .onConflict(conflict => conflict.doNothing())
    .execute()
  return { ...rest, name, id: row.id }
}

/** What was announced since it was asked the last time. */
async function heard() {
  const { db } = fixture.store
  const rows = await db.selectFrom('event').select(['seq', 'body']).execute()
  await db.deleteFrom('event').execute()
  return rows.toSorted((a, b) => a.seq - b.seq).map(({ body }) => JSON.parse(body))
}

const actionsOf = (events: Awaited<ReturnType<typeof heard>>) =>
  events.map(({ detail }) => [detail['action-type'], detail['image-tag']])

test('an image that is pushed and deleted is announced as ECR does, with each of its tags', async () => {
  const { name: repositoryName } = await listened()
  const image = await craftImage(['announced'])
  await pushThroughApi(fixture, repositoryName, image, 'v1')
  const [pushed, ...more] = await heard()
  assert.deepEqual(more, [])
  assert.deepEqual([pushed.source, pushed['detail-type'], pushed.resources], ['aws.ecr', 'ECR Image Action', []])
  assert.deepEqual(pushed.detail, {
    ...{ result: 'SUCCESS', 'repository-name': repositoryName, 'image-digest': image.manifest.digest },
    ...{ 'action-type': 'PUSH', 'image-tag': 'v1' },
  })
  await pushThroughApi(fixture, repositoryName, image, 'v2')
  assert.deepEqual(actionsOf(await heard()), [['PUSH', 'v2']])
  const remove = (imageId: object) => fixture.call('BatchDeleteImage', { repositoryName, imageIds: [imageId] })
  await remove({ imageTag: 'v1' })
  assert.deepEqual(actionsOf(await heard()), [['DELETE', 'v1']])
  await pushThroughApi(fixture, repositoryName, image, 'v3')
  await heard()
  await remove({ imageDigest: image.manifest.digest })
  assert.deepEqual(actionsOf(await heard()), [
    ['DELETE', 'v2'],
    ['DELETE', 'v3'],
  ])
  await remove({ imageTag: 'v3' })
  assert.deepEqual(await heard(), [])
})

test('what a lifecycle policy removes is announced as well', async () => {
  const { name: repositoryName, id } = await listened()
  for (const layer of ['first', 'second'])
    await pushThroughApi(fixture, repositoryName, await craftImage([layer]), layer)
  await heard()
  const selection = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1 }
  const lifecyclePolicyText = JSON.stringify({ rules: [{ rulePriority: 1, selection, action: { type: 'expire' } }] })
  await fixture.call('PutLifecyclePolicy', { repositoryName, lifecyclePolicyText })
  await lifecyclePolicyReconciler(fixture)(id, new AbortController().signal)
  const removed = actionsOf(await heard())
  assert.equal(removed.length, 1)
  assert.equal(removed[0]?.[0], 'DELETE')
})

test('how a scan has ended is announced, with its findings by severity', async () => {
  const { name: repositoryName } = await listened({ imageScanningConfiguration: { scanOnPush: true } })
  const image = await craftImage(['scanned and announced'])
  await pushThroughApi(fixture, repositoryName, image, 'v1')
  await heard()
  const scan = async () => ({ findings: [{ name: 'CVE-1', severity: 'HIGH' as const }] })
  const due = await fixture.store.db.selectFrom('work').select('key').where('kind', '=', 'image-scan').execute()
  for (const { key } of due)
    await imageScanReconciler({ ...fixture, scanner: { scan } })(key, new AbortController().signal)
  const [ended] = (await heard()).filter(({ detail }) => detail['repository-name'] === repositoryName)
  assert.equal(ended['detail-type'], 'ECR Image Scan')
  assert.match(ended.resources[0], new RegExp(`:repository/${repositoryName}$`))
  assert.deepEqual(ended.detail, {
    ...{ 'scan-status': 'COMPLETE', 'repository-name': repositoryName, 'image-digest': image.manifest.digest },
    ...{ 'image-tags': ['v1'], 'finding-severity-counts': { HIGH: 1 } },
  })
})
