import assert from 'node:assert/strict'
import { test } from 'node:test'
import { insertDeliveries } from '../delivery/insert-deliveries.ts'
import { AddressRefused, type OutgoingRequest, Unreachable } from '../outgoing/outgoing-request.ts'
import { openSns } from './open-sns.fixture.ts'

type At = Awaited<ReturnType<typeof openSns>>
const textOf = ({ body }: OutgoingRequest): string => JSON.parse(body).Message
const publish = (at: At, Message: string) => at.call('Publish', { TopicArn: at.arn('news'), Message })
const upTo = (end: number): string[] => Array.from({ length: end }, (_, index) => `${index}`)

test('every subscription gets each message once, however many they are', async () => {
  await using at = await openSns()
  for (const one of upTo(7)) await at.listen('news', `https://${one}.example/`)
  for (const message of upTo(250)) await publish(at, message)
  assert.deepEqual(await at.work(), [])
  const byReceiver = Map.groupBy(at.sent, ({ url }) => url)
  assert.equal(byReceiver.size, 7)
  for (const got of byReceiver.values()) assert.deepEqual(got.map(textOf).sort(), upTo(250).sort())
})

test('a topic with more subscriptions than one commit takes reaches them all', async () => {
  await using at = await openSns()
  const row = await at.listen('news', 'https://first.example/', { RawMessageDelivery: 'true' })
  const { arn: _, ...first } = await at.store.db
    .selectFrom('sns_subscription')
    .selectAll()
    .where('arn', '=', row)
    .executeTakeFirstOrThrow()
  await at.store.transaction(async ({ db }) => {
    for (let index = 0; index < 1100; index++) {
      const id = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`
      const more = { arn: `${first.topic_arn}:${id}`, id, endpoint: `https://${index}.example/` }
      await db
        .insertInto('sns_subscription')
        .values({ ...first, ...more })
        .execute()
    }
  })
  await publish(at, 'hello')
  await publish(at, 'again')
  await at.work()
  assert.equal(at.sent.length, 2202)
  assert.equal(new Set(at.sent.map(({ url, body }) => `${url} ${body}`)).size, 2202)
})

test('where nobody has subscribed nothing is written down', async () => {
  await using at = await openSns()
  await at.call('CreateTopic', { Name: 'news' })
  assert.ok((await publish(at, 'hello')).MessageId)
  assert.deepEqual(await at.store.db.selectFrom('sns_message').selectAll().execute(), [])
  assert.deepEqual(await at.store.db.selectFrom('work').select('kind').execute(), [])
})

test('what fails is tried again after the policy’s delays, others meanwhile, and is then a dead letter', async () => {
  await using at = await openSns()
  await at.listen('news', 'https://one.example/')
  at.behaviour.answer = request =>
    textOf(request) === 'bad' ? { status: 503, text: 'busy' } : { status: 200, text: '' }
  await publish(at, 'bad')
  await publish(at, 'good')
  const delays: number[] = []
  for (let [wait] = await at.work(); wait !== undefined; [wait] = await at.work()) {
    delays.push(wait)
    at.pass(wait)
    assert.ok(delays.length < 10)
  }
  assert.equal(delays.length, 3)
  assert.ok(
    delays.every(delay => delay >= 20_000 && delay <= 22_000),
    `${delays}`,
  )
  assert.deepEqual(at.sent.map(textOf).sort(), ['bad', 'bad', 'bad', 'bad', 'good'])
  const [letter] = await at.dead()
  assert.deepEqual(
    [letter?.error_code, letter?.error_message, letter?.attempts, JSON.parse(letter?.body ?? '').Message],
    ['MaximumRetryAttempts', 'The endpoint answered 503: busy', 4, 'bad'],
  )
})

test('what an endpoint will never take is a dead letter at once', async () => {
  await using at = await openSns()
  await at.listen('news', 'https://one.example/')
  const answers = [
    () => ({ status: 404, text: 'no such page' }),
    () => ({ status: 302, text: '' }),
    () => {
      throw new AddressRefused('10.0.0.1 is not a public address')
    },
  ]
  for (const answer of answers) {
    at.behaviour.answer = answer
    await publish(at, 'x')
    assert.deepEqual(await at.work(), [])
  }
  assert.deepEqual((await at.dead()).map(letter => [letter.error_code, letter.error_message]).sort(), [
    ['ADDRESS_REFUSED', '10.0.0.1 is not a public address'],
    ['HTTP_302', 'The endpoint answered 302'],
    ['HTTP_404', 'The endpoint answered 404: no such page'],
  ])
})

