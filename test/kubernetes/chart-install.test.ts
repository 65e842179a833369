import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { S3 } from '@aws-sdk/client-s3'
import { SageMakerRuntime } from '@aws-sdk/client-sagemaker-runtime'
import { Client } from 'pg'
import { region } from '../../demo/clients.ts'
import { freePort } from '../../demo/free-port.ts'
import { startServer } from '../../demo/server-process.ts'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { ensureEngine } from '../../setup/engine.mjs'
// @ts-expect-error as above
import { ensureExample } from '../../setup/images.mjs'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { startPostgres } from '../../setup/postgres.mjs'
import { POD_NOTE } from '../../src/driver/kubernetes/pod-name.ts'
import { parseS3Uri } from '../../src/workload/s3-uri.ts'
import type { PresentEngine } from '../e2e/engines.ts'
import { createEndpoint, endpointSettled, pythonJob, train } from '../e2e/jobs.ts'
import { certifyModelPackage, makeSecrets, publish, subscribe } from '../e2e/market-shop.ts'
import { makeParty, type Party } from '../e2e/party.ts'
import { until } from '../e2e/until.ts'
import { openHelm } from './helm.ts'
import { kubectlIn } from './kubectl.ts'
import type { MadeNode } from './node-files.ts'
import { leadLocalhost } from './plain-registry.ts'
import { testCluster } from './test-cluster.ts'

const node = testCluster()?.node as MadeNode
const helm = node && (await openHelm())
const skip = helm ? false : 'it wants Helm, and a cluster that the tests made'
const namespace = 'shop'
const server = 'deployment/shop-modelmart'
const user = 10_001

