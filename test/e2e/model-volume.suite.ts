import assert from 'node:assert/strict'
import { it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { KMS } from '@aws-sdk/client-kms'
import { packTar } from 'modern-tar'
import { region } from '../../demo/clients.ts'
import { makeRole } from '../../demo/seller-steps.ts'
import { dataDirectory } from '../../src/store/data-directory.ts'
import { volumesBelow } from '../../src/workload/volume.ts'
import type { Fixture } from './fixture.ts'
import { download, endpointSettled, instanceType, invoke, makeModel, transform } from './jobs.ts'
import { until } from './until.ts'
import { assertRefused, assertTells } from './world.ts'

const gibibyte = 1024 ** 3

interface Seen {
  readonly mounts: Readonly<Record<string, string>>
  readonly scratch: number
}

/** Volumes of endpoints and transform jobs. */
export function modelVolumeSuite(at: () => Fixture): void {
  const kms = () => new KMS({ endpoint: at().server.url, region, credentials: at().seller.credentials })
  const makeKey = async () => (await kms().createKey({})).KeyMetadata?.Arn as string

  async function modelData(): Promise<string> {
    const { seller } = at()
    const archive = await packTar([{ header: { name: 'weights', size: 4 }, body: 'four' }])
    await seller.s3.putObject({ Bucket: seller.bucket, Key: 'volumes/model.tar.gz', Body: gzipSync(archive) })
    return `s3://${seller.bucket}/volumes/model.tar.gz`
  }

  async function deploy(name: string, KmsKeyId?: string): Promise<Seen> {
    const { seller } = at()
    await makeModel(seller, name, { PROBE_MODE: 'inspect' }, await modelData())
    const variant = { ...{ VariantName: name, ModelName: name, InitialInstanceCount: 1 }, VolumeSizeInGB: 1 }
    const ProductionVariants = [{ ...variant, InstanceType: instanceType }]
    await seller.sagemaker.createEndpointConfig({
      EndpointConfigName: name,
      ProductionVariants,
      ...(KmsKeyId && { KmsKeyId }),
    })
    await seller.sagemaker.createEndpoint({ EndpointName: name, EndpointConfigName: name })
    const settled = await endpointSettled(seller, name)
    assert.equal(settled.EndpointStatus, 'InService', settled.FailureReason)
    const { Body } = await invoke(seller, name, name)
    return JSON.parse(Buffer.from(Body as Uint8Array).toString())
  }

  async function remove(EndpointName: string): Promise<void> {
    const { seller, server } = at()
    await seller.sagemaker.deleteEndpoint({ EndpointName })
    const mounts = () => volumesBelow(dataDirectory(server.data).work)
    await until('no volume is mounted', mounts, ({ length }) => length === 0)
  }

  it('gives an instance of an endpoint the /tmp that its variant asks for', async () => {
    const { seller, server, view } = at()
    const seen = await deploy('scratch')
    assert.equal(seen.mounts['/tmp'], 'ext4')
    assert.ok(seen.scratch > 0.9 * gibibyte && seen.scratch <= gibibyte, String(seen.scratch))
    const { EndpointArn } = await seller.sagemaker.describeEndpoint({ EndpointName: 'scratch' })
    const [container] = await view.containers(EndpointArn)
    await view.kill(container?.Id as string)
    const work = dataDirectory(server.data).work
    const second = async () => (await volumesBelow(work)).map(({ below }) => below.split('/').at(-1))
    await until('only the volume of the next attempt is left', second, names => names.join() === 'volume-2-scratch-1')
    await remove('scratch')
  })

  it('keeps all of an endpoint with a key in memory', async () => {
    const key = await makeKey()
    const seen = await deploy('secret', key)
    assert.deepEqual([seen.mounts['/tmp'], seen.mounts['/opt/ml/model']], ['tmpfs', 'tmpfs'])
    assert.equal(seen.scratch, gibibyte)
    const { seller } = at()
    const { KmsKeyId } = await seller.sagemaker.describeEndpointConfig({ EndpointConfigName: 'secret' })
    assert.equal(KmsKeyId, key)
    await remove('secret')
    await kms().disableKey({ KeyId: key })
    const again = seller.sagemaker.createEndpoint({ EndpointName: 'again', EndpointConfigName: 'secret' })
    await assertRefused(again, 'ValidationException', 400, /cannot be used: .* is disabled/)
  })

  it('keeps all of a transform job with a key in memory, if its role may make a grant', async () => {
    const { seller } = at()
    const key = await makeKey()
    const policies = ['AmazonSageMakerFullAccess', 'AmazonS3FullAccess', 'AmazonEC2ContainerRegistryReadOnly']
    const role = await makeRole(seller, 'VolumeGranter', 'sagemaker.amazonaws.com', policies)
    const Statement = [{ Effect: 'Allow', Action: 'kms:CreateGrant', Resource: key }]
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    await seller.iam.putRolePolicy({ RoleName: 'VolumeGranter', PolicyName: 'grant', PolicyDocument })
    await makeModel({ ...seller, role }, 'granted', { PROBE_MODE: 'inspect' }, await modelData())
    await makeModel(seller, 'ungranted', { PROBE_MODE: 'inspect' })
    const changes = { TransformResources: { InstanceType: instanceType, InstanceCount: 1, VolumeKmsKeyId: key } }
    const job = await transform(seller, 'in-memory', 'granted', 'in/', changes)
    assert.equal(job.TransformJobStatus, 'Completed', job.FailureReason)
    const lines = (await download(seller, `s3://${seller.bucket}/out/in-memory/rows.csv.out`)).toString().trim()
    const seen = JSON.parse(lines.split('\n')[0] as string) as Seen
    assert.deepEqual([seen.mounts['/tmp'], seen.mounts['/opt/ml/model']], ['tmpfs', 'tmpfs'])
    const refused = await transform(seller, 'ungranted', 'ungranted', 'in/', changes)
    assertTells(refused.FailureReason, ['AccessDenied', 'kms:CreateGrant', key])
  })
}
