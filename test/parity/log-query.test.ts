import assert from 'node:assert/strict'
import type { GetQueryResultsCommandOutput, StartQueryCommandInput } from '@aws-sdk/client-cloudwatch-logs'
import { type Installation, installation } from './installation.ts'
import { eventually, parityOf, refused, unverified, verified } from './parity.ts'

const parity = parityOf('CloudWatch Logs')
const guide = verified('Amazon CloudWatch Logs User Guide, "Logs Insights QL"')
const minute = 60_000
const now = Math.floor(Date.now() / minute) * minute

const lines = [
  { level: 'info', path: '/a', ms: 12, user: { name: 'ann' } },
  { level: 'error', path: '/b', ms: 250, user: { name: 'bob' } },
  { level: 'info', path: '/a', ms: 8, user: { name: 'ann' } },
  { level: 'info', path: '/c', ms: 30, user: { name: 'cid' } },
]

const at = installation(async ({ owner: { logs } }: Installation) => {
  for (const logGroupName of ['json', 'words', 'empty']) await logs.createLogGroup({ logGroupName })
  for (const logGroupName of ['json', 'words']) await logs.createLogStream({ logGroupName, logStreamName: 'one' })
  const json = lines.map((line, index) => ({ timestamp: now - (4 - index) * minute, message: JSON.stringify(line) }))
  await logs.putLogEvents({ logGroupName: 'json', logStreamName: 'one', logEvents: json })
  const words = ['GET /a 200', 'GET /b 500', 'PUT /a 201'].map((message, index) => ({
    timestamp: now - (3 - index) * minute + 1,
    message,
  }))
  await logs.putLogEvents({ logGroupName: 'words', logStreamName: 'one', logEvents: words })
})

const range = { startTime: now / 1000 - 3600, endTime: now / 1000 + 60 }

async function ask(queryString: string, more: Partial<StartQueryCommandInput> = { logGroupName: 'json' }) {
  const { logs } = at.owner
  const { queryId } = await logs.startQuery({ ...range, queryString, ...more })
  return eventually(
    () => logs.getQueryResults({ queryId }),
    ({ status }) => status !== 'Running' && status !== 'Scheduled',
  )
}

/** A query that was stopped while it ran: of many begun at once the last has others before it; where even that was over, it is done again. */
async function stoppedQuery(queryString: string): Promise<string> {
  const { logs } = at.owner
  const stop = async (): Promise<string | undefined> => {
    const begun = await Promise.all(
      Array.from({ length: 12 }, () => logs.startQuery({ ...range, logGroupName: 'json', queryString })),
    )
    const stopped = await Promise.allSettled(begun.map(({ queryId }) => logs.stopQuery({ queryId })))
    for (const ending of stopped)
      if (ending.status === 'rejected') assert.match(ending.reason.message, /not currently running/)
    return begun[stopped.findLastIndex(({ status }) => status === 'fulfilled')]?.queryId
  }
  return (await eventually(stop, queryId => queryId !== undefined)) as string
}

/** The rows without the pointers to their events. */
const rowsOf = ({ results }: GetQueryResultsCommandOutput) =>
  results?.map(row =>
    Object.fromEntries(row.flatMap(({ field, value }) => (field === '@ptr' ? [] : [[field as string, value]]))),
  )

parity('StartQuery GetQueryResults', guide, 'events with the fields that are asked for, the newest first', async () => {
  const found = await ask('fields @timestamp, user.name, ms | filter level = "info" and ms > 10')
  assert.equal(found.status, 'Complete')
  const time = (before: number) => new Date(now - before * minute).toISOString().replace('T', ' ').replace('Z', '')
  assert.deepEqual(rowsOf(found), [
    { '@timestamp': time(1), 'user.name': 'cid', ms: '30' },
    { '@timestamp': time(4), 'user.name': 'ann', ms: '12' },
  ])
  assert.ok(found.results?.every(row => row.at(-1)?.field === '@ptr'))
  const { recordsMatched, recordsScanned, logGroupsScanned, bytesScanned } = found.statistics ?? {}
  assert.deepEqual([recordsMatched, recordsScanned, logGroupsScanned], [2, 4, 1])
  assert.equal(
    bytesScanned,
    lines.reduce((sum, line) => sum + JSON.stringify(line).length, 0),
  )
  const plain = rowsOf(await ask('limit 1'))
  assert.deepEqual(Object.keys(plain?.[0] ?? {}), ['@timestamp', '@message'])
})

