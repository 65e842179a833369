import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { buyerSteps } from '../../demo/buyer-steps.ts'
import { clientsFor } from '../../demo/clients.ts'
import { sellerSteps } from '../../demo/seller-steps.ts'
import type { Moment } from '../../demo/world.ts'
import { until } from '../e2e/until.ts'
import { openPodWorld, type PodWorld } from './pod-world.ts'
import { testCluster } from './test-cluster.ts'

const cluster = testCluster()

/** In the key of the Pod that has just started when the blow falls. */
const starting: Record<Moment, string> = {
  certification: ':training-job/iris-trees-training-',
  training: ':training-job/my-iris-training ',
  endpoint: ':endpoint/my-iris-endpoint ',
  idle: ':endpoint/my-iris-endpoint ',
  transform: ':transform-job/my-iris-transform ',
}

describe('the demo’s story on a cluster, with a kill -9 at five moments', {
  skip: cluster?.node ? false : 'this is no cluster that the tests made',
}, () => {
  let world: PodWorld
  before(async () => {
    world = await openPodWorld(cluster as NonNullable<typeof cluster>, 'iris-trees')
  })
  after(() => world?.close())

  it('comes to the end that it has elsewhere, and runs no Pod twice', async () => {
    const { server, engine, image, view } = world
    const struck: Moment[] = []
    const strike = async (moment: Moment) => {
      const isThere = (keys: readonly string[]) => keys.some(key => key.includes(starting[moment]))
      await until(`${moment}: its Pod starts`, async () => [...view.starts.keys()], isThere, 300)
      await server.crash()
      struck.push(moment)
    }
    // The address that the nodes know the server by is none that it listens at with TLS.
    const account = async (name: string) =>
      clientsFor(server.url, { ...(await server.account(name)), invokeUrl: server.url })
    const [seller, buyer, visitor] = [await account('seller'), await account('buyer'), await account('visitor')]
    const story = { server, engine, image, seller, buyer, visitor, at: strike, facts: new Map<string, string>() }
    for (const { title, run } of [...sellerSteps, ...buyerSteps])
      await run(story).catch(error => {
        throw new Error(`${title}: ${(error as Error).message}`, { cause: error })
      })
    assert.deepEqual(struck, ['certification', 'training', 'endpoint', 'idle', 'transform'])
    assert.equal(story.facts.get('predictions'), 'setosa, versicolor, virginica')
    const jobs = [...view.starts].filter(([key]) => key.startsWith('arn:'))
    assert.ok(jobs.length > 0, 'no Pod was seen to start')
    assert.deepEqual(
      jobs.filter(([key, count]) => count !== 1 || key.split(' ')[1] !== '1'),
      [],
      'a Pod was made again',
    )
  })

  it('leaves nothing behind', () => world.leavesNothing())
})
