import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import type { ContainerDefinition } from '@aws-sdk/client-sagemaker'
import { packTar } from 'modern-tar'
import { region } from '../../demo/clients.ts'
import { createEndpoint, endpointSettled, logLines, transform } from './jobs.ts'
import { onEveryEngine } from './on-every-engine.ts'
import type { Party } from './party.ts'
import { until } from './until.ts'
import { assertRefused } from './world.ts'

interface Answer {
  readonly files: Readonly<Record<string, string>>
  readonly loaded: number
  readonly path: string
  readonly target: string
  readonly body: string
}

/** An archive of these files below the prefix `models/`. */
async function putModel({ s3, bucket }: Party, name: string, files: Readonly<Record<string, string>>): Promise<void> {
  const entries = Object.entries(files).map(([file, body]) => ({ header: { name: file, size: body.length }, body }))
  await s3.putObject({ Bucket: bucket, Key: `models/${name}`, Body: gzipSync(await packTar(entries)) })
}

async function makeSeveral(party: Party, ModelName: string, more: Partial<ContainerDefinition> = {}): Promise<void> {
  const { sagemaker, image, bucket, role } = party
  await sagemaker.createModel({
    ModelName,
    ExecutionRoleArn: role,
    PrimaryContainer: {
      ...{ Image: image, Mode: 'MultiModel', ModelDataUrl: `s3://${bucket}/models` },
      ...{ Environment: { PROBE_MODE: 'several' }, ...more },
    },
  })
}

async function deploy(party: Party, name: string, count = 1): Promise<void> {
  await createEndpoint(party, name, [name], { InitialInstanceCount: count })
  const { EndpointStatus, FailureReason } = await endpointSettled(party, name)
  assert.equal(EndpointStatus, 'InService', FailureReason)
}

async function ask({ runtime }: Party, EndpointName: string, TargetModel: string, body = 'x'): Promise<Answer> {
  const { Body } = await runtime.invokeEndpoint({ EndpointName, TargetModel, Body: Buffer.from(body) })
  return JSON.parse(Buffer.from(Body).toString())
}

const loads = async (party: Party, name: string) =>
  (await logLines(party, `/aws/sagemaker/Endpoints/${name}`, `${name}/`)).filter(line => line.startsWith('loaded'))
    .length

