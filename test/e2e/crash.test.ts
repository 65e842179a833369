import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { buyerSteps } from '../../demo/buyer-steps.ts'
import { type Clients, clientsFor } from '../../demo/clients.ts'
import { sellerSteps } from '../../demo/seller-steps.ts'
import type { Moment } from '../../demo/world.ts'
import type { Fixture } from './fixture.ts'
import { logLines, pythonJob, trainingEnd, trainingRequest } from './jobs.ts'
import { inEveryWorld, onEveryEngine } from './on-every-engine.ts'
import { until } from './until.ts'
import { openWorld, type World } from './world.ts'

/** In the key of the container that has just started when the blow falls. */
const starting: Record<Moment, string> = {
  certification: ':training-job/iris-trees-training-',
  training: ':training-job/my-iris-training ',
  endpoint: ':endpoint/my-iris-endpoint ',
  idle: ':endpoint/my-iris-endpoint ',
  transform: ':transform-job/my-iris-transform ',
}

await inEveryWorld(
  'the story with a kill -9 at five moments',
  engine => openWorld(engine, 'iris-trees'),
  at => {
    it('comes to the same end, and runs no container twice', { timeout: 280_000 }, async () => {
      const { server, engine, image, view } = at()
      const struck: Moment[] = []
      const strike = async (moment: Moment) => {
        const started = async () => [...view.starts.keys()]
        await until(
          `${moment}: its container starts`,
          started,
          keys => keys.some(key => key.includes(starting[moment])),
          60,
        )
        await server.crash()
        struck.push(moment)
      }
      const account = async (name: string) => clientsFor(server.url, await server.account(name))
      const seller = await account('seller')
      const buyer = await account('buyer')
      const visitor = await account('visitor')
      const story = { server, engine, image, seller, buyer, visitor, at: strike, facts: new Map<string, string>() }
      for (const step of [...sellerSteps, ...buyerSteps]) await inTime(step.title, step.run(story), buyer)
      assert.deepEqual(struck, ['certification', 'training', 'endpoint', 'idle', 'transform'])
      assert.equal(story.facts.get('predictions'), 'setosa, versicolor, virginica')
      assertRanOnce(at())
      const { logStreams = [] } = await buyer.logs.describeLogStreams({ logGroupName: '/aws/sagemaker/TrainingJobs' })
      assert.equal(logStreams.length, 1, `streams of one job on one host: ${logStreams.map(s => s.logStreamName)}`)
    })
  },
)

const lineCount = 5000

await onEveryEngine('jobs with ten kills -9 at random moments', 'contract-probe', at => {
  it('end as if nothing had happened, each line in the log once and in order', { timeout: 280_000 }, async () => {
    const { seller, server } = at()
    const script = `import time; [print(f"{i:08d}", flush=True) or time.sleep(.002) for i in range(${lineCount})]`
    await seller.sagemaker.createTrainingJob(trainingRequest(seller, 'trickle', {}, pythonJob(seller, script)))
    const floods: string[] = []
    for (let kill = 1; kill <= 10; kill++) {
      const name = `flood-${kill}`
      floods.push(name)
      const parameters = { mode: 'lines', count: String(lineCount), length: '40' }
      await seller.sagemaker.createTrainingJob(trainingRequest(seller, name, parameters))
      await sleep(Math.random() * 1000)
      await server.crash()
    }
    const trickled = Array.from({ length: lineCount }, (_, index) => String(index).padStart(8, '0'))
    const flooded = trickled.map(number => `${number} `.padEnd(40, 'x'))
    await assertLogged(at(), 'trickle', trickled)
    for (const name of floods) await assertLogged(at(), name, [...flooded, 'accuracy=0.9;'])
    assertRanOnce(at())
  })
})

async function assertLogged({ seller }: Fixture, name: string, lines: readonly string[]): Promise<void> {
  const job = await trainingEnd(seller, name)
  assert.equal(job.TrainingJobStatus, 'Completed', `${name}: ${job.FailureReason}`)
  assert.ok(job.ModelArtifacts?.S3ModelArtifacts, `${name} has no model`)
  const logged = await logLines(seller, '/aws/sagemaker/TrainingJobs', `${name}/`)
  const at = lines.findIndex((line, index) => logged[index] !== line)
  assert.equal(
    logged.length,
    lines.length,
    `${name}: lines are missing or repeated, at first line ${at}: ${logged[at]}`,
  )
  assert.equal(at, -1, `${name}: the log differs at line ${at}: ${logged[at]}`)
}

/** Every container that was started was started once, at the first attempt. */
function assertRanOnce({ view }: World): void {
  const jobs = [...view.starts].filter(([key]) => key.startsWith('arn:'))
  assert.ok(jobs.length > 0, 'no container was seen to start')
  const again = jobs.filter(([key, count]) => count !== 1 || key.split(' ')[1] !== '1')
  assert.deepEqual(again, [], 'containers were started again')
}

const stepSeconds = 120

/** A step that does not end says where it stands: the buyer's endpoints, and what one of them answers. */
async function inTime(title: string, step: Promise<string>, buyer: Clients): Promise<void> {
  const late = new AbortController()
  const standing = async () => {
    await sleep(stepSeconds * 1000, undefined, { signal: late.signal })
    const { Endpoints = [] } = await buyer.sagemaker.listEndpoints({})
    const asked = Endpoints.map(({ EndpointName, EndpointStatus }) =>
      buyer.runtime
        .invokeEndpoint({ EndpointName, Body: '5.1,3.5,1.4,0.2\n', ContentType: 'text/csv' })
        .then(String, String)
        .then(answer => `${EndpointName} is ${EndpointStatus} and answers ${answer}`),
    )
    throw new Error(`not over within ${stepSeconds} s; ${(await Promise.all(asked)).join(', ') || 'no endpoint'}`)
  }
  try {
    await Promise.race([step, standing()])
  } catch (error) {
    throw new Error(`${title}: ${(error as Error).message}`, { cause: error })
  } finally {
    late.abort()
  }
}
