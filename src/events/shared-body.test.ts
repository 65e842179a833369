import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openEvents } from './events.fixture.ts'

const rules = ['one', 'two', 'three']
const large = 'x'.repeat(10_000)

/** Rules with a target each, and an event that all of them are to get. */
async function openShared(text: string) {
  const at = await openEvents()
  for (const name of rules) await at.listen(name)
  await at.announce({ detail: { text } })
  const { account, region } = at.owner
  const signal = new AbortController().signal
  const rows = (table: 'event_body' | 'event_body_use' | 'event_delivery' | 'event_dead_letter') =>
    at.store.db.selectFrom(table).selectAll().execute()
  return {
    ...at,
    rows,
    route: () => at.reconcilers['event-bus']?.(`${account}/${region}`, signal),
    kept: async () => [(await rows('event_body')).length, (await rows('event_body_use')).length],
  }
}

test('a large event is kept once for all who are to get it, and goes with the last of them', async () => {
  const at = await openShared(large)
  await at.route()
  assert.deepEqual(await at.kept(), [1, 1])
  const waiting = await at.store.db.selectFrom('event_delivery').select('body').execute()
  assert.deepEqual(
    waiting.map(({ body }) => body),
    ['', '', ''],
  )
  assert.equal((await at.store.db.selectFrom('event_body_use').select('uses').executeTakeFirstOrThrow()).uses, 3)
  await at.work()
  for (const name of rules) assert.equal(JSON.parse((await at.read(name))[0] ?? '').detail.text, large)
  assert.deepEqual(await at.kept(), [0, 0])
  await at.store.close()
})

test('a small event stays with each delivery', async () => {
  const at = await openShared('small')
  await at.route()
  assert.deepEqual(await at.kept(), [0, 0])
  await at.work()
  for (const name of rules) assert.equal(JSON.parse((await at.read(name))[0] ?? '').detail.text, 'small')
  await at.store.close()
})

test('dead letters keep it, are told whole, and are sent again; a target that is removed leaves it to the others', async () => {
  const at = await openShared(large)
  await at.route()
  await at.call('events', 'RemoveTargets', { Rule: 'three', Ids: ['log'] })
  for (const logGroupName of ['one', 'two']) await at.call('logs', 'DeleteLogGroup', { logGroupName })
  await at.work()
  const { deadLetters } = await at.call('letters', 'ListDeadLetters', {})
  assert.deepEqual(
    deadLetters.map(({ event }: { event: string }) => JSON.parse(event).detail.text === large),
    [true, true],
  )
  assert.deepEqual(await at.kept(), [1, 1])
  await at.call('logs', 'CreateLogGroup', { logGroupName: 'one' })
  const [sent, deleted] = deadLetters.toSorted((a: { ruleArn: string }) => (a.ruleArn.endsWith('one') ? -1 : 1))
  await at.call('letters', 'SendDeadLetter', { deadLetterId: sent.deadLetterId })
  await at.work()
  assert.equal(JSON.parse((await at.read('one'))[0] ?? '').detail.text, large)
  assert.deepEqual(await at.kept(), [1, 1])
  await at.call('letters', 'DeleteDeadLetter', { deadLetterId: deleted.deadLetterId })
  assert.deepEqual(await at.kept(), [0, 0])
  await at.store.close()
})

test('a page of dead letters holds no more than a part of their bytes, and the next goes on from there', async () => {
  const at = await openShared('x'.repeat(200_000))
  for (let more = 0; more < 4; more++) await at.announce({ detail: { text: 'x'.repeat(200_000) } })
  for (const logGroupName of rules) await at.call('logs', 'DeleteLogGroup', { logGroupName })
  await at.work()
  const seen: string[] = []
  let nextToken: string | undefined
  do {
    const page = await at.call('letters', 'ListDeadLetters', { nextToken })
    assert.ok(page.deadLetters.length > 0 && page.deadLetters.length < 5, `${page.deadLetters.length} in a page`)
    seen.push(...page.deadLetters.map(({ deadLetterId }: { deadLetterId: string }) => deadLetterId))
    nextToken = page.nextToken
  } while (nextToken !== undefined)
  assert.equal(new Set(seen).size, 15)
  assert.equal(seen.length, 15)
  await at.store.close()
})
