import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { S3 } from '@aws-sdk/client-s3'
import { Client } from 'pg'
import { type Clients, clientsFor, region } from '../../demo/clients.ts'
import { freePort } from '../../demo/free-port.ts'
import { type ServerProcess, startServer } from '../../demo/server-process.ts'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { startPostgres } from '../../setup/postgres.mjs'
import { dropDatabase, ownDatabase } from '../../src/store/own-database.fixture.ts'
import { openBalancer } from './balancer.ts'

/** Three servers on one database and one bucket, with one data directory or each with its own, behind a balancer that knows nothing. */
export interface ReplicasWorld {
  readonly servers: readonly ServerProcess[]
  /** The balancer's. */
  readonly url: string
  /** Makes one more account. */
  account(name: string): ReturnType<ServerProcess['account']>
  /** An account's clients, which ask the balancer; or one server, by its number. */
  clients(server?: number): Clients
  /** The number of the server that works, as its row tells; undefined while nobody does. */
  works(): Promise<number | undefined>
  /** kill -9. */
  kill(server: number): void
  /** kill -9, and nothing is left of its data directory. */
  lose(server: number): Promise<void>
  /** A new process in the place of one that was killed. */
  startAgain(server: number): Promise<void>
  /** Rows of the database itself. */
  query<Row>(text: string): Promise<Row[]>
  /** A server of its own beside them, on a database of its own; whoever asks for it stops it. */
  alone(): Promise<ServerProcess>
  /** Flags of one more server, and its data directory. */
  flags(port: number): string[]
  readonly data: string
  readonly env: Readonly<Record<string, string>>
  close(): Promise<void>
}

export const replicaCount = 3

/** All of them come from one address. */
const ratesOf = (account: number) => ['--address-rate', '0', '--account-rate', `${account}`]

/** The bucket is one of another installation of Modelmart, which is one more S3. */
async function openBucket(place: string) {
  const data = join(place, 'bucket')
  await mkdir(data)
  const server = await startServer({ data, engineSocket: 'unix:///nobody' })
  const { accessKeyId, secretAccessKey } = await server.account('content')
  const credentials = { accessKeyId, secretAccessKey }
  await new S3({ endpoint: server.url, region, credentials, forcePathStyle: true }).createBucket({ Bucket: 'content' })
  const env = {
    MODELMART_OBJECTS: `s3://content/all?endpoint=${server.url}`,
    MODELMART_OBJECTS_ACCESS_KEY: accessKeyId,
    MODELMART_OBJECTS_SECRET_KEY: secretAccessKey,
  }
  return { server, env }
}

export interface ReplicasOptions {
  readonly engineSocket?: string
  /** What all of them run containers with, each with a data directory of its own. */
  readonly cluster?: readonly string[]
  /** Requests a second of an account; as many as it likes when absent. */
  readonly accountRate?: number
}

export async function openReplicas({
  engineSocket = 'unix:///nobody',
  cluster,
  accountRate = 0,
}: ReplicasOptions = {}): Promise<ReplicasWorld> {
  const place = await mkdtemp(join(tmpdir(), 'modelmart-replicas-'))
  const data = join(place, 'data')
  await mkdir(data)
  const [postgres, bucket, balancer] = await Promise.all([startPostgres(), openBucket(place), openBalancer()])
  const database = await ownDatabase(postgres.url, randomUUID())
  const secret = cluster && { MODELMART_ROOT_SECRET: randomBytes(32).toString('hex') }
  const env = { ...bucket.env, MODELMART_DATABASE: database, ...secret }
  const flags = (port: number) => [
    ...['--public-url', balancer.url, '--peer-url', `http://127.0.0.1:${port}`],
    ...['--invoke-workers', '1', ...ratesOf(accountRate), '--allow-outgoing', '127.0.0.0/8,::1'],
    ...(cluster ?? []),
  ]
  const start = async (own: string) => {
    await mkdir(own, { recursive: true })
    const port = await freePort()
    return startServer({ data: own, port, engineSocket, env, flags: flags(port) })
  }
  const directories = Array.from({ length: replicaCount }, (_, server) => (cluster ? join(place, `${server}`) : data))
  const servers = await Promise.all(directories.map(start))
  const portOf = ({ url }: ServerProcess) => Number(new URL(url).port)
  balancer.balance(servers.map(portOf))
  const kill = (server: number) => void process.kill(servers[server]?.pid ?? Number.NaN, 'SIGKILL')
  const makeAccount = (name: string) => (servers[0] as ServerProcess).account(name)
  const account = await makeAccount('owner')
  const rows = new Client({ connectionString: database })
  await rows.connect()
  const query = async <Row>(text: string) => (await rows.query(text)).rows as Row[]
  return {
    ...{ data, servers, flags, env, query, url: balancer.url, account: makeAccount },
    async alone() {
      const own = join(place, 'alone')
      await mkdir(own)
      const rowsOfItsOwn = { MODELMART_DATABASE: await ownDatabase(postgres.url, randomUUID()) }
      return startServer({ data: own, engineSocket, env: rowsOfItsOwn, flags: ratesOf(0) })
    },
    clients: server => clientsFor(server === undefined ? balancer.url : (servers[server]?.url ?? ''), account),
    async works() {
      const [row] = await query<{ address: string }>('select address from server where works = 1')
      const found = servers.findIndex(server => row?.address === `http://127.0.0.1:${portOf(server)}`)
      return found < 0 ? undefined : found
    },
    kill,
    async lose(server) {
      kill(server)
      const directory = directories[server] as string
      await rm(directory, { recursive: true })
      await mkdir(directory)
    },
    startAgain: async server => servers[server]?.crash(),
    async close() {
      for (const server of servers) await server.stop()
      await rows.end()
      await dropDatabase(database)
      await bucket.server.stop()
      balancer.close()
      await postgres.stop()
      await rm(place, { recursive: true, force: true })
    },
  }
}