describe('an installation by the Helm chart, on PostgreSQL and a bucket', { skip }, () => {
  const { kubectl, apply, close } = kubectlIn(namespace)
  const modelmart = (...words: string[]) =>
    kubectl('exec', server, '--', '/usr/bin/node', '/opt/modelmart/bin/modelmart.mjs', ...words)
  let place: string
  const ends: (() => unknown)[] = []
  let database: string
  let values: object
  let keys: { accessKeyId: string; secretAccessKey: string }

  before(async () => {
    place = await mkdtemp(join(tmpdir(), 'modelmart-install-'))
    const postgres = await startPostgres()
    ends.push(postgres.stop)
    await query(`${postgres.url}postgres`, 'create database shop')
    database = `${postgres.url}shop`
    const door = await openDoor(node.addresses.machine, Number(new URL(postgres.url).port))
    ends.push(() => door.close())
    const bucket = await openBucket(join(place, 'bucket'), node.addresses.machine)
    ends.push(bucket.stop)
    await kubectl('create', 'namespace', namespace)
    await secret('database', { url: `postgres://postgres@${addressOf(door)}/shop` })
    await secret('bucket', { 'access-key': bucket.accessKeyId, 'secret-key': bucket.secretAccessKey })
    await secret('root', { 'root-secret': randomBytes(32).toString('hex') })
    await apply(await volumeIn(join(place, 'volume')))
    values = {
      image: { repository: 'modelmart.test/modelmart', tag: '1' },
      database: { secret: 'database' },
      objects: { url: `s3://content/shop?endpoint=${bucket.url}&region=${region}`, secret: 'bucket' },
      rootSecret: { secret: 'root' },
      persistence: { storageClass: '-', size: '1Gi' },
      resources: {},
    }
  })
  after(async () => {
    await helm?.helm(['uninstall', 'shop', `--namespace=${namespace}`, '--ignore-not-found', '--wait'])
    await close()
    for (const end of ends.reverse()) await end()
    await kubectl('delete', 'persistentvolume', 'shop', '--ignore-not-found')
    await rm(place, { recursive: true, force: true })
  })

  const secret = (name: string, stringData: object) =>
    apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData })
  const install = (more: object = {}) =>
    helm?.helm(['upgrade', '--install', 'shop', helm.chart, `--namespace=${namespace}`, '--wait', '--timeout=3m'], {
      ...values,
      ...more,
    })
  /** By address. */
  const serverPods = async (): Promise<ReadonlyMap<string, string>> => {
    const said = await kubectl('get', 'pods', '--selector=app.kubernetes.io/instance=shop', '--output=json')
    const { items } = JSON.parse(said) as { items: PodSeen[] }
    const ready = items.filter(({ status }) => status.conditions?.some(isReady))
    return new Map(ready.map(({ metadata, status }) => [status.podIP ?? '', metadata.name]))
  }
  /** Of one that is ready. */
  const address = async () => [...(await serverPods()).keys()][0] ?? ''
  const account = async (name: string) => {
    const made = await modelmart('account', 'create', name)
    const told = await modelmart('env', name)
    const value = (variable: string) => new RegExp(`export ${variable}='(.*)'`).exec(told)?.[1] ?? ''
    return {
      ...{ invokeUrl: '', id: /\b\d{12}\b/.exec(made)?.[0] ?? '' },
      ...{ accessKeyId: value('AWS_ACCESS_KEY_ID'), secretAccessKey: value('AWS_SECRET_ACCESS_KEY') },
    }
  }
  /** Has a port of this machine lead to the server, wherever its Pod is by now. */
  const leadToPod = async (port: number): Promise<Server> => {
    const lead = createServer(async socket => {
      const host = await address().catch(() => '')
      pipeline(socket, connect(8600, host), socket, () => undefined)
    })
    await new Promise<void>(resolve => lead.listen(port, resolve))
    return lead
  }
  const storage = async () => {
    return new S3({ endpoint: `http://${await address()}:8600`, region, credentials: keys, forcePathStyle: true })
  }
  const content = async () =>
    (await (await storage()).getObject({ Bucket: 'kept', Key: 'text' })).Body?.transformToString()

  it('is ready, as nobody in particular, and keeps what it is given', async () => {
    await install()
    assert.equal(await kubectl('exec', server, '--', '/bin/busybox', 'id', '-u'), `${user}`)
    keys = await account('seller')
    const s3 = await storage()
    await s3.createBucket({ Bucket: 'kept' })
    await s3.putObject({ Bucket: 'kept', Key: 'text', Body: 'of the first server' })
    assert.equal(await content(), 'of the first server')
  })

  it('goes on where its Pod is gone, and with other settings', async () => {
    await kubectl('delete', 'pod', '--selector=app.kubernetes.io/instance=shop', '--force', '--grace-period=0')
    await kubectl('wait', '--for=condition=Available', server, '--timeout=120s')
    assert.equal(await content(), 'of the first server')
    await install({ settings: { 'log-level': 'debug' } })
    assert.match(await kubectl('exec', server, '--', '/bin/busybox', 'cat', '/etc/modelmart/modelmart.yaml'), /debug/)
    assert.equal(await content(), 'of the first server')
  })

  it('runs a job in Pods of a namespace that is theirs alone', async () => {
    const jobs = kubectlIn('shop-jobs')
    await kubectl('create', 'namespace', 'shop-jobs')
    const port = await freePort()
    const lead = await leadToPod(port)
    const unlead = await leadLocalhost(node, port)
    try {
      const workloads = { enabled: true, namespace: 'shop-jobs', cpuShare: 0.05 }
      await install({ publicUrl: `https://localhost:${port}`, workloads })
      const engine = (await ensureEngine({})) as PresentEngine
      const image = (await ensureExample(engine, 'contract-probe')) as string
      const buyer = await makeParty({ url: `http://localhost:${port}`, account }, engine, 'buyer', image)
      const script = "open('/opt/ml/model/weights', 'w').write('trained')"
      const job = await train(buyer, 'in-the-cluster', {}, pythonJob(buyer, script))
      assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
      const { bucket, key } = parseS3Uri(job.ModelArtifacts?.S3ModelArtifacts ?? '')
      const { Body } = await buyer.s3.getObject({ Bucket: bucket, Key: key })
      const files = gunzipSync((await Body?.transformToByteArray()) ?? new Uint8Array()).toString('latin1')
      assert.match(files, /^weights\0.*trained/s)
      await until(
        'its Pods are gone',
        () => jobs.kubectl('get', 'pods,secrets', '--output=name'),
        said => said === '',
        120,
      )
    } finally {
      unlead()
      lead.close()
      await jobs.close()
    }
  })

  /** Two servers without a disk that lasts, on whose work `run` looks; `loseWorking` deletes the one that works, and waits for the other. */
  async function withTwo(space: string, run: (two: Two) => Promise<void>): Promise<void> {
    const jobs = kubectlIn(space)
    await kubectl('create', 'namespace', space)
    const port = await freePort()
    const lead = await leadToPod(port)
    const unlead = await leadLocalhost(node, port)
    const works = async () => (await query<{ address: string }>(database, workingServer))[0]?.address
    async function loseWorking(): Promise<void> {
      const worked = (await works()) as string
      const gone = (await serverPods()).get(new URL(worked).hostname) as string
      await kubectl('delete', 'pod', gone, '--force', '--grace-period=0')
      await until('the other one works', works, now => now !== undefined && now !== worked, 60)
    }
    try {
      const workloads = { enabled: true, namespace: space, cpuShare: 0.05 }
      const two = { replicas: 2, persistence: { enabled: false } }
      await install({ ...two, publicUrl: `https://localhost:${port}`, workloads })
      await until('both are ready', serverPods, pods => pods.size === 2, 120)
      const engine = (await ensureEngine({})) as PresentEngine
      const image = (await ensureExample(engine, 'contract-probe')) as string
      const url = `http://localhost:${port}`
      const party = (name: string) => makeParty({ url, account }, engine, name, image)
      await run({ jobs, engine, image, url, party, loseWorking })
    } finally {
      unlead()
      lead.close()
      await jobs.close()
    }
  }

  it('goes on with a job when the one of two servers that works is gone with its node’s disk', () =>
    withTwo('shop-jobs-of-two', async ({ jobs, party, loseWorking }) => {
      const buyer = await party('second-buyer')
      const script =
        "import time; open('/opt/ml/model/early', 'w').write('before'); time.sleep(30); open('/opt/ml/model/late', 'w').write('after')"
      const training = train(buyer, 'outlives-its-server', {}, pythonJob(buyer, script))
      /** Of the job alone: the cluster is proven by others. */
      const jobPods = async () => {
        const { items } = JSON.parse(await jobs.kubectl('get', 'pods', '--output=json')) as { items: PodSeen[] }
        return items.filter(({ metadata }) => metadata.annotations?.[POD_NOTE.arn]?.endsWith('/outlives-its-server'))
      }
      const isRunning = ({ status }: PodSeen) => status.phase === 'Running'
      const running = await until('its Pod runs', jobPods, pods => pods.some(isRunning), 240)
      await loseWorking()
      const uids = (pods: readonly PodSeen[]) => pods.map(({ metadata }) => metadata.uid)
      assert.deepEqual(uids(await jobPods()), uids(running))
      const job = await training
      assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
      const steps = (job.SecondaryStatusTransitions ?? []).map(({ Status }) => Status)
      assert.equal(steps.filter(status => status === 'Training').length, 1, steps.join())
      const { bucket, key } = parseS3Uri(job.ModelArtifacts?.S3ModelArtifacts ?? '')
      const { Body } = await buyer.s3.getObject({ Bucket: bucket, Key: key })
      const files = gunzipSync((await Body?.transformToByteArray()) ?? new Uint8Array()).toString('latin1')
      assert.match(files, /before/)
      assert.match(files, /after/)
    }))

  it('charges each answer of a product once when the one of two servers that works is gone amid them', () =>
    withTwo('shop-endpoints-of-two', async ({ engine, image, url, party, loseWorking }) => {
      const [seller, buyer] = [await party('its-seller'), await party('third-buyer')]
      const secrets = await makeSecrets(engine, seller, image)
      const { offer } = await publish(seller, await certifyModelPackage(seller, secrets), 'By-the-request', '0.001')
      const { agreement: agreementId, arn: ModelPackageName } = await subscribe(buyer, offer)
      const { sagemaker, role: ExecutionRoleArn, credentials } = buyer
      const own = { ModelName: 'bought', ExecutionRoleArn, EnableNetworkIsolation: true }
      await sagemaker.createModel({ ...own, PrimaryContainer: { ModelPackageName } })
      await createEndpoint(buyer, 'bought', ['bought'])
      const { EndpointStatus, FailureReason } = await endpointSettled(buyer, 'bought')
      assert.equal(EndpointStatus, 'InService', FailureReason)
      const [answered, failed] = await askOver(
        new SageMakerRuntime({ endpoint: url, region, credentials, maxAttempts: 1 }),
        loseWorking,
      )
      const { items = [] } = await buyer.agreement.listAgreementCharges({ agreementId })
      const charged = Math.round(1000 * items.reduce((sum, { amount }) => sum + Number(amount), 0))
      // One that failed may have been counted, and its answer lost with the server.
      assert.ok(charged >= answered && charged <= answered + failed, `${charged} of ${answered} and ${failed}`)
      await sagemaker.deleteEndpoint({ EndpointName: 'bought' })
    }))

  it('leaves its volume when it is taken away', async () => {
    await helm?.helm(['uninstall', 'shop', `--namespace=${namespace}`, '--wait'])
    assert.equal(await kubectl('get', 'deployments,services', '--output=name'), '')
    assert.equal(await kubectl('get', 'pvc', '--output=name'), 'persistentvolumeclaim/shop-modelmart')
  })
})