parity('StartQuery GetQueryResults', guide, 'sums by field and by time, sorted', async () => {
  const sums = await ask('stats count(*) as calls, avg(ms) as mean, max(ms) by path | sort calls desc, path')
  assert.deepEqual(rowsOf(sums), [
    { path: '/a', calls: '2', mean: '10', 'max(ms)': '12' },
    { path: '/b', calls: '1', mean: '250', 'max(ms)': '250' },
    { path: '/c', calls: '1', mean: '30', 'max(ms)': '30' },
  ])
  const bins = rowsOf(await ask('stats count(*) by bin(1h)'))
  assert.equal(
    bins?.reduce((sum, row) => sum + Number(row['count(*)']), 0),
    4,
  )
  assert.deepEqual(rowsOf(await ask('stats count(*) as none', { logGroupName: 'empty' })), [{ none: '0' }])
})

parity('StartQuery GetQueryResults', guide, 'parts of a text, by asterisks and by groups', async () => {
  const words = { logGroupName: 'words' }
  const glob = 'parse @message "* * *" as method, path, code | filter code >= 500 | display method, path, code'
  assert.deepEqual(rowsOf(await ask(glob, words)), [{ method: 'GET', path: '/b', code: '500' }])
  const groups = String.raw`parse @message /(?<method>\w+) (?<path>\S+)/ | dedup method | fields method | sort method`
  assert.deepEqual(rowsOf(await ask(groups, words)), [{ method: 'GET' }, { method: 'PUT' }])
})

parity('StartQuery GetQueryResults', guide, 'several groups in one order of time, in pages', async () => {
  const both = { logGroupNames: ['json', 'words'], limit: 5 }
  const found = await ask('fields @log, @timestamp', both)
  assert.deepEqual(
    rowsOf(found)?.map(row => row['@log']),
    ['words', 'json', 'words', 'json', 'words'].map(group => `${at.owner.id}:${group}`),
  )
  const { logs } = at.owner
  const { queries = [] } = await logs.describeQueries({ status: 'Complete', maxResults: 1 })
  const queryId = queries[0]?.queryId as string
  const first = await logs.getQueryResults({ queryId, maxItems: 3 })
  const rest = await logs.getQueryResults({ queryId, maxItems: 3, nextToken: first.nextToken })
  assert.deepEqual([first.results?.length, rest.results?.length, rest.nextToken], [3, 2, undefined])
})

parity(
  'StartQuery',
  guide,
  'a query that cannot be read says where, and commands that are not served by their names',
  async () => {
    const { logs } = at.owner
    const start = (queryString: string, more: Partial<StartQueryCommandInput> = { logGroupName: 'json' }) =>
      logs.startQuery({ ...range, queryString, ...more })
    await assert.rejects(start('fields @message | filter ms >'), {
      name: 'MalformedQueryException',
      queryCompileError: { location: { startCharOffset: 29, endCharOffset: 29 }, message: 'unexpected the end' },
    })
    for (const [query, says] of [
      ['pattern @message', /the command pattern is not served/],
      ['fields jsonParse(@message)', /the function jsonparse is not known or not served/],
      ['filter @message like /(/', /cannot be read/],
      ['fields count(*)', /count belongs to the command stats/],
      ['limit 10001', /from 1 to 10000/],
    ] as const)
      await refused(start(query), 'MalformedQueryException', says)
    await refused(start('fields @message', {}), 'InvalidParameterException', /Exactly one of logGroupName/)
    await refused(start('fields @message', { logGroupName: 'none' }), 'ResourceNotFoundException', /log group/)
    const backwards = { logGroupName: 'json', startTime: range.endTime, endTime: range.startTime }
    await refused(start('fields @message', backwards), 'InvalidParameterException', /startTime/)
    const sql = { logGroupName: 'json', queryLanguage: 'SQL' } as const
    await refused(start('SELECT 1', sql), 'InvalidParameterException', /SQL is not served/)
  },
)

parity(
  'StopQuery DescribeQueries GetQueryResults',
  unverified('AWS does not document what stopping a query that has ended answers'),
  'a query is its account’s; one that has ended is not stopped',
  async () => {
    const { logs } = at.owner
    const queryId = await stoppedQuery('stats count(*)')
    const { status } = await logs.getQueryResults({ queryId })
    assert.equal(status, 'Cancelled')
    await refused(logs.stopQuery({ queryId }), 'InvalidParameterException', /not currently running/)
    const { queries } = await logs.describeQueries({ logGroupName: 'json' })
    const told = queries?.find(query => query.queryId === queryId)
    assert.deepEqual([told?.queryString, told?.logGroupName, told?.queryLanguage], ['stats count(*)', 'json', 'CWLI'])
    const theirs = at.stranger.logs
    await refused(theirs.getQueryResults({ queryId }), 'ResourceNotFoundException', /does not exist/)
    await refused(theirs.stopQuery({ queryId }), 'ResourceNotFoundException', /does not exist/)
    assert.deepEqual((await theirs.describeQueries({})).queries, [])
  },
)
