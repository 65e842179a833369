import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ContainerDefinition } from '@aws-sdk/client-sagemaker'
import type { ModelError } from '@aws-sdk/client-sagemaker-runtime'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { must } from '../../setup/command.mjs'
// @ts-expect-error as above
import { engineCommand } from '../../setup/engine.mjs'
import { choosePolicy } from '../../src/scan/policy-choice.ts'
import { openDataStore } from '../../src/store/store.fixture.ts'
import { presentEngines } from './engines.ts'
import { type Fixture, openFixture } from './fixture.ts'
import { endpointSettled, instanceType, transform } from './jobs.ts'
import {
  certifyModelPackage,
  makeSecrets,
  publish,
  type Secrets,
  type Shop,
  type Subscription,
  subscribe,
} from './market-shop.ts'
import { signedRequest } from './market-signed.ts'
import type { Party } from './party.ts'
import { until } from './until.ts'

const [engine] = await presentEngines()

/** Prints which of the addresses it is given take a connection on the port of models. */
const knock = `
import socket, sys
def reached(address):
    try:
        socket.create_connection((address, 8080), 2).close()
        return True
    except OSError:
        return False
print(*[address for address in sys.argv[1:] if reached(address)])
`

/** With what the seller's other validations send, enough records to compare inputs with. */
const certifiedKeys = Array.from({ length: 60 }, (_, at) => `in/more-${at}.txt`)
const putCertified = ({ s3, bucket: Bucket }: Party) =>
  Promise.all(certifiedKeys.map(Key => s3.putObject({ Bucket, Key, Body: Key })))
const removeCertified = ({ s3, bucket: Bucket }: Party) =>
  s3.deleteObjects({ Bucket, Delete: { Objects: certifiedKeys.map(Key => ({ Key })) } })

