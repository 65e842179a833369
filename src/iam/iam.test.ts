import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTestStore } from '../store/store.fixture.ts'
import { createAccount } from './account.ts'
import { openIamFixture, trust } from './iam.fixture.ts'
import { createIam } from './iam.ts'

test('an account that another process makes is there at once', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'iam-'))
  const path = join(directory, 'metadata.sqlite')
  const [server, commandLine] = [await openTestStore(path), await openTestStore(path)]
  const rootSecret = randomBytes(32)
  const iam = createIam({ store: server, rootSecret, now: () => new Date() })
  const chosen = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMIEXAMPLEKEY' }
  assert.equal(await iam.credential(chosen.accessKeyId), undefined)
  const { account } = await createAccount(commandLine, rootSecret, { name: 'seller', ...chosen })
  const found = await iam.credential(chosen.accessKeyId)
  assert.equal(found?.secretAccessKey, chosen.secretAccessKey)
  assert.deepEqual(found?.principal, {
    kind: 'root',
    account: account.id,
    arn: `arn:aws:iam::${account.id}:root`,
    userId: account.id,
  })
  await Promise.all([server.close(), commandLine.close()])
  await rm(directory, { recursive: true })
})

test('what another process takes away is gone within two seconds', async () => {
  const store = await openTestStore(':memory:')
  const rootSecret = randomBytes(32)
  const iam = createIam({ store, rootSecret, now: () => new Date() })
  const { accessKeyId } = await createAccount(store, rootSecret, { name: 'seller' })
  assert.ok(await iam.credential(accessKeyId))
  await store.db.updateTable('iam_access_key').set({ status: 'Inactive' }).execute()
  await new Promise(resolve => setTimeout(resolve, 1100))
  assert.equal(await iam.credential(accessKeyId), undefined)
})

// SageMaker Developer Guide, Cross-service confused deputy prevention.
for (const [what, condition, name, trusted] of [
  ['its own account', { StringEquals: { 'aws:SourceAccount': 'HOME' } }, 'training-job/a', true],
  ['another account', { StringEquals: { 'aws:SourceAccount': '999999999999' } }, 'training-job/a', false],
  ['training jobs', { ArnLike: { 'aws:SourceArn': 'arn:aws:sagemaker:us-west-2:HOME:training-job/*' } }, 'training-job/a', true],
  ['training jobs, not models', { ArnLike: { 'aws:SourceArn': 'arn:aws:sagemaker:us-west-2:HOME:training-job/*' } }, 'model/a', false],
  ['one training job', { ArnLike: { 'aws:SourceArn': 'arn:aws:sagemaker:us-west-2:HOME:training-job/a' } }, 'training-job/b', false],
  ['another region', { ArnLike: { 'aws:SourceArn': 'arn:aws:sagemaker:eu-west-1:HOME:*' } }, 'training-job/a', false],
  ['sources, and none is told', { ArnLike: { 'aws:SourceArn': 'arn:aws:sagemaker:*:*:*' } }, undefined, false],
] as const) // biome-ignore format: a table
  test(`a role that trusts SageMaker for ${what}`, async () => {
    const { root, engine, account, store } = await openIamFixture()
    const document = trust({ Service: 'sagemaker.amazonaws.com' }, condition).replaceAll('HOME', account)
    const { Role: role } = await root.iam('CreateRole', { RoleName: 'limited', AssumeRolePolicyDocument: document })
    const source = name && `arn:aws:sagemaker:us-west-2:${account}:${name}`
    const service = 'sagemaker.amazonaws.com'
    const passing = () => engine.passRole(root.principal, role.Arn, service, source)
    const assuming = () => engine.assumeForService(role.Arn, service, 'run', source)
    for (const ask of [passing, assuming])
      await (trusted ? ask() : assert.rejects(ask, { code: 'ValidationException', message: /Could not assume role/ }))
    await store.close()
  })
