import assert from 'node:assert/strict'
import { paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs'
import { installation } from './installation.ts'
import { parityOf, refused, unverified, verified } from './parity.ts'

const at = installation()
const parity = parityOf('CloudWatch Logs')
const reference = verified('Amazon CloudWatch Logs API Reference')
const noGroup = 'The specified log group does not exist.'
const noStream = 'The specified log stream does not exist.'

parity(
  'CreateLogGroup DescribeLogGroups DeleteLogGroup',
  reference,
  'groups by prefix and pattern, in pages',
  async () => {
    const { logs, id } = at.owner
    for (const logGroupName of ['/life/a', '/life/b', '/life/c']) await logs.createLogGroup({ logGroupName })
    await refused(
      logs.createLogGroup({ logGroupName: '/life/a' }),
      'ResourceAlreadyExistsException',
      'The specified log group already exists',
    )
    const first = await logs.describeLogGroups({ logGroupNamePrefix: '/life/', limit: 2 })
    assert.deepEqual(
      first.logGroups?.map(({ logGroupName }) => logGroupName),
      ['/life/a', '/life/b'],
    )
    const arn = `arn:aws:logs:us-east-1:${id}:log-group:/life/a`
    assert.deepEqual([first.logGroups?.[0]?.arn, first.logGroups?.[0]?.logGroupArn], [`${arn}:*`, arn])
    const { nextToken } = first
    await logs.createLogGroup({ logGroupName: '/life/aa' })
    const rest = await logs.describeLogGroups({ logGroupNamePrefix: '/life/', limit: 2, nextToken })
    assert.deepEqual(
      rest.logGroups?.map(({ logGroupName }) => logGroupName),
      ['/life/c'],
    )
    await assert.rejects(logs.describeLogGroups({ logGroupNamePrefix: '/other/', limit: 2, nextToken }), /nextToken/)
    await assert.rejects(
      at.stranger.logs.describeLogGroups({ logGroupNamePrefix: '/life/', limit: 2, nextToken }),
      /nextToken/,
    )
    const some = await logs.describeLogGroups({ logGroupNamePattern: 'fe/b' })
    assert.equal(some.logGroups?.[0]?.logGroupName, '/life/b')
    await logs.deleteLogGroup({ logGroupName: '/life/a' })
    await refused(logs.deleteLogGroup({ logGroupName: '/life/a' }), 'ResourceNotFoundException', noGroup)
    await refused(
      logs.createLogGroup({ logGroupName: 'no spaces' }),
      'InvalidParameterException',
      /^1 validation error detected: Value 'no spaces' at 'logGroupName' failed to satisfy constraint/,
    )
  },
)

parity(
  'CreateLogStream DescribeLogStreams DeleteLogStream',
  reference,
  'streams by name and by last event',
  async () => {
    const { logs } = at.owner
    const logGroupName = '/streams'
    await logs.createLogGroup({ logGroupName })
    for (const logStreamName of ['job/algo-1', 'job/algo-2', 'other'])
      await logs.createLogStream({ logGroupName, logStreamName })
    const again = logs.createLogStream({ logGroupName, logStreamName: 'other' })
    await refused(again, 'ResourceAlreadyExistsException', 'The specified log stream already exists')
    await refused(
      logs.createLogStream({ logGroupName: '/none', logStreamName: 'x' }),
      'ResourceNotFoundException',
      noGroup,
    )
    const namesOf = async (input: object) =>
      (await logs.describeLogStreams({ logGroupName, ...input })).logStreams?.map(({ logStreamName }) => logStreamName)
    assert.deepEqual(await namesOf({ logStreamNamePrefix: 'job/' }), ['job/algo-1', 'job/algo-2'])
    const logEvents = [{ timestamp: Date.now(), message: 'newest' }]
    await logs.putLogEvents({ logGroupName, logStreamName: 'job/algo-2', logEvents })
    assert.equal((await namesOf({ orderBy: 'LastEventTime', descending: true }))?.[0], 'job/algo-2')
    await refused(
      logs.describeLogStreams({ logGroupName, orderBy: 'LastEventTime', logStreamNamePrefix: 'job' }),
      'InvalidParameterException',
      /Cannot order by LastEventTime with a logStreamNamePrefix/,
    )
    await logs.deleteLogStream({ logGroupName, logStreamName: 'other' })
    await refused(logs.deleteLogStream({ logGroupName, logStreamName: 'other' }), 'ResourceNotFoundException', noStream)
  },
)

const hour = 3_600_000

parity(
  'PutLogEvents GetLogEvents FilterLogEvents',
  verified('Amazon CloudWatch Logs API Reference; User Guide, Filter and pattern syntax'),
  'events are kept whole, in order, and found',
  async () => {
    const { logs } = at.owner
    const [logGroupName, logStreamName] = ['/events', 'one']
    await logs.createLogGroup({ logGroupName })
    await logs.createLogStream({ logGroupName, logStreamName })
    const now = Date.now()
    const message = (index: number) => (index % 3 ? `INFO step ${index}` : `{"level":"ERROR","step":${index}}`)
    const logEvents = Array.from({ length: 30 }, (_, index) => ({ timestamp: now + index, message: message(index) }))
    const { rejectedLogEventsInfo } = await logs.putLogEvents({ logGroupName, logStreamName, logEvents })
    assert.equal(rejectedLogEventsInfo, undefined)
    const read: (string | undefined)[] = []
    let nextToken: string | undefined
    for (;;) {
      const page = await logs.getLogEvents({ logGroupName, logStreamName, startFromHead: true, limit: 7, nextToken })
      read.push(...(page.events ?? []).map(event => event.message))
      if (page.nextForwardToken === nextToken) break
      nextToken = page.nextForwardToken
    }
    assert.deepEqual(
      read,
      logEvents.map(event => event.message),
      'the token that comes back tells the end',
    )
    const find = async (filterPattern: string) => {
      const found: string[] = []
      const pages = paginateFilterLogEvents({ client: logs, pageSize: 4 }, { logGroupName, filterPattern })
      for await (const { events } of pages) found.push(...(events ?? []).map(event => event.message ?? ''))
      return found
    }
    assert.equal((await find('INFO')).length, 20)
    assert.equal((await find('?INFO ?ERROR')).length, 30)
    assert.equal((await find('-INFO')).length, 10)
    assert.deepEqual(await find('{ $.level = "ERROR" && $.step > 25 }'), [message(27)])
    assert.deepEqual(await find('%step\\s1\\d$%'), [10, 11, 13, 14, 16, 17, 19].map(message))
    assert.deepEqual(await find('[level=INFO, word, step>=28]'), [28, 29].map(message))
    assert.deepEqual(await find('info'), [], 'case matters')
    await refused(logs.filterLogEvents({ logGroupName, filterPattern: '{ $.a = ' }), 'InvalidParameterException', /./)
    await refused(logs.getLogEvents({ logGroupName, logStreamName: 'none' }), 'ResourceNotFoundException', noStream)
    await assert.rejects(logs.getLogEvents({ logGroupName, logStreamName, nextToken: 'f/forged' }), /nextToken/)
  },
)

parity('PutLogEvents', reference, 'the limits of a batch', async () => {
  const { logs } = at.owner
  const [logGroupName, logStreamName] = ['/limits', 'one']
  await logs.createLogGroup({ logGroupName })
  await logs.createLogStream({ logGroupName, logStreamName })
  const now = Date.now()
  const put = (...logEvents: { timestamp: number; message: string }[]) =>
    logs.putLogEvents({ logGroupName, logStreamName, logEvents })
  const largest = 'x'.repeat(1_048_576 - 26)
  await put({ timestamp: now, message: largest })
  const { events } = await logs.getLogEvents({ logGroupName, logStreamName })
  assert.equal(events?.[0]?.message, largest, 'an event of 1 MiB, its 26 bytes counted')
  await refused(
    put({ timestamp: now, message: `${largest}x` }),
    'InvalidParameterException',
    /Log event too large: 1048577/,
  )
  await refused(
    put({ timestamp: now, message: largest }, { timestamp: now, message: 'y' }),
    'InvalidParameterException',
    /Upload too large/,
  )
  const later = { timestamp: now + 1, message: 'later' }
  await refused(put(later, { timestamp: now, message: 'earlier' }), 'InvalidParameterException', /chronological order/)
  await refused(put({ timestamp: now - 25 * hour, message: 'a' }, later), 'InvalidParameterException', /24 hours/)
  const { rejectedLogEventsInfo: old } = await put({ timestamp: now - 15 * 24 * hour, message: 'old' })
  assert.deepEqual(old, { tooOldLogEventEndIndex: 1 })
  const { rejectedLogEventsInfo: ahead } = await put(later, { timestamp: now + 3 * hour, message: 'ahead' })
  assert.deepEqual(ahead, { tooNewLogEventStartIndex: 1 })
})

parity(
  'PutRetentionPolicy DeleteRetentionPolicy',
  reference,
  'days that AWS offers, and what is older is gone',
  async () => {
    const { logs } = at.owner
    const [logGroupName, logStreamName] = ['/retention', 'one']
    await logs.createLogGroup({ logGroupName })
    await logs.createLogStream({ logGroupName, logStreamName })
    const timestamp = Date.now() - 30 * hour
    await logs.putLogEvents({ logGroupName, logStreamName, logEvents: [{ timestamp, message: 'yesterday' }] })
    await logs.putRetentionPolicy({ logGroupName, retentionInDays: 1 })
    const told = async () => (await logs.describeLogGroups({ logGroupNamePrefix: logGroupName })).logGroups?.[0]
    assert.equal((await told())?.retentionInDays, 1)
    assert.deepEqual((await logs.getLogEvents({ logGroupName, logStreamName, startFromHead: true })).events, [])
    await refused(
      logs.putRetentionPolicy({ logGroupName, retentionInDays: 2 }),
      'InvalidParameterException',
      /enum value set/,
    )
    await logs.deleteRetentionPolicy({ logGroupName })
    assert.equal((await told())?.retentionInDays, undefined)
  },
)

parity(
  'TagResource UntagResource ListTagsForResource TagLogGroup UntagLogGroup ListTagsLogGroup',
  reference,
  'the same tags by ARN and by name',
  async () => {
    const { logs, id } = at.owner
    const logGroupName = '/tags'
    await logs.createLogGroup({ logGroupName, tags: { a: '1' } })
    const resourceArn = `arn:aws:logs:us-east-1:${id}:log-group:${logGroupName}`
    await logs.tagResource({ resourceArn, tags: { b: '2' } })
    await logs.tagLogGroup({ logGroupName, tags: { c: '3' } })
    assert.deepEqual((await logs.listTagsForResource({ resourceArn })).tags, { a: '1', b: '2', c: '3' })
    await logs.untagResource({ resourceArn, tagKeys: ['a'] })
    await logs.untagLogGroup({ logGroupName, tags: ['b'] })
    assert.deepEqual((await logs.listTagsLogGroup({ logGroupName })).tags, { c: '3' })
    const absent = `arn:aws:logs:us-east-1:${id}:log-group:/absent`
    await refused(logs.listTagsForResource({ resourceArn: absent }), 'ResourceNotFoundException', /./)
  },
)

parity(
  'GetLogEvents',
  unverified('no document tells the order'),
  'a stranger is denied before anything is told',
  async () => {
    const logGroupIdentifier = `arn:aws:logs:us-east-1:${at.owner.id}:log-group:/events`
    for (const logStreamName of ['one', 'absent'])
      await refused(
        at.stranger.logs.getLogEvents({ logGroupIdentifier, logStreamName }),
        'AccessDeniedException',
        /is not authorized to perform: logs:GetLogEvents/,
      )
  },
)
