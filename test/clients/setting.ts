import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buyerSteps } from '../../demo/buyer-steps.ts'
import { clientsFor, region } from '../../demo/clients.ts'
import { sellerSteps } from '../../demo/seller-steps.ts'
import { startServer } from '../../demo/server-process.ts'
import { fact, type World } from '../../demo/world.ts'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { ensureExample } from '../../setup/images.mjs'
import { pushImage } from '../../src/cli/push-image.ts'
import { presentEngines } from '../e2e/engines.ts'

/** What a client finds: an account that has subscribed to a product, with a bucket, a role and an image of its own. */
export interface Setting {
  /** What every AWS client reads: endpoint, key, region. */
  readonly environment: Readonly<Record<string, string>>
  readonly role: string
  readonly bucket: string
  /** URI of examples/contract-probe, whose behaviour hyperparameters and environment choose. */
  readonly image: string
  /** ARN under which the account uses examples/iris-trees. */
  readonly algorithm: string
  close(): Promise<void>
}

/** The demo's story up to the subscription; what follows is the client's to do. */
const story = [
  ...sellerSteps,
  ...buyerSteps.slice(
    0,
    buyerSteps.findIndex(({ title }) => title.includes('trains')),
  ),
]

export async function openSetting(): Promise<Setting> {
  const [engine] = await presentEngines()
  if (!engine) throw new Error('There is no container engine.')
  const image = (await ensureExample(engine, 'iris-trees')) as string
  const probe = (await ensureExample(engine, 'contract-probe')) as string
  const data = await mkdtemp(join(tmpdir(), 'modelmart-clients-'))
  const flags = ['--allow-outgoing', '127.0.0.0/8,::1']
  const server = await startServer({ data, engineSocket: `unix://${engine.socket}`, flags })
  const account = async (name: string) => clientsFor(server.url, await server.account(name))
  const seller = await account('seller')
  const buyer = await account('buyer')
  const visitor = await account('visitor')
  const world: World = { server, engine, image, seller, buyer, visitor, at: async () => {}, facts: new Map() }
  for (const step of story) await step.run(world)
  const push = async (repositoryName: string, local: string) => {
    const { repository } = await buyer.ecr.createRepository({ repositoryName })
    return pushImage(engine, local, repository?.repositoryUri as string, buyer)
  }
  const { accessKeyId, secretAccessKey } = buyer.credentials
  return {
    environment: {
      AWS_ENDPOINT_URL: server.url.replace('localhost', '127.0.0.1'),
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_DEFAULT_REGION: region,
      AWS_REGION: region,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    role: fact(world, 'buyer role'),
    bucket: 'iris-trees-buyer',
    image: await push('probe', probe),
    algorithm: fact(world, 'product arn'),
    async close() {
      await server.stop()
      await rm(data, { recursive: true, force: true })
    },
  }
}