test('where nobody is reached what is behind is not tried in vain, and all of it is tried again', async () => {
  await using at = await openSns()
  await at.listen('news', 'https://one.example/')
  at.behaviour.answer = () => {
    throw new Unreachable('connect ECONNREFUSED')
  }
  for (const message of upTo(90)) await publish(at, message)
  const [wait = 0] = await at.work()
  assert.ok(at.sent.length <= 4, `${at.sent.length}`)
  at.behaviour.answer = () => ({ status: 200, text: '' })
  at.sent.length = 0
  at.pass(2 * wait)
  assert.deepEqual(await at.work(), [])
  assert.deepEqual(at.sent.map(textOf).sort(), upTo(90).sort())
  assert.deepEqual(await at.dead(), [])
})

test('an endpoint gets no more a second than its policy says', async () => {
  await using at = await openSns()
  const DeliveryPolicy = JSON.stringify({ throttlePolicy: { maxReceivesPerSecond: 5 } })
  await at.listen('news', 'https://one.example/', { DeliveryPolicy })
  at.pass(1000)
  for (const message of upTo(12)) await publish(at, message)
  const counts: number[] = []
  for (let rounds = 0; rounds < 10 && at.sent.length < 12; rounds++) {
    const before = at.sent.length
    await at.work()
    counts.push(at.sent.length - before)
    at.pass(1000)
  }
  assert.deepEqual(counts, [5, 5, 2])
})

test('a message that was sent when the server died before it knew is sent again, none is lost', async () => {
  await using at = await openSns()
  await at.listen('news', 'https://one.example/')
  await publish(at, 'hello')
  at.behaviour.answer = () => assert.fail('died')
  const [wait = 0] = await at.work()
  at.behaviour.answer = () => ({ status: 200, text: '' })
  at.pass(wait)
  await at.work()
  const ids = at.sent.map(({ body }) => JSON.parse(body).MessageId)
  assert.deepEqual([ids.length, new Set(ids).size], [2, 1])
})

test('what is left for a topic or a subscription goes with it', async () => {
  await using at = await openSns()
  const arn = await at.listen('news', 'https://one.example/')
  at.behaviour.answer = () => ({ status: 500, text: '' })
  await publish(at, 'hello')
  await at.work()
  await at.call('Unsubscribe', { SubscriptionArn: arn })
  assert.deepEqual(await at.store.db.selectFrom('event_delivery').selectAll().execute(), [])
  await at.listen('news', 'https://two.example/')
  await publish(at, 'hello')
  await at.work()
  await at.call('DeleteTopic', { TopicArn: at.arn('news') })
  for (const table of ['event_delivery', 'sns_subscription', 'sns_message'] as const)
    assert.deepEqual(await at.store.db.selectFrom(table).selectAll().execute(), [], table)
  assert.deepEqual(await at.work(), [])
})

test('the installation signs with one key, also when many ask at once and after a restart', async () => {
  await using at = await openSns()
  const all = await Promise.all(upTo(8).map(() => at.keys.current()))
  assert.equal(new Set(all.map(({ id }) => id)).size, 1)
  assert.equal((await at.store.db.selectFrom('sns_signing_key').selectAll().execute()).length, 1)
  at.pass(3640 * 24 * 3_600_000)
  const next = await at.keys.current()
  assert.notEqual(next.id, all[0]?.id, 'one that ends soon is followed by another')
  assert.ok(await at.keys.certificate(all[0]?.id ?? ''))
})

test('a topic goes with all that is left for its subscriptions, however much, and leaves others alone', async () => {
  await using at = await openSns()
  await at.listen('news', 'https://one.example/')
  await at.listen('other', 'https://two.example/')
  const { id = '' } = await at.store.db
    .selectFrom('sns_subscription')
    .select('id')
    .where('topic_arn', '=', at.arn('news'))
    .executeTakeFirstOrThrow()
  const left = (topic: string, target_id: string, count: number) =>
    at.store.transaction(tx =>
      insertDeliveries(
        tx,
        Array.from({ length: count }, (_, index) => ({
          ...{ rule_arn: at.arn(topic), target_id, announced: 0, body: `${index}` },
        })),
      ),
    )
  await left('news', id, 1300)
  await left('other', 'x', 3)
  await at.store.transaction(async ({ db }) => {
    for (let index = 0; index < 700; index++)
      await db
        .insertInto('sns_message')
        .values({ topic_arn: at.arn('news'), announced: 0, body: '{}', after: '' })
        .execute()
  })
  await at.call('DeleteTopic', { TopicArn: at.arn('news') })
  const topics = async (table: 'sns_subscription' | 'sns_message') =>
    (await at.store.db.selectFrom(table).select('topic_arn').execute()).map(({ topic_arn }) => topic_arn)
  assert.deepEqual([await topics('sns_subscription'), await topics('sns_message')], [[at.arn('other')], []])
  const rest = await at.store.db.selectFrom('event_delivery').select('rule_arn').execute()
  assert.deepEqual(
    rest.map(({ rule_arn }) => rule_arn),
    Array(3).fill(at.arn('other')),
  )
})
