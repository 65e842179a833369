import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openEvents } from './events.fixture.ts'

const minute = 60_000

/** A rule that is woken by a schedule, with a log group as its target. */
async function openScheduled(ScheduleExpression: string, more: object = {}) {
  const events = await openEvents()
  await events.listen('clock')
  const put = (given: object = {}) =>
    events.call('events', 'PutRule', { Name: 'clock', ScheduleExpression, ...more, ...given })
  await put()
  await events.work()
  return {
    ...events,
    put,
    /** What the target has, as times without the date; and when the rule is looked at next, in minutes. */
    async at(time: string) {
      events.clock.now = new Date(`2026-11-20T${time}Z`)
      const [wait = Number.NaN] = await events.work()
      const told = (await events.read('clock')).map(text => JSON.parse(text).time.slice(11, 16))
      return [told.join(), wait / minute]
    },
    [Symbol.asyncDispose]: () => events[Symbol.asyncDispose](),
  }
}

test('a rate wakes the targets of its rule from when it was put on, each time once', async () => {
  await using clock = await openScheduled('rate(5 minutes)')
  assert.deepEqual(await clock.at('12:04:59.999'), ['', 1 / minute])
  assert.deepEqual(await clock.at('12:05:00'), ['12:05', 5])
  assert.deepEqual(await clock.at('12:05:00'), ['12:05', 5])
  assert.deepEqual(await clock.at('12:11:00'), ['12:05,12:10', 4])
  const [text = ''] = await clock.read('clock')
  const { id, ...event } = JSON.parse(text)
  assert.match(id, /^[0-9a-f-]{36}$/)
  assert.deepEqual(event, {
    ...{ version: '0', 'detail-type': 'Scheduled Event', source: 'aws.events', account: clock.owner.account },
    ...{ time: '2026-11-20T12:05:00Z', region: 'us-east-1', detail: {} },
    resources: [`arn:aws:events:us-east-1:${clock.owner.account}:rule/clock`],
  })
})

test('what fell due while nobody ran is one event', async () => {
  await using clock = await openScheduled('cron(0/10 * * * ? *)')
  assert.deepEqual(await clock.at('13:05:00'), ['12:10', 5])
  assert.deepEqual(await clock.at('13:10:00'), ['12:10,13:10', 10])
})

test('a disabled rule sleeps; enabled again, its rate begins anew; put again as it is, it goes on', async () => {
  await using clock = await openScheduled('rate(10 minutes)')
  await clock.call('events', 'DisableRule', { Name: 'clock' })
  assert.deepEqual((await clock.at('12:15:00'))[0], '')
  await clock.call('events', 'EnableRule', { Name: 'clock' })
  assert.deepEqual(await clock.at('12:20:00'), ['', 5])
  await clock.put({ Description: 'the same times' })
  assert.deepEqual(await clock.at('12:25:00'), ['12:25', 10])
  await clock.put({ ScheduleExpression: 'rate(1 minute)' })
  assert.deepEqual(await clock.at('12:26:00'), ['12:25,12:26', 1])
  await clock.call('events', 'RemoveTargets', { Rule: 'clock', Ids: ['log'] })
  await clock.call('events', 'DeleteRule', { Name: 'clock' })
  assert.deepEqual((await clock.at('12:30:00'))[0], '12:25,12:26')
})

test('a rule may wait for events and for the time; one with a schedule alone hears no events', async () => {
  await using clock = await openScheduled('rate(1 hour)')
  await clock.announce()
  assert.deepEqual((await clock.at('12:01:00'))[0], '')
  await clock.put({ EventPattern: JSON.stringify({ source: ['test'] }) })
  await clock.announce({ time: Date.parse('2026-11-20T12:02:00Z') })
  assert.deepEqual((await clock.at('12:03:00'))[0], '12:02')
  assert.deepEqual((await clock.at('13:00:00'))[0], '12:02,13:00')
})
