import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { type FollowEventsOptions, followEvents } from '../../src/cli/follow-events.ts'
import { clientOf, installation } from './installation.ts'
import { eventually } from './parity.ts'

let events: EventBridge
const at = installation(async opened => {
  events = clientOf(EventBridge, opened)
})

const all: FollowEventsOptions = { follow: true, region: 'us-east-1', source: [], detailType: [], json: true }

/** Follows until it is left; what was shown, a line an event. */
function follow(options: Partial<FollowEventsOptions>, account = 'owner') {
  const [out, err] = [new PassThrough(), new PassThrough()]
  const left = new AbortController()
  const context = { data: at.data, environment: process.env, out, err }
  const [shown, said] = [{ text: '' }, { text: '' }]
  out.on('data', chunk => {
    shown.text += chunk
  })
  err.on('data', chunk => {
    said.text += chunk
  })
  const ended = followEvents(account, { ...all, ...options }, context, left.signal)
  return {
    ended,
    said,
    lines: () => shown.text.split('\n').slice(0, -1),
    begun: () =>
      eventually(
        async () => said.text,
        text => text.includes('following events'),
      ),
    async leave() {
      left.abort()
      await ended
    },
  }
}

const send = (Source: string, DetailType: string, detail: object = {}) =>
  events.putEvents({ Entries: [{ Source, DetailType, Detail: JSON.stringify(detail), Resources: ['arn:of:it'] }] })

test('events are shown as they come, each once and in order, and nothing is left behind', async () => {
  const follower = follow({})
  await follower.begun()
  for (let count = 0; count < 25; count++) await send('my.app', 'Count', { count })
  await eventually(
    async () => follower.lines().length,
    shown => shown >= 25,
  )
  const counts = follower.lines().map(line => JSON.parse(line).detail.count)
  assert.deepEqual(
    counts,
    Array.from({ length: 25 }, (_, count) => count),
  )
  await follower.leave()
  assert.deepEqual((await events.listRules({ NamePrefix: 'modelmart-follow-' })).Rules, [])
  const { logGroups } = await at.owner.logs.describeLogGroups({ logGroupNamePrefix: '/aws/events/modelmart-follow-' })
  assert.deepEqual(logGroups, [])
})

test('sources and detail types choose, also by a star, and lines are for people unless JSON is asked for', async () => {
  const follower = follow({ source: ['my.*', 'your.app'], detailType: ['Wanted'], json: false })
  await follower.begun()
  await send('other.app', 'Wanted')
  await send('my.app', 'Unwanted')
  await send('my.app', 'Wanted')
  await send('your.app', 'Wanted')
  await eventually(
    async () => follower.lines().length,
    shown => shown >= 2,
  )
  await follower.leave()
  const parts = follower.lines().map(line => line.split('  '))
  for (const [time = ''] of parts) assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  assert.deepEqual(
    parts.map(([, ...rest]) => rest),
    [
      ['my.app', 'Wanted', 'arn:of:it'],
      ['your.app', 'Wanted', 'arn:of:it'],
    ],
  )
})

test('what a follower left that was killed goes with the next, and not what another one uses', async () => {
  const fresh = `modelmart-follow-${Date.now()}-abc123`
  for (const name of ['modelmart-follow-1700000000000-abc123', fresh])
    await events.putRule({ Name: name, EventPattern: '{"source": ["my.app"]}' })
  const follower = follow({})
  await follower.begun()
  await follower.leave()
  const { Rules = [] } = await events.listRules({ NamePrefix: 'modelmart-follow-' })
  assert.deepEqual(
    Rules.map(({ Name }) => Name),
    [fresh],
  )
})

test('an account that is not there, and events of before, are refused in a line', async () => {
  const { exitCode } = process
  const nobody = follow({}, 'nobody')
  await nobody.ended
  assert.match(nobody.said.text, /There is no account named nobody/)
  const before = follow({ follow: false })
  await before.ended
  assert.match(before.said.text, /--follow shows those that come/)
  process.exitCode = exitCode
})
