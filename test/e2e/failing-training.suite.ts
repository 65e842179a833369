import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { DescribeTrainingJobCommandOutput } from '@aws-sdk/client-sagemaker'
import { dataDirectory, workloadDirectory } from '../../src/store/data-directory.ts'
import type { Fixture } from './fixture.ts'
import { channel, download, logLines, pythonJob, train, trainingEnd, trainingRequest, trainingRuns } from './jobs.ts'
import { trust } from './party.ts'
import { assertTells } from './world.ts'

/** Training jobs whose data, role or container are at fault: `Failed` with a reason that tells what to mend. */
export function failingTrainingSuite(at: () => Fixture): void {
  const fails = (job: DescribeTrainingJobCommandOutput, ...parts: (string | RegExp)[]) => {
    assert.equal(job.TrainingJobStatus, 'Failed', `${job.TrainingJobName}: ${JSON.stringify(job)}`)
    assert.equal(job.SecondaryStatus, 'Failed')
    assertTells(job.FailureReason, parts)
  }

  it('names the place where the data is not', async () => {
    const { seller } = at()
    const read = (name: string, uri: string, type?: 'ManifestFile') =>
      train(seller, name, {}, { InputDataConfig: [channel(uri, type)] })
    const data = `s3://${seller.bucket}`
    await seller.s3.putObject({ Bucket: seller.bucket, Key: 'lists/bad.manifest', Body: 'one\ntwo\n' })
    const [empty, nowhere, noList, badList] = await Promise.all([
      read('no-data', `${data}/nothing-here/`),
      read('no-bucket', 's3://no-such-bucket-anywhere/in/'),
      read('no-manifest', `${data}/lists/none.manifest`, 'ManifestFile'),
      read('bad-manifest', `${data}/lists/bad.manifest`, 'ManifestFile'),
    ])
    fails(empty, `ClientError: No S3 objects found under S3 URL "${data}/nothing-here/"`)
    fails(nowhere, /^ClientError: .*NoSuchBucket/, 's3://no-such-bucket-anywhere/in/')
    fails(noList, /^ClientError: .*NoSuchKey/, `${data}/lists/none.manifest`)
    fails(badList, `ClientError: The manifest ${data}/lists/bad.manifest is not a JSON array`)
  })

  it('names what the role may not do', async () => {
    const { seller } = at()
    const RoleName = 'Blind'
    const { Role } = await seller.iam.createRole({
      RoleName,
      AssumeRolePolicyDocument: trust('sagemaker.amazonaws.com'),
    })
    const PolicyArn = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly'
    await seller.iam.attachRolePolicy({ RoleName, PolicyArn })
    const write = { Effect: 'Allow', Action: 's3:PutObject', Resource: `arn:aws:s3:::${seller.bucket}/out/*` }
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [write] })
    await seller.iam.putRolePolicy({ RoleName, PolicyName: 'write', PolicyDocument })
    const blind = { RoleArn: Role?.Arn as string, InputDataConfig: [channel(`s3://${seller.bucket}/in/`)] }
    const OutputDataConfig = { S3OutputPath: `s3://${seller.bucket}/elsewhere` }
    const foreign = [channel(`s3://${at().buyer.bucket}/in/`)]
    const [cannotRead, cannotWrite, notItsOwn] = await Promise.all([
      train(seller, 'cannot-read', {}, blind),
      train(seller, 'cannot-write', {}, { RoleArn: blind.RoleArn, OutputDataConfig }),
      train(seller, 'not-its-own', {}, { InputDataConfig: foreign }),
    ])
    fails(cannotRead, 'AccessDenied', 'Blind', 's3:ListBucket', `s3://${seller.bucket}/in/`)
    fails(cannotWrite, 'AccessDenied', 'Blind', 's3:PutObject', `s3://${seller.bucket}/elsewhere`)
    fails(notItsOwn, 'AccessDenied', 's3:ListBucket', at().buyer.bucket)
  })

  it('tells the failure file, the exit code and the last lines', async () => {
    const { seller } = at()
    const message = 'the column "species" is missing from rows.csv'
    const job = await train(seller, 'exits-3', { mode: 'exit', code: '3', message })
    fails(job, `AlgorithmError: ${message}, exit code: 3`, 'working, step 3', 'about to fail, as asked')
    const last = job.SecondaryStatusTransitions?.at(-1)
    assert.deepEqual([last?.Status, last?.StatusMessage], ['Failed', job.FailureReason])
    assert.equal(job.ModelArtifacts?.S3ModelArtifacts, undefined)
    const lines = await logLines(seller, '/aws/sagemaker/TrainingJobs', 'exits-3/')
    assert.equal(lines.filter(line => line === 'working, step 1').length, 1, lines.join('\n'))
  })

  it('tells the signal, and a program that cannot be started', async () => {
    const { seller } = at()
    const AlgorithmSpecification = {
      ...{ TrainingImage: seller.image, TrainingInputMode: 'File' as const },
      ContainerEntrypoint: ['/opt/no/such/program'],
    }
    const [killed, absent] = await Promise.all([
      train(seller, 'killed', { mode: 'crash-signal' }),
      train(seller, 'no-program', {}, { AlgorithmSpecification }),
    ])
    fails(killed, 'AlgorithmError', /killed by signal (9|24), exit code: 1(37|52)/, 'about to be killed')
    fails(absent, 'AlgorithmError', 'could not be started', '/opt/no/such/program', 'exit code: 127')
  })

  it('notices a container that is killed or removed behind its back', async () => {
    const { seller, view } = at()
    const strike = async (name: string, blow: (id: string) => Promise<void>) => {
      const request = trainingRequest(seller, name, { mode: 'hang' })
      const { TrainingJobArn = '' } = await seller.sagemaker.createTrainingJob(request)
      await trainingRuns(seller, name)
      const [container] = await view.containers(TrainingJobArn)
      await blow(container?.Id as string)
      return trainingEnd(seller, name)
    }
    // One after the other: on a small machine the second waits for the first to end.
    const killed = await strike('killed-outside', view.kill)
    fails(killed, 'AlgorithmError: killed by signal 9, exit code: 137', 'hanging')
    // The engine kills before it removes; which of the two the server sees is a matter of chance.
    const removed = await strike('removed-outside', view.remove)
    fails(removed, /killed by signal 9|InternalServerError.* gone from the container engine/)
  })

  it('says that the memory was not enough', async context => {
    const { seller, view, engine, server } = at()
    const wait = '[time.sleep(.1) for _ in iter(lambda: os.path.exists("/opt/ml/checkpoints/go"), True)]'
    const script = `import os, time; print("waiting", flush=True); ${wait}; kept = [b"x" * 2**20 for _ in range(400)]`
    const request = trainingRequest(seller, 'out-of-memory', {}, pythonJob(seller, script))
    const { TrainingJobArn = '' } = await seller.sagemaker.createTrainingJob(request)
    await trainingRuns(seller, 'out-of-memory')
    const [container] = await view.containers(TrainingJobArn)
    if (!(await view.limitMemory(container?.Id as string, 64 * 2 ** 20))) {
      await view.kill(container?.Id as string)
      await trainingEnd(seller, 'out-of-memory')
      context.skip(`${engine.engine} cannot change the limits of a container that runs`)
      return
    }
    const directory = workloadDirectory(dataDirectory(server.data).work, TrainingJobArn)
    await writeFile(join(directory, '1/algo-1/ml/checkpoints/go'), '')
    fails(await trainingEnd(seller, 'out-of-memory'), 'AlgorithmError: ran out of memory', 'exit code: 137')
  })

  it('keeps links and pipes of the container out of the artifacts and out of the reason', async () => {
    const { seller } = at()
    const run = (name: string, script: string) => train(seller, name, {}, pythonJob(seller, script))
    const link = (from: string, to: string) => `import os; os.symlink("${to}", "${from}")`
    const [outside, pipe, failure, inside] = await Promise.all([
      run('link-outside', link('/opt/ml/model/stolen', '/etc/passwd')),
      run('pipe', 'import os; os.mkfifo("/opt/ml/model/pipe")'),
      run('failure-link', `${link('/opt/ml/output/failure', '/etc/passwd')}; raise SystemExit(7)`),
      run('link-inside', `open("/opt/ml/model/real", "w").write("x"); ${link('/opt/ml/model/latest', 'real')}`),
    ])
    const told = (job: typeof outside) =>
      job.SecondaryStatusTransitions?.find(({ Status }) => Status === 'Uploading')?.StatusMessage
    for (const [job, name] of [
      [outside, 'stolen'],
      [pipe, 'pipe'],
    ] as const) {
      assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
      assertTells(told(job), [`Not uploaded: "${name}"`])
    }
    fails(failure, 'AlgorithmError: exit code: 7')
    assert.doesNotMatch(failure.FailureReason ?? '', /root:/)
    assert.equal(inside.TrainingJobStatus, 'Completed', inside.FailureReason)
    const archive = gunzipSync(await download(seller, inside.ModelArtifacts?.S3ModelArtifacts as string))
    assert.ok(archive.includes('latest') && !archive.includes('root:'), 'model.tar.gz lacks the inner link')
  })
}