/** Products that are paid by the request: one tells in a header that each answer costs three, one answers some requests with 500. */
describe('inferences that are paid by the request', { timeout: 300_000 }, () => {
  let world: Fixture
  let secrets: Secrets
  const products = new Map<string, Shop & Subscription>()

  before(async () => {
    if (!engine) throw new Error('there is no engine')
    world = await openFixture(engine, 'contract-probe')
    const { seller, buyer } = world
    secrets = await makeSecrets(engine, seller, world.image)
    for (const mode of ['meter', 'bad-record']) {
      if (mode === 'meter') await putCertified(seller)
      const shop = await publish(seller, await certifyModelPackage(seller, secrets, mode, mode), mode, '0.001')
      await removeCertified(seller)
      const subscription = await subscribe(buyer, shop.offer)
      products.set(mode, { ...shop, ...subscription })
      await deploy(mode, subscription.arn)
    }
  })
  after(async () => {
    await world?.close()
  })

  it('cost what the header of a good answer says, one without it, nothing when the answer is an error', async () => {
    for (let at = 0; at < 4; at++) await ask('meter', 'hello')
    for (const body of ['good', 'POISON', 'good', 'POISON', 'good'])
      await ask('bad-record', body).catch(error => assert.equal(error.name, 'ModelError'))
    await charged('meter', '0.012')
    await charged('bad-record', '0.003')
  })

  it('are compared with what certification was given, where whose they are asks for it', async () => {
    const { sagemaker, bucket } = world.buyer
    const signed = (method: string, path: string, party: Party = world.buyer) =>
      signedRequest(world.server.url, party, method, `/2026-11-29${path}`)
    const watch = (endpoint: string) => `/endpoints/${endpoint}/variants/all/inputWatch`
    const refused = async (endpoint: string, message: RegExp, party?: Party) => {
      const { status, text } = await signed('PUT', watch(endpoint), party)
      assert.ok(status === 400 || status === 404, text)
      assert.match(text, message)
    }
    await refused('meter', /does not capture its inputs/)
    await refused('bad-record', /had too few records/)
    await refused('meter', /Variant all of endpoint meter/, world.seller)
    const { ProductionVariants } = await sagemaker.describeEndpointConfig({ EndpointConfigName: 'meter' })
    const DataCaptureConfig = {
      ...{ EnableCapture: true, InitialSamplingPercentage: 100, DestinationS3Uri: `s3://${bucket}/captured` },
      CaptureOptions: [{ CaptureMode: 'Input' as const }],
    }
    await sagemaker.createEndpointConfig({ EndpointConfigName: 'captured', ProductionVariants, DataCaptureConfig })
    await sagemaker.updateEndpoint({ EndpointName: 'meter', EndpointConfigName: 'captured' })
    assert.equal((await endpointSettled(world.buyer, 'meter')).EndpointStatus, 'InService')
    const begun = await signed('PUT', watch('meter'))
    assert.equal(begun.status, 200, begun.text)
    const { comparedFrom } = JSON.parse(begun.text)
    assert.equal((comparedFrom * 1000) % 86_400_000, 0)
    const { text } = await signed('GET', watch('meter'))
    assert.deepEqual(JSON.parse(text), { endpointName: 'meter', variantName: 'all', comparedFrom, windows: [] })
    assert.equal((await signed('DELETE', watch('meter'))).status, 200)
    assert.deepEqual(JSON.parse((await signed('GET', '/inputWatches')).text), { watches: [] })
  })

  it('are counted once when the server is killed right after its answers', async () => {
    for (let at = 0; at < 4; at++) await ask('meter', 'hello')
    await world.server.crash()
    assert.equal((await endpointSettled(world.buyer, 'meter')).EndpointStatus, 'InService')
    await until(
      'the endpoint answers again',
      () =>
        ask('meter', 'hello').then(
          () => true,
          () => false,
        ),
      Boolean,
    )
    await charged('meter', '0.027')
  })

  it('of a transform job cost its time and no requests', async () => {
    const { TransformJobStatus, FailureReason } = await transform(world.buyer, 'batch', 'meter', 'in/')
    assert.equal(TransformJobStatus, 'Completed', FailureReason)
    const amount = Number(
      await until(
        'the job is charged',
        () => chargeOf('meter'),
        sum => sum !== '0.027',
      ),
    )
    const minutes = ((amount - 0.027) * 60).toFixed(4)
    assert.match(minutes, /^[12]\.0000$/)
  })

  it('of each product in a pipeline cost by its own answers, whatever the buyer puts between, before or after them', async () => {
    const own = (PROBE_MODE: string, more = {}) => ({ Image: world.buyer.image, Environment: { PROBE_MODE, ...more } })
    const [meter, plain] = [await another('pipe-meter', 'meter'), await another('pipe-plain', 'echo')]
    const containers = [own('meter', { PROBE_UNITS: '0' }), meter, plain, own('meter', { PROBE_UNITS: '1000' })]
    await deployContainers('pipeline', containers)
    for (let at = 0; at < 5; at++) await ask('pipeline', 'hello')
    await charged('pipe-meter', '0.015')
    await charged('pipe-plain', '0.005')
    await noneReachesAnother('pipeline')

    await deployContainers('broken-pipeline', [meter, own('error-500')])
    for (let at = 0; at < 2; at++)
      await assert.rejects(ask('broken-pipeline', 'hello'), (error: ModelError) => {
        assert.equal(error.name, 'ModelError')
        assert.match(error.message, /^Received server error \(500\) from container-2 with message/)
        assert.match(error.LogStreamArn ?? '', /:log-stream:.*\/container-2$/)
        return true
      })
    await charged('pipe-meter', '0.021')
  })

  it('are of products alone that the scan policy still lets pass when they are listed', async () => {
    const { seller, server } = world
    const certified = `arn:aws:sagemaker:us-east-1:${seller.id}:model-package/meter`
    const store = await openDataStore(server.data)
    try {
      await choosePolicy(store.db, 'aws-2018')
      await assert.rejects(publish(seller, certified, 'Too-late'), /FAILED: .*"SCAN_ERROR".*aws-2018/)
    } finally {
      await choosePolicy(store.db, 'current')
      await store.close()
    }
    await publish(seller, certified, 'In-time')
  })

  it('by the hour count every product of a pipeline', async () => {
    const hourly = [await another('hour-one', 'echo', ''), await another('hour-two', 'echo', '')]
    await deployContainers('hours', hourly)
    for (const name of ['hour-one', 'hour-two']) {
      const amount = await until(`${name} is charged`, () => chargeOf(name), Boolean)
      assert.match((Number(amount) * 60).toFixed(4), /^[12]\.0000$/)
    }
  })

  /** A further product, subscribed, by the request or, without a price for it, by the hour: a container for it. */
  async function another(name: string, mode: string, request = '0.001') {
    const { seller, buyer } = world
    const shop = await publish(seller, await certifyModelPackage(seller, secrets, name, mode), name, request)
    const subscription = await subscribe(buyer, shop.offer)
    products.set(name, { ...shop, ...subscription })
    return { ModelPackageName: subscription.arn }
  }

  /** From within each container, the others' port does not answer. */
  async function noneReachesAnother(endpoint: string): Promise<void> {
    const { EndpointArn = '' } = await world.buyer.sagemaker.describeEndpoint({ EndpointName: endpoint })
    const run = async (...words: string[]): Promise<string> =>
      (await must(...engineCommand(engine, words))).stdout.trim()
    const ids = (await run('ps', '--quiet', '--filter', `label=modelmart.arn=${EndpointArn}`)).split('\n')
    assert.equal(ids.length, 4)
    const address = (id: string) =>
      run('inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', id)
    const addresses = await Promise.all(ids.map(address))
    for (const [at, id] of ids.entries()) {
      const reached = await run('exec', id, 'python3', '-c', knock, ...addresses)
      assert.equal(reached, addresses[at], 'a container reaches nobody but itself')
    }
  }

  const deploy = (name: string, ModelPackageName: string) => deployContainers(name, [{ ModelPackageName }])

  async function deployContainers(name: string, Containers: readonly ContainerDefinition[]): Promise<void> {
    const { sagemaker, role } = world.buyer
    const isolated = { ExecutionRoleArn: role, EnableNetworkIsolation: true }
    await sagemaker.createModel({ ModelName: name, Containers: [...Containers], ...isolated })
    const variant = { VariantName: 'all', ModelName: name, InstanceType: instanceType, InitialInstanceCount: 1 }
    await sagemaker.createEndpointConfig({ EndpointConfigName: name, ProductionVariants: [variant] })
    await sagemaker.createEndpoint({ EndpointName: name, EndpointConfigName: name })
    const { EndpointStatus, FailureReason } = await endpointSettled(world.buyer, name)
    assert.equal(EndpointStatus, 'InService', FailureReason)
  }

  const ask = (EndpointName: string, body: string) =>
    world.buyer.runtime.invokeEndpoint({ EndpointName, ContentType: 'text/plain', Body: Buffer.from(body) })

  async function chargeOf(name: string): Promise<string> {
    const { agreement: agreementId } = products.get(name) as Subscription
    const { items = [] } = await world.buyer.agreement.listAgreementCharges({ agreementId })
    return items.map(({ amount = '0' }) => amount).join(' ')
  }

  const charged = (name: string, amount: string) =>
    until(
      `${name} is charged ${amount}`,
      () => chargeOf(name),
      found => found === amount,
    )
})
