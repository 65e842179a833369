import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { region } from '../../demo/clients.ts'
import { openInstallation } from './installation.ts'

const installation = await openInstallation()
after(installation.close)
const { server, credentials, logs, id } = installation
// Each request is sent once: a retry would hide that an event was lost.
const events = new EventBridge({ endpoint: server.url, region, credentials, maxAttempts: 1 })
const logGroupName = '/aws/events/kill'
const kills = 4
const requestsBetween = 40

interface Answered {
  /** Numbers of the events that were acknowledged, in the order of their requests. */
  readonly acknowledged: number[]
  sent: number
}

/** One source asks for ten events at a time, one request after the other, until the server is gone. */
async function announceUntilGone(source: string, answered: Answered, told: () => void) {
  for (;;) {
    const numbers = Array.from({ length: 10 }, (_, index) => answered.sent + index)
    answered.sent += numbers.length
    const Entries = numbers.map(n => ({ Source: source, DetailType: 'Counted', Detail: `{"n":${n}}` }))
    try {
      const { FailedEntryCount } = await events.putEvents({ Entries })
      assert.equal(FailedEntryCount, 0)
      answered.acknowledged.push(...numbers)
      told()
    } catch (error) {
      assert.notEqual((error as Error).name, 'AssertionError')
      return
    }
  }
}

/** What each source's events have in the log, by their numbers, in the log's order. */
async function received(): Promise<Map<string, number[]>> {
  const found: { source: string; n: number }[] = []
  let nextToken: string | undefined
  do {
    const page = await logs.filterLogEvents({ logGroupName, nextToken })
    for (const { message = '' } of page.events ?? []) {
      const { source, detail } = JSON.parse(message)
      found.push({ source, n: detail.n })
    }
    nextToken = page.nextToken
  } while (nextToken)
  const bySource = Map.groupBy(found, ({ source }) => source)
  return new Map([...bySource].map(([source, all]) => [source, all.map(({ n }) => n)]))
}

it('a server that is killed again and again loses no event that it took, keeps their order and tells none twice', {
  timeout: 600_000,
}, async () => {
  await logs.createLogGroup({ logGroupName })
  await events.putRule({ Name: 'kill', EventPattern: JSON.stringify({ 'detail-type': ['Counted'] }) })
  const Arn = `arn:aws:logs:${region}:${id}:log-group:${logGroupName}`
  await events.putTargets({ Rule: 'kill', Targets: [{ Id: 'log', Arn }] })
  const sources = new Map(['a', 'b', 'c'].map(source => [source, { acknowledged: [], sent: 0 } as Answered]))
  for (let kill = 0; kill < kills; kill++) {
    let requests = 0
    const enough = Promise.withResolvers<void>()
    const told = () => void (++requests === requestsBetween && enough.resolve())
    const asking = [...sources].map(([source, answered]) => announceUntilGone(source, answered, told))
    await Promise.race([enough.promise, ...asking])
    await server.crash()
    await Promise.all(asking)
  }
  const isThere = (found: Map<string, number[]>) =>
    [...sources].every(([source, { acknowledged }]) => {
      const numbers = new Set(found.get(source))
      return acknowledged.every(n => numbers.has(n))
    })
  let found = await received()
  for (let tries = 0; tries < 1200 && !isThere(found); tries++) {
    await new Promise(resolve => setTimeout(resolve, 50))
    found = await received()
  }
  assert.ok([...sources.values()].some(({ acknowledged }) => acknowledged.length > 0))
  for (const [source, { acknowledged }] of sources) {
    const numbers = found.get(source) ?? []
    assert.deepEqual(
      acknowledged.filter(n => !numbers.includes(n)),
      [],
      'was acknowledged and is lost',
    )
    assert.deepEqual(numbers, [...new Set(numbers)], 'is there twice')
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
      'is out of order',
    )
  }
})
