import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openIamFixture, trust } from './iam.fixture.ts'

const service = 'sagemaker.amazonaws.com'
const job = (account: string, name: string) => `arn:aws:sagemaker:us-west-2:${account}:training-job/${name}`

test('what a workload was given of its role ends with it, and nobody else’s does', async () => {
  const { root, engine, account, store } = await openIamFixture()
  const { Role: role } = await root.iam('CreateRole', {
    ...{ RoleName: 'Worker', AssumeRolePolicyDocument: trust({ Service: service }) },
  })
  const given = async (name: string) => engine.workloadSession(role.Arn, service, job(account, name))
  const [first, second, other] = [await given('one'), await given('one'), await given('two')]
  const isOver = async ({ accessKeyId }: { readonly accessKeyId: string }) =>
    ((await engine.credential(accessKeyId))?.expires?.getTime() ?? 0) <= engine.now().getTime()
  assert.deepEqual([await isOver(first), await isOver(second), await isOver(other)], [false, false, false])
  const { principal } = (await engine.credential(first.accessKeyId)) ?? {}
  assert.equal(principal?.arn, `arn:aws:sts::${account}:assumed-role/Worker/SageMaker`)
  await engine.endWorkloadSessions(job(account, 'one'))
  await engine.endWorkloadSessions(job(account, 'one'))
  assert.deepEqual([await isOver(first), await isOver(second), await isOver(other)], [true, true, false])
  await store.close()
})
