import type { DeploymentConfig, ProductionVariant } from '@aws-sdk/client-sagemaker'
import { hold, poll } from '../demo/world.ts'
import { workersOf } from '../test/e2e/workers.ts'
import { invokeUrl, type Seller } from './actor.ts'
import type { Bench, Figure } from './bench.ts'
import { instanceType } from './probe-product.ts'
import type { Stage } from './stage.ts'
import { startSteadyLoad } from './steady-load.ts'
import { createSigner } from './wire-request.ts'

const EndpointName = 'updated'
const connections = 16
/** A signature is good for 15 minutes. */
const signedAnewMs = 60_000

/**
 * How many requests fail while their endpoint changes in every way again and again, and workers are killed: a million requests when full, and each
 * change once otherwise.
 */
export const endpointUpdatesBench: Bench = {
  name: 'endpoint-updates',
  async run(stage) {
    const seller = await stage.seller()
    await deploy(seller)
    const { next, close } = await signedInvocations(seller)
    const load = startSteadyLoad(await invokeUrl(seller), connections, next)
    const found = changes.map(({ what }) => ({ what, asked: 0, failed: 0, again: 0 }))
    try {
      do
        for (const [index, { make }] of changes.entries()) {
          const before = load.sofar()
          await make(seller, stage)
          const after = load.sofar()
          const counted = found[index] as (typeof found)[number]
          counted.asked += after.answered - before.answered
          counted.failed += after.failed - before.failed
          counted.again += after.again - before.again
        }
      while (load.sofar().answered < (stage.full ? 1_000_000 : 1))
    } finally {
      await load.end()
      close()
    }
    for (const reason of load.reasons()) process.stderr.write(`a request failed: ${reason}\n`)
    await remove(seller)
    return found.map(({ what, asked, failed, again }): Figure => {
      const told = `${asked.toLocaleString('en-US')} during ${what}, ${again} asked again: failed`
      return { work: `Requests, ${told}`, unit: 'requests', ours: [failed], judged: 'value', atMost: 0 }
    })
  },
}

interface Change {
  readonly what: string
  make(seller: Seller, stage: Stage): Promise<unknown>
}

const update = (next: string, DeploymentConfig?: DeploymentConfig) => async (seller: Seller) => {
  await seller.clients.sagemaker.updateEndpoint({
    ...{ EndpointName, EndpointConfigName: next, ...(DeploymentConfig && { DeploymentConfig }) },
  })
  await settled(seller, next)
}

const scale = (DesiredInstanceCount: number) => async (seller: Seller) => {
  const DesiredWeightsAndCapacities = [{ VariantName: 'all', DesiredInstanceCount }]
  await seller.clients.sagemaker.updateEndpointWeightsAndCapacities({ EndpointName, DesiredWeightsAndCapacities })
  await settled(seller)
}

/** In this order: what comes after one begins with what it has left. */
const changes: readonly Change[] = [
  { what: 'blue/green updates', make: update('one-b') },
  {
    what: 'canaries',
    make: update('one-a', {
      BlueGreenUpdatePolicy: {
        TrafficRoutingConfiguration: {
          ...{ Type: 'CANARY', WaitIntervalInSeconds: 1, CanarySize: { Type: 'CAPACITY_PERCENT', Value: 50 } },
        },
        TerminationWaitInSeconds: 1,
      },
    }),
  },
  { what: 'scale-out', make: scale(2) },
  {
    what: 'rolling updates',
    make: update('two-b', {
      RollingUpdatePolicy: { MaximumBatchSize: { Type: 'INSTANCE_COUNT', Value: 1 }, WaitIntervalInSeconds: 0 },
    }),
  },
  { what: 'scale-in', make: scale(1) },
  { what: 'kill -9 of a worker', make: (_, stage) => killOne(stage) },
]

async function deploy({ clients: { sagemaker }, role, image }: Seller): Promise<void> {
  for (const [name, PROBE_MODE] of [
    ['a', 'echo'],
    ['b', 'upper'],
  ] as const)
    await sagemaker.createModel({
      ...{ ModelName: name, ExecutionRoleArn: role },
      PrimaryContainer: { Image: image, Environment: { PROBE_MODE } },
    })
  for (const [EndpointConfigName, ModelName, InitialInstanceCount] of configs) {
    const variant: ProductionVariant = { VariantName: 'all', ModelName, InstanceType: instanceType }
    await sagemaker.createEndpointConfig({
      EndpointConfigName,
      ProductionVariants: [{ ...variant, InitialInstanceCount }],
    })
  }
  await sagemaker.createEndpoint({ EndpointName, EndpointConfigName: 'one-a' })
  await settled({ clients: { sagemaker } }, 'one-a')
}

const configs = [
  ['one-a', 'a', 1],
  ['one-b', 'b', 1],
  ['two-b', 'b', 2],
] as const

interface Asker {
  readonly clients: Pick<Seller['clients'], 'sagemaker'>
}

/** Throws when the change did not come to what was asked for. */
async function settled({ clients: { sagemaker } }: Asker, config?: string): Promise<void> {
  const told = await poll(
    () => sagemaker.describeEndpoint({ EndpointName }),
    ({ EndpointStatus = '' }) => /^(InService|Failed)$/.test(EndpointStatus),
  )
  const is = `the endpoint is ${told.EndpointStatus} with ${told.EndpointConfigName}: ${told.FailureReason}`
  hold(told.EndpointStatus === 'InService' && told.EndpointConfigName === (config ?? told.EndpointConfigName), is)
}

/** Ends when another one answers in its place. */
async function killOne(stage: Stage): Promise<void> {
  const { data } = await stage.server()
  const before = workersOf(data)
  process.kill(before[0] as number, 'SIGKILL')
  await poll(
    async () => workersOf(data),
    now => now.length === before.length && !now.includes(before[0] as number),
  )
}

async function remove({ clients: { sagemaker } }: Seller): Promise<void> {
  await sagemaker.deleteEndpoint({ EndpointName })
  await poll(
    () => sagemaker.describeEndpoint({ EndpointName }).then(Boolean, () => false),
    there => !there,
  )
}

/** One request, signed anew before its signature is too old. */
async function signedInvocations(seller: Seller) {
  const sign = createSigner(await invokeUrl(seller), 'sagemaker', seller.clients.credentials)
  const headers = { 'content-type': 'text/csv' }
  const path = `/endpoints/${EndpointName}/invocations`
  const signed = () => sign({ method: 'POST', path, headers, body: Buffer.from('5.1,3.5,1.4,0.2\n') })
  let request = await signed()
  const timer = setInterval(async () => {
    request = await signed()
  }, signedAnewMs)
  return { next: () => request, close: () => clearInterval(timer) }
}
