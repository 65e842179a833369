import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { it } from 'node:test'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import type { AsyncInferenceConfig } from '@aws-sdk/client-sagemaker'
import type { InvokeEndpointAsyncCommandInput } from '@aws-sdk/client-sagemaker-runtime'
import { SNS } from '@aws-sdk/client-sns'
import { region } from '../../demo/clients.ts'
import { openInstallation } from '../../src/cli/installation.ts'
import { setQuota } from '../../src/quotas/account-quota.ts'
import { type Quota, quotas } from '../../src/quotas/quotas.ts'
import { openReceiver } from '../../src/sns/sns.fixture.ts'
import { download, endpointSettled, instanceType, logLines, makeModel } from './jobs.ts'
import { onEveryEngine } from './on-every-engine.ts'
import type { Party } from './party.ts'
import { until } from './until.ts'
import { assertRefused } from './world.ts'

/** An endpoint of one instance of this model, that answers below `async/NAME/`. */
async function deploy(
  party: Party,
  name: string,
  mode: Record<string, string>,
  more: Partial<AsyncInferenceConfig> = {},
) {
  const { sagemaker, bucket } = party
  await makeModel(party, name, mode)
  const OutputConfig = {
    S3OutputPath: `s3://${bucket}/async/${name}/out`,
    S3FailurePath: `s3://${bucket}/async/${name}/failed/`,
  }
  await sagemaker.createEndpointConfig({
    EndpointConfigName: name,
    ProductionVariants: [{ VariantName: 'all', ModelName: name, InstanceType: instanceType, InitialInstanceCount: 1 }],
    AsyncInferenceConfig: { OutputConfig, ...more },
  })
  await sagemaker.createEndpoint({ EndpointName: name, EndpointConfigName: name })
  const { EndpointStatus, FailureReason } = await endpointSettled(party, name)
  assert.equal(EndpointStatus, 'InService', FailureReason)
}

const ask = (
  { runtime }: Party,
  EndpointName: string,
  request: Omit<InvokeEndpointAsyncCommandInput, 'EndpointName'>,
) => runtime.invokeEndpointAsync({ EndpointName, ContentType: 'text/plain', ...request })

/** The object when it is there. */
const written = (party: Party, uri: string | undefined) =>
  until(
    `${uri} is written`,
    () => download(party, uri as string).catch((error: Error) => error),
    found => !(found instanceof Error),
  ).then(found => found as Buffer)

const put = async ({ s3, bucket }: Party, Key: string, Body: string | Uint8Array) => {
  await s3.putObject({ Bucket: bucket, Key, Body })
  return `s3://${bucket}/${Key}`
}

/** Every account may have so much of it, as the operator says. */
async function allow(data: string, quota: Quota, value: number) {
  const { store } = await openInstallation({ data })
  const accounts = await store.db.selectFrom('iam_account').select('id').execute()
  await store.transaction(async ({ db }) => {
    for (const { id } of accounts) await setQuota(db, id, { service: 'sagemaker', quota }, value)
  })
  await store.close()
}

const keysBelow = async ({ s3, bucket }: Party, Prefix: string) =>
  ((await s3.listObjectsV2({ Bucket: bucket, Prefix })).Contents ?? []).map(({ Key = '' }) => Key)

