import { createHash } from 'node:crypto'
import { after, before, describe, it, type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import { makeRole } from '../../demo/seller-steps.ts'
import { openHouse, settled } from './house.ts'

const mebibyte = 2 ** 20
const sha256 = (bytes: string | Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`
const json = 'application/vnd.oci.image.manifest.v1+json'

/**
 * An account that does what it may, as much of it as it may, while another asks for one small thing again and again. The server has 600 MiB
 * and is never started anew.
 */
describe('accounts, with a server that is confined to 600 MiB', { timeout: 600_000 }, () => {
  let house: Awaited<ReturnType<typeof openHouse>>
  let mallory: (typeof house)['mallory']
  let server: (typeof house)['server']
  let role: string
  let image: string

  before(async () => {
    house = await openHouse()
    ;({ mallory, server } = house)
    await mallory.s3.createBucket({ Bucket: 'mallory' })
    await mallory.s3.putObject({ Bucket: 'mallory', Key: 'in/a', Body: 'a' })
    role = await makeRole(mallory, 'Jobs', 'sagemaker.amazonaws.com', [
      'AmazonSageMakerFullAccess',
      'AmazonS3FullAccess',
    ])
    const { repository } = await mallory.ecr.createRepository({ repositoryName: 'many' })
    image = `${repository?.repositoryUri}:0`
    await upload('{}')
  })
  after(() => house?.close())
  const beside = (t: TestContext, attack: () => Promise<unknown>) => house.beside(t, attack)

  const upload = async (text: string): Promise<void> => {
    const { uploadId } = await mallory.ecr.initiateLayerUpload({ repositoryName: 'many' })
    const layerPartBlob = Buffer.from(text)
    const part = { partFirstByte: 0, partLastByte: layerPartBlob.length - 1, layerPartBlob }
    await mallory.ecr.uploadLayerPart({ repositoryName: 'many', uploadId, ...part })
    await mallory.ecr.completeLayerUpload({ repositoryName: 'many', uploadId, layerDigests: [sha256(text)] })
  }

  it('hundreds of large manifests that refer to one', async t => {
    const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest: sha256('{}'), size: 2 }
    const manifestOf = (n: number, more: object) =>
      JSON.stringify({
        schemaVersion: 2,
        mediaType: json,
        config,
        layers: [config],
        ...more,
        annotations: { n: `${n}`, fill: 'x'.repeat(more ? 500_000 : 1) },
      })
    const subject = manifestOf(0, {})
    const put = (imageManifest: string, imageTag: string) =>
      mallory.ecr.putImage({ repositoryName: 'many', imageManifest, imageManifestMediaType: json, imageTag })
    await put(subject, '0')
    const refers = { subject: { mediaType: json, digest: sha256(subject), size: subject.length } }
    await beside(t, async () => {
      for (let n = 1; n <= 120; n++) await put(manifestOf(n, refers), `${n}`)
      const { authorizationData } = await mallory.ecr.getAuthorizationToken({})
      const authorization = `Basic ${authorizationData?.[0]?.authorizationToken}`
      const url = `${server.url}/v2/${mallory.id}/many/referrers/${sha256(subject)}`
      await settled(
        Array.from({ length: 20 }, () => async () => (await fetch(url, { headers: { authorization } })).text()),
      )
      const imageIds = Array.from({ length: 100 }, (_, n) => ({ imageTag: `${n}` }))
      const got = () => mallory.ecr.batchGetImage({ repositoryName: 'many', imageIds })
      await settled([got, got, got, got])
      await settled(Array.from({ length: 20 }, () => () => mallory.ecr.describeImages({ repositoryName: 'many' })))
    })
  })

  it('patterns that search for ever, in metrics and in logs', async t => {
    const events = Array.from({ length: 1000 }, (_, n) => ({
      timestamp: Date.now(),
      message: `${'x'.repeat(4000)}${n}`,
    }))
    await mallory.logs.createLogGroup({ logGroupName: 'mallory' })
    await mallory.logs.createLogStream({ logGroupName: 'mallory', logStreamName: 's' })
    for (let n = 0; n < 5; n++)
      await mallory.logs.putLogEvents({
        logGroupName: 'mallory',
        logStreamName: 's',
        logEvents: events.slice(n * 200, n * 200 + 200),
      })
    const patterns = ['%(x+x+)+y%', '%x*x*x*x*x*y%', '{ $.a = "*x*x*x*x*x*y" }', `[${'a,'.repeat(100)}b=*x*]`]
    await beside(t, () =>
      settled(
        patterns.map(filterPattern => () => mallory.logs.filterLogEvents({ logGroupName: 'mallory', filterPattern })),
      ),
    )
  })

  it('policies and documents as large and deep as they may be', async t => {
    const wild = `${'a*'.repeat(200)}b`
    const statement = {
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: Array.from({ length: 10 }, () => `arn:aws:s3:::${wild}`),
    }
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
    const simulate = () =>
      mallory.iam.simulateCustomPolicy({
        PolicyInputList: [PolicyDocument],
        ActionNames: Array.from({ length: 100 }, () => 's3:GetObject'),
        ResourceArns: [`arn:aws:s3:::${'a'.repeat(400)}`],
      })
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
    const large = { Bucket: 'mallory', Policy: deep }
    await beside(t, () => settled([...Array(10).fill(simulate), () => mallory.s3.putBucketPolicy(large)]))
  })

  it('jobs that can never run, by the hundred, with every member at its limit', async t => {
    const job = (n: number) =>
      mallory.sagemaker.createTrainingJob({
        TrainingJobName: `never-${n}`,
        RoleArn: role,
        AlgorithmSpecification: {
          TrainingImage: image,
          TrainingInputMode: 'File',
          MetricDefinitions: Array.from({ length: 40 }, (_, m) => ({ Name: `m${m}`, Regex: `x*x?y${m}` })),
        },
        Environment: Object.fromEntries(Array.from({ length: 40 }, (_, m) => [`V${m}`, 'v'.repeat(500)])),
        OutputDataConfig: { S3OutputPath: 's3://mallory/out' },
        ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
        StoppingCondition: { MaxRuntimeInSeconds: 3600 },
      })
    await beside(t, async () => {
      await settled(Array.from({ length: 200 }, (_, n) => () => job(n)))
      await settled(
        Array.from(
          { length: 200 },
          (_, n) => () => mallory.sagemaker.stopTrainingJob({ TrainingJobName: `never-${n}` }),
        ),
      )
      await settled(Array.from({ length: 50 }, () => () => mallory.sagemaker.listTrainingJobs({ MaxResults: 100 })))
    })
  })

  it('objects by the thousand, and bodies that unpack to more than they are', async t => {
    const bomb = gzipSync(Buffer.alloc(200 * mebibyte))
    const compressed = () =>
      fetch(`${server.url}/`, {
        method: 'POST',
        body: bomb,
        headers: {
          'content-encoding': 'gzip',
          'x-amz-target': 'Logs_20140328.PutLogEvents',
          'content-type': 'application/x-amz-json-1.1',
        },
      })
    const keys = Array.from({ length: 1000 }, (_, n) => ({ Key: `k/${n}` }))
    await beside(t, async () => {
      await settled(Array.from({ length: 20 }, () => compressed))
      await settled(
        Array.from(
          { length: 500 },
          (_, n) => () => mallory.s3.putObject({ Bucket: 'mallory', Key: `k/${n}`, Body: 'x' }),
        ),
      )
      await settled(Array.from({ length: 20 }, () => () => mallory.s3.listObjectsV2({ Bucket: 'mallory' })))
      await mallory.s3.deleteObjects({ Bucket: 'mallory', Delete: { Objects: keys } })
    })
  })
})
