import assert from 'node:assert/strict'
import { test } from 'node:test'
import { longestDelayMs, retryDelay } from '../delivery/delivery-decision.ts'
import { announce } from '../store/announcement.ts'
import { openEvents } from './events.fixture.ts'

const count = (message: string): number => JSON.parse(message).detail.n
const counts = (messages: readonly string[]): number[] => messages.map(count)
const upTo = (end: number): number[] => Array.from({ length: end }, (_, index) => index)

test('an event is there by the commit of the change it tells of, and not without it', async () => {
  await using at = await openEvents()
  await at.listen('all')
  const failing = at.store.transaction(async tx => {
    await announce(tx, { ...at.owner, source: 'test', detailType: 'Test', resources: [], detail: { n: 1 } })
    throw new Error('the change was not made')
  })
  await assert.rejects(failing, /was not made/)
  await at.announce({ detail: { n: 2 } })
  await at.work()
  assert.deepEqual(counts(await at.read('all')), [2])
})

test('events arrive in the order in which they were announced, each once, at the rules that they fit', async () => {
  await using at = await openEvents()
  await at.listen('all')
  await at.listen('some', { detail: { n: [{ numeric: ['<', 3] }] } })
  for (const n of upTo(250)) await at.announce({ detail: { n } })
  assert.deepEqual(await at.work(), [])
  assert.deepEqual(counts(await at.read('all')), upTo(250))
  assert.deepEqual(counts(await at.read('some')), upTo(3))
})

test('where nobody listens nothing is written down, and nothing wakes', async () => {
  await using at = await openEvents()
  await at.announce()
  await at.listen('all')
  await at.call('events', 'DisableRule', { Name: 'all' })
  await at.work()
  await at.announce()
  await at.announce({ account: '222233334444' })
  assert.deepEqual(await at.store.db.selectFrom('event').selectAll().execute(), [])
  assert.deepEqual(await at.store.db.selectFrom('work').select('kind').execute(), [])
  await at.call('events', 'EnableRule', { Name: 'all' })
  await at.announce({ detail: { n: 1 } })
  await at.work()
  assert.deepEqual(counts(await at.read('all')), [1])
})

test('an event that was written when the server died before it knew is not written twice', async () => {
  await using at = await openEvents()
  await at.listen('all')
  for (const n of upTo(3)) await at.announce({ detail: { n } })
  const [bus, delivery] = ['event-bus', 'event-delivery'].map(kind => at.reconcilers[kind])
  const key = 'arn:aws:events:us-east-1:111122223333:rule/all/log'
  const { signal } = at.ctx
  await bus?.('111122223333/us-east-1', signal)
  const before = await at.store.db.selectFrom('event_delivery').selectAll().execute()
  await delivery?.(key, signal)
  await at.store.db.insertInto('event_delivery').values(before).execute()
  await at.announce({ detail: { n: 3 } })
  await at.work()
  assert.deepEqual(counts(await at.read('all')), upTo(4))
})

test('what fails is tried again later and later, whatever is new meanwhile, and then arrives in order', async () => {
  await using at = await openEvents()
  await at.listen('all')
  at.failing.with = new Error('the disk is full')
  await at.announce({ detail: { n: 0 } })
  const [first = 0] = await at.work()
  assert.ok(first >= 500 && first <= 1000, `${first}`)
  await at.announce({ detail: { n: 1 } })
  assert.deepEqual(await at.work(), [first], 'a new event does not hurry the old one')
  at.clock.now = new Date(at.clock.now.getTime() + first)
  const [second = 0] = await at.work()
  assert.ok(second >= 1000 && second <= 2000, `${second}`)
  delete at.failing.with
  at.clock.now = new Date(at.clock.now.getTime() + second)
  await at.work()
  assert.deepEqual(counts(await at.read('all')), upTo(2))
})

test('an event that has been tried as often or as long as its target says is a dead letter, with the reason', async () => {
  await using at = await openEvents()
  await at.listen('often', undefined, { RetryPolicy: { MaximumRetryAttempts: 2 } })
  await at.listen('long', undefined, { RetryPolicy: { MaximumEventAgeInSeconds: 60 } })
  at.failing.with = new Error('the disk is full')
  const event = await at.announce({ time: 0 })
  for (let tries = 0; tries < 30 && (await at.work()).length > 0; tries++)
    at.clock.now = new Date(at.clock.now.getTime() + longestDelayMs)
  const { deadLetters } = await at.call('letters', 'ListDeadLetters', {})
  const told = deadLetters.map((letter: Record<string, string>) => [
    letter.ruleArn?.split('/')[1],
    letter.errorCode,
    letter.errorMessage,
    letter.retryAttempts,
    JSON.parse(letter.event ?? '').id,
  ])
  assert.deepEqual(told.sort(), [
    ['long', 'MaximumEventAgeInSeconds', 'the disk is full', 1, event],
    ['often', 'MaximumRetryAttempts', 'the disk is full', 2, event],
  ])
  assert.deepEqual(await at.store.db.selectFrom('event_delivery').selectAll().execute(), [])
})

