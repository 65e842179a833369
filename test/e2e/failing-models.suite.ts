import assert from 'node:assert/strict'
import { it } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { DescribeEndpointCommandOutput, DescribeTransformJobCommandOutput } from '@aws-sdk/client-sagemaker'
import { packTar } from 'modern-tar'
import type { Fixture } from './fixture.ts'
import { createEndpoint, download, endpointSettled, invoke, logLines, makeModel, transform } from './jobs.ts'
import { until } from './until.ts'
import { assertRefused, assertTells } from './world.ts'

interface ModelError extends Error {
  readonly OriginalStatusCode?: number
  readonly OriginalMessage?: string
  readonly LogStreamArn?: string
}

/** Models that do not start, do not answer or answer nonsense, behind endpoints and in transform jobs. */
export function failingModelSuite(at: () => Fixture): void {
  const fails = (endpoint: DescribeEndpointCommandOutput, ...parts: (string | RegExp)[]) => {
    assert.equal(endpoint.EndpointStatus, 'Failed', `${endpoint.EndpointName} is ${endpoint.EndpointStatus}`)
    assertTells(endpoint.FailureReason, parts)
  }
  const deploy = async (name: string, environment: Record<string, string>, data?: string) => {
    const { seller } = at()
    await makeModel(seller, name, environment, data)
    await createEndpoint(seller, name, [name], { ContainerStartupHealthCheckTimeoutInSeconds: 60 })
    const endpoint = await endpointSettled(seller, name)
    await seller.sagemaker.deleteEndpoint({ EndpointName: name })
    return endpoint
  }
  const unhealthy = 'did not pass the ping health check. Please check CloudWatch logs for this endpoint'

  it('says why an endpoint did not come up', async () => {
    const [exits, silent, sick] = await Promise.all([
      deploy('exits', { PROBE_MODE: 'bogus' }),
      deploy('never-ping', { PROBE_MODE: 'never-ping' }),
      deploy('ping-500', { PROBE_MODE: 'ping-500' }),
    ])
    fails(exits, unhealthy, 'variant exits', 'ended (exit code: 1)', "unknown PROBE_MODE 'bogus'")
    fails(silent, unhealthy, 'still runs', /Last pings: no answer after \d+ ms/, 'probe serves in mode never-ping')
    fails(sick, unhealthy, 'still runs', /Last pings: 500 after \d+ ms/)
  })

  it('names the container of a pipeline that did not come up, and shows its own lines', async () => {
    const { seller } = at()
    const { sagemaker, image: Image, role: ExecutionRoleArn } = seller
    const ends = async (ModelName: string, [first, second]: readonly object[]) => {
      const good = { Image, Environment: { PROBE_MODE: 'echo' }, ...first }
      const bad = { Image, Environment: { PROBE_MODE: 'bogus' }, ...second }
      await sagemaker.createModel({ ModelName, ExecutionRoleArn, Containers: [good, bad] })
      await createEndpoint(seller, ModelName, [ModelName], { ContainerStartupHealthCheckTimeoutInSeconds: 60 })
      const endpoint = await endpointSettled(seller, ModelName)
      await sagemaker.deleteEndpoint({ EndpointName: ModelName })
      return endpoint
    }
    const [plain, named] = await Promise.all([
      ends('second-exits', []),
      ends('named-exits', [{ ContainerHostname: 'prepare' }, { ContainerHostname: 'scorer' }]),
    ])
    fails(plain, 'The container-2 container for production variant second-exits', "unknown PROBE_MODE 'bogus'")
    fails(named, 'The scorer container for production variant named-exits', "unknown PROBE_MODE 'bogus'")
  })

  it('says what is wrong with model data', async () => {
    const { seller } = at()
    const archives = {
      text: Buffer.from('this is no archive'),
      truncated: (await tarOf({ name: 'x', size: 9 }, 'some data')).subarray(0, -20),
      outside: await tarOf({ name: '../outside.txt', size: 1 }, 'x'),
      link: await tarOf({ name: 'passwd', type: 'symlink', linkname: '/etc/passwd', size: 0 }),
      device: await tarOf({ name: 'null', type: 'character-device', size: 0 }),
    }
    for (const [name, Body] of Object.entries(archives))
      await seller.s3.putObject({ Bucket: seller.bucket, Key: `models/${name}.tar.gz`, Body })
    const uri = (name: string) => `s3://${seller.bucket}/models/${name}.tar.gz`
    const names = Object.keys(archives)
    const endpoints = await Promise.all(names.map(name => deploy(`data-${name}`, {}, uri(name))))
    const expected: Record<string, string | RegExp> = {
      text: 'it is no gzip archive',
      truncated: 'it breaks off before its end',
      outside: '"../outside.txt" would land outside the model directory',
      link: '"passwd" leads outside the model directory',
      device: '"null" is a character-device',
    }
    for (const [index, name] of names.entries())
      fails(endpoints[index] as DescribeEndpointCommandOutput, uri(name), expected[name] as string)
    const job = await transform(seller, 'data-text', 'data-text', 'in/')
    transformFails(job, 'ClientError', uri('text'), 'it is no gzip archive')
    const absent = makeModel(seller, 'data-absent', {}, uri('absent'))
    await assertRefused(absent, 'ValidationException', 400, /^Could not find model data at s3:\/\/.*\/absent\.tar\.gz/)
  })

  it('hands on what a model answers, and tells when it does not', async () => {
    const { seller } = at()
    const modes = ['echo', 'error-500', 'error-400', 'exit-after']
    for (const mode of modes) await makeModel(seller, mode, { PROBE_MODE: mode })
    await createEndpoint(seller, 'answers', modes)
    const { EndpointStatus, FailureReason } = await endpointSettled(seller, 'answers')
    assert.equal(EndpointStatus, 'InService', FailureReason)
    const { Body } = await invoke(seller, 'answers', 'echo', 'as it is')
    assert.equal(Buffer.from(Body ?? []).toString(), 'as it is')
    for (const [mode, status, kind, message] of [
      ['error-500', 500, 'server', 'model exploded'],
      ['error-400', 400, 'client', 'not today'],
    ] as const) {
      const words = new RegExp(`Received ${kind} error \\(${status}\\) from primary with message "${message}"`)
      const error: ModelError = await assertRefused(invoke(seller, 'answers', mode), 'ModelError', 424, words)
      assert.deepEqual([error.OriginalStatusCode, error.OriginalMessage], [status, message])
      assert.match(error.LogStreamArn ?? '', /:log-group:\/aws\/sagemaker\/Endpoints\/answers:log-stream:error-/)
    }
    const nobody = invoke(seller, 'answers', 'nobody')
    await assertRefused(nobody, 'ValidationError', 400, /Variant nobody not found/)
    await invoke(seller, 'answers', 'exit-after')
    // Until it has ended, the one that dies may answer once more.
    await until(
      'its end is told in its log',
      () => logLines(seller, '/aws/sagemaker/Endpoints/answers', 'exit-after/'),
      lines => lines.some(line => /^The container has ended \(exit code: \d+\) and is started anew\.$/.test(line)),
    )
    const again = () => invoke(seller, 'answers', 'exit-after').catch((error: Error) => error)
    await until('the instance that died serves again', again, answer => !(answer instanceof Error))
    await seller.sagemaker.deleteEndpoint({ EndpointName: 'answers' })
  })

  it('streams an answer part by part, and tells when the model breaks it off', async () => {
    const { seller } = at()
    await makeModel(seller, 'stream', { PROBE_MODE: 'stream', PROBE_DELAY_MS: '2000' })
    for (const mode of ['break-off', 'error-400']) await makeModel(seller, `stream-${mode}`, { PROBE_MODE: mode })
    await createEndpoint(seller, 'streams', ['stream', 'stream-break-off', 'stream-error-400'])
    const { EndpointStatus, FailureReason } = await endpointSettled(seller, 'streams')
    assert.equal(EndpointStatus, 'InService', FailureReason)
    const parts = await streamed(seller, 'stream', 'one\ntwo\nthree\n')
    assert.equal(parts.join(''), 'one\ntwo\nthree\n')
    assert.ok(parts.length > 1, 'what the model sent seconds apart came as one part')
    const broken = streamed(seller, 'stream-break-off', 'one\ntwo\n')
    await assert.rejects(broken, { name: 'ModelStreamError', ErrorCode: 'StreamBroken' })
    const refused = streamed(seller, 'stream-error-400', 'x')
    await assertRefused(refused, 'ModelError', 424, /client error \(400\) from primary with message "not today"/)
    await seller.sagemaker.deleteEndpoint({ EndpointName: 'streams' })
  })

  it('names the object and the record that a model refuses', async () => {
    const { seller } = at()
    await Promise.all(
      ['bad-record', 'hang'].map(PROBE_MODE => makeModel(seller, `batch-${PROBE_MODE}`, { PROBE_MODE })),
    )
    const ModelClientConfig = { InvocationsTimeoutInSeconds: 1, InvocationsMaxRetries: 0 }
    const [poisoned, hanging] = await Promise.all([
      transform(seller, 'batch-bad-record', 'batch-bad-record', 'mixed/'),
      transform(seller, 'batch-hang', 'batch-hang', 'in/', { ModelClientConfig }),
    ])
    const place = `s3://${seller.bucket}/mixed/poisoned.csv: record 3 (counted from 1): the container`
    transformFails(
      poisoned,
      '1 of 2 input objects failed',
      place,
      'answered 500 "a record is poisoned" after 4 attempt(s)',
    )
    transformFails(
      hanging,
      `s3://${seller.bucket}/in/rows.csv: record 1 (counted from 1)`,
      'did not answer in time after 1 attempt(s)',
    )
    const good = await download(seller, `s3://${seller.bucket}/out/batch-bad-record/good.csv.out`)
    assert.equal(good.toString(), 'one\ntwo\nthree\n')
    const bad = download(seller, `s3://${seller.bucket}/out/batch-bad-record/poisoned.csv.out`)
    await assertRefused(bad, 'NoSuchKey', 404, /does not exist/)
  })

  it('says why a transform job did not begin', async () => {
    const { seller } = at()
    await makeModel(seller, 'batch-exits', { PROBE_MODE: 'bogus' })
    const [noData, exits] = await Promise.all([
      transform(seller, 'batch-no-data', 'batch-exits', 'nothing-here/'),
      transform(seller, 'batch-exits', 'batch-exits', 'in/'),
    ])
    transformFails(noData, `No S3 objects found under S3 URL "s3://${seller.bucket}/nothing-here/"`)
    transformFails(exits, 'AlgorithmError', 'ended (exit code: 1)', "unknown PROBE_MODE 'bogus'")
  })

  it('stops a transform job whose model hangs', async () => {
    const { seller } = at()
    await makeModel(seller, 'batch-stopped', { PROBE_MODE: 'hang' })
    const job = transform(seller, 'batch-stopped', 'batch-stopped', 'in/')
    const TransformJobName = 'batch-stopped'
    const ask = () => seller.sagemaker.describeTransformJob({ TransformJobName }).catch(() => undefined)
    await until('the transform has started', ask, answer => answer?.TransformStartTime)
    await seller.sagemaker.stopTransformJob({ TransformJobName })
    assert.equal((await job).TransformJobStatus, 'Stopped')
  })
}

/** The parts of a streamed answer. */
async function streamed({ runtime }: Fixture['seller'], TargetVariant: string, body: string) {
  const request = { EndpointName: 'streams', TargetVariant, Body: Buffer.from(body), ContentType: 'text/plain' }
  const answer = await runtime.invokeEndpointWithResponseStream(request)
  assert.equal(answer.ContentType, 'text/plain')
  assert.equal(answer.InvokedProductionVariant, TargetVariant)
  const parts: string[] = []
  for await (const { PayloadPart } of answer.Body ?? []) parts.push(Buffer.from(PayloadPart?.Bytes ?? []).toString())
  return parts
}

function transformFails(job: DescribeTransformJobCommandOutput, ...parts: (string | RegExp)[]): void {
  assert.equal(job.TransformJobStatus, 'Failed', `${job.TransformJobName} is ${job.TransformJobStatus}`)
  assertTells(job.FailureReason, parts)
}

async function tarOf(header: Parameters<typeof packTar>[0][number]['header'], body = ''): Promise<Buffer> {
  return gzipSync(await packTar([{ header, body }]))
}
