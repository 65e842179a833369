import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createEndpoint, describeTraining, endpointSettled, makeModel, trainingEnd, trainingRequest } from './jobs.ts'
import { onEveryEngine } from './on-every-engine.ts'
import { until } from './until.ts'

const count = 20
/** Memory counts four times, and each takes all of it. */
const most = 4
const ms = (time: Date | undefined) => time?.getTime() ?? Number.NaN

// On a server of its own: what waits depends on all that runs.
await onEveryEngine(
  'the queue of jobs',
  'contract-probe',
  at => {
    it('drains in order, on what an endpoint leaves, across a crash, without losing a job', async () => {
      const { seller, server, view } = at()
      await makeModel(seller, 'holder', { PROBE_MODE: 'echo' })
      await createEndpoint(seller, 'holder', ['holder'])
      assert.equal((await endpointSettled(seller, 'holder')).EndpointStatus, 'InService')
      const names = Array.from({ length: count }, (_, index) => `queued-${String(index).padStart(2, '0')}`)
      // Until they are told to stop, they hold the machine, however quick it is.
      const holders = names.slice(0, most)
      // So large that the machine holds a few at most: see the rule in src/sagemaker/capacity/capacity-decision.ts.
      const ResourceConfig = { InstanceType: 'ml.m5.24xlarge' as const, InstanceCount: 1, VolumeSizeInGB: 1 }
      for (const name of names) {
        const work = { mode: holders.includes(name) ? 'slow' : 'ok', seconds: '3600' }
        await seller.sagemaker.createTrainingJob(trainingRequest(seller, name, work, { ResourceConfig }))
      }
      const spot = {
        EnableManagedSpotTraining: true,
        StoppingCondition: { MaxRuntimeInSeconds: 1, MaxWaitTimeInSeconds: 2 },
      }
      const impatient = trainingRequest(seller, 'impatient', { mode: 'ok' }, { ResourceConfig, ...spot })
      const { TrainingJobArn } = await seller.sagemaker.createTrainingJob(impatient)
      const [unwanted, last] = [names[10], names.at(-1)] as [string, string]
      const waits = await until(
        'the last job waits',
        () => describeTraining(seller, last),
        ({ SecondaryStatusTransitions: steps }) => steps?.[0]?.StatusMessage?.startsWith('Waiting for capacity'),
      )
      assert.deepEqual([waits.TrainingJobStatus, waits.SecondaryStatus], ['InProgress', 'Starting'])
      const gone = await trainingEnd(seller, 'impatient')
      assert.deepEqual([gone.TrainingJobStatus, gone.SecondaryStatus], ['Stopped', 'MaxWaitTimeExceeded'])
      assert.equal(view.starts.get(`${TrainingJobArn} 1 algo-1`), undefined)
      await seller.sagemaker.stopTrainingJob({ TrainingJobName: unwanted })
      assert.equal((await trainingEnd(seller, unwanted)).TrainingJobStatus, 'Stopped')
      for (const TrainingJobName of holders) await seller.sagemaker.stopTrainingJob({ TrainingJobName })
      await trainingEnd(seller, names[most] as string)
      await server.crash()
      const jobs = await Promise.all(
        names.map(name =>
          until(
            `${name} ends`,
            () => describeTraining(seller, name),
            ({ TrainingJobStatus }) => TrainingJobStatus !== 'InProgress',
            200,
          ),
        ),
      )
      const told = [...holders, unwanted]
      const wrong = jobs.filter(
        ({ TrainingJobName = '', TrainingJobStatus }) =>
          TrainingJobStatus !== (told.includes(TrainingJobName) ? 'Stopped' : 'Completed'),
      )
      assert.deepEqual(
        wrong.map(({ TrainingJobName, FailureReason }) => [TrainingJobName, FailureReason]),
        [],
      )
      const ran = jobs.filter(({ TrainingStartTime }) => TrainingStartTime)
      for (const [index, job] of ran.entries()) {
        const before = ran
          .slice(0, index)
          .filter(other => ms(other.TrainingEndTime) <= ms(job.TrainingStartTime) + 1000)
        assert.ok(index - before.length < most, `${job.TrainingJobName} started beside ${index - before.length} others`)
      }
      await seller.sagemaker.deleteEndpoint({ EndpointName: 'holder' })
    })
  },
  { concurrency: false },
)
