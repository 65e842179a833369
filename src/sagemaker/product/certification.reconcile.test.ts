import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mostTries } from '../../reconcile/most-tries.ts'
import type { Platform } from '../../service/context.ts'
import { openTestStore } from '../../store/store.fixture.ts'
import { modelPackageReconciler } from './certification.reconcile.ts'
import { modelPackages } from './model-package.ts'

const [arn, image] = ['arn:aws:sagemaker:us-east-1:111111111111:model-package/flowers', 'flowers:1']
const row = {
  ...{ arn, account: '111111111111', region: 'us-east-1', name: 'flowers', parent: '', created: 7, modified: 7 },
  ...{ status: 'InProgress', validation: [], imageScans: [{ Name: image, Status: 'NotStarted' }], request: {} },
  containers: [{ definition: { Image: image }, imageDigest: 'sha256:a' }],
}

test('a certification whose image can never be read ends after bounded tries, of which a stop of the server is none', async context => {
  const store = await openTestStore()
  context.after(() => store.close())
  await store.transaction(tx => modelPackages.insert(tx, row as never))
  const scanner = { prepare() {}, scan: async () => assert.fail('the disk is broken') }
  const reconcile = modelPackageReconciler({ store, scanner } as unknown as Platform)
  const stopping = new AbortController()
  const stopped = modelPackageReconciler({
    store,
    scanner: {
      prepare() {},
      scan: async () => {
        stopping.abort()
        throw new Error('the store is closed')
      },
    },
  } as unknown as Platform)
  await assert.rejects(async () => stopped(arn, stopping.signal), { name: 'AbortError' })
  const { signal } = new AbortController()
  for (let time = 1; time <= mostTries; time++)
    await assert.rejects(async () => reconcile(arn, signal), /the disk is broken/)
  assert.equal((await modelPackages.get(store, arn))?.status, 'InProgress')
  await reconcile(arn, signal)
  const { status, imageScans } = (await modelPackages.get(store, arn)) ?? {}
  assert.equal(status, 'Failed')
  assert.deepEqual(imageScans, [
    { Name: image, Status: 'Failed', FailureReason: 'InternalServerError: the disk is broken (tried 13 times)' },
  ])
})
