import assert from 'node:assert/strict'
import { after } from 'node:test'
import {
  CloudWatchLogs,
  type LiveTailSessionLogEvent,
  type StartLiveTailCommandInput,
} from '@aws-sdk/client-cloudwatch-logs'
import { clientOf, type Installation, installation } from './installation.ts'
import { eventually, parityOf, refused, verified } from './parity.ts'

const parity = parityOf('CloudWatch Logs')
const reference = verified('Amazon CloudWatch Logs API Reference, "StartLiveTail"')

const at = installation(async ({ owner: { logs } }: Installation) => {
  for (const logGroupName of ['app', 'web']) {
    await logs.createLogGroup({ logGroupName })
    for (const logStreamName of ['one', 'two']) await logs.createLogStream({ logGroupName, logStreamName })
  }
})

const arn = (group: string) => `arn:aws:logs:us-east-1:${at.owner.id}:log-group:${group}`

/** AWS has a host of its own for this; here there is one server. */
function tailClient(credentials = at.owner.credentials): CloudWatchLogs {
  const logs = clientOf(CloudWatchLogs, at, { credentials })
  logs.config.disableHostPrefix = true
  return logs
}

const opened: CloudWatchLogs[] = []
after(() => {
  for (const logs of opened) logs.destroy()
})

/** A session that somebody reads until they close it, and what they have seen. */
async function watch(input: StartLiveTailCommandInput) {
  const logs = tailClient()
  opened.push(logs)
  const seen: LiveTailSessionLogEvent[] = []
  const { responseStream } = await logs.startLiveTail(input)
  const iteration = responseStream?.[Symbol.asyncIterator]()
  const start = (await iteration?.next())?.value
  const watched = { seen, start: start?.sessionStart, updates: 0, sampled: false, close: () => logs.destroy() }
  const read = async () => {
    for (let next = await iteration?.next(); next && !next.done; next = await iteration?.next()) {
      watched.updates += 1
      watched.sampled ||= next.value.sessionUpdate?.sessionMetadata?.sampled === true
      seen.push(...(next.value.sessionUpdate?.sessionResults ?? []))
    }
  }
  void read().catch(() => {})
  return watched
}

const put = (logGroupName: string, logStreamName: string, ...messages: string[]) =>
  at.owner.logs.putLogEvents({
    ...{ logGroupName, logStreamName },
    logEvents: messages.map(message => ({ timestamp: Date.now(), message })),
  })

const messages = (events: readonly LiveTailSessionLogEvent[]) => events.map(({ message }) => message)

parity('StartLiveTail', reference, 'what comes into the groups is shown, with its stream and group', async () => {
  const all = await watch({ logGroupIdentifiers: [arn('app'), arn('web')] })
  assert.deepEqual(all.start?.logGroupIdentifiers, [arn('app'), arn('web')])
  assert.match(all.start?.sessionId ?? '', /^[0-9a-f-]{36}$/)
  await put('app', 'one', 'hello')
  await put('web', 'two', 'GET /')
  await eventually(
    async () => all.seen,
    seen => seen.length === 2,
  )
  const [first, second] = all.seen
  assert.deepEqual(
    [first?.message, first?.logStreamName, first?.logGroupIdentifier],
    ['hello', 'one', `${at.owner.id}:app`],
  )
  assert.deepEqual(
    [second?.message, second?.logStreamName, second?.logGroupIdentifier],
    ['GET /', 'two', `${at.owner.id}:web`],
  )
  assert.ok((first?.timestamp ?? 0) > 0 && (first?.ingestionTime ?? 0) > 0)
  // Every second an update, whether or not there is anything to show.
  const { updates } = all
  await eventually(
    async () => all.updates,
    now => now > updates + 1,
  )
  assert.equal(all.sampled, false)
  all.close()
})

parity('StartLiveTail', reference, 'streams are chosen by names or prefixes, events by a pattern', async () => {
  const named = await watch({ logGroupIdentifiers: [arn('app')], logStreamNames: ['two'] })
  const prefixed = await watch({ logGroupIdentifiers: [arn('app')], logStreamNamePrefixes: ['o'] })
  const picked = await watch({ logGroupIdentifiers: [arn('app')], logEventFilterPattern: '%err.r% -done' })
  await put('app', 'one', 'error done', 'error 1', 'fine')
  await put('app', 'two', 'error 2')
  await put('web', 'two', 'error elsewhere')
  const wanted: [typeof named, string[]][] = [
    [named, ['error 2']],
    [prefixed, ['error done', 'error 1', 'fine']],
    [picked, ['error 1', 'error 2']],
  ]
  for (const [watched, expected] of wanted) {
    await eventually(
      async () => watched.seen,
      seen => seen.length >= expected.length,
    )
    assert.deepEqual(messages(watched.seen), expected)
    watched.close()
  }
})

parity(
  'StartLiveTail',
  reference,
  'of more than 500 events in a second some are shown, and the update says so',
  async () => {
    const all = await watch({ logGroupIdentifiers: [arn('app')] })
    const many = Array.from({ length: 5000 }, (_, index) => String(index))
    await put('app', 'one', ...many)
    await eventually(
      async () => all.sampled,
      sampled => sampled,
    )
    assert.ok(all.seen.length >= 250 && all.seen.length <= 500, String(all.seen.length))
    const shown = messages(all.seen).map(Number)
    assert.deepEqual(
      shown,
      shown.toSorted((a, b) => a - b),
    )
    all.close()
  },
)

parity('StartLiveTail', reference, 'what cannot be shown is refused', async () => {
  const logs = tailClient()
  const both = { logStreamNames: ['one'], logStreamNamePrefixes: ['o'] }
  const cases: [StartLiveTailCommandInput, string, RegExp][] = [
    [{ logGroupIdentifiers: ['app'] }, 'InvalidParameterException', /app is not the ARN of a log group/],
    [{ logGroupIdentifiers: [`${arn('app')}:*`] }, 'InvalidParameterException', /regular expression pattern/],
    [{ logGroupIdentifiers: [arn('none')] }, 'ResourceNotFoundException', /log group does not exist/],
    [{ logGroupIdentifiers: [arn('app')], ...both }, 'InvalidParameterException', /mutually exclusive/],
    [
      { logGroupIdentifiers: [arn('app'), arn('web')], logStreamNames: ['one'] },
      'InvalidParameterException',
      /one log group only/,
    ],
    [{ logGroupIdentifiers: [arn('app')], logEventFilterPattern: '{ $.a = ' }, 'InvalidParameterException', /./],
  ]
  for (const [input, name, says] of cases) await refused(logs.startLiveTail(input), name, says)
  const theirs = tailClient(at.stranger.credentials).startLiveTail({ logGroupIdentifiers: [arn('app')] })
  await refused(theirs, 'AccessDeniedException', /not authorized to perform: logs:StartLiveTail/)
})

parity('StartLiveTail', reference, 'fifteen sessions of an account at once; one that is left makes room', async () => {
  const input = { logGroupIdentifiers: [arn('web')] }
  const fill = async (): Promise<boolean> => {
    try {
      await watch(input)
      return false
    } catch (error) {
      assert.equal((error as Error).name, 'LimitExceededException')
      return true
    }
  }
  await eventually(fill, full => full)
  for (const logs of opened) logs.destroy()
  await eventually(
    () => watch(input).catch(() => undefined),
    again => again !== undefined,
  )
})
