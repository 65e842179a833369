import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type ChaosWorld, openChaosWorld } from './chaos-world.ts'
import { presentEngines } from './engines.ts'
import {
  createEndpoint,
  endpointSettled,
  invoke,
  makeModel,
  trainingEnd,
  trainingRequest,
  trainingRuns,
} from './jobs.ts'
import { dockerDaemon } from './private-engine.ts'
import { until } from './until.ts'
import { assertTells } from './world.ts'

const machine = (await presentEngines()).find(({ engine }) => engine === 'docker')
const skip = machine && (await dockerDaemon()) ? false : 'no dockerd to start one of our own'

describe('a Docker daemon that is stopped in order and started again', { skip, timeout: 300_000 }, () => {
  let world: ChaosWorld
  before(async () => {
    if (machine) world = await openChaosWorld(machine)
  })
  after(() => world?.close())

  it('makes no half of a model a whole one, and an endpoint comes back', async () => {
    const { party, engine } = world
    await makeModel(party, 'stays', { PROBE_MODE: 'echo' })
    await createEndpoint(party, 'stays', ['stays'])
    assert.equal((await endpointSettled(party, 'stays')).EndpointStatus, 'InService')
    // On SIGTERM it writes a model and ends with 0, as a container that keeps what it has should.
    const slow = (name: string, seconds: string, more = {}) =>
      party.sagemaker.createTrainingJob(trainingRequest(party, name, { mode: 'slow', seconds }, more))
    await slow('half', '3600')
    await slow('again', '20', { RetryStrategy: { MaximumRetryAttempts: 1 } })
    for (const name of ['half', 'again']) await trainingRuns(party, name)
    await engine.restart('SIGTERM')
    const half = await trainingEnd(party, 'half')
    assert.equal(half.TrainingJobStatus, 'Failed')
    assertTells(half.FailureReason, [
      /^InternalServerError: The container engine was started anew and ended the containers of the training job/,
    ])
    const again = await trainingEnd(party, 'again')
    assert.equal(again.TrainingJobStatus, 'Completed', again.FailureReason)
    assert.ok(again.SecondaryStatusTransitions?.some(({ Status }) => Status === 'Restarting'))
    const answers = () =>
      invoke(party, 'stays', 'stays').then(
        () => true,
        () => false,
      )
    await until('the endpoint answers again', answers, Boolean, 90)
    await party.sagemaker.deleteEndpoint({ EndpointName: 'stays' })
    const gone = () => world.containers().then(found => found.length === 0)
    await until('nothing is left in the engine', gone, Boolean, 60)
  })
})
