import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { dataDirectory, workloadDirectory } from '../../src/store/data-directory.ts'
import { makeVolume, volumesBelow } from '../../src/workload/volume.ts'
import { describeTraining, download, trainingEnd, trainingRuns } from './jobs.ts'
import { onEveryEngine } from './on-every-engine.ts'
import { input, programRequest, result, tell } from './training-program.ts'
import { until } from './until.ts'
import { assertTells } from './world.ts'

// The server is killed in the midst of jobs.
await onEveryEngine(
  'training across restarts',
  'contract-probe',
  at => {
    const uri = (key: string) => `s3://${at().seller.bucket}/${key}`
    /** So slow that the server dies in the midst of it. */
    const slowReader = `
print('reading',flush=True)
data=b''; source=pipe('data',0)
while True:
  chunk=source.read(65536)
  if not chunk: break
  data+=chunk
  time.sleep(.04)
save({'length':len(data),'sha256':hashlib.sha256(data).hexdigest()})
`

    it('never takes a pipe that broke for the end of the data', async () => {
      const { seller, server } = at()
      await seller.s3.putObject({ Bucket: seller.bucket, Key: 'pipe/data', Body: Buffer.alloc(16 << 20, 'x') })
      const start = (name: string, retry?: number) =>
        seller.sagemaker.createTrainingJob(
          programRequest(seller, name, slowReader, {
            mode: 'Pipe',
            InputDataConfig: [input('data', uri('pipe/data'))],
            ...(retry && { RetryStrategy: { MaximumRetryAttempts: retry } }),
          }),
        )
      await start('breaks')
      await start('again', 2)
      await Promise.all([trainingRuns(seller, 'breaks'), trainingRuns(seller, 'again')])
      await server.crash()
      const broken = await trainingEnd(seller, 'breaks')
      assert.equal(broken.TrainingJobStatus, 'Failed')
      assertTells(broken.FailureReason, [
        /^InternalServerError: The server ended while it streamed channels in Pipe mode/,
      ])
      const again = await trainingEnd(seller, 'again')
      const { length } = await result<{ length: number }>(seller, again)
      assert.equal(length, 16 << 20)
      const steps = again.SecondaryStatusTransitions?.map(({ Status }) => Status)
      assert.deepEqual(steps, [
        ...['Starting', 'Downloading', 'Training', 'Restarting', 'Starting', 'Downloading', 'Training'],
        ...['Uploading', 'Completed'],
      ])
    })

    it('goes on with checkpoints, and starts a lost job anew with what they hold', async () => {
      const { seller, server, view } = at()
      const program = `
path=ML+'checkpoints/rounds'
rounds=int(open(path).read()) if os.path.exists(path) else 0
open(path,'w').write(str(rounds+1)); print('round',rounds,flush=True)
end=time.time()+240
while rounds==0 and time.time()<end: time.sleep(.1)
save(rounds)
`
      const { TrainingJobArn } = await seller.sagemaker.createTrainingJob(
        programRequest(seller, 'rounds', program, {
          CheckpointConfig: { S3Uri: uri('rounds') },
          RetryStrategy: { MaximumRetryAttempts: 1 },
        }),
      )
      await trainingRuns(seller, 'rounds')
      await server.crash()
      const checkpoint = () => download(seller, uri('rounds/rounds')).catch(() => undefined)
      await until('the checkpoint is in the store', checkpoint, found => found?.toString() === '1')
      assert.equal((await describeTraining(seller, 'rounds')).TrainingJobStatus, 'InProgress')
      // While no server looks, or it would see the kill before the removal: that is the container's own failure.
      await server.stop()
      for (const { Id } of await view.containers(TrainingJobArn)) await view.remove(Id)
      await server.crash()
      assert.equal(await result(seller, await trainingEnd(seller, 'rounds')), 1)
      assert.equal((await download(seller, uri('rounds/rounds'))).toString(), '2')
    })

    it('keeps what is on a volume through a kill -9 at any step, and leaves no volume behind', async () => {
      const { seller, server } = at()
      const program = `save('half'); time.sleep(.3); save('whole')`
      for (let step = 0; step < 5; step++) {
        const name = `volume-${step}`
        await seller.sagemaker.createTrainingJob(programRequest(seller, name, program))
        await sleep(step * 90)
        await server.crash()
        assert.equal(await result(seller, await trainingEnd(seller, name)), 'whole')
      }
      const left = () => volumesBelow(dataDirectory(server.data).work)
      await until('no volume is mounted', left, mounts => mounts.length === 0)
    })

    it('mounts a volume again that the machine has lost while nobody looked', async () => {
      const { seller, server, view } = at()
      const program = `print('begun',flush=True); wait_until_told(); save('kept')`
      const { TrainingJobArn = '' } = await seller.sagemaker.createTrainingJob(
        programRequest(seller, 'remounted', program),
      )
      await trainingRuns(seller, 'remounted')
      await server.stop()
      await tell(server, TrainingJobArn)
      const states = async () => (await view.containers(TrainingJobArn)).map(({ State }) => State)
      await until('its container has ended', states, found => found.every(state => state === 'exited'))
      const { work } = dataDirectory(server.data)
      const [mount, ...others] = await volumesBelow(work)
      assert.deepEqual(others, [])
      await promisify(execFile)('umount', [mount?.directory as string])
      await server.crash()
      assert.equal(await result(seller, await trainingEnd(seller, 'remounted')), 'kept')
    })

    it('removes at its start the volumes of workloads that are no more', async () => {
      const { server } = at()
      const directory = workloadDirectory(dataDirectory(server.data).work, 'arn:of:nobody')
      await mkdir(join(directory, '1'), { recursive: true })
      await server.stop()
      const stray = { directory: join(directory, '1/algo-1'), bytes: 64 << 20, inMemory: false }
      assert.equal(await makeVolume(stray), undefined)
      await server.crash()
      assert.deepEqual(await volumesBelow(directory), [])
      await assert.rejects(stat(directory), { code: 'ENOENT' })
    })
  },
  { concurrency: false },
)