await onEveryEngine('asynchronous endpoints', 'contract-probe', at => {
  it('answer later, into S3, what is in S3 or in the request, under the names that are asked for', async () => {
    const { seller } = at()
    await deploy(seller, 'later', { PROBE_MODE: 'upper' })
    const InputLocation = await put(seller, 'async/later/in.txt', 'from the bucket')
    const stored = await ask(seller, 'later', { InputLocation, InferenceId: 'mine' })
    assert.equal(stored.InferenceId, 'mine')
    assert.match(stored.OutputLocation ?? '', /^s3:\/\/seller-data\/async\/later\/out\/[0-9a-f-]{36}\.out$/)
    assert.match(stored.FailureLocation ?? '', /^s3:\/\/seller-data\/async\/later\/failed\/[0-9a-f-]{36}-error\.out$/)
    assert.equal((await written(seller, stored.OutputLocation)).toString(), 'FROM THE BUCKET')
    const inline = await ask(seller, 'later', {
      ...{ Body: Buffer.from('from the request'), S3OutputPathExtension: 'deep/er', Filename: 'answer.txt' },
    })
    assert.equal(inline.OutputLocation, 's3://seller-data/async/later/out/deep/er/answer.txt')
    assert.equal((await written(seller, inline.OutputLocation)).toString(), 'FROM THE REQUEST')
    const { ContentType } = await seller.s3.headObject({
      ...{ Bucket: seller.bucket, Key: 'async/later/out/deep/er/answer.txt' },
    })
    assert.equal(ContentType, 'text/plain')

    const { AsyncInferenceConfig } = await seller.sagemaker.describeEndpoint({ EndpointName: 'later' })
    assert.equal(AsyncInferenceConfig?.OutputConfig?.S3OutputPath, 's3://seller-data/async/later/out')
    const told = await seller.sagemaker.describeEndpointConfig({ EndpointConfigName: 'later' })
    assert.deepEqual(told.AsyncInferenceConfig, AsyncInferenceConfig)
    const lines = () => logLines(seller, '/aws/sagemaker/Endpoints/later', 'all/')
    await until('the log tells it', lines, found =>
      found.some(line =>
        line.startsWith('[mine] Inference request succeeded, written to s3://seller-data/async/later'),
      ),
    )
    const metrics = new CloudWatch({ endpoint: at().server.url, region, credentials: seller.credentials })
    const named = async () => {
      const { Metrics = [] } = await metrics.listMetrics({
        ...{ Namespace: 'AWS/SageMaker', Dimensions: [{ Name: 'EndpointName', Value: 'later' }] },
      })
      return new Set(Metrics.map(({ MetricName }) => MetricName))
    }
    await until('its metrics are there', named, found =>
      ['ApproximateBacklogSize', 'TimeInBacklog', 'ModelLatency'].every(name => found.has(name)),
    )
    assert.ok(!(await named()).has('Invocations'))
    await seller.sagemaker.deleteEndpoint({ EndpointName: 'later' })
  })

  it('write what went wrong to the place for failures, with the evidence', async () => {
    const { seller, buyer } = at()
    await deploy(seller, 'failing', { PROBE_MODE: 'bad-record' })
    const good = await put(seller, 'async/failing/in.txt', 'POISON')
    const cases: [Omit<InvokeEndpointAsyncCommandInput, 'EndpointName'>, RegExp][] = [
      [{ InputLocation: good }, /^Received server error \(500\) from model with message "a record is poisoned"\.$/],
      [
        { InputLocation: `${good}.none` },
        /^The input s3:\/\/seller-data\/async\/failing\/in\.txt\.none cannot be read: NoSuchKey/,
      ],
      [{ InputLocation: `s3://${buyer.bucket}/in/rows.csv` }, /cannot be read: AccessDenied: .*Worker.*s3:GetObject/],
    ]
    for (const [request, words] of cases) {
      const { FailureLocation } = await ask(seller, 'failing', request)
      assert.match((await written(seller, FailureLocation)).toString(), words)
    }
    assert.deepEqual(await keysBelow(seller, 'async/failing/out/'), [])
    await seller.sagemaker.deleteEndpoint({ EndpointName: 'failing' })
  })

  it('tell topics how each request ended, with the response where that is asked for', async () => {
    const { seller } = at()
    const sns = new SNS({ endpoint: at().server.url, region, credentials: seller.credentials })
    using receiver = await openReceiver()
    const { TopicArn = '' } = await sns.createTopic({ Name: 'answers' })
    await sns.subscribe({ TopicArn, Protocol: 'http', Endpoint: receiver.url })
    const got = (type: string, count: number) =>
      until(
        `${count} of ${type} came`,
        async () => receiver.documents(type),
        found => found.length >= count,
      )
    await sns.confirmSubscription({ TopicArn, Token: (await got('SubscriptionConfirmation', 1))[0]?.Token })
    const Statement = { Effect: 'Allow', Action: 'sns:Publish', Resource: TopicArn }
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    await seller.iam.putRolePolicy({ RoleName: 'Worker', PolicyName: 'notify', PolicyDocument })
    const NotificationConfig = {
      ...{ SuccessTopic: TopicArn, ErrorTopic: TopicArn },
      IncludeInferenceResponseIn: ['SUCCESS_NOTIFICATION_TOPIC' as const],
    }
    const OutputConfig = { S3OutputPath: `s3://${seller.bucket}/async/told/out`, NotificationConfig }
    await deploy(seller, 'told', { PROBE_MODE: 'upper' }, { OutputConfig })
    const { OutputLocation } = await ask(seller, 'told', { Body: Buffer.from('hello'), InferenceId: 'good' })
    const InputLocation = `s3://${seller.bucket}/async/told/none`
    await ask(seller, 'told', { InputLocation, InferenceId: 'bad' })
    // The first is the test notification.
    const events = (await got('Notification', 3)).map(({ Message = '' }) => JSON.parse(Message))
    const of = (inferenceId: string | undefined) => events.find(event => event.inferenceId === inferenceId)
    assert.equal(of(undefined).eventName, 'TestNotification')
    assert.deepEqual(
      [of('good').invocationStatus, of('good').responseParameters.outputLocation, of('good').responseBody],
      ['Completed', OutputLocation, { content: Buffer.from('HELLO').toString('base64'), encoding: 'BASE64' }],
    )
    assert.deepEqual(
      [of('bad').invocationStatus, of('bad').requestParameters.inputLocation, of('bad').responseBody],
      ['Failed', InputLocation, undefined],
    )
    assert.match(of('bad').failureReason, /NoSuchKey/)
    await seller.sagemaker.deleteEndpoint({ EndpointName: 'told' })
  })

  it('tell in the log what no place is named for', async () => {
    const { seller } = at()
    const OutputConfig = { S3OutputPath: 's3://no-such-bucket-anywhere/out' }
    await deploy(seller, 'nowhere', {}, { OutputConfig })
    const { FailureLocation } = await ask(seller, 'nowhere', { Body: Buffer.from('x'), InferenceId: 'lost' })
    assert.equal(FailureLocation, undefined)
    const lines = () => logLines(seller, '/aws/sagemaker/Endpoints/nowhere', 'all/')
    await until('the log tells it', lines, found =>
      found.some(line =>
        /^\[lost\] Inference request failed: The answer cannot be written to s3:.*NoSuchBucket/.test(line),
      ),
    )
    await seller.sagemaker.deleteEndpoint({ EndpointName: 'nowhere' })
  })

  it('send input as large as it is and take answers as large as they are', async () => {
    const { seller } = at()
    await deploy(seller, 'large', {})
    const bytes = randomBytes(64 << 20)
    const InputLocation = await put(seller, 'async/large/in', bytes)
    const { OutputLocation } = await ask(seller, 'large', { InputLocation, ContentType: 'application/octet-stream' })
    assert.ok(bytes.equals(await written(seller, OutputLocation)))
    await seller.sagemaker.deleteEndpoint({ EndpointName: 'large' })
  })

  it('refuse what is for the other kind, and configurations that could not answer', async () => {
    const { seller } = at()
    await deploy(seller, 'kinds', {})
    const Body = Buffer.from('x')
    const EndpointName = 'kinds'
    const now = seller.runtime.invokeEndpoint({ EndpointName, Body })
    await assertRefused(now, 'ValidationError', 400, /asynchronous\. Use InvokeEndpointAsync/)
    await assertRefused(ask(seller, 'kinds', {}), 'ValidationError', 400, /either InputLocation or a Body/)
    const both = ask(seller, 'kinds', { Body, InputLocation: 's3://a/b' })
    await assertRefused(both, 'ValidationError', 400, /either InputLocation or a Body/)
    const bucket = ask(seller, 'kinds', { InputLocation: 's3://only-a-bucket' })
    await assertRefused(bucket, 'ValidationError', 400, /names no object/)
    await assertRefused(ask(seller, 'none', { Body }), 'ValidationError', 400, /Endpoint none .* not found/)
    const { sagemaker } = seller
    const ProductionVariants = [
      { VariantName: 'all', ModelName: 'kinds', InstanceType: instanceType, InitialInstanceCount: 1 },
    ]
    await sagemaker.createEndpointConfig({ EndpointConfigName: 'plain', ProductionVariants })
    const update = sagemaker.updateEndpoint({ EndpointName, EndpointConfigName: 'plain' })
    await assertRefused(update, 'ValidationException', 400, /which is asynchronous: .* has no AsyncInferenceConfig/)
    await sagemaker.createEndpoint({ EndpointName: 'plain', EndpointConfigName: 'plain' })
    assert.equal((await endpointSettled(seller, 'plain')).EndpointStatus, 'InService')
    await assertRefused(
      ask(seller, 'plain', { Body }),
      'ValidationError',
      400,
      /not asynchronous: .* Use InvokeEndpoint/,
    )
    const config = { EndpointConfigName: 'bad', ProductionVariants }
    const refused = (OutputConfig: object, words: RegExp) => {
      const call = sagemaker.createEndpointConfig({ ...config, AsyncInferenceConfig: { OutputConfig } })
      return assertRefused(call, 'ValidationException', 400, words)
    }
    await refused({}, /must have an S3OutputPath/)
    for (const name of ['kinds', 'plain']) await sagemaker.deleteEndpoint({ EndpointName: name })
  })

  it('take as much as may wait, and forget what waits when they are deleted', async () => {
    const { seller, server } = at()
    await deploy(seller, 'gone', { PROBE_MODE: 'hang' }, {})
    const asked = await Promise.all(
      Array.from({ length: 20 }, (_, index) => ask(seller, 'gone', { Body: Buffer.from(`${index}`) })),
    )
    const { waitingInvocations, waitingBytes } = quotas.sagemaker
    const Body = Buffer.from('one more')
    for (const [quota, value, words] of [
      [waitingInvocations, 20, /^20 requests wait for endpoint gone/],
      [waitingBytes, 0, /^Requests of 0 bytes/],
    ] as const) {
      await allow(server.data, quota, value)
      await assertRefused(ask(seller, 'gone', { Body }), 'ServiceUnavailable', 503, words)
      await allow(server.data, quota, quota.value)
    }
    asked.push(await ask(seller, 'gone', { Body }))
    await seller.sagemaker.deleteEndpoint({ EndpointName: 'gone' })
    await until(
      'the endpoint is gone',
      () => seller.sagemaker.describeEndpoint({ EndpointName: 'gone' }).catch((error: Error) => error),
      found => found instanceof Error,
    )
    // Another of the same name has nothing to do with them.
    await deploy({ ...seller }, 'gone-again', {})
    await seller.sagemaker.createEndpoint({ EndpointName: 'gone', EndpointConfigName: 'gone-again' })
    assert.equal((await endpointSettled(seller, 'gone')).EndpointStatus, 'InService')
    const { OutputLocation } = await ask(seller, 'gone', { Body: Buffer.from('new') })
    assert.equal((await written(seller, OutputLocation)).toString(), 'new')
    const outputs = await keysBelow(seller, 'async/gone')
    for (const { OutputLocation: old = '' } of asked) assert.ok(!outputs.some(key => old.endsWith(key)))
    for (const EndpointName of ['gone', 'gone-again']) await seller.sagemaker.deleteEndpoint({ EndpointName })
  })
})