test('a group that is gone makes dead letters at once; its owner sends them again, in pages, when it is back', async () => {
  await using at = await openEvents()
  await at.listen('all')
  await at.call('logs', 'DeleteLogGroup', { logGroupName: 'all' })
  for (const n of upTo(3)) await at.announce({ detail: { n } })
  assert.deepEqual(await at.work(), [])
  const { deadLetters, nextToken } = await at.call('letters', 'ListDeadLetters', { maxResults: 2 })
  assert.equal(deadLetters.length, 2)
  assert.equal(deadLetters[0].errorCode, 'RESOURCE_NOT_FOUND')
  const rest = await at.call('letters', 'ListDeadLetters', { maxResults: 2, nextToken })
  assert.deepEqual([rest.deadLetters.length, rest.nextToken], [1, undefined])
  await at.call('logs', 'CreateLogGroup', { logGroupName: 'all' })
  for (const { deadLetterId } of [...deadLetters, ...rest.deadLetters])
    await at.call('letters', 'SendDeadLetter', { deadLetterId })
  await at.work()
  assert.deepEqual(counts(await at.read('all')).sort(), upTo(3))
  assert.deepEqual((await at.call('letters', 'ListDeadLetters', {})).deadLetters, [])
  const gone = at.call('letters', 'DeleteDeadLetter', { deadLetterId: deadLetters[0].deadLetterId })
  await assert.rejects(gone, { code: 'ResourceNotFoundException' })
  const again = at.call('letters', 'SendDeadLetter', { deadLetterId: deadLetters[0].deadLetterId })
  await assert.rejects(again, { code: 'ResourceNotFoundException' })
})

test('a dead letter that is sent again takes nothing away from what was announced before and is not yet on its way', async () => {
  await using at = await openEvents()
  await at.listen('all')
  await at.call('logs', 'DeleteLogGroup', { logGroupName: 'all' })
  await at.announce({ detail: { n: 0 } })
  await at.work()
  await at.call('logs', 'CreateLogGroup', { logGroupName: 'all' })
  await at.announce({ detail: { n: 1 } })
  const { deadLetters } = await at.call('letters', 'ListDeadLetters', {})
  await at.call('letters', 'SendDeadLetter', { deadLetterId: deadLetters[0].deadLetterId })
  await at.reconcilers['event-delivery']?.('arn:aws:events:us-east-1:111122223333:rule/all/log', at.ctx.signal)
  assert.deepEqual(counts(await at.read('all')), [0])
  await at.work()
  assert.deepEqual(counts(await at.read('all')), [0, 1])
})

test('an event that its transformer makes into nothing a log takes dies alone', async () => {
  await using at = await openEvents()
  const InputTransformer = {
    InputPathsMap: { text: '$.detail.text', n: '$.detail.n' },
    InputTemplate: '{"timestamp":"1700000000000","message":<text>}',
  }
  await at.listen('all', undefined, { InputTransformer })
  await at.announce({ detail: { text: 'good' } })
  await at.announce({ detail: { text: 5 } })
  await at.announce({ detail: { text: 'better' } })
  await at.work()
  assert.deepEqual(await at.read('all'), ['good', 'better'])
  const { deadLetters } = await at.call('letters', 'ListDeadLetters', {})
  assert.deepEqual(
    deadLetters.map(({ errorCode }: { errorCode: string }) => errorCode),
    ['INVALID_INPUT'],
  )
})

test('what is left for a target goes with it', async () => {
  await using at = await openEvents()
  await at.listen('all')
  at.failing.with = new Error('the disk is full')
  await at.announce()
  await at.work()
  await at.call('events', 'RemoveTargets', { Rule: 'all', Ids: ['log'] })
  assert.deepEqual(await at.store.db.selectFrom('event_delivery').selectAll().execute(), [])
  assert.deepEqual(await at.work(), [])
})

test('185 tries take about a day, by any chance', () => {
  for (const chance of [0, 0.999]) {
    const delays = Array.from({ length: 185 }, (_, tries) => retryDelay(tries + 1, chance))
    const hours = delays.reduce((sum, delay) => sum + delay, 0) / 3_600_000
    assert.ok(hours > 14 && hours < 31, `${hours}`)
    assert.ok(delays.every(delay => delay >= 500 && delay <= longestDelayMs))
  }
})
