import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leaveFor } from '../service/ask-service.fixture.ts'
import { openLogs } from './logs.fixture.ts'

const group = '/aws/sagemaker/TrainingJobs'
const day = 24 * 60 * 60 * 1000

test('every operation of the model is served', async () => {
  await using logs = await openLogs()
  assert.deepEqual(Object.keys(logs.service.operations).sort(), Object.keys(logs.service.model.operations).sort())
})

test('a group is made once, described, retained and deleted', async () => {
  await using logs = await openLogs()
  await logs.call('CreateLogGroup', { logGroupName: group, tags: { team: 'a' } })
  await assert.rejects(logs.call('CreateLogGroup', { logGroupName: group }), {
    code: 'ResourceAlreadyExistsException',
    message: 'The specified log group already exists',
  })
  await logs.call('PutRetentionPolicy', { logGroupName: group, retentionInDays: 7 })
  await assert.rejects(logs.call('PutRetentionPolicy', { logGroupName: group, retentionInDays: 2 }), {
    code: 'InvalidParameterException',
  })
  const { logGroups } = await logs.call('DescribeLogGroups', {})
  assert.deepEqual(logGroups, [
    {
      logGroupName: group,
      creationTime: logs.clock.now.getTime(),
      retentionInDays: 7,
      metricFilterCount: 0,
      arn: `arn:aws:logs:us-east-1:111122223333:log-group:${group}:*`,
      logGroupArn: `arn:aws:logs:us-east-1:111122223333:log-group:${group}`,
      storedBytes: 0,
      logGroupClass: 'STANDARD',
      deletionProtectionEnabled: false,
    },
  ])
  await logs.call('DeleteRetentionPolicy', { logGroupName: group })
  assert.equal((await logs.call('DescribeLogGroups', {})).logGroups[0].retentionInDays, undefined)
  await logs.call('DeleteLogGroup', { logGroupName: group })
  const missing = { code: 'ResourceNotFoundException', message: 'The specified log group does not exist.' }
  for (const operation of [
    'DeleteLogGroup',
    'DeleteRetentionPolicy',
    'DescribeLogStreams',
    'ListTagsLogGroup',
    'FilterLogEvents',
  ])
    await assert.rejects(logs.call(operation, { logGroupName: group }), missing, operation)
  await logs.call('CreateLogGroup', { logGroupName: group })
  assert.deepEqual(await logs.call('ListTagsLogGroup', { logGroupName: group }), { tags: {} })
})

test('what would not be honoured is refused', async () => {
  await using logs = await openLogs()
  for (const input of [
    { kmsKeyId: 'arn:aws:kms:us-east-1:1:key/1' },
    { logGroupClass: 'INFREQUENT_ACCESS' },
    { deletionProtectionEnabled: true },
    { logGroupName: 'aws/x' },
  ])
    await assert.rejects(logs.call('CreateLogGroup', { logGroupName: group, ...input }), {
      code: 'InvalidParameterException',
    })
  await logs.call('CreateLogGroup', {
    logGroupName: group,
    logGroupClass: 'STANDARD',
    deletionProtectionEnabled: false,
  })
})

test('groups are listed by prefix, pattern and identifiers, in pages that survive inserts', async () => {
  await using logs = await openLogs()
  const names = Array.from({ length: 120 }, (_, index) => `/app/${String(index).padStart(3, '0')}`)
  for (const name of [...names, '/other/App']) await logs.call('CreateLogGroup', { logGroupName: name })
  const seen: string[] = []
  let nextToken: string | undefined
  do {
    const page = await logs.call('DescribeLogGroups', { logGroupNamePrefix: '/app/', nextToken })
    assert.ok(page.logGroups.length <= 50)
    seen.push(...page.logGroups.map((each: { logGroupName: string }) => each.logGroupName))
    nextToken = page.nextToken
    if (seen.length === 50) await logs.call('CreateLogGroup', { logGroupName: '/app/000-inserted' })
  } while (nextToken)
  assert.deepEqual(seen, names)
  const list = async (input: object) =>
    (await logs.call('DescribeLogGroups', input)).logGroups.map((each: { logGroupName: string }) => each.logGroupName)
  assert.deepEqual(await list({ logGroupNamePattern: 'App' }), ['/other/App'])
  assert.deepEqual(await list({ logGroupIdentifiers: ['/other/App', 'none'] }), ['/other/App'])
  assert.deepEqual(await list({ logGroupClass: 'INFREQUENT_ACCESS' }), [])
  await assert.rejects(list({ logGroupNamePattern: 'a', logGroupNamePrefix: 'b' }), {
    code: 'InvalidParameterException',
  })
  const { nextToken: token } = await logs.call('DescribeLogGroups', { limit: 1 })
  await assert.rejects(list({ nextToken: token, logGroupNamePrefix: '/app' }), { code: 'InvalidParameterException' })
})

