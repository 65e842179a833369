import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { presentEngines } from './engines.ts'
import { type Fixture, openFixture } from './fixture.ts'
import { endpointSettled, instanceType, transform } from './jobs.ts'
import { certifyModelPackage, makeSecrets, publish, type Shop, type Subscription, subscribe } from './market-shop.ts'
import { until } from './until.ts'

const [engine] = await presentEngines()

/** Products that are paid by the request: one tells in a header that each answer costs three, one answers some requests with 500. */
describe('inferences that are paid by the request', { timeout: 300_000 }, () => {
  let world: Fixture
  const products = new Map<string, Shop & Subscription>()

  before(async () => {
    if (!engine) throw new Error('there is no engine')
    world = await openFixture(engine, 'contract-probe')
    const { seller, buyer } = world
    const secrets = await makeSecrets(engine, seller, world.image)
    for (const mode of ['meter', 'bad-record']) {
      const shop = await publish(seller, await certifyModelPackage(seller, secrets, mode, mode), mode, '0.001')
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

  async function deploy(name: string, ModelPackageName: string): Promise<void> {
    const { sagemaker, role } = world.buyer
    const PrimaryContainer = { ModelPackageName }
    const isolated = { ExecutionRoleArn: role, EnableNetworkIsolation: true }
    await sagemaker.createModel({ ModelName: name, PrimaryContainer, ...isolated })
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
