import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLogs } from './logs.fixture.ts'
import { sweepLogs } from './logs-sweep.ts'

const group = '/aws/sagemaker/TrainingJobs'
const day = 24 * 60 * 60 * 1000

type Logs = Awaited<ReturnType<typeof openLogs>>
const messages = async (logs: Logs): Promise<string[]> =>
  (await logs.call('FilterLogEvents', { logGroupName: group })).events.map(
    (event: { message: string }) => event.message,
  )

const rows = async (logs: Logs, table: 'log_chunk' | 'log_stream' | 'log_group') =>
  Number(
    (
      await logs.store.db
        .selectFrom(table)
        .select(eb => eb.fn.countAll().as('count'))
        .executeTakeFirstOrThrow()
    ).count,
  )

test('retention hides at once and really deletes when swept', async () => {
  await using logs = await openLogs()
  const now = logs.clock.now.getTime()
  const stream = { ...logs.owner, group, stream: 's' }
  const big = 'x'.repeat(9000)
  for (const age of [10, 5, 2])
    await logs.sink.append(stream, [{ time: new Date(now - age * day), message: `${age}${big}` }], '')
  await logs.call('PutRetentionPolicy', { logGroupName: group, retentionInDays: 7 })
  assert.deepEqual(
    (await messages(logs)).map(message => message[0]),
    ['5', '2'],
  )
  assert.equal(await rows(logs, 'log_chunk'), 3)
  assert.equal(await sweepLogs(logs.store, logs.clock.now), 1)
  assert.equal(await rows(logs, 'log_chunk'), 2)
  const { logGroups } = await logs.call('DescribeLogGroups', {})
  assert.equal(logGroups[0].storedBytes, 2 * (9001 + 26))
  const { logStreams } = await logs.call('DescribeLogStreams', { logGroupName: group })
  assert.equal(logStreams[0].firstEventTimestamp, now - 5 * day)
  assert.equal(await sweepLogs(logs.store, logs.clock.now), 0)
})

test('what deleted groups and streams held goes, what was made anew under their names stays', async () => {
  await using logs = await openLogs()
  const stream = { ...logs.owner, group, stream: 's' }
  const append = (name: string, message: string) =>
    logs.sink.append({ ...stream, stream: name }, [{ time: logs.clock.now, message }], '')
  await append('s', 'old group')
  await logs.call('DeleteLogGroup', { logGroupName: group })
  await append('s', 'old stream')
  await append('t', 'kept')
  await logs.call('DeleteLogStream', { logGroupName: group, logStreamName: 's' })
  await append('s', 'new')
  assert.deepEqual((await messages(logs)).sort(), ['kept', 'new'])
  assert.equal(await logs.sink.cursor(stream), '')
  assert.equal(await sweepLogs(logs.store, logs.clock.now), 2)
  assert.deepEqual((await messages(logs)).sort(), ['kept', 'new'])
  assert.deepEqual(
    [await rows(logs, 'log_group'), await rows(logs, 'log_stream'), await rows(logs, 'log_chunk')],
    [1, 2, 2],
  )
})