test('streams are listed by name or newest event, both ways', async () => {
  await using logs = await openLogs()
  await logs.call('CreateLogGroup', { logGroupName: group })
  await logs.call('CreateLogStream', { logGroupName: group, logStreamName: 'empty' })
  await assert.rejects(logs.call('CreateLogStream', { logGroupName: group, logStreamName: 'empty' }), {
    code: 'ResourceAlreadyExistsException',
    message: 'The specified log stream already exists',
  })
  for (const [index, stream] of ['c', 'a', 'b', 'd'].entries())
    await logs.sink.append({ ...logs.owner, group, stream }, [{ time: new Date(1000 * (index + 1)), message: 'x' }], '')
  const list = async (input: object) => {
    const names: string[] = []
    let nextToken: string | undefined
    do {
      const page = await logs.call('DescribeLogStreams', { logGroupName: group, limit: 2, nextToken, ...input })
      names.push(...page.logStreams.map((each: { logStreamName: string }) => each.logStreamName))
      nextToken = page.nextToken
    } while (nextToken)
    return names.join(' ')
  }
  assert.equal(await list({}), 'a b c d empty')
  assert.equal(await list({ descending: true }), 'empty d c b a')
  assert.equal(await list({ orderBy: 'LastEventTime' }), 'empty c a b d')
  assert.equal(await list({ orderBy: 'LastEventTime', descending: true }), 'd b a c empty')
  assert.equal(await list({ logStreamNamePrefix: 'e' }), 'empty')
  await assert.rejects(list({ orderBy: 'LastEventTime', logStreamNamePrefix: 'e' }), {
    code: 'InvalidParameterException',
  })
  const { logStreams } = await logs.call('DescribeLogStreams', { logGroupName: group, logStreamNamePrefix: 'a' })
  assert.equal(logStreams[0].firstEventTimestamp, 2000)
  assert.equal(logStreams[0].arn, `arn:aws:logs:us-east-1:111122223333:log-group:${group}:log-stream:a`)
  await logs.call('DeleteLogStream', { logGroupName: group, logStreamName: 'a' })
  assert.equal(await list({}), 'b c d empty')
  await assert.rejects(logs.call('DeleteLogStream', { logGroupName: group, logStreamName: 'a' }), {
    code: 'ResourceNotFoundException',
  })
})

