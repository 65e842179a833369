import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { clientsFor } from '../../demo/clients.ts'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { ensureExample } from '../../setup/images.mjs'
import { openInstallation } from '../../src/cli/installation.ts'
import { isInItsMemory } from '../../src/gateway/hand-on.ts'
import { accountCredentials } from '../../src/iam/account.ts'
import { openOperatorAccount } from '../../src/operator/operator-account.ts'
import { wasCalled, watch } from '../parity/called.ts'
import { servedServices } from '../parity/served-services.ts'
import { type EngineView, openEngineView } from './engine-view.ts'
import { presentEngines } from './engines.ts'
import { createEndpoint, download, endpointSettled, instanceType, makeModel } from './jobs.ts'
import { makeParty, type Party } from './party.ts'
import { openReplicas, type ReplicasWorld, replicaCount } from './replicas-world.ts'
import { until } from './until.ts'

const run = promisify(execFile)
const next = (server: number) => (server + 1) % replicaCount
const python = '/usr/bin/python3'
const skip = existsSync('/usr/lib/python3/dist-packages/boto3') ? false : 'boto3 is not installed (python3-boto3)'
const pathOf = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))

/** Each operation that the server that works alone can answer, asked of one that does not. */
describe('what is handed on', { skip, timeout: 400_000 }, () => {
  let world: ReplicasWorld
  let view: EngineView
  let place: string
  let works: number
  /** By a server that does not work, and by another one. */
  let elsewhere: Party
  let third: Party
  let operatorEnvironment: Record<string, string>
  const operatorAsked = new Set<string>()

  before(async () => {
    const [engine] = await presentEngines()
    if (!engine) throw new Error('there is no engine')
    place = await mkdtemp(join(tmpdir(), 'modelmart-handed-on-'))
    world = await openReplicas({ engineSocket: `unix://${engine.socket}` })
    works = (await world.works()) as number
    const account = await world.account('handing')
    const image = (await ensureExample(engine, 'contract-probe')) as string
    const party = await makeParty({ url: world.url, account: async () => account }, engine, 'handing', image)
    const by = (url: string): Party => ({ ...party, ...clientsFor(url, { ...account, invokeUrl: url }) })
    elsewhere = by(urlOf(next(works)))
    third = by(urlOf(next(next(works))))
    for (const client of [elsewhere.sagemaker, elsewhere.runtime, elsewhere.logs]) watch(client)
    const [row] = await world.query<{ value: string }>(`select value from setting where name = 'installation'`)
    view = await openEngineView(engine, row?.value ?? '')
    operatorEnvironment = await teachOperator()
  })
  after(async () => {
    await world?.close()
    // Of the example that was being published.
    for (const { Id } of (await view?.containers()) ?? []) await view.remove(Id)
    for (const name of (await view?.networks()) ?? []) await view.removeNetwork(name)
    await view?.close()
    await rm(place, { recursive: true })
  })

  const urlOf = (server: number) => world.servers[server]?.url ?? ''

  /** What boto3 is told, so that it knows the operator's API, and who asks. */
  async function teachOperator() {
    const model = join(place, 'marketplace-operator', '2026-11-29')
    await mkdir(model, { recursive: true })
    await copyFile(pathOf('src/model/marketplace-operator.json'), join(model, 'service-2.json'))
    const { store, rootSecret } = await openInstallation({ data: world.data, database: world.env.MODELMART_DATABASE })
    const { name } = await openOperatorAccount(store, rootSecret)
    const { accessKeyId, secretAccessKey } = await accountCredentials(store, rootSecret, name)
    await store.close()
    const key = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
    return { ...key, AWS_DATA_PATH: place, AWS_DEFAULT_REGION: 'us-east-1', HOME: place }
  }

  /** Answers and errors of boto3, in the order of the calls. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes
  async function operator(server: number, ...calls: readonly (readonly [string, object])[]): Promise<any[]> {
    for (const [name] of calls) operatorAsked.add(name.replaceAll('_', ''))
    const words = [pathOf('test/parity/account-quotas.py'), urlOf(server), ...calls.map(call => JSON.stringify(call))]
    return JSON.parse((await run(python, words, { env: operatorEnvironment })).stdout)
  }

  it('invocations, in one piece, in parts and for later', async () => {
    const { sagemaker, runtime, bucket, role, image } = elsewhere
    await createEndpoint(elsewhere, 'shared', ['shared'], { ModelName: undefined }, { ExecutionRoleArn: role })
    await sagemaker.createInferenceComponent({
      ...{ InferenceComponentName: 'part', EndpointName: 'shared', VariantName: 'shared' },
      Specification: {
        Container: { Image: image, Environment: { PROBE_MODE: 'upper' } },
        ComputeResourceRequirements: { MinMemoryRequiredInMb: 128, NumberOfCpuCoresRequired: 0.5 },
      },
      RuntimeConfig: { CopyCount: 1 },
    })
    await makeModel(elsewhere, 'later', { PROBE_MODE: 'upper' })
    await sagemaker.createEndpointConfig({
      EndpointConfigName: 'later',
      ProductionVariants: [
        { VariantName: 'all', ModelName: 'later', InstanceType: instanceType, InitialInstanceCount: 1 },
      ],
      AsyncInferenceConfig: { OutputConfig: { S3OutputPath: `s3://${bucket}/later` } },
    })
    await sagemaker.createEndpoint({ EndpointName: 'later', EndpointConfigName: 'later' })
    const part = await until(
      'the component is settled',
      () => sagemaker.describeInferenceComponent({ InferenceComponentName: 'part' }),
      ({ InferenceComponentStatus = '' }) => /^(InService|Failed)$/.test(InferenceComponentStatus),
    )
    assert.equal(part.InferenceComponentStatus, 'InService', part.FailureReason)
    const asked = { EndpointName: 'shared', InferenceComponentName: 'part', Body: Buffer.from('one') }
    assert.equal((await runtime.invokeEndpoint(asked)).Body.transformToString(), 'ONE')
    let text = ''
    for await (const { PayloadPart } of (await runtime.invokeEndpointWithResponseStream(asked)).Body ?? [])
      text += Buffer.from(PayloadPart?.Bytes ?? []).toString()
    assert.equal(text, 'ONE')
    assert.equal((await endpointSettled(elsewhere, 'later')).EndpointStatus, 'InService')
    const { OutputLocation = '' } = await runtime.invokeEndpointAsync({
      EndpointName: 'later',
      Body: Buffer.from('two'),
    })
    const written = () => download(third, OutputLocation).catch((error: Error) => error)
    assert.equal(String(await until('it is written', written, found => !(found instanceof Error))), 'TWO')
  })

  it('the ends of components and endpoints, of which nothing is left', async () => {
    const { sagemaker } = elsewhere
    await assert.rejects(sagemaker.deleteEndpoint({ EndpointName: 'shared' }), { name: 'ValidationException' })
    await sagemaker.deleteInferenceComponent({ InferenceComponentName: 'part' })
    const components = async () => (await third.sagemaker.listInferenceComponents({})).InferenceComponents ?? []
    await until('it is gone', components, ({ length }) => length === 0)
    for (const EndpointName of ['shared', 'later']) {
      await sagemaker.deleteEndpoint({ EndpointName })
      await assert.rejects(elsewhere.runtime.invokeEndpoint({ EndpointName, Body: 'x' }), { name: 'ValidationError' })
    }
    const endpoints = async () => (await third.sagemaker.listEndpoints({})).Endpoints ?? []
    await until('they are gone', endpoints, ({ length }) => length === 0)
    const left = async () => [...(await view.containers()), ...(await view.networks())]
    await until('nothing is left in the engine', left, ({ length }) => length === 0)
    await assert.rejects(sagemaker.deleteEndpoint({ EndpointName: 'later' }), {
      ...{ name: 'ValidationException', message: /^Could not find endpoint/ },
    })
  })

  it('log events and all that becomes of a query', async () => {
    const { logs } = elsewhere
    const group = { logGroupName: 'handed' }
    await logs.createLogGroup(group)
    await logs.createLogStream({ ...group, logStreamName: 'all' })
    logs.config.disableHostPrefix = true
    const { logGroups = [] } = await logs.describeLogGroups({ logGroupNamePrefix: 'handed' })
    const { responseStream } = await logs.startLiveTail({ logGroupIdentifiers: [logGroups[0]?.logGroupArn ?? ''] })
    const updates = responseStream?.[Symbol.asyncIterator]()
    assert.ok((await updates?.next())?.value.sessionStart)
    const logEvents = [{ timestamp: Date.now(), message: 'told' }]
    await logs.putLogEvents({ ...group, logStreamName: 'all', logEvents })
    const shown = async () => (await updates?.next())?.value.sessionUpdate?.sessionResults ?? []
    const [event] = await until('it is shown', shown, results => results.length > 0)
    assert.equal(event?.message, 'told')
    const now = Math.floor(Date.now() / 1000)
    const { queryId } = await logs.startQuery({
      ...{ ...group, startTime: now - 3600, endTime: now + 3600, queryString: 'fields @message' },
    })
    const results = () => logs.getQueryResults({ queryId })
    const { results: rows } = await until('the query ends', results, ({ status }) => status === 'Complete')
    assert.deepEqual(rows?.[0]?.find(({ field }) => field === '@message')?.value, 'told')
    const { queries = [] } = await logs.describeQueries(group)
    assert.deepEqual(
      queries.map(query => query.queryId),
      [queryId],
    )
    // It has ended: CloudWatch Logs says so, and no other server knows of it.
    await assert.rejects(logs.stopQuery({ queryId }), { name: 'InvalidParameterException' })
    logs.destroy()
  })

  it('the health of the machine, and the examples that are published on it', async () => {
    const [health, examples] = await operator(next(works), ['get_installation_health', {}], ['list_examples', {}])
    const names = health.checks.map(({ name, isGood }: { name: string; isGood: boolean }) => `${name} ${isGood}`)
    assert.deepEqual(names, ['ENGINE true', 'DISK true', 'DATABASE true', 'OBJECTS true'])
    assert.match(health.capacity.engine, /^(docker|podman) /)
    assert.equal(examples.publication.status, 'NOT_STARTED')
    const [unknown, begun] = await operator(
      next(works),
      ['publish_examples', { names: ['no-such-example'] }],
      ['publish_examples', { names: ['iris-trees'] }],
    )
    assert.match(unknown.Message, /There is no example no-such-example/)
    assert.equal(begun.publication.status, 'IN_PROGRESS')
    const [seen] = await operator(next(next(works)), ['list_examples', {}])
    assert.equal(seen.publication.startedAt, begun.publication.startedAt)
  })

  it('is every operation of the table', async () => {
    const asked = (await servedServices()).flatMap(({ model, operations }) =>
      Object.keys(operations)
        .filter(name => isInItsMemory({ served: { name: model.metadata.serviceId }, operation: { name } } as never))
        .map(name => ({ service: model.metadata.serviceId, name })),
    )
    assert.ok(asked.length > 10)
    const never = asked.filter(
      ({ service, name }) => !wasCalled(service, name) && !operatorAsked.has(name.toLowerCase()),
    )
    assert.deepEqual(never, [])
  })
})
