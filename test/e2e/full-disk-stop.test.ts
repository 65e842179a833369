import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { promisify } from 'node:util'
import { startServer } from '../../demo/server-process.ts'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { ensureExample } from '../../setup/images.mjs'
import { dataDirectory } from '../../src/store/data-directory.ts'
import { removeVolumes } from '../../src/workload/volume.ts'
import { presentEngines } from './engines.ts'
import { describeTraining, download, pythonJob, trainingEnd, trainingRequest, trainingRuns } from './jobs.ts'
import { makeParty } from './party.ts'
import { until } from './until.ts'

const run = promisify(execFile)
const place = await mkdtemp(join(tmpdir(), 'modelmart-full-disk-stop-'))
const [engine] = await presentEngines()
const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=512m', 'tmpfs', place]).then(
  () => true,
  () => false,
)
after(async () => {
  if (mounted) await run('umount', [place])
  await rm(place, { recursive: true, force: true })
})
const skip = !mounted
  ? 'this user may not mount a small filesystem'
  : engine
    ? false
    : 'no container engine answers here'

/** A model of 48 MiB that is on the disk, and then nothing but to be told to stop. */
const script =
  "import os, signal as s; f = open('/opt/ml/model/w', 'wb'); f.write(os.urandom(3 << 24)); f.flush(); os.fsync(f); s.pthread_sigmask(0, [15]); print('waits', flush=True); s.sigwait([15])"

it('a job that runs while the disk is full can be stopped: its container ends, and its model is saved when there is room', {
  skip,
}, async () => {
  assert.ok(engine)
  const image = (await ensureExample(engine, 'contract-probe')) as string
  await symlink('/dev/null', join(place, 'server.log'))
  const server = await startServer({ data: place, engineSocket: `unix://${engine.socket}` })
  try {
    const party = await makeParty(server, engine, 'owner', image)
    /** Who asks more often than ten times a second is told nothing. */
    async function health(): Promise<Record<string, unknown>> {
      const answer = await fetch(`${server.url}/healthz`)
      return answer.ok ? ((await answer.json()) as Record<string, unknown>) : {}
    }
    const name = 'told-to-stop'
    await party.sagemaker.createTrainingJob(trainingRequest(party, name, {}, pythonJob(party, script)))
    await trainingRuns(party, name)
    await until(
      'the server has kept its room',
      () => readdir(dataDirectory(place).reserve),
      kept => kept.length === 8,
    )
    for (let round = 0; round < 3; round++)
      await run('dd', ['if=/dev/zero', `of=${join(place, `rest-${round}`)}`, 'bs=64k']).catch(error =>
        assert.match(String(error), /No space/),
      )
    const full = await until('the server says that the disk is full', health, ({ disk }) =>
      /^The disk is full/.test(String(disk)),
    )
    assert.equal(full.status, 'ok')
    await assert.rejects(
      party.sagemaker.createTrainingJob(trainingRequest(party, 'new', { mode: 'ok' })),
      /disk of this installation is full/,
    )
    await party.sagemaker.stopTrainingJob({ TrainingJobName: name })
    await until(
      'its container has ended, and the job says why it is not saved yet',
      () => describeTraining(party, name),
      ({ TrainingJobStatus, SecondaryStatusTransitions: steps }) =>
        TrainingJobStatus === 'Stopping' &&
        /disk of this installation is full/.test(steps?.at(-1)?.StatusMessage ?? ''),
    )
    for (const rest of await readdir(place)) if (rest.startsWith('rest-')) await rm(join(place, rest))
    const job = await trainingEnd(party, name)
    assert.equal(job.TrainingJobStatus, 'Stopped', job.FailureReason)
    const model = await download(party, job.ModelArtifacts?.S3ModelArtifacts as string)
    assert.ok(model.length > 3 << 24, `${model.length} bytes of chance were saved`)
  } finally {
    await server.stop()
    await removeVolumes(dataDirectory(place).work)
  }
})
