import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import type { Fixture } from './fixture.ts'
import {
  channel,
  describeTraining,
  download,
  pythonJob,
  train,
  trainingEnd,
  trainingRequest,
  trainingRuns,
} from './jobs.ts'
import type { Party } from './party.ts'
import { until } from './until.ts'
import { assertRefused } from './world.ts'

/** Training jobs that are stopped, by the user at every phase or by the clock. */
export function stoppingSuite(at: () => Fixture): void {
  const stop = ({ sagemaker }: Party, TrainingJobName: string) => sagemaker.stopTrainingJob({ TrainingJobName })
  const create = (...given: Parameters<typeof trainingRequest>) =>
    given[0].sagemaker.createTrainingJob(trainingRequest(...given))

  it('stops a job before its container has started', async () => {
    const { seller, view } = at()
    const { TrainingJobArn = '' } = await create(seller, 'stop-starting', { mode: 'slow', seconds: '60' })
    await stop(seller, 'stop-starting')
    const job = await trainingEnd(seller, 'stop-starting')
    assert.equal(job.TrainingJobStatus, 'Stopped', job.FailureReason)
    assert.ok(job.SecondaryStatusTransitions?.some(({ Status }) => Status === 'Stopping'))
    assert.ok((view.starts.get(`${TrainingJobArn} 1 algo-1`) ?? 0) <= 1)
  })

  /** Stops jobs in this phase, each with more to do than the last, until one was caught in it: the machine may be quicker than we ask. */
  async function stoppedWhile(
    phase: 'Downloading' | 'Uploading',
    begin: (name: string, work: number) => Promise<unknown>,
  ) {
    const { seller } = at()
    const order = ['Starting', 'Downloading', 'Training', 'Uploading', 'Completed']
    for (const work of [1, 2, 4, 8]) {
      const name = `stop-${phase}-${work}`
      await begin(name, work)
      const status = async () => (await describeTraining(seller, name)).SecondaryStatus ?? ''
      await until(`the job is ${phase}`, status, value => order.indexOf(value) >= order.indexOf(phase))
      await stop(seller, name).catch(error => assert.match(error.message, /is in status Completed/))
      const job = await trainingEnd(seller, name)
      const phases = (job.SecondaryStatusTransitions ?? []).map(({ Status = '' }) => Status)
      if (phases[phases.indexOf('Stopping') - 1] === phase) return job
    }
    return assert.fail(`no job was caught ${phase}`)
  }

  it('stops a job while it downloads, without starting its container', async () => {
    const { seller, view } = at()
    const put = (Key: string) => seller.s3.putObject({ Bucket: seller.bucket, Key, Body: Key })
    const InputDataConfig = Array.from({ length: 20 }, (_, index) => ({
      ...channel(`s3://${seller.bucket}/many/`),
      ChannelName: `channel-${index}`,
    }))
    const job = await stoppedWhile('Downloading', async (name, work) => {
      const keys = Array.from({ length: 100 * work }, (_, index) => `many/${index}.csv`)
      for (let index = 0; index < keys.length; index += 25) await Promise.all(keys.slice(index, index + 25).map(put))
      await create(seller, name, { mode: 'hang' }, { InputDataConfig })
    })
    assert.equal(job.TrainingJobStatus, 'Stopped', job.FailureReason)
    assert.equal(view.starts.get(`${job.TrainingJobArn} 1 algo-1`), undefined, 'its container was started all the same')
    assert.equal(job.ModelArtifacts?.S3ModelArtifacts, undefined)
  })

  it('stops a job while it trains, and saves the model', async () => {
    const { seller } = at()
    await create(seller, 'stop-training', { mode: 'slow', seconds: '60' })
    await trainingRuns(seller, 'stop-training')
    await stop(seller, 'stop-training')
    const { TrainingJobStatus } = await describeTraining(seller, 'stop-training')
    assert.match(TrainingJobStatus ?? '', /^Stopp(ing|ed)$/)
    const job = await trainingEnd(seller, 'stop-training')
    assert.deepEqual([job.TrainingJobStatus, job.SecondaryStatus], ['Stopped', 'Stopped'], job.FailureReason)
    await assertSaved(seller, job.ModelArtifacts?.S3ModelArtifacts)
    await assertRefused(stop(seller, 'stop-training'), 'ValidationException', 400, /is in status Stopped/)
  })

  it('stops a job while it uploads, and keeps the whole model', async () => {
    const { seller } = at()
    const job = await stoppedWhile('Uploading', (name, work) => {
      const script = `import os; open("/opt/ml/model/noise", "wb").write(os.urandom(${48 * work} << 20))`
      return create(seller, name, {}, pythonJob(seller, script))
    })
    assert.equal(job.TrainingJobStatus, 'Stopped', job.FailureReason)
    const archive = gunzipSync(await download(seller, job.ModelArtifacts?.S3ModelArtifacts as string))
    assert.ok(archive.length > 48 << 20, `the model has ${archive.length} bytes`)
  })

  it('does not stop a job that has ended', async () => {
    const { seller } = at()
    const job = await train(seller, 'already-done', {})
    assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
    await assertRefused(stop(seller, 'already-done'), 'ValidationException', 400, /is in status Completed/)
  })

  it('stops a job whose time is over, and saves the model', async () => {
    const { seller } = at()
    const StoppingCondition = { MaxRuntimeInSeconds: 2 }
    const [polite, hanging] = await Promise.all([
      train(seller, 'over-time', { mode: 'slow', seconds: '60' }, { StoppingCondition }),
      train(seller, 'hangs', { mode: 'hang' }, { StoppingCondition }),
    ])
    for (const job of [polite, hanging]) {
      const seen = [job.TrainingJobStatus, job.SecondaryStatus]
      assert.deepEqual(seen, ['Stopped', 'MaxRuntimeExceeded'], `${job.TrainingJobName}: ${job.FailureReason}`)
    }
    await assertSaved(seller, polite.ModelArtifacts?.S3ModelArtifacts)
  })

  it('gives a container that ignores SIGTERM its grace, and then ends it', async () => {
    const { seller, view } = at()
    const { TrainingJobArn = '' } = await create(seller, 'stubborn', { mode: 'hang', stubborn: 'true' })
    await trainingRuns(seller, 'stubborn')
    await stop(seller, 'stubborn')
    await sleep(3000)
    const [container] = await view.containers(TrainingJobArn)
    assert.match(container?.State ?? '', /^(running|stopping)$/, 'the container got no grace')
    assert.equal((await describeTraining(seller, 'stubborn')).SecondaryStatus, 'Stopping')
    // What the engine does when the two minutes of grace are over; that it does is shown in src/driver/suite-lifecycle.ts.
    await view.kill(container?.Id as string)
    assert.equal((await trainingEnd(seller, 'stubborn')).TrainingJobStatus, 'Stopped')
  })
}

/** The model is what the probe saves on SIGTERM. */
async function assertSaved(party: Party, uri: string | undefined): Promise<void> {
  assert.ok(uri, 'the job has no model artifacts')
  assert.ok(gunzipSync(await download(party, uri)).includes('"stopped"'), `${uri} is not what the container saved`)
}
