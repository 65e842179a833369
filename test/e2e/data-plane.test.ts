import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import type { InferenceComponentSpecification } from '@aws-sdk/client-sagemaker'
import { SageMakerRuntime } from '@aws-sdk/client-sagemaker-runtime'
import { region } from '../../demo/clients.ts'
import { presentEngines } from './engines.ts'
import { type Fixture, openFixture } from './fixture.ts'
import { createEndpoint, endpointSettled, instanceType, makeModel } from './jobs.ts'
import { certifyModelPackage, makeSecrets, publish, type Subscription, subscribe } from './market-shop.ts'
import { until } from './until.ts'
import { workersOf } from './workers.ts'
import { assertRefused, assertTells } from './world.ts'

const [engine] = await presentEngines()
const price = 0.001

/** Invocations through processes of their own, on a port of their own, with their server killed and themselves. */
describe('workers for invocations', { timeout: 300_000 }, () => {
  let world: Fixture
  let subscription: Subscription
  let runtime: SageMakerRuntime

  before(async () => {
    if (!engine) throw new Error('there is no engine')
    process.env.MODELMART_INVOKE_WORKERS = '2'
    world = await openFixture(engine, 'contract-probe')
    const { seller, buyer } = world
    const secrets = await makeSecrets(engine, seller, world.image)
    const shop = await publish(seller, await certifyModelPackage(seller, secrets, 'sold', 'echo'), 'sold', `${price}`)
    subscription = await subscribe(buyer, shop.offer)
    runtime = await runtimeOf(buyer.credentials)
  })
  after(async () => {
    await world?.close()
  })

  it('are there as long as there is an endpoint in service', async () => {
    assert.deepEqual(workers(), [])
    await deploySold()
    assert.equal(workers().length, 2)
    assert.equal((await ask()).InvokedProductionVariant, 'sold')
  })

  it('answer for a product where it has instances alone: a serverless variant of it is refused', async () => {
    const ServerlessConfig = { MemorySizeInMB: 1024, MaxConcurrency: 1 }
    const ProductionVariants = [{ VariantName: 'sold', ModelName: 'sold', ServerlessConfig }]
    const config = world.buyer.sagemaker.createEndpointConfig({ EndpointConfigName: 'serverless', ProductionVariants })
    await assertRefused(
      config,
      'ValidationException',
      400,
      /ServerlessConfig is not supported for marketplace model packages/,
    )
  })

  it('refuse what is for kinds of endpoints that are not here, by its name, as the one port does', async () => {
    const { url } = world.server
    const doors = [runtime, new SageMakerRuntime({ endpoint: url, region, credentials: world.buyer.credentials })]
    for (const door of doors)
      for (const [name, value] of [
        ['PrefixAwareId', 'prefix'],
        ['EnableExplanations', '`true`'],
      ] as const) {
        const asked = door.invokeEndpoint({ EndpointName: 'sold', Body: 'one', [name]: value })
        await assertRefused(asked, 'ValidationError', 400, new RegExp(`^${name} is not supported by this installation`))
      }
    for (const door of doors) {
      const asked = door.invokeEndpoint({ EndpointName: 'sold', Body: 'one', InferenceComponentName: 'a' })
      await assertRefused(asked, 'ValidationError', 400, /^InferenceComponentName cannot be given: the variants/)
    }
  })

  it('send what belongs to a session to the instance that holds it, whichever of them began it', async () => {
    await makeModel(world.buyer, 'sessions', { PROBE_MODE: 'sessions' })
    await createEndpoint(world.buyer, 'sessions', ['sessions'], { InitialInstanceCount: 2 })
    const { EndpointStatus, FailureReason } = await endpointSettled(world.buyer, 'sessions')
    assert.equal(EndpointStatus, 'InService', FailureReason)
    // Of one client each connection is another one's, which the kernel gives to either worker.
    const others = await Promise.all(Array.from({ length: 4 }, () => runtimeOf(world.buyer.credentials)))
    const doors = [runtime, onePort(), ...others]

    const holders = new Set<string>()
    for (const door of doors) {
      const { told, NewSessionId = '' } = await askSession(door, 'NEW_SESSION')
      const [, id = '', expires = ''] = /^([0-9a-f]{32}); Expires=(\S{20})$/.exec(NewSessionId) ?? []
      assert.ok(Date.parse(expires) > Date.now(), NewSessionId)
      assert.deepEqual(told, { container: told.container, session: id, turn: 0 })
      holders.add(told.container)
      for (const [turn, each] of doors.entries()) {
        const next = await askSession(each, id)
        assert.deepEqual(next.told, { ...told, turn: turn + 1 })
        assert.deepEqual([next.NewSessionId, next.ClosedSessionId], [undefined, undefined])
      }
      const { Body } = await door.invokeEndpointWithResponseStream({
        ...{ EndpointName: 'sessions', SessionId: id, Body: Buffer.from('one') },
      })
      let text = ''
      for await (const { PayloadPart } of Body ?? []) text += Buffer.from(PayloadPart?.Bytes ?? []).toString()
      assert.deepEqual(JSON.parse(text), { ...told, turn: doors.length + 1 })
      const { ClosedSessionId } = await askSession(door, id, 'close')
      assert.equal(ClosedSessionId, id)
      const words = new RegExp(`^Session ${id} of endpoint sessions not found: it is unknown, closed or expired\\.$`)
      for (const each of doors) await assertRefused(askSession(each, id), 'ValidationError', 400, words)
    }
    assert.equal(holders.size, 2)

    const odd = askSession(runtime, 'NEW_SESSION', 'odd')
    await assertRefused(odd, 'ModelError', 424, /began a session as "\w+; Expires=soon", not as "ID; Expires=/)
    const one = onePort()
    const first = await askSession(one, 'NEW_SESSION', 'as mine')
    const second = askSession(one, 'NEW_SESSION', 'as mine')
    await assertRefused(
      second,
      'ModelError',
      424,
      /began a session by the id mine, which is that of another instance's/,
    )
    assert.equal((await askSession(one, 'mine')).told.container, first.told.container)
    const streamed = runtime.invokeEndpointWithResponseStream({
      ...{ EndpointName: 'sessions', SessionId: 'NEW_SESSION', Body: Buffer.from('one') },
    })
    await assertRefused(streamed, 'ValidationError', 400, /sessionId/i)
  })

  it('ask the copies of an inference component, which are placed, changed, killed and taken away', async () => {
    const { sagemaker, role, image } = world.buyer
    const EndpointName = 'shared'
    await createEndpoint(
      world.buyer,
      EndpointName,
      [EndpointName],
      { ModelName: undefined },
      { ExecutionRoleArn: role },
    )
    const needs = (MinMemoryRequiredInMb: number) => ({ MinMemoryRequiredInMb, NumberOfCpuCoresRequired: 0.5 })
    const create = (InferenceComponentName: string, Specification: InferenceComponentSpecification, CopyCount = 1) =>
      sagemaker.createInferenceComponent({
        ...{ InferenceComponentName, EndpointName, VariantName: EndpointName, Specification },
        RuntimeConfig: { CopyCount },
      })
    const settled = (InferenceComponentName: string) =>
      until(
        `${InferenceComponentName} is settled`,
        () => sagemaker.describeInferenceComponent({ InferenceComponentName }),
        ({ InferenceComponentStatus = '' }) => /^(InService|Failed)$/.test(InferenceComponentStatus),
      )
    const doors = [runtime, onePort()]
    const askAll = async (InferenceComponentName: string) => {
      const told = new Set<string>()
      for (const door of [...doors, ...doors]) {
        const { Body, InvokedProductionVariant } = await door.invokeEndpoint({
          ...{ EndpointName, InferenceComponentName, Body: 'one' },
        })
        assert.equal(InvokedProductionVariant, EndpointName)
        told.add(Body.transformToString())
      }
      return told
    }
    await assertRefused(
      create('never', { ModelName: 'sold', ComputeResourceRequirements: needs(128) }),
      'ValidationException',
      400,
      /^Inference components are not supported for marketplace model packages, as which the model "sold" is\.$/,
    )
    // Made while the endpoint is: they are placed when it is there.
    await create('ours', { ModelName: 'sessions', ComputeResourceRequirements: needs(256) }, 2)
    const Container = { Image: image, Environment: { PROBE_MODE: 'echo' } }
    await create('theirs', { Container, ComputeResourceRequirements: needs(128) })
    await create('large', { Container, ComputeResourceRequirements: needs(1024 ** 2) })
    const bogus = { ...Container, Environment: { PROBE_MODE: 'bogus' } }
    await create('bogus', { Container: bogus, ComputeResourceRequirements: needs(128) })
    const ours = await settled('ours')
    assert.equal(ours.InferenceComponentStatus, 'InService', ours.FailureReason)
    assert.deepEqual([ours.RuntimeConfig?.DesiredCopyCount, ours.RuntimeConfig?.CurrentCopyCount], [2, 2])
    const theirs = await settled('theirs')
    assert.equal(theirs.InferenceComponentStatus, 'InService', theirs.FailureReason)
    assert.match(theirs.Specification?.Container?.DeployedImage?.ResolvedImage ?? '', /@sha256:/)
    const large = await settled('large')
    assert.equal(large.InferenceComponentStatus, 'Failed')
    assert.match(
      large.FailureReason ?? '',
      /not enough room .* a copy needs 1048576 MB of memory; .* has \d+ MB of memory/,
    )
    assert.deepEqual(
      [large.Specification?.ComputeResourceRequirements, large.RuntimeConfig?.DesiredCopyCount],
      [needs(1024 ** 2), 1],
    )

    const ended = await settled('bogus')
    assert.equal(ended.InferenceComponentStatus, 'Failed')
    assertTells(ended.FailureReason, [
      'inference component bogus did not pass the ping health check',
      "unknown PROBE_MODE 'bogus'",
    ])

    const { InferenceComponents } = await sagemaker.listInferenceComponents({ EndpointNameEquals: EndpointName })
    const names = InferenceComponents?.map(({ InferenceComponentName }) => InferenceComponentName)
    assert.deepEqual(names?.toSorted(), ['bogus', 'large', 'ours', 'theirs'])
    await assertRefused(
      ...([sagemaker.deleteEndpoint({ EndpointName }), 'ValidationException', 400] as const),
      /^Cannot delete endpoint with inference component associated\. Please delete inference component and try it again\.$/,
    )
    const other = { VariantName: 'other', InstanceType: instanceType, InitialInstanceCount: 1 }
    await sagemaker.createEndpointConfig({
      ...{ EndpointConfigName: 'other', ProductionVariants: [other], ExecutionRoleArn: role },
    })
    for (const [EndpointConfigName, words] of [
      ['sold', /its variants are for inference components, and the others have models\.$/],
      ['other', /has no variant "shared", which the inference component "\w+" is on\.$/],
    ] as const) {
      const update = sagemaker.updateEndpoint({ EndpointName, EndpointConfigName })
      await assertRefused(update, 'ValidationException', 400, words)
    }
    await askAll('theirs')
    for (const door of doors) {
      const bare = door.invokeEndpoint({ EndpointName, Body: 'one' })
      await assertRefused(bare, 'ValidationError', 400, /^Inference Component Name header is required for endpoints/)
      for (const InferenceComponentName of ['absent', 'large']) {
        const asked = door.invokeEndpoint({ EndpointName, InferenceComponentName, Body: 'one' })
        await assertRefused(asked, 'ValidationError', 400, /not found for endpoint shared\.$/)
      }
    }

    // A copy that dies comes again while the other answers; and so does a worker.
    const [copy] = await copiesOf('ours')
    assert.deepEqual(await world.view.limits(copy?.Id as string), [256 * 1024 ** 2, 0.5])
    await world.view.kill(copy?.Id as string)
    process.kill(workers()[0] as number, 'SIGKILL')
    await until(
      'two copies answer again',
      async () => (await copiesOf('ours')).length,
      count => count === 2,
    )
    await askAll('ours')

    // An update over the death of its server: what is there goes on, nothing is left over.
    await sagemaker.updateInferenceComponent({
      ...{ InferenceComponentName: 'ours', RuntimeConfig: { CopyCount: 3 } },
      Specification: { Container, ComputeResourceRequirements: needs(128) },
      DeploymentConfig: {
        RollingUpdatePolicy: { MaximumBatchSize: { Type: 'COPY_COUNT', Value: 1 }, WaitIntervalInSeconds: 0 },
      },
    })
    await world.server.crash()
    const updated = await settled('ours')
    assert.equal(updated.InferenceComponentStatus, 'InService', updated.FailureReason)
    assert.deepEqual(
      [updated.RuntimeConfig?.CurrentCopyCount, updated.Specification?.ModelName, updated.FailureReason],
      [3, undefined, undefined],
    )
    await askAll('ours')
    await askAll('theirs')
    await sagemaker.updateInferenceComponentRuntimeConfig({
      ...{ InferenceComponentName: 'ours', DesiredRuntimeConfig: { CopyCount: 0 } },
    })
    await until(
      'it has no copies',
      async () => (await copiesOf('ours')).length,
      count => count === 0,
    )
    for (const door of doors) {
      const asked = door.invokeEndpoint({ EndpointName, InferenceComponentName: 'ours', Body: 'one' })
      await assertRefused(
        asked,
        'ValidationError',
        400,
        /^Inference Component has no capacity to process this request\./,
      )
    }

    for (const InferenceComponentName of ['ours', 'theirs', 'large', 'bogus'])
      await sagemaker.deleteInferenceComponent({ InferenceComponentName })
    for (const door of doors) {
      const asked = door.invokeEndpoint({ EndpointName, InferenceComponentName: 'theirs', Body: 'one' })
      await assertRefused(asked, 'ValidationError', 400, /not found for endpoint shared\.$/)
    }
    await until(
      'all components are gone',
      () => sagemaker.listInferenceComponents({ EndpointNameEquals: EndpointName }),
      answer => answer.InferenceComponents?.length === 0,
    )
    await sagemaker.deleteEndpoint({ EndpointName })
  })

  /** Containers of a component that run. */
  const copiesOf = async (component: string) =>
    (await world.view.containers(await componentArn(component))).filter(({ State }) => State === 'running')

  const componentArn = async (InferenceComponentName: string) =>
    (await world.buyer.sagemaker.describeInferenceComponent({ InferenceComponentName })).InferenceComponentArn as string

  it('refuse a key, a permission and an endpoint from the answer on that takes them away', async () => {
    const { iam, sagemaker } = world.buyer
    const UserName = 'caller'
    await iam.createUser({ UserName })
    const { AccessKey } = await iam.createAccessKey({ UserName })
    const { AccessKeyId = '', SecretAccessKey = '' } = AccessKey ?? {}
    const mine = await runtimeOf({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey })
    const invoke = (EndpointName = 'sold') => mine.invokeEndpoint({ EndpointName, Body: 'one' })
    const PolicyArn = 'arn:aws:iam::aws:policy/AmazonSageMakerFullAccess'

    await assertRefused(invoke(), 'AccessDeniedException', 403, /not authorized to perform: sagemaker:InvokeEndpoint/)
    for (let time = 0; time < 3; time++) {
      await iam.attachUserPolicy({ UserName, PolicyArn })
      await invoke()
      await iam.detachUserPolicy({ UserName, PolicyArn })
      await assertRefused(invoke(), 'AccessDeniedException', 403, /no identity-based policy allows/)
      await iam.attachUserPolicy({ UserName, PolicyArn })
      await iam.updateAccessKey({ UserName, AccessKeyId, Status: 'Inactive' })
      await assertRefused(invoke(), 'UnrecognizedClientException', 403, /security token/)
      await iam.updateAccessKey({ UserName, AccessKeyId, Status: 'Active' })
      await invoke()
      await iam.detachUserPolicy({ UserName, PolicyArn })
    }

    await iam.attachUserPolicy({ UserName, PolicyArn })
    await makeModel(world.buyer, 'passing', {})
    await createEndpoint(world.buyer, 'passing', ['passing'])
    await endpointSettled(world.buyer, 'passing')
    await invoke('passing')
    await sagemaker.deleteEndpoint({ EndpointName: 'passing' })
    await assertRefused(invoke('passing'), 'ValidationError', 400, /passing .* not found/)
    await iam.deleteAccessKey({ UserName, AccessKeyId })
    await assertRefused(invoke(), 'UnrecognizedClientException', 403, /security token/)
  })

  it('that are killed lose no answer that was charged, and others take their connections', async () => {
    const before = await charged()
    const load = startLoad(16)
    for (let kills = 0; kills < 4; kills++) {
      await load.reaches(200 * (kills + 1))
      const [victim] = workers()
      process.kill(victim as number, 'SIGKILL')
      await until(
        'another one takes its place',
        async () => workers(),
        now => now.length === 2 && !now.includes(victim as number),
      )
    }
    const { good, again } = await load.stop()
    assert.ok(again > 0, 'no connection was broken by the kills')
    await chargedBetween(before + good, before + good + again)
  })

  it('go on while their server is down, which counts what they answered when it comes again', async () => {
    const before = await charged()
    const same = workers()
    const load = startLoad(8)
    await load.reaches(100)
    const { pid } = world.server
    const caller = await runtimeOf(world.buyer.credentials)
    const earlier = await beginSession(caller)
    // Over one connection, and so of one worker, which knows from here on what its caller may ask of this endpoint.
    const alone = await runtimeOf(world.buyer.credentials)
    await askSession(alone, earlier)
    process.kill(pid, 'SIGKILL')
    await until(
      'the server is gone',
      async () => alive(pid),
      there => !there,
    )
    const { good: then } = load.sofar()
    await load.reaches(then + 300)
    const meanwhile = await beginSession(alone)
    assert.equal((await askSession(alone, meanwhile)).told.turn, 1)
    await world.server.crash()
    for (const id of [earlier, meanwhile])
      await until(
        'the server knows the session',
        () =>
          askSession(onePort(), id).then(
            ({ told }) => told.session,
            ({ name }) => name,
          ),
        session => session === id,
      )
    assert.deepEqual(workers(), same)
    const { good: since } = load.sofar()
    await load.reaches(since + 100)
    const { good, again } = await load.stop()
    assert.equal(again, 0)
    await chargedBetween(before + good, before + good)
  })

  async function deploySold(): Promise<void> {
    const { sagemaker, role } = world.buyer
    await sagemaker.createModel({
      ...{ ModelName: 'sold', Containers: [{ ModelPackageName: subscription.arn }] },
      ...{ ExecutionRoleArn: role, EnableNetworkIsolation: true },
    })
    await createEndpoint(world.buyer, 'sold', ['sold'])
    const { EndpointStatus, FailureReason } = await endpointSettled(world.buyer, 'sold')
    assert.equal(EndpointStatus, 'InService', FailureReason)
  }

  const ask = () => runtime.invokeEndpoint({ EndpointName: 'sold', ContentType: 'text/plain', Body: 'one' })

  const onePort = () =>
    new SageMakerRuntime({ endpoint: world.server.url, region, credentials: world.buyer.credentials })

  async function beginSession(door: SageMakerRuntime): Promise<string> {
    const { NewSessionId = '' } = await askSession(door, 'NEW_SESSION')
    return NewSessionId.split(';')[0] as string
  }

  async function askSession(door: SageMakerRuntime, SessionId: string, body = 'one') {
    const { Body, ...answer } = await door.invokeEndpoint({ EndpointName: 'sessions', SessionId, Body: body })
    return {
      ...answer,
      told: JSON.parse(Body.transformToString()) as { container: string; session: string; turn: number },
    }
  }

  /** Where the profiles say. */
  async function runtimeOf(credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }) {
    const config = readFileSync(`${world.server.data}/aws/config`, 'utf8')
    const endpoint = /sagemaker_runtime =\n {2}endpoint_url = (\S+)/.exec(config)?.[1] as string
    return new SageMakerRuntime({ endpoint, region, credentials, maxAttempts: 12 })
  }

  /** Asks on so many connections at once until it is stopped; what is broken off is asked again, as SDKs do, and counted. */
  function startLoad(lanes: number) {
    const count = { good: 0, again: 0 }
    let going = true
    const lane = async () => {
      while (going) {
        const { $metadata } = await ask()
        count.good++
        count.again += ($metadata.attempts ?? 1) - 1
      }
    }
    const all = Promise.all(Array.from({ length: lanes }, lane))
    all.catch(() => {})
    return {
      sofar: () => ({ ...count }),
      reaches: (good: number) =>
        Promise.race([
          all,
          until(
            `${good} answers`,
            async () => count.good,
            now => now >= good,
          ),
        ]),
      async stop() {
        going = false
        await all
        return count
      },
    }
  }

  /** In requests. */
  async function charged(): Promise<number> {
    const { items = [] } = await world.buyer.agreement.listAgreementCharges({ agreementId: subscription.agreement })
    return Math.round(items.reduce((sum, { amount = '0' }) => sum + Number(amount), 0) / price)
  }

  /** Once all that was metered is counted; a moment later it is the same. */
  async function chargedBetween(least: number, most: number): Promise<void> {
    await until(`${least} requests are charged`, charged, sum => sum >= least)
    await until(
      'all journals are counted',
      async () => journals(),
      files => files.length === 0,
    )
    const sum = await charged()
    assert.ok(sum >= least && sum <= most, `${sum} requests are charged, of ${least} to ${most}`)
  }

  /** Files that workers have not had counted. */
  const journals = () =>
    readdirSync(`${world.server.data}/invoke`, { recursive: true, encoding: 'utf8' }).filter(name =>
      name.endsWith('.jsonl'),
    )

  /** Process ids of the workers of this installation, in their order. */
  const workers = (): number[] => workersOf(world.server.data)
})

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
