import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { SageMaker } from '@aws-sdk/client-sagemaker'
import { region } from '../../demo/clients.ts'
import type { AccountKey } from '../../demo/server-process.ts'
import { clock } from '../../src/ground/clock.ts'
import { openReplicas, type ReplicasWorld } from './replicas-world.ts'

const perSecond = 20
/** What a rate lets through at once. */
const burst = 10 * perSecond

let world: ReplicasWorld
before(async () => {
  world = await openReplicas({ accountRate: perSecond })
})
after(() => world?.close())

/** How many of so many requests a server lets through. */
async function through(server: number, credentials: AccountKey, requests: number): Promise<number> {
  const endpoint = world.servers[server]?.url ?? ''
  const client = new SageMaker({ endpoint, region, credentials, maxAttempts: 1 })
  const one = () =>
    client.listModels({}).then(
      () => 1,
      error => {
        assert.equal(error.name, 'ThrottlingException')
        return 0
      },
    )
  let sum = 0
  for (let asked = 0; asked < requests; asked += 10)
    sum += (await Promise.all(Array.from({ length: 10 }, one))).reduce((all, each) => all + each, 0)
  client.destroy()
  return sum
}

it('an account has one rate, however many servers it asks', { timeout: 300_000 }, async () => {
  const account = await world.account('busy')
  const began = clock.elapsed()
  let answered = 0
  for (let round = 0; round < 30; round++)
    for (const server of world.servers.keys()) answered += await through(server, account, 10)
  const more = ((clock.elapsed() - began) / 1000) * perSecond
  // What is let through while the others are told.
  const late = 60
  assert.ok(answered >= burst && answered <= burst + more + late, `${answered} of 900, and ${Math.ceil(more)} came`)
})
