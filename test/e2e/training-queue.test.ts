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
      // So large that the machine holds a few at most: see the rule in src/sagemaker/capacity.ts.
      const ResourceConfig = { InstanceType: 'ml.m5.24xlarge' as const, InstanceCount: 1, VolumeSizeInGB: 1 }
      for (const name of names)
        await seller.sagemaker.createTrainingJob(trainingRequest(seller, name, { mode: 'ok' }, { ResourceConfig }))
      const spot = {
        EnableManagedSpotTraining: true,
        StoppingCondition: { MaxRuntimeInSeconds: 1, MaxWaitTimeInSeconds: 2 },
      }
      const impatient = trainingRequest(seller, 'impatient', { mode: 'ok' }, { ResourceConfig, ...spot })
      const { TrainingJobArn } = await seller.sagemaker.createTrainingJob(impatient)
      const last = names.at(-1) as string
      const waits = await until(
        'the last job waits',
        () => describeTraining(seller, last),
        ({ SecondaryStatusTransitions: steps }) => steps?.[0]?.StatusMessage?.startsWith('Waiting for capacity'),
      )
      assert.deepEqual([waits.TrainingJobStatus, waits.SecondaryStatus], ['InProgress', 'Starting'])
      const gone = await trainingEnd(seller, 'impatient')
      assert.deepEqual([gone.TrainingJobStatus, gone.SecondaryStatus], ['Stopped', 'MaxWaitTimeExceeded'])
      assert.equal(view.starts.get(`${TrainingJobArn} 1 algo-1`), undefined)
      await trainingEnd(seller, names[2] as string)
      await seller.sagemaker.stopTrainingJob({ TrainingJobName: names[10] as string })
      assert.equal((await trainingEnd(seller, names[10] as string)).TrainingJobStatus, 'Stopped')
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
      const ran = jobs.filter((_, index) => index !== 10)
      assert.deepEqual(
        ran
          .filter(({ TrainingJobStatus }) => TrainingJobStatus !== 'Completed')
          .map(({ FailureReason }) => FailureReason),
        [],
      )
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
