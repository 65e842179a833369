import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { KMS } from '@aws-sdk/client-kms'
import type { DescribeTrainingJobCommandOutput, ResourceConfig } from '@aws-sdk/client-sagemaker'
import { region } from '../../demo/clients.ts'
import { makeRole } from '../../demo/seller-steps.ts'
import { dataDirectory, workloadDirectory } from '../../src/store/data-directory.ts'
import { volumesBelow } from '../../src/workload/volume.ts'
import type { Fixture } from './fixture.ts'
import { makeModel, trainingEnd, trainingRuns, transform } from './jobs.ts'
import { input, programRequest, result, tell } from './training-program.ts'
import { assertRefused, assertTells } from './world.ts'

/** KMS keys of jobs: what they write, what they read, and the volumes that they work on. */
export function trainingKeySuite(at: () => Fixture): void {
  const uri = (key: string) => `s3://${at().seller.bucket}/${key}`
  const kmsOf = (place = region) =>
    new KMS({ endpoint: at().server.url, region: place, credentials: at().seller.credentials })
  const makeKey = async (place?: string) => (await kmsOf(place).createKey({})).KeyMetadata?.Arn as string
  const policies = ['AmazonSageMakerFullAccess', 'AmazonS3FullAccess', 'AmazonEC2ContainerRegistryReadOnly']

  /** A role that jobs can run as, and that may do these things with KMS keys. */
  async function roleWith(name: string, ...actions: string[]): Promise<string> {
    const { seller } = at()
    const role = await makeRole(seller, name, 'sagemaker.amazonaws.com', policies)
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
    })
    if (actions.length > 0) await seller.iam.putRolePolicy({ RoleName: name, PolicyName: 'keys', PolicyDocument })
    return role
  }

  const run = async (
    name: string,
    RoleArn: string,
    changes: Parameters<typeof programRequest>[3],
    program = `save('kept'); save('more','output/data/more')`,
  ) => {
    const { seller } = at()
    await seller.sagemaker.createTrainingJob(programRequest(seller, name, program, { RoleArn, ...changes }))
    return trainingEnd(seller, name)
  }
  const output = (KmsKeyId: string, CompressionType: 'GZIP' | 'NONE' = 'NONE') => ({
    OutputDataConfig: { S3OutputPath: uri('sealed'), KmsKeyId, CompressionType },
  })
  const failed = (job: DescribeTrainingJobCommandOutput, ...parts: (string | RegExp)[]) => {
    assert.equal(job.TrainingJobStatus, 'Failed', JSON.stringify(job))
    const steps = job.SecondaryStatusTransitions?.map(({ Status }) => Status)
    assert.deepEqual(steps, ['Starting', 'Failed'], 'it failed before its container started')
    assertTells(job.FailureReason, parts)
  }

  it('writes model and output under the key, however it is named', async () => {
    const { seller } = at()
    const key = await makeKey()
    await kmsOf().createAlias({ AliasName: 'alias/outputs', TargetKeyId: key })
    const role = await roleWith('Sealer', 'kms:GenerateDataKey')
    const names = [key, key.split('/')[1] as string, 'alias/outputs', key.replace(/key\/.*/, 'alias/outputs')]
    for (const [index, name] of names.entries()) {
      const compressed = index % 2 === 0
      const job = await run(`sealed-${index}`, role, output(name, compressed ? 'GZIP' : 'NONE'))
      assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
      assert.equal(job.OutputDataConfig?.KmsKeyId, name)
      const { Contents = [] } = await seller.s3.listObjectsV2({
        Bucket: seller.bucket,
        Prefix: `sealed/sealed-${index}/`,
      })
      assert.equal(Contents.length, 2)
      for (const { Key } of Contents) {
        const head = await seller.s3.headObject({ Bucket: seller.bucket, Key })
        assert.deepEqual([head.ServerSideEncryption, head.SSEKMSKeyId], ['aws:kms', key])
      }
    }
  })

  it('says which key, which action and which role when the output cannot be encrypted', async () => {
    const key = await makeKey()
    const mute = await roleWith('Mute')
    const role = await roleWith('Speaker', 'kms:GenerateDataKey')
    failed(await run('no-leave', mute, output(key)), /^ClientError: AccessDenied/, 'Mute', 'kms:GenerateDataKey', key)
    await kmsOf().disableKey({ KeyId: key })
    failed(await run('disabled', role, output(key)), /^ClientError: KMS\.DisabledException/, `${key} is disabled.`)
    await kmsOf().scheduleKeyDeletion({ KeyId: key, PendingWindowInDays: 7 })
    failed(await run('dying', role, output(key)), 'KMS.KMSInvalidStateException', `${key} is pending deletion.`)
    const absent = key.replace(/key\/.*/, 'key/12345678-1234-1234-1234-123456789012')
    failed(await run('absent', role, output(absent)), 'KMS.NotFoundException', `Key '${absent}' does not exist`)
    const elsewhere = await makeKey('eu-west-1')
    failed(await run('elsewhere', role, output(elsewhere)), `Invalid ARN '${elsewhere}'`, 'OutputDataConfig.KmsKeyId')
    failed(await run('no-alias', role, output('alias/none')), 'alias/none is not found')
    const { buyer, server } = at()
    const foreign = new KMS({ endpoint: server.url, region, credentials: buyer.credentials })
    const theirs = (await foreign.createKey({})).KeyMetadata?.Arn as string
    failed(await run('foreign', role, output(theirs)), 'AccessDenied', 'Speaker', 'kms:GenerateDataKey', theirs)
  })

  it('reads input that a key encrypts only with leave to decrypt it, in every mode', async () => {
    const { seller } = at()
    const SSEKMSKeyId = await makeKey()
    const put = {
      Bucket: seller.bucket,
      Key: 'secret/data',
      Body: 'the secret',
      ServerSideEncryption: 'aws:kms' as const,
    }
    await seller.s3.putObject({ ...put, SSEKMSKeyId })
    const reader = await roleWith('Reader', 'kms:Decrypt')
    const blind = await roleWith('Closed', 'kms:GenerateDataKey')
    const InputDataConfig = [input('training', uri('secret/'))]
    for (const mode of ['File', 'FastFile', 'Pipe'] as const) {
      const read =
        mode === 'Pipe' ? `pipe('training',0).read()` : `open('/opt/ml/input/data/training/data','rb').read()`
      const seen = await run(`reads-${mode}`, reader, { mode, InputDataConfig }, `save(${read}.decode())`)
      assert.equal(await result(seller, seen), 'the secret')
      const refused = await run(`blind-${mode}`, blind, { mode, InputDataConfig }, `save(${read}.decode())`)
      assert.equal(refused.TrainingJobStatus, 'Failed')
      assertTells(refused.FailureReason, ['AccessDenied', 'Closed', 'kms:Decrypt', SSEKMSKeyId, uri('secret/data')])
    }
  })

  it('writes what a transform job makes under its key, or says why not', async () => {
    const { seller } = at()
    const key = await makeKey()
    const request = (RoleName: string) => ({ ...seller, role: RoleName })
    await makeModel(request(await roleWith('Transformer', 'kms:GenerateDataKey')), 'sealing', { PROBE_MODE: 'echo' })
    await makeModel(request(await roleWith('Untrusted')), 'unsealing', { PROBE_MODE: 'echo' })
    const changes = (name: string) => ({
      TransformOutput: { S3OutputPath: uri(`out/${name}`), AssembleWith: 'Line' as const, KmsKeyId: key },
    })
    const job = await transform(seller, 'seals', 'sealing', 'in/', changes('seals'))
    assert.equal(job.TransformJobStatus, 'Completed', job.FailureReason)
    const head = await seller.s3.headObject({ Bucket: seller.bucket, Key: 'out/seals/rows.csv.out' })
    assert.deepEqual([head.ServerSideEncryption, head.SSEKMSKeyId], ['aws:kms', key])
    const other = await transform(seller, 'cannot-seal', 'unsealing', 'in/', changes('cannot-seal'))
    assert.equal(other.TransformJobStatus, 'Failed')
    assertTells(other.FailureReason, ['AccessDenied', 'Untrusted', 'kms:GenerateDataKey', key])
  })

  it('transforms input that a key encrypts only with leave to decrypt it', async () => {
    const { seller } = at()
    const SSEKMSKeyId = await makeKey()
    const put = { Bucket: seller.bucket, Key: 'sealed-in/rows.csv', Body: 'one\n', SSEKMSKeyId }
    await seller.s3.putObject({ ...put, ServerSideEncryption: 'aws:kms' })
    for (const [name, action] of [
      ['opening', 'kms:Decrypt'],
      ['shut', 'kms:Encrypt'],
    ] as const)
      await makeModel({ ...seller, role: await roleWith(name, action) }, name, { PROBE_MODE: 'echo' })
    const opened = await transform(seller, 'opened', 'opening', 'sealed-in/')
    assert.equal(opened.TransformJobStatus, 'Completed', opened.FailureReason)
    const refused = await transform(seller, 'refused', 'shut', 'sealed-in/')
    assert.equal(refused.TransformJobStatus, 'Failed')
    assertTells(refused.FailureReason, [
      'is not authorized',
      'shut',
      'kms:Decrypt',
      SSEKMSKeyId,
      uri('sealed-in/rows.csv'),
    ])
  })

  const encrypted = (VolumeKmsKeyId: string, changes: Partial<ResourceConfig> = {}) => ({
    ResourceConfig: {
      ...{ InstanceType: 'ml.t3.medium' as const, InstanceCount: 1, VolumeSizeInGB: 1 },
      ...{ VolumeKmsKeyId, ...changes },
    },
  })

  it('keeps a volume with a key in memory, with the input, and nothing of it on the disk', async () => {
    const { seller, server } = at()
    const key = await makeKey()
    const role = await roleWith('Granter', 'kms:CreateGrant')
    await seller.s3.putObject({ Bucket: seller.bucket, Key: 'clear/data', Body: Buffer.alloc(1 << 20, 'x') })
    const program = `
kinds={l.split()[4]:l.split(' - ')[1].split()[0] for l in open('/proc/self/mountinfo')}
save('x','checkpoints/state'); open('/tmp/scratch','w').write('x'); print('ready',flush=True); wait_until_told()
save([[kinds[p] for p in ('/opt/ml/model','/opt/ml/input/data','/opt/ml/checkpoints','/tmp')],len(open('/opt/ml/input/data/training/data').read())])
`
    const { TrainingJobArn = '' } = await seller.sagemaker.createTrainingJob(
      programRequest(seller, 'in-memory', program, {
        RoleArn: role,
        InputDataConfig: [input('training', uri('clear/'))],
        CheckpointConfig: { S3Uri: uri('in-memory') },
        ...encrypted(key),
      }),
    )
    await trainingRuns(seller, 'in-memory')
    const directory = workloadDirectory(dataDirectory(server.data).work, TrainingJobArn)
    const mounts = (await volumesBelow(directory)).map(mount => mount.directory)
    assert.equal(mounts.length, 1)
    assert.deepEqual(await readdir(join(directory, '1')), ['algo-1'], 'beside the volume lies nothing')
    await server.crash()
    await tell(server, TrainingJobArn)
    const job = await trainingEnd(seller, 'in-memory')
    assert.deepEqual(await result(seller, job), [['tmpfs', 'tmpfs', 'tmpfs', 'tmpfs'], 1 << 20])
    assert.equal(job.ResourceConfig?.VolumeKmsKeyId, key)
  })

  it('bounds a volume in memory, and asks for leave to make a grant on its key', async () => {
    const key = await makeKey()
    const role = await roleWith('Filler', 'kms:CreateGrant')
    const flood = `f=open('/opt/ml/model/big','wb'); [f.write(bytes(1<<20)) for _ in range(1100)]`
    const full = await run('fills-memory', role, encrypted(key), flood)
    assertTells(full.FailureReason, [/The volume of algo-1 .* ran out of disk space/, 'Errno 28'])
    const mute = await roleWith('Grantless', 'kms:GenerateDataKey')
    failed(
      await run('no-grant', mute, encrypted(key)),
      ...['AccessDenied', 'Grantless', 'kms:CreateGrant', key, `ResourceConfig.VolumeKmsKeyId is ${key}`],
    )
    await kmsOf().disableKey({ KeyId: key })
    failed(await run('volume-disabled', role, encrypted(key)), `${key} is disabled.`, 'VolumeKmsKeyId')
    const vast = await makeKey()
    const large = await run('vast', role, encrypted(vast, { VolumeSizeInGB: 16_000 }))
    assertTells(large.FailureReason, [/^CapacityError: .* kept in memory.*16000\.0 GB are asked for, and [\d.]+ GB/])
    const refused = (changes: Partial<ResourceConfig>, words: RegExp) =>
      assertRefused(run('refused', role, encrypted(key, changes)), 'ValidationException', 400, words)
    await refused({ InstanceType: 'ml.g4dn.xlarge' }, /ml\.g4dn\.xlarge, which has local storage/)
    await refused({ VolumeSizeInGB: undefined }, /needs a VolumeSizeInGB/)
  })
}
