import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { openDataStore } from '../store/store.fixture.ts'
import { runCommand } from './command.fixture.ts'

const data = await mkdtemp(join(tmpdir(), 'modelmart-quota-'))
after(() => rm(data, { recursive: true }))
const modelmart = (...line: string[]) => runCommand(data, 'quota', ...line)

it('sets what an account may have, by its name or id, and answers what it asks for', async () => {
  await runCommand(data, 'account', 'create', 'buyer')
  const line = async (account: string) =>
    (await modelmart('list', account)).out.split('\n').find(text => text.includes('training-jobs'))
  assert.equal(await line('buyer'), 'sagemaker\ttraining-jobs\t10000\t10000\tTraining jobs in progress')
  const jobs = ['sagemaker', 'training-jobs'] as const
  assert.equal(
    (await modelmart('set', 'buyer', ...jobs, '7')).out,
    'buyer may have 7 of sagemaker training-jobs from now on\n',
  )
  const store = await openDataStore(data)
  after(() => store.close())
  const { id } = await store.db
    .selectFrom('iam_account')
    .select('id')
    .where('name', '=', 'buyer')
    .executeTakeFirstOrThrow()
  assert.equal(await line(id), 'sagemaker\ttraining-jobs\t7\t10000\tTraining jobs in progress')

  assert.match((await modelmart('set', 'nobody', ...jobs, '7')).err, /There is no account nobody/)
  assert.match((await modelmart('set', 'buyer', ...jobs, '7.5')).err, /7.5 is no whole number/)
  assert.match((await modelmart('set', 'buyer', ...jobs, '-1')).err, /failed to satisfy constraint/)
  assert.match((await modelmart('set', 'buyer', 'sagemaker', 'L-622CFD70', '1')).err, /cannot be set for an account/)
  assert.match((await modelmart('reset', 'buyer', ...jobs)).out, /what every account may/)
  assert.match((await line('buyer')) ?? '', /\t10000\t10000\t/)

  const asked = { account: id, region: 'us-east-1', service: 'sagemaker', quota: 'training-jobs', desired: 20_000 }
  const when = { status: 'PENDING', requester: 'arn:aws:iam::1:root', created: 1, updated: 1 }
  await store.db
    .insertInto('quota_request')
    .values([
      { ...asked, ...when, id: 'first' },
      { ...asked, ...when, id: 'second' },
    ])
    .execute()
  assert.equal(
    (await modelmart('requests')).out,
    ['first', 'second']
      .map(name => `${name}\t${id}\tsagemaker\ttraining-jobs\t10000 -> 20000\tarn:aws:iam::1:root\n`)
      .join(''),
  )
  assert.equal((await modelmart('deny', 'second')).out, 'second is denied\n')
  assert.equal((await modelmart('approve', 'first')).out, 'first is approved\n')
  assert.match((await modelmart('approve', 'first')).err, /is APPROVED already/)
  assert.match((await modelmart('approve', 'third')).err, /There is no request third/)
  assert.match((await line('buyer')) ?? '', /\t20000\t10000\t/)
  const audit = await store.db.selectFrom('audit_event').select('text').execute()
  for (const command of ['quota set', 'quota reset', 'quota deny', 'quota approve'])
    assert.ok(
      audit.some(({ text }) => text.includes(command)),
      command,
    )
})
