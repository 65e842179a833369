import assert from 'node:assert/strict'
import { it } from 'node:test'
import { dataDirectory } from '../../src/store/data-directory.ts'
import { volumesBelow } from '../../src/workload/volume.ts'
import type { Fixture } from './fixture.ts'
import { download, trainingEnd, trainingRuns } from './jobs.ts'
import { input, programRequest, result, tell } from './training-program.ts'
import { assertTells } from './world.ts'

const mebibyte = 1024 ** 2

/** The volume that a container writes to, as big as VolumeSizeInGB says. */
export function trainingVolumeSuite(at: () => Fixture): void {
  const uri = (key: string) => `s3://${at().seller.bucket}/${key}`
  /** Writes until it may no more. */
  const flood = (path: string) => `
with open('${path}','wb') as f:
  for _ in range(200): f.write(bytes(1<<20))
`
  /** Input that leaves 128 MiB of the smallest volume, and a checkpoint that takes more than that leaves. */
  async function heavyInput() {
    const { s3, bucket: Bucket } = at().seller
    await s3.putObject({ Bucket, Key: 'heavy/0', Body: Buffer.alloc(128 * mebibyte) })
    const copies = [1, 2, 3, 4, 5, 6].map(part => `heavy/${part}`)
    for (const Key of [...copies, 'heavy-checkpoints/state'])
      await s3.copyObject({ Bucket, Key, CopySource: `${Bucket}/heavy/0` })
    return [input('training', uri('heavy/'))]
  }

  it('ends a job that has filled its volume with the size of the volume', async () => {
    const { seller } = at()
    const InputDataConfig = await heavyInput()
    for (const [name, path] of [
      ['fills-model', '/opt/ml/model/big'],
      ['fills-tmp', '/tmp/big'],
    ] as const) {
      await seller.sagemaker.createTrainingJob(programRequest(seller, name, flood(path), { InputDataConfig }))
      const job = await trainingEnd(seller, name)
      assert.equal(job.TrainingJobStatus, 'Failed')
      assertTells(job.FailureReason, [
        /^AlgorithmError: exit code: 1\. The volume of algo-1 \(\/opt\/ml and \/tmp\) ran out of disk space: \d+ of \d+ bytes are free/,
        'ResourceConfig.VolumeSizeInGB is 1',
        '[Errno 28] No space left on device',
      ])
    }
  })

  it('ends a job that writes more than that elsewhere in its container, with the limit', async () => {
    const { seller } = at()
    const program = `
os.makedirs('/var/x')
with open('/var/x/big','wb') as f:
  for _ in range(3072): f.write(bytes(1<<20))
time.sleep(600)
`
    await seller.sagemaker.createTrainingJob(programRequest(seller, 'fills-layer', program))
    const job = await trainingEnd(seller, 'fills-layer')
    assert.equal(job.TrainingJobStatus, 'Failed')
    assertTells(job.FailureReason, [
      'AlgorithmError: wrote more than the 1.0 GiB that it may write outside /tmp and the mounts of /opt/ml, exit code: 137',
    ])
  })

  it('gives the container one volume of that size for all that it writes, changes of its input too', async () => {
    const { seller, server } = at()
    await seller.s3.putObject({ Bucket: seller.bucket, Key: 'sized/0', Body: Buffer.alloc(128 * mebibyte) })
    for (const part of [1, 2, 3])
      await seller.s3.copyObject({
        Bucket: seller.bucket,
        Key: `sized/${part}`,
        CopySource: `${seller.bucket}/sized/0`,
      })
    const program = `
places=('/opt/ml/model','/opt/ml/output/data','/opt/ml/checkpoints','/tmp','/opt/ml/input/data')
def writable(path):
  try: open(path+'/try','w').close(); os.remove(path+'/try'); return True
  except OSError as e: return e.strerror
mounts={l.split()[4]:l.split()[5] for l in open('/proc/self/mountinfo')}
print('looking',flush=True); wait_until_told()
save({'devices':[os.stat(p).st_dev for p in places],'writable':[writable(p) for p in places],
 'sizes':[os.statvfs(p).f_blocks*os.statvfs(p).f_frsize for p in places[:4]],'options':[mounts[p] for p in ('/opt/ml/model','/opt/ml/checkpoints','/tmp')],
 'tmp':oct(os.stat('/tmp').st_mode),'files':sorted(os.listdir('/opt/ml/input/data/training'))})
`
    const { TrainingJobArn = '' } = await seller.sagemaker.createTrainingJob(
      programRequest(seller, 'one-volume', program, {
        InputDataConfig: [input('training', uri('sized/'))],
        CheckpointConfig: { S3Uri: uri('one-volume-checkpoints') },
      }),
    )
    await trainingRuns(seller, 'one-volume')
    const mounts = await volumesBelow(dataDirectory(server.data).work)
    assert.ok(
      mounts.some(({ source }) => source.startsWith('/dev/loop')),
      JSON.stringify(mounts),
    )
    await tell(server, TrainingJobArn)
    const seen = await result<{
      devices: number[]
      writable: unknown[]
      sizes: number[]
      options: string[]
      tmp: string
      files: string[]
    }>(seller, await trainingEnd(seller, 'one-volume'))
    assert.equal(new Set(seen.devices.slice(0, 4)).size, 1, 'all that is written is on one volume')
    assert.deepEqual(seen.writable, [true, true, true, true, true])
    // 1 GiB less the input, and what the file system itself takes.
    for (const size of seen.sizes) assert.ok(size > 400 * mebibyte && size <= 512 * mebibyte, String(size))
    for (const options of seen.options) assert.match(options, /nosuid.*nodev/)
    assert.equal(seen.tmp, '0o41777')
    assert.deepEqual(seen.files, ['0', '1', '2', '3'])
  })

  it('says that checkpoints do not fit what the input leaves of the volume', async () => {
    const { seller } = at()
    await seller.sagemaker.createTrainingJob(
      programRequest(seller, 'heavy', `save(1)`, {
        InputDataConfig: await heavyInput(),
        CheckpointConfig: { S3Uri: uri('heavy-checkpoints') },
      }),
    )
    const job = await trainingEnd(seller, 'heavy')
    assertTells(job.FailureReason, [
      /^ClientError: Data download failed:Insufficient disk space\. The volume of algo-1 has 1 GB/,
    ])
  })

  it('keeps checkpoints wherever their owner wants them, be it in /tmp', async () => {
    const { seller } = at()
    const CheckpointConfig = { S3Uri: uri('in-tmp'), LocalPath: '/tmp' }
    const program = `open('/tmp/state','w').write('kept')`
    await seller.sagemaker.createTrainingJob(programRequest(seller, 'in-tmp', program, { CheckpointConfig }))
    const job = await trainingEnd(seller, 'in-tmp')
    assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
    assert.equal((await download(seller, uri('in-tmp/state'))).toString(), 'kept')
  })
}