await onEveryEngine('multi-model endpoints', 'contract-probe', at => {
  it('load the model that is asked for, keep what was used last, and give back what a full container has no room for', async () => {
    const { seller, server } = at()
    for (const name of ['a', 'b', 'c']) await putModel(seller, `deep/${name}.tar.gz`, { weights: name })
    await makeSeveral(seller, 'several')
    await deploy(seller, 'several')
    const first = await ask(seller, 'several', 'deep/a.tar.gz', 'one')
    assert.deepEqual(first, {
      ...{ files: { weights: hash('sha256', 'a') }, loaded: 1, body: 'one', target: 'deep/a.tar.gz' },
      path: `/models/${hash('sha256', 'deep/a.tar.gz')}/invoke`,
    })
    assert.equal((await ask(seller, 'several', 'deep/b.tar.gz')).loaded, 2)
    assert.equal((await ask(seller, 'several', 'deep/a.tar.gz')).loaded, 2)
    // The container holds two: the one that was not asked for the longest goes.
    assert.deepEqual((await ask(seller, 'several', 'deep/c.tar.gz')).files, { weights: hash('sha256', 'c') })
    await until(
      'three were loaded',
      () => loads(seller, 'several'),
      count => count === 3,
    )
    await ask(seller, 'several', 'deep/a.tar.gz')
    await ask(seller, 'several', 'deep/b.tar.gz')
    await until(
      'b was loaded again, a was not',
      () => loads(seller, 'several'),
      count => count === 4,
    )

    const metrics = new CloudWatch({ endpoint: server.url, region, credentials: seller.credentials })
    const names = async () => {
      const { Metrics = [] } = await metrics.listMetrics({
        ...{ Namespace: 'AWS/SageMaker', Dimensions: [{ Name: 'EndpointName', Value: 'several' }] },
      })
      return new Set(Metrics.map(({ MetricName }) => MetricName))
    }
    await until('its metrics are there', names, found =>
      ['ModelCacheHit', 'ModelLoadingWaitTime', 'ModelDownloadingTime', 'ModelUnloadingTime', 'LoadedModelCount'].every(
        name => found.has(name),
      ),
    )
    const { PrimaryContainer } = await seller.sagemaker.describeModel({ ModelName: 'several' })
    assert.equal(PrimaryContainer?.Mode, 'MultiModel')
    await seller.sagemaker.deleteEndpoint({ EndpointName: 'several' })
  })

  it('load a model once, however many ask for it, on one of their instances', async () => {
    const { seller } = at()
    await putModel(seller, 'slow.tar.gz', { slow: '' })
    await makeSeveral(seller, 'once')
    await deploy(seller, 'once', 2)
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(seller, 'once', 'slow.tar.gz')))
    for (const { files } of answers) assert.deepEqual(Object.keys(files), ['slow'])
    await until(
      'it was loaded',
      () => loads(seller, 'once'),
      count => count > 0,
    )
    assert.equal(await loads(seller, 'once'), 1)
    await seller.sagemaker.deleteEndpoint({ EndpointName: 'once' })
  })

  it('keep no model that is not used when told so', async () => {
    const { seller } = at()
    await putModel(seller, 'brief.tar.gz', { weights: 'brief' })
    await makeSeveral(seller, 'brief', { MultiModelConfig: { ModelCacheSetting: 'Disabled' } })
    await deploy(seller, 'brief')
    for (let count = 1; count <= 3; count++) {
      await ask(seller, 'brief', 'brief.tar.gz')
      await until(
        'it was loaded again',
        () => loads(seller, 'brief'),
        found => found === count,
      )
    }
    await seller.sagemaker.deleteEndpoint({ EndpointName: 'brief' })
  })

  it('tell what is wrong with a model, and go on with the others', async () => {
    const { seller, buyer } = at()
    await putModel(seller, 'good.tar.gz', { weights: 'good' })
    await putModel(seller, 'broken.tar.gz', { broken: '' })
    await seller.s3.putObject({ Bucket: seller.bucket, Key: 'models/text.tar.gz', Body: 'no archive' })
    await makeSeveral(seller, 'wrong')
    await deploy(seller, 'wrong')
    const refused = (model: string, name: string, status: number, words: RegExp) =>
      assertRefused(ask(seller, 'wrong', model), name, status, words)
    await refused(
      'broken.tar.gz',
      'ModelError',
      424,
      /Received server error \(500\) from primary with message "the model is broken"/,
    )
    await refused('none.tar.gz', 'ValidationError', 400, /none\.tar\.gz could not be downloaded: NoSuchKey/)
    await refused(
      'text.tar.gz',
      'ValidationError',
      400,
      /models\/text\.tar\.gz cannot be unpacked: it is no gzip archive/,
    )
    await refused('../in/rows.csv', 'ValidationError', 400, /could not be downloaded: NoSuchKey/)
    assert.deepEqual((await ask(seller, 'wrong', 'good.tar.gz')).files, { weights: hash('sha256', 'good') })
    const Body = Buffer.from('x')
    const nameless = seller.runtime.invokeEndpoint({ EndpointName: 'wrong', Body })
    await assertRefused(nameless, 'ValidationError', 400, /TargetModel must be given/)
    await assertRefused(ask(buyer, 'wrong', 'good.tar.gz'), 'ValidationError', 400, /not found/)
    await assertRefused(transform(seller, 'wrong', 'wrong', 'in/'), 'ValidationException', 400, /Mode MultiModel/)
    await seller.sagemaker.deleteEndpoint({ EndpointName: 'wrong' })
  })

  it('are refused where they could not be served', async () => {
    const { seller } = at()
    const refused = (more: Partial<ContainerDefinition>, words: RegExp) =>
      assertRefused(makeSeveral(seller, 'never', more), 'ValidationException', 400, words)
    await refused({ ModelDataUrl: undefined }, /ModelDataUrl must be given/)
    await refused({ ModelDataUrl: `s3://${seller.bucket}/models/a.tar.gz` }, /must be the prefix of the models/)
    await refused(
      { Mode: 'SingleModel', ModelDataUrl: undefined, MultiModelConfig: {} },
      /only for the Mode MultiModel/,
    )
    const Containers = [
      { Image: seller.image, Mode: 'MultiModel' as const, ModelDataUrl: `s3://${seller.bucket}/models` },
    ]
    const pipeline = seller.sagemaker.createModel({
      ...{ ModelName: 'never', ExecutionRoleArn: seller.role },
      Containers: [...Containers, { Image: seller.image }],
    })
    await assertRefused(pipeline, 'ValidationException', 400, /not supported beside others/)
    await makeSeveral(seller, 'later')
    const config = seller.sagemaker.createEndpointConfig({
      EndpointConfigName: 'later',
      ProductionVariants: [
        { VariantName: 'v', ModelName: 'later', InstanceType: 'ml.c7i.large', InitialInstanceCount: 1 },
      ],
      AsyncInferenceConfig: { OutputConfig: { S3OutputPath: `s3://${seller.bucket}/out` } },
    })
    await assertRefused(config, 'ValidationException', 400, /Mode MultiModel, and asynchronous requests name no model/)
  })
})

// On a server of its own, which is killed.
await onEveryEngine('a multi-model endpoint whose server is killed', 'contract-probe', at => {
  it('keeps what its container has loaded', async () => {
    const { seller, server } = at()
    await putModel(seller, 'kept.tar.gz', { weights: 'kept' })
    await makeSeveral(seller, 'survives')
    await deploy(seller, 'survives')
    const before = await ask(seller, 'survives', 'kept.tar.gz')
    await until(
      'it was loaded',
      () => loads(seller, 'survives'),
      count => count === 1,
    )
    await server.crash()
    await endpointSettled(seller, 'survives')
    assert.deepEqual(await ask(seller, 'survives', 'kept.tar.gz'), before)
    assert.equal(await loads(seller, 'survives'), 1)
    await seller.sagemaker.deleteEndpoint({ EndpointName: 'survives' })
  })
})
