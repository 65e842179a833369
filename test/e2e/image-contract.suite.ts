import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { it } from 'node:test'
import type { Fixture } from './fixture.ts'
import { createEndpoint, endpointSettled, invoke, logLines, trainingEnd } from './jobs.ts'
import type { Party } from './party.ts'
import { input, programRequest, result } from './training-program.ts'

/** What images bring along that is not theirs to lose: files below /opt/ml, a user, the way to their peers. */
export function imageContractSuite(at: () => Fixture): void {
  it('shows a training job what its image has below /opt/ml, beside what the platform puts there', async () => {
    const { seller } = at()
    const program = `
save({'ml':sorted(os.listdir(ML)),'code':open(ML+'code/settings.txt').read(),'model':os.listdir(ML+'model'),'own':os.path.exists(ML+'model/weights.txt')})
`
    await seller.sagemaker.createTrainingJob(programRequest(seller, 'own-files', program))
    assert.deepEqual(await result(seller, await trainingEnd(seller, 'own-files')), {
      ml: ['checkpoints', 'code', 'input', 'model', 'output'],
      code: "the image's own\n",
      model: [],
      own: false,
    })
  })

  it('shows an endpoint the model that is baked into its image, and serves as the user that the image names', async () => {
    const { seller } = at()
    const image = await asUser(seller, '1000:100')
    for (const [name, Image] of [['baked', seller.image], ['user', image]] as const) // biome-ignore format: pairs
      await seller.sagemaker.createModel({
        ...{ ModelName: name, ExecutionRoleArn: seller.role },
        PrimaryContainer: { Image, Environment: { PROBE_MODE: 'model' } },
      })
    await createEndpoint(seller, 'baked', ['baked', 'user'])
    const { EndpointStatus, FailureReason } = await endpointSettled(seller, 'baked')
    assert.equal(EndpointStatus, 'InService', FailureReason)
    const ask = async (variant: string) =>
      JSON.parse(Buffer.from((await invoke(seller, 'baked', variant)).Body ?? []).toString())
    const { files, code, user } = await ask('baked')
    assert.deepEqual(
      files.map(({ path }: { path: string }) => path),
      ['weights.txt'],
    )
    assert.deepEqual([code, user], [['settings.txt'], [0, 0]])
    assert.deepEqual((await ask('user')).user, [1000, 100])
    await seller.sagemaker.deleteEndpoint({ EndpointName: 'baked' })
  })

  it('runs a training job as the user and group that the image names, who may read its input', async () => {
    const { seller } = at()
    await seller.s3.putObject({ Bucket: seller.bucket, Key: 'user/row', Body: 'row' })
    const image = await asUser(seller, '1001:100')
    const program = `
seen={'user':[os.getuid(),os.getgid()],'config':sorted(config('hyperparameters')),'row':open(ML+'input/data/rows/row').read()}
open('/tmp/mine','w').close()
print('seen '+json.dumps(seen))
`
    const request = programRequest(seller, 'user', program)
    await seller.sagemaker.createTrainingJob({
      ...request,
      AlgorithmSpecification: { ...request.AlgorithmSpecification, TrainingImage: image, TrainingInputMode: 'File' },
      InputDataConfig: [input('rows', `s3://${seller.bucket}/user/`)],
    })
    const job = await trainingEnd(seller, 'user')
    assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
    const lines = await logLines(seller, '/aws/sagemaker/TrainingJobs', 'user/')
    const seen = lines.find(line => line.startsWith('seen '))?.slice('seen '.length)
    assert.deepEqual(JSON.parse(seen ?? ''), { user: [1001, 100], config: ['program'], row: 'row' })
  })

  for (const hosts of [1, 2])
    it(`names a network interface that there is, on ${hosts} hosts`, async () => {
      const { seller } = at()
      const name = `interface-on-${hosts}`
      const program = `
import socket
own=config('resourceconfig'); there=[name for _,name in socket.if_nameindex()]
save({'named':own['network_interface_name'],'there':there})
`
      const ResourceConfig = { InstanceType: 'ml.t3.medium' as const, InstanceCount: hosts, VolumeSizeInGB: 1 }
      await seller.sagemaker.createTrainingJob(programRequest(seller, name, program, { ResourceConfig }))
      const seen = await result<{ named: string; there: string[] }>(seller, await trainingEnd(seller, name))
      assert.ok(seen.there.includes(seen.named), `${seen.named} is none of ${seen.there}`)
    })
}

/** The party's image once more, whose configuration names this user; its URI. */
async function asUser({ ecr, image }: Party, User: string): Promise<string> {
  const [, repositoryName = '', imageTag = ''] = /^[^/]+\/\d+\/(.+):([^:]+)$/.exec(image) ?? []
  const { images } = await ecr.batchGetImage({ repositoryName, imageIds: [{ imageTag }] })
  const manifest = JSON.parse(images?.[0]?.imageManifest ?? '')
  const { downloadUrl } = await ecr.getDownloadUrlForLayer({ repositoryName, layerDigest: manifest.config.digest })
  const config = (await (await fetch(downloadUrl ?? '')).json()) as { config: object }
  const content = Buffer.from(JSON.stringify({ ...config, config: { ...config.config, User } }))
  const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`
  const { uploadId } = await ecr.initiateLayerUpload({ repositoryName })
  const part = { partFirstByte: 0, partLastByte: content.length - 1, layerPartBlob: content }
  await ecr.uploadLayerPart({ repositoryName, uploadId, ...part })
  await ecr.completeLayerUpload({ repositoryName, uploadId, layerDigests: [digest] })
  const changed = { ...manifest, config: { ...manifest.config, digest, size: content.length } }
  const tag = `as-${User.replace(':', '-')}`
  await ecr.putImage({ repositoryName, imageTag: tag, imageManifest: JSON.stringify(changed) })
  return image.replace(/:[^:]+$/, `:${tag}`)
}
