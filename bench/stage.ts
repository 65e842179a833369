import { availableParallelism } from 'node:os'
import { clientsFor } from '../demo/clients.ts'
import { makeRole } from '../demo/seller-steps.ts'
import { type ServerProcess, startServer } from '../demo/server-process.ts'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { ensureEngine } from '../setup/engine.mjs'
// @ts-expect-error as above
import { ensureExample } from '../setup/images.mjs'
import { type Engine, pushImage } from '../src/cli/push-image.ts'
import { createEngineClient, type EngineClient } from '../src/driver/engine-client.ts'
import type { Actor, Seller } from './actor.ts'
import { temporaryDirectory } from './place.ts'
import { type Probe, subscribeToProbe } from './probe-product.ts'

/** What benches share: made when first asked for, kept until the end. */
export interface Stage {
  /** Long inputs and many rows. */
  readonly full: boolean
  readonly socket: string
  readonly engine: EngineClient
  /** The contract probe in the engine, as its build named it: echoes what it is asked. */
  readonly image: string
  server(): Promise<ServerProcess>
  seller(): Promise<Seller>
  buyer(): Promise<Actor>
  /** The probe as a product that the buyer has subscribed to, deployed to an endpoint. */
  probe(): Promise<Probe>
  close(): Promise<void>
}

export async function createStage(full: boolean): Promise<Stage> {
  const engine: Engine = await ensureEngine({})
  const image: string = await ensureExample(engine, 'contract-probe')
  const socket = `unix://${engine.socket.replace('unix://', '')}`
  const client = createEngineClient(socket)
  const place = await temporaryDirectory()
  let started: ServerProcess | undefined

  const server = once(async () => {
    // As it is run, not as it is tested.
    const env = { MODELMART_CHECK_ANSWERS: 'no' }
    // What an account may ask for is not what is measured: a worker answers more than that.
    const flags = ['--invoke-workers', String(availableParallelism()), '--account-rate', '0', '--address-rate', '0']
    started = await startServer({ data: place.path, engineSocket: socket, env, flags })
    return started
  })
  const seller = once(async (): Promise<Seller> => {
    const actor = await makeActor(await server(), 'seller')
    const { repository } = await actor.clients.ecr.createRepository({ repositoryName: 'probe' })
    return { ...actor, image: await pushImage(engine, image, repository?.repositoryUri as string, actor.clients) }
  })
  const buyer = once(async () => makeActor(await server(), 'buyer'))
  const probe = once(async () => subscribeToProbe(await seller(), await buyer(), client))

  return {
    ...{ full, socket, engine: client, image, server, seller, buyer, probe },
    async close() {
      const made = await probe.made?.catch(() => undefined)
      await made?.remove()
      await started?.stop()
      await client.close()
      await place.remove()
    },
  }
}

const jobPolicies = ['AmazonSageMakerFullAccess', 'AmazonS3FullAccess', 'AmazonEC2ContainerRegistryReadOnly']

async function makeActor(server: ServerProcess, name: string): Promise<Actor> {
  const clients = clientsFor(server.url, await server.account(name))
  const bucket = `bench-${name}`
  await clients.s3.createBucket({ Bucket: bucket })
  return { clients, bucket, role: await makeRole(clients, 'SageMakerRole', 'sagemaker.amazonaws.com', jobPolicies) }
}

/** Makes something at the first call; `made` is undefined before. */
function once<Value>(make: () => Promise<Value>) {
  const ask: { (): Promise<Value>; made?: Promise<Value> } = () => (ask.made ??= make())
  return ask
}