test('PutLogEvents keeps its limits and tells what it left out', async () => {
  await using logs = await openLogs()
  const now = logs.clock.now.getTime()
  const put = (logEvents: object[], more = {}) =>
    logs.call('PutLogEvents', { logGroupName: group, logStreamName: 's', logEvents, ...more })
  const event = (timestamp: number, message = 'x') => ({ timestamp, message })
  await assert.rejects(put([event(now)]), { message: 'The specified log group does not exist.' })
  await logs.call('CreateLogGroup', { logGroupName: group })
  await assert.rejects(put([event(now)]), { message: 'The specified log stream does not exist.' })
  await logs.call('CreateLogStream', { logGroupName: group, logStreamName: 's' })
  const refused: [object[], RegExp][] = [
    [[event(now), event(now - 1)], /must be in chronological order/],
    [[event(now - day - 1), event(now)], /cannot span more than 24 hours/],
    [[event(now, 'x'.repeat(1_048_551))], /^Log event too large: 1048577 bytes exceeds limit of 1048576$/],
    [[event(now, 'é'.repeat(300_000)), event(now, 'é'.repeat(300_000))], /^Upload too large: 1200052 bytes/],
  ]
  for (const [events, message] of refused)
    await assert.rejects(put(events), { code: 'InvalidParameterException', message })
  assert.match((await put([event(now, 'y'.repeat(1_048_550))])).nextSequenceToken, /^\d{56}$/)
  const ahead = await put([event(now, 'kept'), event(now + 2 * 60 * 60 * 1000 + 1, 'too new')])
  assert.deepEqual(JSON.parse(JSON.stringify(ahead.rejectedLogEventsInfo)), { tooNewLogEventStartIndex: 1 })
  const old = now - 14 * day
  const late = await put([event(old - 2), event(old - 1), event(old)])
  assert.deepEqual(JSON.parse(JSON.stringify(late.rejectedLogEventsInfo)), { tooOldLogEventEndIndex: 2 })
  const entity = await put([event(now)], { entity: { keyAttributes: { Type: 'Service', Name: 'n' } } })
  assert.deepEqual(entity.rejectedEntityInfo, { errorType: 'UnsupportedLogGroupType' })
  const { events } = await logs.call('GetLogEvents', { logGroupName: group, logStreamName: 's' })
  assert.deepEqual(
    events.map((each: { message: string }) => each.message.slice(0, 4)),
    ['x', 'yyyy', 'kept', 'x'],
  )
  await logs.call('PutRetentionPolicy', { logGroupName: group, retentionInDays: 1 })
  const expired = await put([event(now - day - 1), event(now - day)])
  assert.deepEqual(JSON.parse(JSON.stringify(expired.rejectedLogEventsInfo)), { expiredLogEventEndIndex: 1 })
})

test('tags by name and by ARN are the same tags', async () => {
  await using logs = await openLogs()
  await logs.call('CreateLogGroup', { logGroupName: group, tags: { a: '1' } })
  const resourceArn = `arn:aws:logs:us-east-1:111122223333:log-group:${group}`
  await logs.call('TagResource', { resourceArn, tags: { b: '2' } })
  await logs.call('TagLogGroup', { logGroupName: group, tags: { a: '3', c: '4' } })
  assert.deepEqual(await logs.call('ListTagsForResource', { resourceArn }), { tags: { a: '3', b: '2', c: '4' } })
  await logs.call('UntagResource', { resourceArn, tagKeys: ['a'] })
  await logs.call('UntagLogGroup', { logGroupName: group, tags: ['c', 'none'] })
  assert.deepEqual(await logs.call('ListTagsLogGroup', { logGroupName: group }), { tags: { b: '2' } })
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, '']))
  await assert.rejects(logs.call('TagResource', { resourceArn, tags: many }), { code: 'TooManyTagsException' })
  await assert.rejects(logs.call('TagResource', { resourceArn, tags: { 'aws:x': '' } }), {
    code: 'InvalidParameterException',
  })
  assert.deepEqual(await logs.call('ListTagsLogGroup', { logGroupName: group }), { tags: { b: '2' } })
  await assert.rejects(logs.call('ListTagsForResource', { resourceArn: `${resourceArn}x` }), {
    code: 'ResourceNotFoundException',
  })
})

test('asks leave for the stream, the group or the tags', async () => {
  await using logs = await openLogs()
  const arn = `arn:aws:logs:us-east-1:111122223333:log-group:${group}`
  const ask = async (operation: string, input: Record<string, unknown>) =>
    (await leaveFor(logs.service, logs.ctx, operation, input)).map(
      ({ action, resource, owner }) => `${action} ${resource} ${owner}`,
    )
  assert.deepEqual(await ask('PutLogEvents', { logGroupName: group, logStreamName: 's' }), [
    `logs:PutLogEvents ${arn}:log-stream:s 111122223333`,
  ])
  assert.deepEqual(await ask('DescribeLogGroups', {}), [
    'logs:DescribeLogGroups arn:aws:logs:us-east-1:111122223333:log-group::log-stream: 111122223333',
  ])
  assert.deepEqual(await ask('TagResource', { resourceArn: arn.replace('1111', '4444'), tags: {} }), [
    `logs:TagResource ${arn.replace('1111', '4444')} 444422223333`,
  ])
  assert.deepEqual((await ask('FilterLogEvents', { logGroupName: group, unmask: true })).length, 2)
})
