import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createEndpoint, endpointSettled, invoke, makeModel } from './jobs.ts'
import { onEveryEngine } from './on-every-engine.ts'
import { until } from './until.ts'

/** Each takes all of the machine's memory, which counts twice at most: see the rule in src/sagemaker/capacity/serving-capacity.ts. */
const InstanceType = 'ml.m5.24xlarge'
const names = ['one', 'two', 'three', 'four']

// On a server of its own: what waits depends on all that runs.
await onEveryEngine(
  'the queue of endpoints',
  'contract-probe',
  at => {
    it('takes as many as the machine holds, keeps up what serves, and lets in who waits when another goes, across a crash', async () => {
      const { seller, server } = at()
      const { sagemaker } = seller
      await makeModel(seller, 'echo', { PROBE_MODE: 'echo' })
      const statusOf = async (EndpointName: string) =>
        (await sagemaker.describeEndpoint({ EndpointName })).EndpointStatus
      const withStatus = async (status: string) => {
        const found = await Promise.all(names.map(async name => [name, await statusOf(name)] as const))
        return found.filter(([, is]) => is === status).map(([name]) => name)
      }
      for (const name of names) await createEndpoint(seller, name, ['echo'], { InstanceType })
      assert.equal((await endpointSettled(seller, 'one')).EndpointStatus, 'InService')
      const update = { EndpointName: 'one', EndpointConfigName: 'two' }
      await sagemaker.updateEndpoint(update)
      await server.crash()
      await until(
        'what serves is asked again',
        () => invoke(seller, 'one', 'echo').catch(error => error),
        answer => !(answer instanceof Error),
      )
      const waiting = await withStatus('Creating')
      assert.ok(waiting.length >= 2, `waiting: ${waiting}`)
      const { EndpointStatus, PendingDeploymentSummary } = await sagemaker.describeEndpoint({ EndpointName: 'one' })
      assert.deepEqual([EndpointStatus, PendingDeploymentSummary?.EndpointConfigName], ['Updating', 'two'])
      const [gone, next] = waiting as [string, string]
      await sagemaker.deleteEndpoint({ EndpointName: gone })
      await until(
        'one that waits can be deleted',
        () => statusOf(gone).catch(error => error),
        answer => answer instanceof Error,
      )
      for (const name of names.filter(name => ![gone, next, 'one'].includes(name)))
        await sagemaker.deleteEndpoint({ EndpointName: name })
      assert.equal((await endpointSettled(seller, next)).EndpointStatus, 'InService')
      await sagemaker.deleteEndpoint({ EndpointName: next })
      assert.equal((await endpointSettled(seller, 'one')).EndpointStatus, 'InService')
      const { EndpointConfigName, ...told } = await sagemaker.describeEndpoint({ EndpointName: 'one' })
      assert.deepEqual([EndpointConfigName, told.PendingDeploymentSummary], ['two', undefined])
      await sagemaker.deleteEndpoint({ EndpointName: 'one' })
    })
  },
  { concurrency: false },
)
