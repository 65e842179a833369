import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Fixture } from './fixture.ts'
import { describeTraining, download, train, trainingEnd, trainingRequest } from './jobs.ts'
import { input, programRequest, result, tell } from './training-program.ts'
import { until } from './until.ts'
import { assertRefused, assertTells } from './world.ts'

/** What training jobs leave behind and how they end. */
export function trainingOutputSuite(at: () => Fixture): void {
  const uri = (key: string) => `s3://${at().seller.bucket}/${key}`
  const keys = async (Prefix: string) => {
    const { seller } = at()
    const { Contents = [] } = await seller.s3.listObjectsV2({ Bucket: seller.bucket, Prefix })
    return Contents.map(({ Key = '' }) => Key.slice(Prefix.length))
  }

  it('carries checkpoints to the store while the job runs, and back into the next one', async () => {
    const { seller, server } = at()
    const checkpoints = (LocalPath?: string) => ({
      CheckpointConfig: { S3Uri: uri('checkpoints/one'), ...(LocalPath && { LocalPath }) },
    })
    const first = `
os.makedirs(ML+'checkpoints/deep')
save('early','checkpoints/deep/state'); os.symlink('/etc/passwd',ML+'checkpoints/link'); os.mkfifo(ML+'checkpoints/fifo')
wait_until_told()
save('late','checkpoints/late'); save('later','checkpoints/deep/state'); save('done')
`
    const request = programRequest(seller, 'checkpoint-1', first, checkpoints())
    const { TrainingJobArn = '' } = await seller.sagemaker.createTrainingJob(request)
    await until(
      'a checkpoint is in the store',
      () => keys('checkpoints/one/'),
      found => found.includes('deep/state'),
    )
    assert.equal((await describeTraining(seller, 'checkpoint-1')).TrainingJobStatus, 'InProgress')
    await tell(server, TrainingJobArn)
    const job = await trainingEnd(seller, 'checkpoint-1')
    assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
    assert.deepEqual(await keys('checkpoints/one/'), ['deep/state', 'late'])
    assert.equal((await download(seller, uri('checkpoints/one/deep/state'))).toString(), '"later"')
    const before = await seller.s3.headObject({ Bucket: seller.bucket, Key: 'checkpoints/one/late' })
    const second = `
found={n:open('/state/'+n).read() for n in ('deep/state','late')}
open('/state/deep/state','w').write('next'); save(found)
`
    await seller.sagemaker.createTrainingJob(programRequest(seller, 'checkpoint-2', second, checkpoints('/state')))
    const next = await trainingEnd(seller, 'checkpoint-2')
    assert.deepEqual(await result(seller, next), { 'deep/state': '"later"', late: '"late"' })
    assert.equal((await download(seller, uri('checkpoints/one/deep/state'))).toString(), 'next')
    const after = await seller.s3.headObject({ Bucket: seller.bucket, Key: 'checkpoints/one/late' })
    assert.deepEqual(after.LastModified, before.LastModified, 'an unchanged checkpoint was written again')
  })

  it('uploads model and output file by file when asked to, and tells links from files', async () => {
    const { seller } = at()
    const program = `
os.makedirs(ML+'model/deep/er'); save(1,'model/deep/er/one'); save(2,'output/data/two'); save('top')
os.symlink('deep/er/one',ML+'model/link')
`
    await seller.sagemaker.createTrainingJob(programRequest(seller, 'unarchived', program))
    const job = await trainingEnd(seller, 'unarchived')
    assert.equal(job.ModelArtifacts?.S3ModelArtifacts, uri('out/unarchived/output/model'), job.FailureReason)
    assert.deepEqual(await keys('out/unarchived/output/'), [
      'data/two',
      'model/deep/er/one',
      'model/link',
      'model/result.json',
    ])
  })

  it('uploads nothing of the machine when a container puts a link in the place of its output', async () => {
    const { seller } = at()
    for (const [name, compression] of [
      ['stolen', 'GZIP'],
      ['stolen-files', 'NONE'],
    ] as const) {
      const program = `os.rmdir(ML+'output/data'); os.symlink('/etc',ML+'output/data'); save(1)`
      const OutputDataConfig = { S3OutputPath: uri('out'), CompressionType: compression }
      await seller.sagemaker.createTrainingJob(programRequest(seller, name, program, { OutputDataConfig }))
      const job = await trainingEnd(seller, name)
      assert.equal(job.TrainingJobStatus, 'Failed')
      assertTells(job.FailureReason, [/^AlgorithmError: The container replaced "output\/data" by something/])
      assert.deepEqual(await keys(`out/${name}/`), [])
    }
  })

  it('makes no archive of nothing, and no model of an archive that does not exist', async () => {
    const { seller } = at()
    await seller.sagemaker.createTrainingJob({
      ...programRequest(seller, 'no-model', `os.mkdir(ML+'model/empty')`),
      OutputDataConfig: { S3OutputPath: uri('out') },
    })
    const job = await trainingEnd(seller, 'no-model')
    assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
    assert.deepEqual(await keys('out/no-model/'), [])
    const ModelDataUrl = job.ModelArtifacts?.S3ModelArtifacts
    assert.equal(ModelDataUrl, uri('out/no-model/output/model.tar.gz'))
    const PrimaryContainer = { Image: seller.image, ModelDataUrl }
    const call = seller.sagemaker.createModel({
      ModelName: 'of-nothing',
      PrimaryContainer,
      ExecutionRoleArn: seller.role,
    })
    await assertRefused(
      call,
      'ValidationException',
      400,
      /^Could not find model data at s3:\/\/.*\/out\/no-model\/output\/model\.tar\.gz/,
    )
  })

  it('saves what a failed job has left, and leaves out and tells what is no file', async () => {
    const { seller } = at()
    const program = `
save(1,'model/weights'); save(2,'output/data/evaluation'); os.mkfifo(ML+'model/fifo'); os.symlink('/etc/passwd',ML+'model/link')
open(ML+'output/failure','w').write('no convergence'); sys.exit(3)
`
    await seller.sagemaker.createTrainingJob({
      ...programRequest(seller, 'left-by-failure', program),
      OutputDataConfig: { S3OutputPath: uri('out') },
    })
    const job = await trainingEnd(seller, 'left-by-failure')
    assert.equal(job.TrainingJobStatus, 'Failed')
    assertTells(job.FailureReason, [/^AlgorithmError: no convergence, exit code: 3/])
    assert.deepEqual(await keys('out/left-by-failure/output/'), ['model.tar.gz', 'output.tar.gz'])
    assert.deepEqual(
      job.SecondaryStatusTransitions?.map(({ Status }) => Status),
      ['Starting', 'Downloading', 'Training', 'Uploading', 'Failed'],
    )
    const uploading = job.SecondaryStatusTransitions?.find(({ Status }) => Status === 'Uploading')
    assertTells(uploading?.StatusMessage, ['Not uploaded: "fifo" (neither', '"link" (a link that leads outside)'])
  })

  it('ends, with the limit in the reason, whatever a container leaves', async () => {
    const { seller } = at()
    const hostile: Record<string, readonly [string, RegExp]> = {
      'name-of-bytes': [
        `open((ML+'model/').encode()+b'\\xff','w'); save(1)`,
        /^AlgorithmError: The container left what cannot be uploaded: ".*" \(a name that is no UTF-8\)/,
      ],
      'long-path': [
        `os.chdir(ML+'model')\nfor _ in range(40):\n  os.mkdir('d'*200); os.chdir('d'*200)`,
        /^AlgorithmError: The container left a path of more than 4096 bytes/,
      ],
      nested: [
        `os.chdir(ML+'checkpoints')\nfor _ in range(25000):\n  os.mkdir('d'); os.chdir('d')`,
        /^AlgorithmError: .*The container left more than 100 directories inside one another/,
      ],
      sparse: [
        `open(ML+'model/holes','w').truncate(6*1024**3)`,
        /^AlgorithmError: The container left files of more than \d+ bytes, holes included/,
      ],
    }
    const ends = Object.entries(hostile).map(async ([name, [program, reason]]) => {
      const CheckpointConfig = { S3Uri: uri(`checkpoints/${name}`) }
      await seller.sagemaker.createTrainingJob(programRequest(seller, name, program, { CheckpointConfig }))
      const job = await trainingEnd(seller, name)
      assert.equal(job.TrainingJobStatus, 'Failed')
      assertTells(job.FailureReason, [reason])
    })
    await Promise.all(ends)
    assert.deepEqual(await keys('out/name-of-bytes/output/'), ['model/result.json'])
  })

  it('says that a machine without GPUs has none', async () => {
    const { seller } = at()
    const ResourceConfig = { InstanceType: 'ml.p3.2xlarge' as const, InstanceCount: 1, VolumeSizeInGB: 1 }
    const job = await train(seller, 'gpu', {}, { ResourceConfig })
    assert.equal(job.TrainingJobStatus, 'Failed')
    assertTells(job.FailureReason, [
      /^CapacityError: The instance type ml\.p3\.2xlarge has 1 GPU\(s\), but this machine's container engine offers 0/,
    ])
  })

  it('says that a machine is smaller than the instance type', async () => {
    const { seller } = at()
    const ResourceConfig = { InstanceType: 'ml.m5.24xlarge' as const, InstanceCount: 1, VolumeSizeInGB: 1 }
    const job = await train(seller, 'too-large', { mode: 'ok' }, { ResourceConfig })
    assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
    const training = job.SecondaryStatusTransitions?.find(({ Status }) => Status === 'Training')
    assertTells(training?.StatusMessage, [
      /ml\.m5\.24xlarge has 96 vCPU and 384 GiB; this machine gives it \d+ vCPU and [\d.]+ GiB/,
    ])
  })

  it('says that the input does not fit the volume', async () => {
    const { seller } = at()
    const Body = Buffer.alloc(128 << 20)
    await seller.s3.putObject({ Bucket: seller.bucket, Key: 'volume/0', Body })
    for (let index = 1; index < 9; index++)
      await seller.s3.copyObject({
        Bucket: seller.bucket,
        Key: `volume/${index}`,
        CopySource: `${seller.bucket}/volume/0`,
      })
    const job = await train(seller, 'volume', { mode: 'ok' }, { InputDataConfig: [input('training', uri('volume/'))] })
    assert.equal(job.TrainingJobStatus, 'Failed')
    assertTells(job.FailureReason, [
      /^ClientError: Data download failed:Insufficient disk space/,
      '1207959552 bytes',
      '1 GB',
    ])
    const fast = [input('training', uri('volume/'), {}, { InputMode: 'FastFile' })]
    assert.equal(
      (await train(seller, 'volume-fast', { mode: 'slow', seconds: '0' }, { InputDataConfig: fast })).TrainingJobStatus,
      'Completed',
    )
  })

  it('runs spot jobs as they are, within what their owner waits', async () => {
    const { seller } = at()
    const spot = (MaxRuntimeInSeconds: number, MaxWaitTimeInSeconds: number) => ({
      EnableManagedSpotTraining: true,
      StoppingCondition: { MaxRuntimeInSeconds, MaxWaitTimeInSeconds },
    })
    const [patient, late] = await Promise.all([
      train(seller, 'spot', { mode: 'ok' }, spot(300, 600)),
      train(seller, 'spot-late', { mode: 'slow', seconds: '60' }, spot(20, 20)),
    ])
    assert.equal(patient.TrainingJobStatus, 'Completed', patient.FailureReason)
    assert.equal(patient.EnableManagedSpotTraining, true)
    assert.equal(patient.StoppingCondition?.MaxWaitTimeInSeconds, 600)
    assert.equal(patient.BillableTimeInSeconds, patient.TrainingTimeInSeconds)
    assert.deepEqual([late.TrainingJobStatus, late.SecondaryStatus], ['Stopped', 'MaxWaitTimeExceeded'])
    const stopping = late.SecondaryStatusTransitions?.find(({ Status }) => Status === 'Stopping')
    assert.equal(stopping?.StatusMessage, 'Maximum wait time exceeded; stopping the training job')
  })

  it('hands on hyperparameters and environment as they are, and holds them to their limits', async () => {
    const { seller } = at()
    const given = { quoted: '"0.5"', text: 'ä ☃ "x" \\n', empty: '', number: '1e-5' }
    const program = `save({'hyperparameters':{k:v for k,v in config('hyperparameters').items() if k!='program'},'environment':{k:os.environ[k] for k in ('MINE','TRAINING_JOB_NAME')}})`
    const request = programRequest(seller, 'verbatim', program, { Environment: { MINE: 'a=b "c" \\ ä' } })
    await seller.sagemaker.createTrainingJob({ ...request, HyperParameters: { ...request.HyperParameters, ...given } })
    assert.deepEqual(await result(seller, await trainingEnd(seller, 'verbatim')), {
      hyperparameters: given,
      environment: { MINE: 'a=b "c" \\ ä', TRAINING_JOB_NAME: 'verbatim' },
    })
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']))
    const refused = (changes: object) =>
      assertRefused(
        seller.sagemaker.createTrainingJob({ ...trainingRequest(seller, 'limits', {}), ...changes }),
        'ValidationException',
        400,
        /validation error/,
      )
    await refused({ Environment: many(101) })
    await refused({ Environment: { LONG: 'x'.repeat(513) } })
    await refused({ HyperParameters: many(101) })
    await refused({ HyperParameters: { long: 'x'.repeat(2501) } })
  })
}