/** Invokes over four connections, while something happens after a while, and a while longer. How many were answered, how many were not. */
async function askOver(runtime: SageMakerRuntime, happen: () => Promise<void>): Promise<[number, number]> {
  let [answered, failed, isOver] = [0, 0, false]
  const ask = async () => {
    while (!isOver)
      await runtime.invokeEndpoint({ EndpointName: 'bought', ContentType: 'text/plain', Body: 'hello' }).then(
        () => answered++,
        () => failed++,
      )
  }
  const asking = [1, 2, 3, 4].map(ask)
  const more = (count: number) =>
    until(
      'more are answered',
      async () => answered,
      now => now >= count,
      240,
    )
  try {
    await more(50)
    await happen()
    await more(answered + 50)
  } finally {
    isOver = true
    await Promise.all(asking)
  }
  return [answered, failed]
}

const workingServer = 'select address from server where works = 1'

interface Two {
  readonly jobs: ReturnType<typeof kubectlIn>
  readonly engine: PresentEngine
  readonly image: string
  readonly url: string
  party(name: string): Promise<Party>
  loseWorking(): Promise<void>
}

interface PodSeen {
  readonly metadata: {
    readonly name: string
    readonly uid: string
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly status: {
    readonly phase?: string
    readonly podIP?: string
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
}

const isReady = ({ type, status }: { readonly type: string; readonly status: string }): boolean =>
  type === 'Ready' && status === 'True'

/** Another Modelmart, as an S3 that Pods reach. */
async function openBucket(data: string, host: string) {
  await mkdir(data)
  const server = await startServer({ data, engineSocket: 'unix:///nobody', flags: ['--host', host] })
  const keys = await server.account('content')
  const url = `http://${host}:${new URL(server.url).port}`
  const s3 = new S3({ endpoint: url, region, credentials: keys, forcePathStyle: true })
  await s3.createBucket({ Bucket: 'content' })
  return { ...keys, url, stop: server.stop }
}

/** Lets Pods in to what listens on this machine alone. */
async function openDoor(host: string, port: number): Promise<Server> {
  const server = createServer(socket => {
    // Whichever end breaks takes the other along.
    pipeline(socket, connect(port, '127.0.0.1'), socket, () => undefined)
  })
  await new Promise<void>(resolve => server.listen(0, host, resolve))
  return server
}

const addressOf = (server: Server): string => {
  const { address, port } = server.address() as AddressInfo
  return `${address}:${port}`
}

const query = async <Row>(url: string, text: string): Promise<Row[]> => {
  const client = new Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query(text)
  await client.end()
  return rows
}

/** A volume as an operator makes one by hand. */
const volumeIn = async (path: string) => {
  await mkdir(path)
  await chown(path, user, user)
  return {
    ...{ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'shop' } },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path },
      claimRef: { namespace, name: 'shop-modelmart' },
    },
  }
}
