import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { pino } from 'pino'
import { type Clients, clientsFor } from '../../demo/clients.ts'
import { makeRole } from '../../demo/seller-steps.ts'
import { openInstallation as openData } from '../../src/cli/installation.ts'
import { type CraftedImage, craftImage } from '../../src/ecr/crafted-image.fixture.ts'
import { createAccount } from '../../src/iam/account.ts'
import { openServer, type ServerOptions } from '../../src/server.ts'
import { ownDatabase, testServer } from '../../src/store/own-database.fixture.ts'
import { watch } from './called.ts'

/** An account with what SageMaker's requests name: a role, a bucket with data, an image. */
export interface Account extends Clients {
  readonly role: string
  readonly bucket: string
  readonly image: string
  readonly imageDigest: string
}

export interface Installation {
  readonly url: string
  /** The data directory. */
  readonly data: string
  readonly owner: Account
  /** An account that owns nothing. */
  readonly stranger: Clients
}

/**
 * A server on a port and data of its own with two accounts, for the tests of a file. It reaches no container engine: jobs stay in
 * progress, which is what tests of names, rules and lists need. `furnish` makes what all the tests want.
 */
export function installation(
  furnish: (at: Installation) => Promise<unknown> = async () => {},
  options: () => Promise<Partial<ServerOptions>> = async () => ({}),
): Installation {
  let opened: Installation & { close(): Promise<void> }
  before(async () => {
    opened = await openInstallation(undefined, await options())
    await furnish(opened)
  })
  after(() => opened?.close())
  return {
    get url() {
      return opened.url
    },
    get data() {
      return opened.data
    },
    get owner() {
      return opened.owner
    },
    get stranger() {
      return opened.stranger
    },
  }
}

export async function openInstallation(
  engineSocket = 'unix:///nowhere/engine.sock',
  options: Partial<ServerOptions> = {},
) {
  const data = await mkdtemp(join(tmpdir(), 'modelmart-parity-'))
  const log = pino({ level: process.env.MODELMART_TEST_LOG ?? 'silent' }, process.stderr)
  const server = await openServer({
    data,
    database: testServer && (await ownDatabase(testServer, data)),
    host: '127.0.0.1',
    port: 0,
    engineSocket,
    allowUnisolated: false,
    checkAnswers: true,
    openIdHosts: new Set(['localhost']),
    allowOutgoing: ['127.0.0.0/8', '::1'],
    callLedger: process.env.MODELMART_CALL_LEDGER,
    // The same tests hold for workers: MODELMART_INVOKE_WORKERS=2.
    invokeWorkers: Number(process.env.MODELMART_INVOKE_WORKERS ?? 0),
    ...options,
    log,
  })
  const [first, second] = await makeAccounts(data, { owner: '123456789012', stranger: '210987654321' })
  return {
    url: server.url,
    data,
    owner: await prepare(watched(clientsFor(server.url, { ...(first as Made), invokeUrl: server.invokeUrl }))),
    stranger: watched(clientsFor(server.url, { ...(second as Made), invokeUrl: server.invokeUrl })),
    async close() {
      await server.close()
      await rm(data, { recursive: true, force: true })
    },
  }
}

/** What tests ask of the clients is noted: `parity` holds them to what they say they test. */
function watched(clients: Clients): Clients {
  for (const client of Object.values(clients)) if ('middlewareStack' in Object(client)) watch(client)
  return clients
}

interface Options {
  readonly endpoint: string
  readonly maxAttempts: number
  readonly region: string
  readonly credentials: Clients['credentials'] & { readonly sessionToken?: string }
}

/** Another of the SDK's clients, noted as well; the owner's unless told otherwise. It asks once: the SDK repeats what meets a limit. */
export const clientOf = <Client extends object>(
  Class: new (options: Options) => Client,
  at: Installation,
  { credentials = at.owner.credentials, region = 'us-east-1' }: Partial<Pick<Options, 'credentials' | 'region'>> = {},
): Client => watch(new Class({ endpoint: at.url, region, credentials, maxAttempts: 1 }))

interface Made {
  readonly id: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

async function makeAccounts(data: string, ids: Readonly<Record<string, string>>): Promise<Made[]> {
  const { store, rootSecret } = await openData({ data })
  try {
    const made: Made[] = []
    for (const [name, id] of Object.entries(ids))
      made.push({ ...(await createAccount(store, rootSecret, { name, id })), id })
    return made
  } finally {
    await store.close()
  }
}

async function prepare(clients: Clients): Promise<Account> {
  const policies = ['AmazonSageMakerFullAccess', 'AmazonS3FullAccess', 'AmazonEC2ContainerRegistryReadOnly']
  const role = await makeRole(clients, 'Worker', 'sagemaker.amazonaws.com', policies)
  const bucket = 'parity-data'
  await clients.s3.createBucket({ Bucket: bucket })
  await clients.s3.putObject({ Bucket: bucket, Key: 'in/rows.csv', Body: 'one\ntwo\n' })
  await clients.s3.putObject({ Bucket: bucket, Key: 'model.tar.gz', Body: 'read by nobody' })
  const { repository } = await clients.ecr.createRepository({ repositoryName: 'probe' })
  const crafted = await craftImage(['a layer'])
  await pushCrafted(clients, 'probe', crafted)
  return {
    ...clients,
    role,
    bucket,
    image: `${repository?.repositoryUri}:latest`,
    imageDigest: crafted.manifest.digest,
  }
}

/** Pushes by ECR's own operations, as no engine is needed for it. */
export async function pushCrafted({ ecr }: Clients, repositoryName: string, image: CraftedImage): Promise<void> {
  for (const { bytes, digest } of image.blobs) {
    const { uploadId } = await ecr.initiateLayerUpload({ repositoryName })
    const part = { partFirstByte: 0, partLastByte: bytes.length - 1, layerPartBlob: bytes }
    await ecr.uploadLayerPart({ repositoryName, uploadId, ...part })
    await ecr.completeLayerUpload({ repositoryName, uploadId, layerDigests: [digest] })
  }
  const { mediaType: imageManifestMediaType, manifest } = image
  await ecr.putImage({
    repositoryName,
    imageManifest: manifest.bytes.toString(),
    imageManifestMediaType,
    imageTag: 'latest',
  })
}