// On a server of its own, which is killed.
await onEveryEngine('an asynchronous endpoint whose server is killed', 'contract-probe', at => {
  it('loses no request that it has accepted, and writes no answer twice', async () => {
    const { seller, server, view } = at()
    const VersioningConfiguration = { Status: 'Enabled' } as const
    await seller.s3.putBucketVersioning({ Bucket: seller.bucket, VersioningConfiguration })
    const ClientConfig = { MaxConcurrentInvocationsPerInstance: 3 }
    await deploy(seller, 'kept', { PROBE_MODE: 'slow', PROBE_DELAY_MS: '100' }, { ClientConfig })
    const accepted: [string, string][] = []
    for (let round = 0; round < 4; round++) {
      for (let index = 0; index < 20; index++) {
        const body = `${round} ${index}`
        const { OutputLocation } = await ask(seller, 'kept', { Body: Buffer.from(body) })
        accepted.push([OutputLocation as string, body])
      }
      await server.crash()
      await endpointSettled(seller, 'kept')
    }
    const { EndpointArn } = await seller.sagemaker.describeEndpoint({ EndpointName: 'kept' })
    const [container] = await view.containers(EndpointArn)
    await view.kill(container?.Id as string)
    for (const [location, body] of accepted) assert.equal((await written(seller, location)).toString(), body)
    assert.deepEqual(await keysBelow(seller, 'async/kept/failed/'), [])
    const { Versions } = await seller.s3.listObjectVersions({ Bucket: seller.bucket, Prefix: 'async/kept/out/' })
    assert.equal(Versions?.length, accepted.length)
    await seller.sagemaker.deleteEndpoint({ EndpointName: 'kept' })
  })
})
